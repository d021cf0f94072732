//! Rebuilding: the state as stored records, and back.
//!
//! Everything that is not in a record is derived here: indexes, counts, lists, timers. A rebuilt state equals the one
//! that wrote the records in everything but slot numbers, which decide nothing.

use std::collections::BTreeMap;

use crate::alarm::Alarm;
use crate::change::Key;
use crate::client::Client;
use crate::codec::record::{
    self, AlarmRecord, ClassRecord, ClientRecord, DrainRecord, MetaRecord, PhaseRecord, ReplyRecord,
    TaskRecord, TextRecord, WaitsRecord,
};
use crate::fault::Fault;
use crate::intern::{ClassId, KindId, LabelKeyId, NamespaceId, QueueId};
use crate::lane::End;
use crate::lease::Lease;
use crate::limits;
use crate::name::{ClientId, Revision, TaskId, WorkerId};
use crate::place::{Namespace, NamespaceRecord, Queue, QueueRecord};
use crate::planted::{Bug, planted};
use crate::remembered::{Remembered, RememberedRecord};
use crate::slab::NONE;
use crate::state::{LAW, Parts, State};
use crate::task::{Awaited, Phase, Task};
use crate::tombstone::{Tombstone, Tombstones};
use crate::work::WorkRecord;
use crate::worker::{Worker, WorkerRecord};

/// What can only be put in place when everything else is.
#[derive(Default)]
struct Later {
    /// Leases with the slot of their task, or `NONE` for draining ones.
    leases: Vec<(Lease, u32)>,
    /// (lane, priority, order, slot) of the tasks that stand in ready lists.
    ready: Vec<(u32, u8, i64, u32)>,
    /// The replies of the client session being read.
    replies: Vec<(ClientId, u64, ReplyRecord)>,
}

impl State {
    /// The state that wrote these records, which come in the order of their keys. Records of history are passed over.
    ///
    /// # Errors
    /// A [`Fault`] when the records are damaged, newer than this build, or contradict each other.
    pub fn from_records<B: AsRef<[u8]>>(
        revision: Revision,
        digest: u128,
        records: impl IntoIterator<Item = Result<(Key, B), Fault>>,
    ) -> Result<Self, Fault> {
        let mut state = Self::empty(MetaRecord::default(), revision, digest);
        let mut later = Later::default();
        let mut last: Option<Key> = None;
        for record in records {
            let (key, bytes) = record?;
            if last.is_some_and(|last| last >= key) {
                return Err(Fault::NotCanonical("the order of records"));
            }
            if last.is_none() && key != Key::Meta {
                return Err(Fault::Dangling("meta record"));
            }
            last = Some(key);
            state.restore(key, bytes.as_ref(), &mut later)?;
        }
        if last.is_none() {
            return Err(Fault::Dangling("meta record"));
        }
        state.restore_replies(&mut later)?;
        state.restore_leases(&mut later)?;
        state.restore_ready(&mut later);
        state.restore_family()?;
        Ok(state)
    }

    fn restore(&mut self, key: Key, bytes: &[u8], later: &mut Later) -> Result<(), Fault> {
        match key {
            Key::Meta => {
                self.meta = record::get(bytes)?;
                self.tombstones = Tombstones::new(self.meta.tombstones_first);
                if self.meta.law > LAW {
                    return Err(Fault::UnknownLaw { law: self.meta.law, known: LAW });
                }
            }
            Key::Namespace(id) => self.restore_namespace(id, record::get(bytes)?)?,
            Key::Queue(id) => self.restore_queue(id, record::get(bytes)?)?,
            Key::Kind(KindId(number)) => {
                let TextRecord::<4> { born, text } = record::get(bytes)?;
                in_order(self.kinds.restore(number, text, born))?;
            }
            Key::LabelKey(LabelKeyId(number)) => {
                let TextRecord::<5> { born, text } = record::get(bytes)?;
                in_order(self.label_keys.restore(number, text, born))?;
            }
            Key::Class(id) => self.restore_class(id, record::get(bytes)?)?,
            Key::Client(id) => {
                let ClientRecord { opened_ms } = record::get(bytes)?;
                self.clients.insert(Client::new(id, opened_ms));
            }
            Key::Reply(client, sequence) => later.replies.push((client, sequence, record::get(bytes)?)),
            Key::Worker(id) => self.restore_worker(id, record::get(bytes)?)?,
            Key::Alarm(kind, node) => {
                let kept: AlarmRecord = record::get(bytes)?;
                self.alarms.insert(Alarm { kind, node }, kept);
            }
            Key::Task(id) => self.restore_task(id, record::get(bytes)?, later)?,
            Key::Waits(task, on) => {
                let WaitsRecord { rule, otherwise } = record::get(bytes)?;
                let slot = self.tasks.find(task.0).ok_or(Fault::Dangling("task"))?;
                self.tasks[slot].cold_mut().awaited.push(Awaited { on, rule, otherwise });
            }
            Key::Drain(token) => self.restore_drain(token, record::get(bytes)?, later)?,
            Key::Tombstone(number) => self.restore_stone(number, record::get(bytes)?)?,
            Key::Remembered(first) => self.restore_key(first, record::get(bytes)?)?,
            Key::Work(number) => {
                let WorkRecord { at_ms, work } = record::get(bytes)?;
                self.works.insert((at_ms, number), work);
            }
            Key::Spec(_)
            | Key::Amendment(..)
            | Key::Attempt(..)
            | Key::Archive(_)
            | Key::Progress(_)
            | Key::Body(..) => {}
        }
        Ok(())
    }

