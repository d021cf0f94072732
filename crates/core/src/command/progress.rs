//! Progress: a holder tells how far it is.

use crate::change::Key;
use crate::codec::record::{self, ProgressRecord};
use crate::command::Verb;
use crate::effect::Holding;
use crate::event::Step;
use crate::limits;
use crate::refusal::{Field, Refusal};
use crate::reply::Reply;
use crate::turn::Turn;

/// Tells how far an attempt is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Progress {
    /// The lease.
    pub holding: Holding,
    /// The share that is done, in thousandths.
    pub permille: u16,
    /// For people.
    pub message: Box<str>,
}

impl Verb for Progress {
    fn execute(self, turn: &mut Turn<'_>) -> Result<Reply, Refusal> {
        if self.permille > 1_000 {
            return Err(Refusal::OutOfBounds { field: Field::Progress });
        }
        if self.message.len() > limits::MESSAGE_BYTES_MAX {
            return Err(Refusal::OutOfBounds { field: Field::Message });
        }
        let (slot, _) = turn.grip(self.holding)?;
        let Self { permille, message, .. } = self;
        let attempt = turn.state.tasks[slot].attempt;
        let kept = ProgressRecord { at_ms: turn.now_ms(), attempt, permille, message };
        turn.changes.put(Key::Progress(self.holding.task), |out| record::put(&kept, out));
        turn.event(slot, Step::Progressed);
        Ok(Reply::Done)
    }
}
