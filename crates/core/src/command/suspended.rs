//! Suspended: a holder answers a pause by suspending the task in place.

use crate::command::Verb;
use crate::effect::Holding;
use crate::event::Step;
use crate::refusal::Refusal;
use crate::reply::Reply;
use crate::turn::Turn;

/// Keeps lease and slot; the attempt's clock stands until the task is resumed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Suspended {
    /// The lease.
    pub holding: Holding,
}

impl Verb for Suspended {
    fn execute(self, turn: &mut Turn<'_>) -> Result<Reply, Refusal> {
        let (slot, lease) = turn.grip(self.holding)?;
        let now_ms = turn.now_ms();
        if turn.state.leases[lease].grip.suspended {
            return Ok(Reply::AlreadyAccepted);
        }
        if turn.state.leases[lease].grip.pause_by_ms.is_none() {
            return Err(Refusal::NotAsked);
        }
        turn.begin(slot);
        let grip = &mut turn.state.leases[lease].grip;
        grip.pause_by_ms = None;
        grip.suspended = true;
        grip.left_ms = grip.deadline_ms.take().map(|deadline_ms| deadline_ms - now_ms);
        turn.event(slot, Step::Suspended);
        turn.commit(slot);
        Ok(Reply::Done)
    }
}