    fn restore_namespace(&mut self, id: NamespaceId, record: NamespaceRecord) -> Result<(), Fault> {
        // Gaps are legitimate, but no damaged number may cost memory.
        if id.0 >= limits::NAMESPACES_MAX {
            return Err(Fault::OutOfRange("a namespace's number"));
        }
        self.places.by_name.insert(record.name.clone(), id);
        self.places.namespaces.restore(id.0, Namespace { record, queues: BTreeMap::new(), keys: 0 });
        Ok(())
    }

    fn restore_queue(&mut self, id: QueueId, record: QueueRecord) -> Result<(), Fault> {
        if id.0 >= limits::QUEUES_MAX {
            return Err(Fault::OutOfRange("a queue's number"));
        }
        let namespace =
            self.places.namespaces.get_mut(record.namespace.0).ok_or(Fault::Dangling("namespace"))?;
        namespace.queues.insert(record.name.clone(), id);
        self.places.queues.restore(id.0, Queue { record, live: 0, leased: 0 });
        Ok(())
    }

    fn restore_class(&mut self, id: ClassId, record: ClassRecord) -> Result<(), Fault> {
        let ClassRecord { born, requirements } = record;
        let mut parts = Parts::default();
        for kind in requirements.kinds() {
            let number = self.kinds.find(kind).ok_or(Fault::Dangling("kind"))?;
            self.kinds.hold(number);
            parts.kinds.push(KindId(number));
        }
        for term in &requirements.selector {
            let number = self.label_keys.find(&term.key).ok_or(Fault::Dangling("label key"))?;
            self.label_keys.hold(number);
            parts.keys.push(LabelKeyId(number));
        }
        in_order(self.classes.restore(id.0, requirements, born))?;
        // Beside the class, gaps included.
        self.parts.resize_with(id.0 as usize, Parts::default);
        self.parts.push(parts);
        Ok(())
    }

    fn restore_worker(&mut self, id: WorkerId, record: WorkerRecord) -> Result<(), Fault> {
        for KindId(number) in &record.kinds {
            self.kinds.get(*number).ok_or(Fault::Dangling("kind"))?;
            self.kinds.hold(*number);
        }
        for (LabelKeyId(number), _) in &record.labels {
            self.label_keys.get(*number).ok_or(Fault::Dangling("label key"))?;
            self.label_keys.hold(*number);
        }
        self.workers.insert(Worker::new(id, record));
        Ok(())
    }

    fn restore_replies(&mut self, later: &mut Later) -> Result<(), Fault> {
        let replies = std::mem::take(&mut later.replies);
        for of_one in replies.chunk_by(|(one, ..), (other, ..)| one == other) {
            let client = of_one[0].0;
            // The replies of a closed session may still be in storage.
            let Some(slot) = self.clients.find(client.0) else { continue };
            let floor = of_one.iter().map(|(_, _, reply)| reply.acked_below).max().unwrap_or(0);
            if planted(Bug::AmnesiacClient) {
                continue;
            }
            for (_, sequence, reply) in of_one.iter().filter(|(_, sequence, _)| *sequence >= floor) {
                if sequence - floor >= limits::CLIENT_WINDOW {
                    return Err(Fault::OutOfRange("a reply's sequence"));
                }
                self.clients[slot].remember(*sequence, floor, reply.answer);
            }
        }
        Ok(())
    }

