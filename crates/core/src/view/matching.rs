//! Questions of whoever decides which task goes to which worker.
//!
//! Each is answered by the rule that a grant is held to, with an allowance for what was decided and is not applied
//! yet. None walks through tasks or sessions.

use crate::class::{Burden, Requirements};
use crate::command::{Command, Ends};
use crate::effect::Holding;
use crate::intern::{ClassId, Meant, QueueId};
use crate::lane::Lane;
use crate::lease::Lease;
use crate::name::WorkerId;
use crate::refusal::Refusal;
use crate::slab::NONE;
use crate::state::State;
use crate::task::{Priority, QueueName};
use crate::view::{LaneView, ReadyView};
use crate::worker::Worker;

/// How many tasks a living worker takes, and has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Room {
    /// Its slots.
    pub slots: u32,
    /// How many of them are charged.
    pub used_slots: u32,
    /// Whether it takes no new tasks.
    pub draining: bool,
}

/// What is charged for a lease.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Charge {
    /// The class whose resources it takes.
    pub class: ClassId,
    /// The queue that it counts in.
    pub queue: QueueId,
}

/// The ready tasks of a lane that are not held, in the order in which they should be granted.
#[derive(Clone, Debug)]
pub struct ReadyTasks<'a> {
    state: &'a State,
    lane: &'a Lane,
    /// Lists that were not begun: those of lower priority than this.
    below: usize,
    /// The next in the list that was begun.
    next: u32,
}

impl Iterator for ReadyTasks<'_> {
    type Item = ReadyView;

    fn next(&mut self) -> Option<ReadyView> {
        while self.next == NONE {
            self.below = self.below.checked_sub(1)?;
            self.next = self.lane.head(self.below);
        }
        let slot = self.next;
        self.next = self.state.tasks[slot].next;
        Some(self.state.view_ready(slot))
    }
}

impl State {
    /// The lanes behind this one, by class and queue, whether it exists or not; all of them behind none.
    pub fn lanes_after(&self, lane: Option<(ClassId, QueueId)>) -> impl Iterator<Item = LaneView> {
        self.lanes.after(lane).map(|lane| self.view_lane(lane))
    }

    /// The ready tasks of a lane, if there is such a lane.
    #[must_use]
    pub fn ready_tasks(&self, class: ClassId, queue: QueueId) -> Option<ReadyTasks<'_>> {
        let lane = self.lanes.find(class, queue)?;
        Some(ReadyTasks { state: self, lane, below: Priority::COUNT, next: NONE })
    }

    fn living(&self, worker: WorkerId) -> Option<&Worker> {
        let slot = self.workers.find(worker.0)?;
        Some(&self.workers[slot]).filter(|worker| worker.is_alive())
    }

    /// How much room a worker has, if it lives.
    #[must_use]
    pub fn room(&self, worker: WorkerId) -> Option<Room> {
        let worker = self.living(worker)?;
        Some(Room {
            slots: worker.record.slots,
            used_slots: worker.used_slots,
            draining: worker.record.draining,
        })
    }

    /// Whether a worker would take a task of this class, with `more` charged to it and `less` taken off.
    ///
    /// # Errors
    /// The refusal that the grant would meet.
    pub fn may_run(
        &self,
        class: ClassId,
        worker: WorkerId,
        more: &Burden,
        less: &Burden,
    ) -> Result<(), Refusal> {
        let worker = self.living(worker).ok_or(Refusal::WorkerNotFound)?;
        let requirements = self.class(class).ok_or(Refusal::StaleName)?;
        worker.accepts_beside(requirements, &self.parts[class.0 as usize], more, less)
    }

    /// The first resource that is short on a worker for a task of this class, charged like that.
    #[must_use]
    pub fn shortage(&self, class: ClassId, worker: WorkerId, more: &Burden, less: &Burden) -> Option<&str> {
        self.living(worker)?.shortage_beside(self.class(class)?, more, less)
    }

    /// Whether one more task of a queue may be leased, with `more` leased beside and `less` given back.
    ///
    /// # Errors
    /// The refusal that the grant would meet.
    pub fn may_lease(&self, queue: QueueId, more: u32, less: u32) -> Result<(), Refusal> {
        if self.places.queues.get(queue.0).is_none() {
            return Err(Refusal::QueueNotFound);
        }
        self.gate_beside(queue, more, less)
    }

    /// The lease of a living worker that this command will end if nothing comes between, and what that gives back.
    #[must_use]
    pub fn freed_by(&self, command: &Command) -> Option<(Holding, Charge)> {
        let (holding, number) = match command.ends()? {
            Ends::Held(holding) => {
                let slot = self.tasks.find(holding.task.0)?;
                (holding, self.tasks[slot].lease()?)
            }
            Ends::Draining(holding) => (holding, *self.draining.get(&holding.token)?),
        };
        self.living(holding.worker)?;
        let Lease { grip, task, queue, .. } = &self.leases[number];
        let own = (grip.token, *task, grip.worker) == (holding.token, holding.task, holding.worker);
        own.then_some((holding, Charge { class: grip.class, queue: *queue }))
    }

    /// The number of a class that a command means, if it has one.
    #[must_use]
    pub fn known_class(&self, meant: &Meant<ClassId, Box<Requirements>>) -> Option<ClassId> {
        match meant {
            Meant::Known { id, born } => self.classes.means(id.0, *born).then_some(*id),
            Meant::Words(words) => self.classes.find(&**words).map(ClassId),
        }
    }

    /// The number of a queue that a command means, if it has one.
    #[must_use]
    pub fn known_queue(&self, meant: &Meant<QueueId, QueueName>) -> Option<QueueId> {
        match meant {
            Meant::Known { id, born } => {
                self.places.queues.get(id.0).filter(|row| row.record.born == *born).map(|_| *id)
            }
            Meant::Words(name) => self.places.queue(self.places.namespace(&name.namespace)?, &name.queue),
        }
    }
}
