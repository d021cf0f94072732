//! Views: read-only questions to the state, for those who decide and those who check.

mod matching;

pub use matching::{Charge, ReadyTasks, Room};

use crate::intern::{ClassId, KindId, LabelKeyId, Meant, NamespaceId, QueueId};
use crate::name::{ClientId, Revision, TaskId, Token, WorkerId};
use crate::refusal::Refusal;
use crate::state::State;
use crate::task::{Ending, Phase, Priority, Standing};

/// A live task.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TaskView {
    /// The task.
    pub id: TaskId,
    /// Where it stands.
    pub standing: Standing,
    /// Since when.
    pub since_ms: u64,
    /// Until when it waits, if it waits for its time.
    pub until_ms: Option<u64>,
    /// Whether it is held.
    pub held: bool,
    /// Its queue.
    pub queue: QueueId,
    /// Its requirement class.
    pub class: ClassId,
    /// Its urgency.
    pub priority: Priority,
    /// Its generation.
    pub generation: u16,
    /// Attempts begun, over all generations.
    pub attempts: u32,
    /// Failures in this generation.
    pub failures: u16,
    /// Charged session deaths in this generation.
    pub crashes: u8,
    /// The sessions that died, charged, with it.
    pub crashed: Vec<WorkerId>,
    /// How many failures it may have.
    pub max_attempts: u16,
    /// What it still waits for.
    pub waits_for: Vec<TaskId>,
    /// Its parent.
    pub parent: Option<TaskId>,
    /// Its lease, if it has one.
    pub lease: Option<LeaseView>,
}

/// A held lease.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LeaseView {
    /// The fencing token.
    pub token: Token,
    /// The holder.
    pub worker: WorkerId,
    /// When it was granted.
    pub granted_ms: u64,
    /// When the attempt times out.
    pub deadline_ms: Option<u64>,
    /// When an unanswered pause revokes it.
    pub pause_by_ms: Option<u64>,
    /// When a cancellation with grace takes effect.
    pub cancel_by_ms: Option<u64>,
    /// Whether the holder suspended the task in place.
    pub suspended: bool,
    /// The update that waits for an answer, or zero.
    pub update: u32,
}

/// A worker session.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WorkerView {
    /// The session.
    pub id: WorkerId,
    /// What the worker calls itself.
    pub name: Box<str>,
    /// How long it may be silent.
    pub ttl_ms: u64,
    /// Whether it takes no new tasks.
    pub draining: bool,
    /// Whether it lives; a dead one waits to be swept.
    pub alive: bool,
    /// The hash of the secret that its calls show, if it lives by calls.
    pub secret: Option<u128>,
    /// Its slots.
    pub slots: u32,
    /// How many of them are charged.
    pub used_slots: u32,
}

/// A lane: the ready tasks of one class in one queue.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LaneView {
    /// The class.
    pub class: ClassId,
    /// The queue.
    pub queue: QueueId,
    /// Ready tasks that are not held.
    pub ready: u32,
    /// The first of the highest priority.
    pub first: Option<ReadyView>,
}

/// A task at the head of a lane.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ReadyView {
    /// The task.
    pub id: TaskId,
    /// Its urgency.
    pub priority: Priority,
    /// Its place: the lower came first.
    pub order: i64,
}

/// A queue.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct QueueView {
    /// Its namespace.
    pub namespace: NamespaceId,
    /// Since when it has its number.
    pub born: Revision,
    /// Whether it is paused.
    pub paused: bool,
    /// Live tasks.
    pub live: u32,
    /// Leases of living workers.
    pub leased: u32,
    /// Most tasks leased at once.
    pub max_leased: Option<u32>,
    /// Most live tasks.
    pub max_live: Option<u32>,
}

/// What the state knows of a task.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Known {
    /// It lives.
    Live(Box<TaskView>),
    /// It ended a while ago, in this generation.
    Ended(Ending, u16),
    /// It and its history are gone.
    Forgotten,
    /// Nothing: it never was, or ended long ago.
    Nothing,
}

impl State {
    /// What the state knows of a task. Due work that is not swept does not show.
    #[must_use]
    pub fn task(&self, id: TaskId) -> Known {
        if let Some(slot) = self.tasks.find(id.0) {
            return Known::Live(Box::new(self.view(slot)));
        }
        match self.tombstones.get(id) {
            Some(stone) if stone.forgotten => Known::Forgotten,
            Some(stone) => Known::Ended(stone.ending, stone.generation),
            None => Known::Nothing,
        }
    }

