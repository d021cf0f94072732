//! Stopped: a worker confirms that a revoked attempt has stopped. That ends the draining of its lease.

use crate::command::{Ends, Verb};
use crate::effect::Holding;
use crate::refusal::Refusal;
use crate::reply::Reply;
use crate::turn::Turn;

/// Confirms the stop: slot, resources and limits are free again.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stopped {
    /// The revoked lease.
    pub holding: Holding,
}

impl Verb for Stopped {
    fn ends(&self) -> Option<Ends> {
        Some(Ends::Draining(self.holding))
    }

    fn execute(self, turn: &mut Turn<'_>) -> Result<Reply, Refusal> {
        // A lease that is due to be revoked drains before its stop is heard.
        turn.settle_for_report(self.holding.task)?;
        let lease = *turn.state.draining.get(&self.holding.token).ok_or(Refusal::NotDraining)?;
        let row = &turn.state.leases[lease];
        let mine = row.task == self.holding.task && row.grip.worker == self.holding.worker;
        if !mine || !turn.state.workers[row.worker].is_alive() {
            return Err(Refusal::NotDraining);
        }
        turn.drained(lease);
        Ok(Reply::Done)
    }
}