    fn restore_task(&mut self, id: TaskId, record: TaskRecord, later: &mut Later) -> Result<(), Fault> {
        let TaskRecord { queue, class, priority, held, .. } = record;
        let row = self.places.queues.get_mut(queue.0).ok_or(Fault::Dangling("queue"))?;
        row.live += 1;
        self.classes.get(class.0).ok_or(Fault::Dangling("class"))?;
        let (lane, fresh) = self.lanes.enter(class, queue);
        if fresh {
            self.classes.hold(class.0);
        }
        let mut task = Task::new(id, lane, priority, record.since_ms, record.cold);
        (task.held, task.generation, task.attempt) = (held, record.generation, record.attempt);
        (task.failures, task.crashes, task.recalls) = (record.failures, record.crashes, record.recalls);
        let grip = if let PhaseRecord::Leased { grip } = record.phase { Some(grip) } else { None };
        task.phase = match record.phase {
            PhaseRecord::Blocked { waiting } => Phase::Blocked { waiting },
            PhaseRecord::Scheduled { until_ms } => Phase::Scheduled { until_ms },
            PhaseRecord::Ready { order } => Phase::Ready { order },
            PhaseRecord::Leased { .. } => Phase::Leased { lease: NONE },
            PhaseRecord::Backoff { until_ms } => Phase::Backoff { until_ms },
            PhaseRecord::Dead => Phase::Dead,
        };
        let (phase, generation) = (task.phase, task.generation);
        let slot = self.tasks.insert(task);
        if let Some(grip) = grip {
            let worker = self.workers.find(grip.worker.0).ok_or(Fault::Dangling("worker"))?;
            self.classes.get(grip.class.0).ok_or(Fault::Dangling("class"))?;
            let lease = Lease::new(grip, id, generation, worker, queue, false);
            later.leases.push((lease, slot));
        } else if let Phase::Ready { order } = phase
            && !held
        {
            later.ready.push((lane, priority.get(), order, slot));
        }
        Ok(())
    }

    fn restore_drain(
        &mut self,
        token: crate::name::Token,
        record: DrainRecord,
        later: &mut Later,
    ) -> Result<(), Fault> {
        let DrainRecord { task, generation, queue, grip } = record;
        if grip.token != token {
            return Err(Fault::Broken(format!("lease {token} is stored under another token")));
        }
        let worker = self.workers.find(grip.worker.0).ok_or(Fault::Dangling("worker"))?;
        self.places.queues.get(queue.0).ok_or(Fault::Dangling("queue"))?;
        self.classes.get(grip.class.0).ok_or(Fault::Dangling("class"))?;
        later.leases.push((Lease::new(grip, task, generation, worker, queue, true), NONE));
        Ok(())
    }

    fn restore_stone(&mut self, number: u64, stone: Tombstone) -> Result<(), Fault> {
        // Storage may delete stones below the floor late.
        if number < self.tombstones.first() {
            return Ok(());
        }
        if number != self.tombstones.next() {
            return Err(Fault::Dangling("tombstone"));
        }
        self.tombstones.push(stone);
        // A task that was retried since lives, and its stone no longer counts.
        if self.tasks.find(stone.task.0).is_some() {
            self.tombstones.lift(stone.task);
        }
        Ok(())
    }

    fn restore_key(&mut self, first: TaskId, record: RememberedRecord) -> Result<(), Fault> {
        let row = self.places.namespaces.get_mut(record.namespace.0).ok_or(Fault::Dangling("namespace"))?;
        row.keys += 1;
        self.keys.insert(first, Remembered { record, unfinished: 0 });
        Ok(())
    }

    /// Leases come back in the order of their tokens, which is the order of each worker's list.
    fn restore_leases(&mut self, later: &mut Later) -> Result<(), Fault> {
        later.leases.sort_by_key(|(lease, _)| lease.grip.token);
        for (lease, slot) in std::mem::take(&mut later.leases) {
            let (token, draining) = (lease.grip.token, lease.draining);
            let number = self.add_lease(lease);
            if draining {
                self.draining.insert(token, number);
            } else {
                self.tasks[slot].phase = Phase::Leased { lease: number };
            }
        }
        Ok(())
    }

    fn restore_ready(&mut self, later: &mut Later) {
        later.ready.sort_unstable();
        for (_, _, _, slot) in std::mem::take(&mut later.ready) {
            self.lanes.link(&mut self.tasks, slot, End::Tail);
        }
    }

    /// Timers, edges and the counts of idempotency keys.
    fn restore_family(&mut self) -> Result<(), Fault> {
        for slot in self.tasks.sorted() {
            if let Some(at_ms) = self.deadline_ms(slot)
                && !(planted(Bug::LoseTimer) && matches!(self.tasks[slot].phase, Phase::Backoff { .. }))
            {
                self.timers.insert((at_ms, self.tasks[slot].id));
            }
            let task = &self.tasks[slot];
            if let Some(parent) = task.parent() {
                self.children.insert((parent, task.id));
            }
            for awaited in task.awaited() {
                self.dependents.insert((awaited.on, task.id));
            }
            if let Some(first) = task.cold.as_ref().and_then(|cold| cold.key)
                && !matches!(task.phase, Phase::Dead)
                && let Some(row) = self.keys.rows.get_mut(&first)
            {
                row.unfinished += 1;
                self.keys.expiring.remove(&(row.record.expires_ms, first));
            }
        }
        Ok(())
    }

