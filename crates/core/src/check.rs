//! The laws of the state, all in one place.
//!
//! Run after each apply in tests and simulations, after a state was rebuilt, and sampled in production. Each law is
//! held from both sides: what must be there is there, and nothing else is.

use std::collections::BTreeMap;

use crate::class::Resources;
use crate::intern::{ClassId, QueueId};
use crate::limits;
use crate::name::TaskId;
use crate::slab::NONE;
use crate::state::State;
use crate::task::{Phase, Priority};
use crate::work::Work;

/// A law that does not hold.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Broken(pub String);

impl std::fmt::Display for Broken {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for Broken {}

macro_rules! law {
    ($holds:expr, $($what:tt)*) => {
        if !$holds {
            return Err(Broken(format!($($what)*)));
        }
    };
}

type Checked = Result<(), Broken>;

impl State {
    /// Checks every law of the state. Walks all of it.
    ///
    /// # Errors
    /// The first law that does not hold.
    pub fn check(&self) -> Checked {
        self.check_interned()?;
        self.check_tasks()?;
        self.check_lanes()?;
        self.check_leases()?;
        self.check_workers()?;
        self.check_places()?;
        self.check_edges()?;
        self.check_keys()?;
        self.check_sessions()
    }

    fn check_interned(&self) -> Checked {
        law!(
            self.kinds.check() && self.label_keys.check() && self.classes.check(),
            "an interner is inconsistent"
        );
        law!(
            self.classes.iter().all(|(number, ..)| (number as usize) < self.parts.len()),
            "a class without parts"
        );
        let mut references: BTreeMap<u32, u32> = BTreeMap::new();
        self.lanes.iter().for_each(|lane| *references.entry(lane.class.0).or_default() += 1);
        self.leases.iter().for_each(|(_, lease)| *references.entry(lease.grip.class.0).or_default() += 1);
        for (number, requirements, _) in self.classes.iter() {
            let counted = references.get(&number).copied().unwrap_or(0);
            law!(
                self.classes.references(number) == counted,
                "class {number} is not referred to {counted} times"
            );
            let parts = &self.parts[number as usize];
            let texts: Vec<_> = parts.kinds.iter().map(|kind| self.kinds.definition(kind.0)).collect();
            law!(requirements.kinds().eq(texts), "the kinds of class {number} were given away");
        }
        let held = |number: u32| {
            let classes =
                self.parts.iter().flat_map(|parts| &parts.kinds).filter(|kind| kind.0 == number).count();
            let offers = self.workers.iter().flat_map(|(_, worker)| &worker.record.kinds);
            classes + offers.filter(|kind| kind.0 == number).count()
        };
        for (number, text, _) in self.kinds.iter() {
            law!(self.kinds.references(number) as usize == held(number), "kind {text} is miscounted");
        }
        self.check_label_keys()
    }

    fn check_label_keys(&self) -> Checked {
        let mut held: BTreeMap<u32, u32> = BTreeMap::new();
        let terms = self.classes.iter().flat_map(|(number, ..)| &self.parts[number as usize].keys);
        let labels = self.workers.iter().flat_map(|(_, worker)| &worker.record.labels);
        for key in terms.chain(labels.map(|(key, _)| key)) {
            *held.entry(key.0).or_default() += 1;
        }
        for (number, text, _) in self.label_keys.iter() {
            let counted = held.get(&number).copied().unwrap_or(0);
            law!(self.label_keys.references(number) == counted, "label key {text} is miscounted");
        }
        Ok(())
    }

    fn check_tasks(&self) -> Checked {
        law!(self.tasks.len() <= limits::LIVE_TASKS_MAX, "too many live tasks");
        law!(self.tasks.index_len() == self.tasks.len() as usize, "tasks and their index differ in number");
        let mut timers = 0;
        for (slot, task) in self.tasks.iter() {
            let id = task.id;
            law!(self.tasks.find(id.0) == Some(slot), "task {id} is not found by its name");
            law!(self.tombstones.get(id).is_none(), "task {id} lives and has a tombstone");
            if let Some(at_ms) = self.deadline_ms(slot) {
                timers += 1;
                law!(self.timers.contains(&(at_ms, id)), "task {id} has no timer at {at_ms}");
            }
            match task.phase {
                Phase::Blocked { waiting } => {
                    let open = task.awaited().count();
                    law!(
                        waiting > 0 && waiting as usize == open,
                        "task {id} waits for {waiting}, but {open} are open"
                    );
                }
                Phase::Leased { lease } => {
                    let lease = &self.leases[lease];
                    law!(
                        lease.task == id && !lease.draining,
                        "task {id} is leased, but its lease is not its own"
                    );
                    law!(task.attempt > 0, "task {id} is leased without an attempt");
                }
                Phase::Scheduled { .. } | Phase::Ready { .. } | Phase::Backoff { .. } | Phase::Dead => {}
            }
            let blocked = matches!(task.phase, Phase::Blocked { .. });
            law!(blocked || task.awaited().next().is_none(), "task {id} is not blocked, but waits");
            law!(
                task.crashes < limits::CRASHES_MAX || task.phase == Phase::Dead,
                "poison task {id} is not dead"
            );
            law!(
                task.failures < task.retry().max_attempts || task.phase == Phase::Dead,
                "task {id} is out of retries and not dead"
            );
        }
        law!(timers == self.timers.len(), "there are timers without tasks");
        Ok(())
    }

