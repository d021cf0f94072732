//! Checkpoint: a holder saves where it stands, for the attempt that may come after it.

use crate::change::{Key, Part};
use crate::command::Verb;
use crate::effect::Holding;
use crate::entry::BodyRef;
use crate::event::Step;
use crate::refusal::Refusal;
use crate::reply::Reply;
use crate::turn::Turn;

/// Saves a checkpoint; it replaces the one before.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Checkpoint {
    /// The lease.
    pub holding: Holding,
    /// The saved state.
    pub body: BodyRef,
}

impl Verb for Checkpoint {
    fn execute(self, turn: &mut Turn<'_>) -> Result<Reply, Refusal> {
        let (slot, _) = turn.grip(self.holding)?;
        turn.check_body(Some(self.body))?;
        turn.changes.body(Key::Body(self.holding.task, Part::Checkpoint), self.body);
        turn.event(slot, Step::Checkpointed);
        Ok(Reply::Done)
    }
}