    /// Every record of the state, in the order of keys: what storage holds when it has everything.
    #[must_use]
    pub fn records(&self) -> Vec<(Key, Vec<u8>)> {
        let mut records = Vec::new();
        let mut put = |key: Key, write: &dyn Fn(&mut Vec<u8>)| {
            let mut bytes = Vec::new();
            write(&mut bytes);
            records.push((key, bytes));
        };
        put(Key::Meta, &|out| record::put(&self.meta, out));
        for (number, row) in self.places.namespaces.iter() {
            put(Key::Namespace(NamespaceId(number)), &|out| record::put(&row.record, out));
        }
        for (number, row) in self.places.queues.iter() {
            put(Key::Queue(QueueId(number)), &|out| record::put(&row.record, out));
        }
        for (number, text, born) in self.kinds.iter() {
            let kept = TextRecord::<4> { born, text: text.clone() };
            put(Key::Kind(KindId(number)), &|out| record::put(&kept, out));
        }
        for (number, text, born) in self.label_keys.iter() {
            let kept = TextRecord::<5> { born, text: text.clone() };
            put(Key::LabelKey(LabelKeyId(number)), &|out| record::put(&kept, out));
        }
        for (number, requirements, born) in self.classes.iter() {
            let kept = ClassRecord { born, requirements: requirements.clone() };
            put(Key::Class(ClassId(number)), &|out| record::put(&kept, out));
        }
        for (key, bytes) in self.session_records() {
            put(key, &|out| out.extend_from_slice(&bytes));
        }
        for (key, bytes) in self.task_records() {
            put(key, &|out| out.extend_from_slice(&bytes));
        }
        for (number, stone) in self.tombstones.iter() {
            put(Key::Tombstone(number), &|out| record::put(stone, out));
        }
        for (first, row) in &self.keys.rows {
            put(Key::Remembered(*first), &|out| record::put(&row.record, out));
        }
        let mut works: Vec<_> =
            self.works.iter().map(|((at_ms, number), work)| (number, at_ms, *work)).collect();
        works.sort_by_key(|(number, ..)| *number);
        for (number, at_ms, work) in works {
            put(Key::Work(number), &|out| record::put(&WorkRecord { at_ms, work }, out));
        }
        records
    }

    fn session_records(&self) -> Vec<(Key, Vec<u8>)> {
        let mut records = Vec::new();
        let clients = self.clients.sorted();
        for slot in &clients {
            let Client { id, opened_ms, .. } = self.clients[*slot];
            records.push((Key::Client(id), written(&ClientRecord { opened_ms })));
        }
        for slot in &clients {
            let client = &self.clients[*slot];
            for (sequence, answer) in &client.window {
                let kept = ReplyRecord { acked_below: client.floor, answer: *answer };
                records.push((Key::Reply(client.id, *sequence), written(&kept)));
            }
        }
        for slot in self.workers.sorted() {
            let worker = &self.workers[slot];
            records.push((Key::Worker(worker.id), written(&worker.record)));
        }
        for (alarm, kept) in &self.alarms {
            records.push((Key::Alarm(alarm.kind, alarm.node), written(kept)));
        }
        records
    }

    fn task_records(&self) -> Vec<(Key, Vec<u8>)> {
        let mut records = Vec::new();
        for slot in self.tasks.sorted() {
            let task = &self.tasks[slot];
            let grip = task.lease().map(|lease| self.leases[lease].grip);
            let kept = TaskRecord::of(task, self.lanes.get(task.lane), grip, task.cold.clone());
            records.push((Key::Task(task.id), written(&kept)));
        }
        for slot in self.tasks.sorted() {
            let task = &self.tasks[slot];
            for Awaited { on, rule, otherwise } in task.awaited().copied() {
                records.push((Key::Waits(task.id, on), written(&WaitsRecord { rule, otherwise })));
            }
        }
        for (token, number) in &self.draining {
            let Lease { task, generation, queue, grip, .. } = self.leases[*number].clone();
            let kept = DrainRecord { task, generation, queue, grip };
            records.push((Key::Drain(*token), written(&kept)));
        }
        records
    }
}

fn written<R: record::Record>(record: &R) -> Vec<u8> {
    let mut bytes = Vec::new();
    record::put(record, &mut bytes);
    bytes
}

fn in_order(fine: bool) -> Result<(), Fault> {
    if fine {
        Ok(())
    } else {
        Err(Fault::Broken("interned numbers are out of order or repeat a definition".to_owned()))
    }
}