    fn check_lanes(&self) -> Checked {
        let mut live: BTreeMap<(ClassId, QueueId), (u32, u32)> = BTreeMap::new();
        for (_, task) in self.tasks.iter() {
            let lane = self.lanes.get(task.lane);
            let (tasks, ready) = live.entry((lane.class, lane.queue)).or_default();
            *tasks += 1;
            *ready += u32::from(matches!(task.phase, Phase::Ready { .. }) && !task.held);
        }
        law!(live.len() == self.lanes.iter().count(), "there are lanes without tasks");
        for lane in self.lanes.iter() {
            let counted = live.get(&(lane.class, lane.queue)).copied();
            law!(
                counted == Some((lane.tasks, lane.ready)),
                "lane {:?} is miscounted",
                (lane.class, lane.queue)
            );
            let mut listed = 0;
            for priority in 0..Priority::COUNT {
                let (mut last, mut end) = (i64::MIN, NONE);
                for slot in lane.list(&self.tasks, priority) {
                    let task = &self.tasks[slot];
                    let Phase::Ready { order } = task.phase else {
                        return Err(Broken(format!("task {} stands in a list and is not ready", task.id)));
                    };
                    law!(
                        !task.held && usize::from(task.priority.get()) == priority,
                        "task {} is in a wrong list",
                        task.id
                    );
                    law!(order > last, "task {} stands behind a later one", task.id);
                    law!(
                        self.meta.head <= order && order <= self.meta.tail,
                        "task {} stands nowhere",
                        task.id
                    );
                    law!(task.previous == end, "the list around task {} is torn", task.id);
                    (last, end, listed) = (order, slot, listed + 1);
                }
                law!(lane.tail(priority) == end, "a list does not end at its tail");
            }
            law!(listed == lane.ready, "ready tasks are missing in their list");
            let highest =
                (0..Priority::COUNT).rev().find_map(|priority| lane.list(&self.tasks, priority).next());
            law!(lane.first() == highest, "a lane's first task is not of its highest priority");
        }
        Ok(())
    }

    fn check_leases(&self) -> Checked {
        let mut held = 0;
        for (number, lease) in self.leases.iter() {
            let (token, worker) = (lease.grip.token, &self.workers[lease.worker]);
            law!(worker.id == lease.grip.worker, "lease {token} is not its worker's");
            law!(token.0.revision <= self.revision, "lease {token} is from the future");
            if lease.draining {
                law!(self.draining.get(&token) == Some(&number), "lease {token} drains unnoticed");
            } else {
                held += 1;
                let slot = self.tasks.find(lease.task.0);
                let phase = slot.map(|slot| self.tasks[slot].phase);
                law!(
                    phase == Some(Phase::Leased { lease: number }),
                    "lease {token} is held, but not its task"
                );
            }
        }
        law!(held + self.draining.len() == self.leases.len() as usize, "draining leases are miscounted");
        Ok(())
    }

    fn check_workers(&self) -> Checked {
        for (_, worker) in self.workers.iter() {
            let id = worker.id;
            let (mut used, mut slots, mut last) = (Resources::default(), 0, None);
            let mut charges: BTreeMap<QueueId, u32> = BTreeMap::new();
            for number in worker.leases(&self.leases) {
                let lease = &self.leases[number];
                law!(lease.grip.worker == id, "worker {id} lists a lease of another");
                law!(last < Some(lease.grip.token), "the leases of worker {id} are out of order");
                last = Some(lease.grip.token);
                used.add(&self.classes.definition(lease.grip.class.0).resources);
                *charges.entry(lease.queue).or_default() += 1;
                slots += 1;
            }
            law!(
                slots == worker.used_slots,
                "worker {id} is charged {} slots for {slots} leases",
                worker.used_slots
            );
            law!(used == worker.used, "worker {id} is charged wrong resources");
            let charged = worker.charges.iter().filter(|(_, count)| *count > 0).copied();
            if worker.is_alive() {
                law!(charged.eq(charges), "worker {id} is charged to the wrong queues");
            } else {
                law!(worker.charges.is_empty(), "dead worker {id} is still charged to queues");
                let number = worker.record.death.map(|death| (death.at_ms, death.work));
                law!(
                    self.works.iter().any(|(place, _)| Some(place) == number),
                    "dead worker {id} is never swept"
                );
            }
        }
        Ok(())
    }

