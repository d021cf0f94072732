//! Complete: a holder reports that the work is done.

use crate::change::{Key, Part};
use crate::command::{Ends, Verb};
use crate::effect::Holding;
use crate::entry::BodyRef;
use crate::event::AttemptEnd;
use crate::passage::{Finish, Report};
use crate::refusal::Refusal;
use crate::reply::Reply;
use crate::task::Ending;
use crate::turn::{Held, Turn};

/// Completes a task. A holder that was asked to cancel or to pause may still do so.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Complete {
    /// The lease.
    pub holding: Holding,
    /// The result.
    pub result: Option<BodyRef>,
}

impl Verb for Complete {
    fn ends(&self) -> Option<Ends> {
        Some(Ends::Held(self.holding))
    }

    fn execute(self, turn: &mut Turn<'_>) -> Result<Reply, Refusal> {
        let slot = match turn.held(self.holding)? {
            Held::By { slot, .. } => slot,
            Held::Over(Ending::Succeeded) => return Ok(Reply::AlreadyAccepted),
            Held::Over(_) => return Err(Refusal::StaleToken),
        };
        turn.check_body(self.result)?;
        let now_ms = turn.now_ms();
        turn.begin(slot);
        let grip = turn.end_lease(slot, AttemptEnd::Completed, Report::default(), now_ms, false);
        if let Some(result) = self.result {
            turn.changes.body(Key::Body(self.holding.task, Part::Result), result);
        }
        let result = self.result.map(|result| (result.length, result.hash));
        let last = Some((grip.token, grip.worker));
        turn.finish(slot, Finish { result, ..Finish::plain(Ending::Succeeded, last) }, now_ms);
        Ok(Reply::Done)
    }
}
