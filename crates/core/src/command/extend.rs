//! Extend: a holder asks for more time for its attempt.

use crate::command::Verb;
use crate::effect::Holding;
use crate::event::Step;
use crate::refusal::{Field, Refusal};
use crate::reply::Reply;
use crate::task::check_duration;
use crate::turn::Turn;

/// Moves the attempt's deadline to this long from now, if that is later.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Extend {
    /// The lease.
    pub holding: Holding,
    /// How long from now.
    pub by_ms: u64,
}

impl Verb for Extend {
    fn execute(self, turn: &mut Turn<'_>) -> Result<Reply, Refusal> {
        check_duration(Some(self.by_ms), Field::AttemptTimeout)?;
        let (slot, lease) = turn.grip(self.holding)?;
        let now_ms = turn.now_ms();
        let mut grip = turn.state.leases[lease].grip;
        // While the task is suspended its clock stands, and what is left on it grows instead.
        grip.left_ms = grip.left_ms.map(|left_ms| left_ms.max(self.by_ms));
        grip.deadline_ms = grip.deadline_ms.map(|deadline_ms| deadline_ms.max(now_ms + self.by_ms));
        let deadline_ms = grip.deadline_ms;
        if grip != turn.state.leases[lease].grip {
            turn.begin(slot);
            turn.state.leases[lease].grip = grip;
            turn.event(slot, Step::Extended { deadline_ms });
            turn.commit(slot);
        }
        Ok(Reply::Extended { deadline_ms })
    }
}