    fn check_places(&self) -> Checked {
        let mut leased: BTreeMap<QueueId, u32> = BTreeMap::new();
        for (_, lease) in self.leases.iter().filter(|(_, lease)| self.workers[lease.worker].is_alive()) {
            *leased.entry(lease.queue).or_default() += 1;
        }
        let mut live: BTreeMap<QueueId, u32> = BTreeMap::new();
        self.lanes.iter().for_each(|lane| *live.entry(lane.queue).or_default() += lane.tasks);
        let mut named = 0;
        for (number, row) in self.places.queues.iter() {
            let id = QueueId(number);
            law!(row.live == live.remove(&id).unwrap_or(0), "queue {number} miscounts its live tasks");
            law!(row.leased == leased.remove(&id).unwrap_or(0), "queue {number} miscounts its leases");
            let found = self.places.queue(row.record.namespace, &row.record.name);
            law!(found == Some(id), "queue {number} is not found by its name");
        }
        law!(live.is_empty() && leased.is_empty(), "tasks or leases of no queue");
        for (number, row) in self.places.namespaces.iter() {
            let found = self.places.namespace(&row.record.name).map(|id| id.0);
            law!(found == Some(number), "namespace {number} is not found by its name");
            named += row.queues.len();
        }
        law!(named == self.places.queues.len(), "there are names without queues");
        law!(self.places.by_name.len() == self.places.namespaces.len(), "there are names without namespaces");
        Ok(())
    }

    fn check_edges(&self) -> Checked {
        let (mut dependents, mut children) = (0, 0);
        for (_, task) in self.tasks.iter() {
            law!(task.awaited().map(|one| one.on).is_sorted(), "task {} waits out of order", task.id);
            for awaited in task.awaited() {
                dependents += 1;
                law!(self.dependents.contains(&(awaited.on, task.id)), "task {} waits unnoticed", task.id);
                let lives =
                    self.tasks.find(awaited.on.0).is_some_and(|slot| self.tasks[slot].phase != Phase::Dead);
                let told = self.works.ended(awaited.on).is_some();
                law!(lives || told, "task {} waits for {}, which is gone", task.id, awaited.on);
            }
            if let Some(parent) = task.parent() {
                children += 1;
                law!(self.children.contains(&(parent, task.id)), "task {} is an unknown child", task.id);
            }
        }
        law!(dependents == self.dependents.len(), "there are dependents that do not wait");
        law!(children == self.children.len(), "there are children that do not live");
        for ((at_ms, number), work) in self.works.iter() {
            if let Work::Gone { worker } = work {
                let slot = self.workers.find(worker.0);
                law!(
                    slot.is_some_and(|slot| !self.workers[slot].is_alive()),
                    "worker {worker} is swept, but lives"
                );
            }
            let found = match work {
                Work::Ended { task, .. } => self.works.ended(*task).map(|(place, _)| place),
                Work::Cancel { spread } => self.works.spreading(spread.root).map(|(place, _)| place),
                Work::Gone { .. } => Some((at_ms, number)),
            };
            law!(found == Some((at_ms, number)), "cascade {number} is not found by its task");
            law!(
                number < self.meta.next_work && at_ms <= self.meta.now_ms,
                "cascade {number} is from the future"
            );
        }
        Ok(())
    }

    fn check_keys(&self) -> Checked {
        let mut unfinished: BTreeMap<TaskId, u32> = BTreeMap::new();
        for (_, task) in self.tasks.iter().filter(|(_, task)| task.phase != Phase::Dead) {
            if let Some(first) = task.cold.as_ref().and_then(|cold| cold.key) {
                *unfinished.entry(first).or_default() += 1;
            }
        }
        let mut of_namespace: BTreeMap<u32, u32> = BTreeMap::new();
        for (first, row) in &self.keys.rows {
            let counted = unfinished.get(first).copied().unwrap_or(0);
            law!(row.unfinished == counted, "key of {first} counts {} for {counted} tasks", row.unfinished);
            let expiring = self.keys.expiring.contains(&(row.record.expires_ms, *first));
            law!(expiring == (counted == 0), "key of {first} expires at a wrong time");
            let found = self.keys.find(row.record.namespace, &row.record.key).map(|(first, _)| first);
            law!(found == Some(*first), "key of {first} is not found");
            *of_namespace.entry(row.record.namespace.0).or_default() += 1;
        }
        for (number, row) in self.places.namespaces.iter() {
            let counted = of_namespace.get(&number).copied().unwrap_or(0);
            law!(row.keys == counted, "namespace {number} miscounts its keys");
        }
        law!(self.keys.expiring.len() <= self.keys.rows.len(), "keys expire that do not exist");
        law!(self.keys.by_key.len() == self.keys.rows.len(), "there are texts without keys");
        Ok(())
    }

    fn check_sessions(&self) -> Checked {
        for (_, client) in self.clients.iter() {
            let id = client.id;
            let sequences = || client.window.iter().map(|(sequence, _)| *sequence);
            let within = |sequence: u64| {
                sequence.checked_sub(client.floor).is_some_and(|at| at < limits::CLIENT_WINDOW)
            };
            law!(sequences().all(within), "client {id} remembers replies outside its window");
            law!(sequences().is_sorted(), "client {id} remembers replies out of order");
        }
        law!(self.tombstones.first() == self.meta.tombstones_first, "the tombstones' floor is not noted");
        let stones = self.tombstones.iter().count();
        law!(stones <= limits::TOMBSTONES_MAX, "too many tombstones");
        Ok(())
    }
}
