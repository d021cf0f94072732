//! Release: a holder gives a task back, without charge.

use crate::command::{Ends, Verb};
use crate::effect::Holding;
use crate::event::AttemptEnd;
use crate::refusal::Refusal;
use crate::reply::Reply;
use crate::task::Ending;
use crate::turn::{Held, Turn};

/// Gives a task back: because the worker drains, or as the answer to a pause.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Release {
    /// The lease.
    pub holding: Holding,
}

impl Verb for Release {
    fn ends(&self) -> Option<Ends> {
        Some(Ends::Held(self.holding))
    }

    fn execute(self, turn: &mut Turn<'_>) -> Result<Reply, Refusal> {
        let slot = match turn.held(self.holding)? {
            Held::By { slot, .. } => slot,
            // Under a cancellation with grace, a release ends the task as cancelled.
            Held::Over(Ending::Cancelled) => return Ok(Reply::AlreadyAccepted),
            Held::Over(_) => return Err(Refusal::StaleToken),
        };
        let now_ms = turn.now_ms();
        turn.give_back(slot, AttemptEnd::Released, now_ms);
        Ok(Reply::Done)
    }
}