    fn view(&self, slot: u32) -> TaskView {
        let task = &self.tasks[slot];
        let lane = self.lanes.get(task.lane);
        let until_ms = match task.phase {
            Phase::Scheduled { until_ms } | Phase::Backoff { until_ms } => Some(until_ms),
            Phase::Blocked { .. } | Phase::Ready { .. } | Phase::Leased { .. } | Phase::Dead => None,
        };
        let lease = task.lease().map(|lease| self.leases[lease].grip);
        TaskView {
            id: task.id,
            standing: task.phase.standing(),
            since_ms: task.since_ms,
            until_ms,
            held: task.held,
            queue: lane.queue,
            class: lane.class,
            priority: task.priority,
            generation: task.generation,
            attempts: task.attempt,
            failures: task.failures,
            crashes: task.crashes,
            crashed: task.cold.as_ref().map_or_else(Vec::new, |cold| cold.crashed.clone()),
            max_attempts: task.retry().max_attempts,
            waits_for: task.awaited().map(|awaited| awaited.on).collect(),
            parent: task.parent(),
            lease: lease.map(|grip| LeaseView {
                token: grip.token,
                worker: grip.worker,
                granted_ms: grip.granted_ms,
                deadline_ms: grip.deadline_ms,
                pause_by_ms: grip.pause_by_ms,
                cancel_by_ms: grip.cancel_by_ms(),
                suspended: grip.suspended,
                update: grip.update,
            }),
        }
    }

    /// All live tasks, by id. Walks the whole state: for checks and small states.
    pub fn tasks(&self) -> impl Iterator<Item = TaskView> {
        self.tasks.sorted().into_iter().map(|slot| self.view(slot))
    }

    /// How many tasks live.
    #[must_use]
    pub const fn live(&self) -> u32 {
        self.tasks.len()
    }

    /// Revoked leases whose holders have not confirmed that they stopped: token, task and worker.
    pub fn draining(&self) -> impl Iterator<Item = (Token, TaskId, WorkerId)> {
        self.draining.iter().map(|(token, lease)| {
            let lease = &self.leases[*lease];
            (*token, lease.task, lease.grip.worker)
        })
    }

    /// A worker session.
    #[must_use]
    pub fn worker(&self, id: WorkerId) -> Option<WorkerView> {
        self.workers.find(id.0).map(|slot| self.view_worker(slot))
    }

    /// All worker sessions, by id.
    pub fn workers(&self) -> impl Iterator<Item = WorkerView> {
        self.workers.sorted().into_iter().map(|slot| self.view_worker(slot))
    }

    fn view_worker(&self, slot: u32) -> WorkerView {
        let worker = &self.workers[slot];
        WorkerView {
            id: worker.id,
            name: worker.record.name.clone(),
            ttl_ms: worker.record.ttl_ms,
            draining: worker.record.draining,
            alive: worker.is_alive(),
            secret: worker.record.secret,
            slots: worker.record.slots,
            used_slots: worker.used_slots,
        }
    }

    /// The alarms that are set.
    pub fn alarms(&self) -> impl Iterator<Item = crate::alarm::Alarm> {
        self.alarms.keys().copied()
    }

    /// All client sessions, by id, and when each was used last.
    pub fn clients(&self) -> impl Iterator<Item = (ClientId, Revision)> {
        let clients = self.clients.sorted().into_iter().map(|slot| &self.clients[slot]);
        clients.map(|client| (client.id, client.last_used()))
    }

    /// When a client session was used last.
    #[must_use]
    pub fn client_last_used(&self, id: ClientId) -> Option<Revision> {
        self.clients.find(id.0).map(|slot| self.clients[slot].last_used())
    }

    /// All lanes, by class and queue.
    pub fn lanes(&self) -> impl Iterator<Item = LaneView> {
        self.lanes.iter().map(|lane| self.view_lane(lane))
    }

    /// The lanes of one class, by queue.
    pub fn lanes_of(&self, class: ClassId) -> impl Iterator<Item = LaneView> {
        self.lanes.of_class(class).map(|lane| self.view_lane(lane))
    }

