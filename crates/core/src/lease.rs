//! A lease: one attempt of one task in the hands of one worker session, and its fencing token.
//!
//! A lease is held, or it drains: revoked, but its slot, resources and share of the queue's limit stay charged until
//! the worker confirms that it stopped, or its session dies. Draining is a face of the lease, not a phase of the
//! task: the task moves on at once.

use crate::event::Cancelled;
use crate::intern::{ClassId, QueueId};
use crate::name::{TaskId, Token, WorkerId};
use crate::slab::NONE;

/// What a lease says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Grip {
    pub token: Token,
    pub worker: WorkerId,
    /// What is charged for it, whatever class the task has by now.
    pub class: ClassId,
    pub granted_ms: u64,
    /// When the attempt times out.
    pub deadline_ms: Option<u64>,
    /// When an unanswered pause revokes it.
    pub pause_by_ms: Option<u64>,
    /// When a cancellation with grace takes effect, and why.
    pub cancel: Option<(u64, Cancelled)>,
    /// The holder suspended the task in place: the attempt's clock stands.
    pub suspended: bool,
    /// What was left on that clock.
    pub left_ms: Option<u64>,
    /// The update that waits for the holder's answer; zero is none.
    pub update: u32,
    /// Partial results so far.
    pub partials: u32,
}

impl Grip {
    /// The next instant at which time alone ends this lease.
    pub(crate) fn next_deadline_ms(&self) -> Option<u64> {
        [self.deadline_ms, self.pause_by_ms, self.cancel_by_ms()].into_iter().flatten().min()
    }

    /// When a cancellation with grace takes effect.
    pub(crate) fn cancel_by_ms(&self) -> Option<u64> {
        self.cancel.map(|(by_ms, _)| by_ms)
    }
}

/// A lease in its slot.
#[derive(Clone, Debug)]
pub(crate) struct Lease {
    pub grip: Grip,
    pub task: TaskId,
    pub generation: u16,
    /// The worker's slot.
    pub worker: u32,
    /// The queue it is charged to.
    pub queue: QueueId,
    pub draining: bool,
    /// Neighbours among the leases of the worker, in the order of tokens.
    pub previous: u32,
    pub next: u32,
}

impl Lease {
    /// A lease that is in nobody's list yet.
    pub(crate) const fn new(
        grip: Grip,
        task: TaskId,
        generation: u16,
        worker: u32,
        queue: QueueId,
        draining: bool,
    ) -> Self {
        Self { grip, task, generation, worker, queue, draining, previous: NONE, next: NONE }
    }
}
