//! Recall: an offer that its worker never answered is taken back.

use crate::command::{Ends, Verb};
use crate::effect::Holding;
use crate::event::AttemptEnd;
use crate::limits;
use crate::passage::Report;
use crate::refusal::Refusal;
use crate::reply::Reply;
use crate::turn::Turn;

/// Takes back a lost offer. The office knows that no answer came; the law counts how often.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Recall {
    /// The lease.
    pub holding: Holding,
}

impl Verb for Recall {
    fn ends(&self) -> Option<Ends> {
        Some(Ends::Held(self.holding))
    }

    fn execute(self, turn: &mut Turn<'_>) -> Result<Reply, Refusal> {
        let (slot, _) = turn.grip(self.holding)?;
        let at_ms = turn.now_ms();
        if turn.state.tasks[slot].recalls + 1 >= limits::RECALLS_MAX {
            return Ok(turn.fail_attempt(slot, AttemptEnd::Recalled, Report::default(), at_ms));
        }
        turn.give_back(slot, AttemptEnd::Recalled, at_ms);
        Ok(Reply::Done)
    }
}
