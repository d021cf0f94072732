//! AnswerUpdate: a holder takes over an update, or refuses it.

use crate::command::Verb;
use crate::effect::Holding;
use crate::event::Step;
use crate::refusal::Refusal;
use crate::reply::Reply;
use crate::turn::Turn;

/// Answers an update.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AnswerUpdate {
    /// The lease.
    pub holding: Holding,
    /// The number of the update.
    pub number: u32,
    /// Whether the holder took it over.
    pub accepted: bool,
}

impl Verb for AnswerUpdate {
    fn execute(self, turn: &mut Turn<'_>) -> Result<Reply, Refusal> {
        let (slot, lease) = turn.grip(self.holding)?;
        let Self { number, accepted, .. } = self;
        if number == 0 || turn.state.leases[lease].grip.update != number {
            return Err(Refusal::NoSuchUpdate);
        }
        turn.begin(slot);
        turn.state.leases[lease].grip.update = 0;
        turn.event(slot, Step::UpdateAnswered { number, accepted });
        turn.commit(slot);
        Ok(Reply::Done)
    }
}
