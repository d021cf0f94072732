//! Release: a holder gives a task back, without charge.

use crate::command::Verb;
use crate::effect::Holding;
use crate::event::AttemptEnd;
use crate::refusal::Refusal;
use crate::reply::Reply;
use crate::turn::Turn;

/// Gives a task back: because the worker drains, or as the answer to a pause.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Release {
    /// The lease.
    pub holding: Holding,
}

impl Verb for Release {
    fn execute(self, turn: &mut Turn<'_>) -> Result<Reply, Refusal> {
        let (slot, _) = turn.grip(self.holding)?;
        let now_ms = turn.now_ms();
        turn.give_back(slot, AttemptEnd::Released, now_ms);
        Ok(Reply::Done)
    }
}
