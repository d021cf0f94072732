//! Effects: orders to the leader's hands.
//!
//! Followers drop them. Each can be recomputed from the state at any time, so a new leader inherits none: it asks
//! [`outstanding`]. All are idempotent by token, and may be carried out more than once.

use crate::name::{TaskId, Token, WorkerId};
use crate::state::State;

/// Whom an order is about: a task under a lease.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Holding {
    /// The worker that holds it, or held it.
    pub worker: WorkerId,
    /// The task.
    pub task: TaskId,
    /// The token of the lease.
    pub token: Token,
}

/// What is to be done for it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Order {
    /// Offer the task to the worker. To one that holds it already, this says how it should hold it.
    Offer {
        /// Suspended in place, until resumed.
        suspended: bool,
    },
    /// Ask the holder to finish by then; it is cancelled.
    Cancel {
        /// The end of the grace.
        by_ms: u64,
    },
    /// Ask the holder to checkpoint and release, or to suspend in place.
    Pause {
        /// When the lease is revoked without an answer.
        by_ms: u64,
    },
    /// Tell the holder to go on.
    Resume,
    /// Tell the holder of changed parameters.
    Update {
        /// The number of the update to answer.
        number: u32,
    },
    /// Tell the former holder to stop, and to confirm it.
    Stop,
}

/// An order for the leader's hands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Effect {
    /// Whom it is about.
    pub holding: Holding,
    /// What is to be done.
    pub order: Order,
}

/// All orders that the state still wants carried out, in the order of tokens: what a new leader begins with.
#[must_use]
pub fn outstanding(state: &State) -> Vec<Effect> {
    let mut effects: Vec<Effect> = state.holdings().collect();
    effects.sort_by_key(|effect| (effect.holding.token, effect.order));
    effects
}
