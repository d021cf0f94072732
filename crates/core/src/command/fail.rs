//! Fail: a holder reports that its attempt failed.

use crate::change::{Key, Part};
use crate::codec::record::Failure;
use crate::command::{Ends, Verb};
use crate::effect::Holding;
use crate::entry::BodyRef;
use crate::event::AttemptEnd;
use crate::limits;
use crate::passage::Report;
use crate::refusal::{Field, Refusal};
use crate::reply::Reply;
use crate::task::{Ending, check_duration};
use crate::turn::{Held, Turn};

/// Fails an attempt.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fail {
    /// The lease.
    pub holding: Holding,
    /// Whether another attempt may help.
    pub retryable: bool,
    /// What went wrong.
    pub failure: Failure,
    /// More about it.
    pub details: Option<BodyRef>,
    /// The shortest wait before the next attempt.
    pub retry_after_ms: Option<u64>,
}

impl Verb for Fail {
    fn ends(&self) -> Option<Ends> {
        Some(Ends::Held(self.holding))
    }

    fn execute(self, turn: &mut Turn<'_>) -> Result<Reply, Refusal> {
        let Failure { error, message } = &self.failure;
        if error.len() > limits::ERROR_TYPE_BYTES_MAX || message.len() > limits::MESSAGE_BYTES_MAX {
            return Err(Refusal::OutOfBounds { field: Field::Message });
        }
        check_duration(self.retry_after_ms, Field::Retry)?;
        let slot = match turn.held(self.holding)? {
            Held::By { slot, .. } => slot,
            // Under a cancellation with grace, a failure ends the task as cancelled.
            Held::Over(Ending::Failed | Ending::Dead | Ending::Cancelled) => return Ok(Reply::AlreadyAccepted),
            Held::Over(_) => return Err(Refusal::StaleToken),
        };
        turn.check_body(self.details)?;
        if let Some(details) = self.details {
            let part = Part::Details(turn.state.tasks[slot].attempt);
            turn.changes.body(Key::Body(self.holding.task, part), details);
        }
        let now_ms = turn.now_ms();
        let report = Report { failure: Some(self.failure), retry_after_ms: self.retry_after_ms };
        let how = if self.retryable { AttemptEnd::FailedRetryable } else { AttemptEnd::FailedForGood };
        Ok(turn.fail_attempt(slot, how, report, now_ms))
    }
}