    fn view_lane(&self, lane: &crate::lane::Lane) -> LaneView {
        let first = lane.first().map(|slot| self.view_ready(slot));
        LaneView { class: lane.class, queue: lane.queue, ready: lane.ready, first }
    }

    fn view_ready(&self, slot: u32) -> ReadyView {
        let task = &self.tasks[slot];
        let Phase::Ready { order } = task.phase else { unreachable!("only ready tasks stand in a lane") };
        ReadyView { id: task.id, priority: task.priority, order }
    }

    /// Whether this task may be leased to this worker now; the very rule that a grant is held to.
    ///
    /// # Errors
    /// The refusal that the grant would meet.
    pub fn may_grant(&self, task: TaskId, worker: WorkerId) -> Result<(), Refusal> {
        let slot = self.tasks.find(task.0).ok_or(Refusal::TaskNotFound)?;
        let worker = self.workers.find(worker.0).ok_or(Refusal::WorkerNotFound)?;
        if !self.workers[worker].is_alive() {
            return Err(Refusal::WorkerNotFound);
        }
        crate::command::may_grant(self, slot, worker)
    }

    /// A queue's number, and what it is.
    #[must_use]
    pub fn queue(&self, namespace: &str, queue: &str) -> Option<(QueueId, QueueView)> {
        let id = self.places.queue(self.places.namespace(namespace)?, queue)?;
        Some((id, self.queue_view(id)?))
    }

    /// What a queue is.
    #[must_use]
    pub fn queue_view(&self, id: QueueId) -> Option<QueueView> {
        let row = self.places.queues.get(id.0)?;
        Some(QueueView {
            namespace: row.record.namespace,
            born: row.record.born,
            paused: row.record.paused,
            live: row.live,
            leased: row.leased,
            max_leased: row.record.settings.max_leased,
            max_live: row.record.settings.max_live,
        })
    }

    /// Namespace and name of a queue.
    #[must_use]
    pub fn queue_name(&self, id: QueueId) -> Option<(&str, &str)> {
        let row = &self.places.queues.get(id.0)?.record;
        Some((&self.places.namespaces[row.namespace.0].record.name, &row.name))
    }

    /// All queues.
    pub fn queues(&self) -> impl Iterator<Item = QueueId> {
        self.places.queues.iter().map(|(number, _)| QueueId(number))
    }

    /// Whether a namespace is paused.
    #[must_use]
    pub fn is_namespace_paused(&self, id: NamespaceId) -> bool {
        self.places.namespaces.get(id.0).is_some_and(|row| row.record.paused)
    }

    /// The name of a namespace.
    #[must_use]
    pub fn namespace_name(&self, id: NamespaceId) -> Option<&str> {
        self.places.namespaces.get(id.0).map(|row| &*row.record.name)
    }

    /// A queue as a command may mean it without words.
    #[must_use]
    pub fn mean_queue<Words>(&self, namespace: &str, queue: &str) -> Option<Meant<QueueId, Words>> {
        self.queue(namespace, queue).map(|(id, view)| Meant::Known { id, born: view.born })
    }

    /// A class as a command may mean it without words; the requirements must be spelled canonically.
    #[must_use]
    pub fn mean_class<Words>(
        &self,
        requirements: &crate::class::Requirements,
    ) -> Option<Meant<ClassId, Words>> {
        let number = self.classes.find(requirements)?;
        let (_, born) = self.classes.get(number)?;
        Some(Meant::Known { id: ClassId(number), born })
    }

    /// The requirements of a class.
    #[must_use]
    pub fn class(&self, id: ClassId) -> Option<&crate::class::Requirements> {
        self.classes.get(id.0).map(|(requirements, _)| requirements)
    }

    /// The text of a kind.
    #[must_use]
    pub fn kind(&self, id: KindId) -> Option<&str> {
        self.kinds.get(id.0).map(|(text, _)| &**text)
    }

    /// The text of a label key.
    #[must_use]
    pub fn label_key(&self, id: LabelKeyId) -> Option<&str> {
        self.label_keys.get(id.0).map(|(text, _)| &**text)
    }

    /// The revision below which archive reads are not trusted.
    #[must_use]
    pub const fn tombstone_floor(&self) -> Revision {
        self.meta.tombstones_floor
    }
}
