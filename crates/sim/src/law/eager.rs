//! The eager state: however little a leader lets each entry sweep, the bound decides nothing but when.

use reeve_core::entry::Entry;
use reeve_core::name::Era;
use reeve_core::{Answer, Outcome, Refusal, Reply, State, apply, limits};

use crate::check::Violation;

/// A state that settles all due work with each entry, whatever its leader asked for: its verdicts must be the same.
pub(crate) struct Eager {
    state: State,
}

impl Default for Eager {
    fn default() -> Self {
        Self { state: State::new(Era::default()) }
    }
}

impl Eager {
    /// Applies the same entry.
    ///
    /// # Errors
    /// A verdict that the bound of its sweep has decided.
    pub(crate) fn compare(
        &mut self,
        entry: &Entry,
        outcome: &Outcome,
        after: &State,
    ) -> Result<(), Violation> {
        let own = apply(&mut self.state, Entry { sweep: limits::SWEEP_MAX, ..entry.clone() });
        let mut diverged = false;
        for (theirs, own) in outcome.replies.iter().zip(&own.replies) {
            if is_no_verdict(theirs) || is_no_verdict(own) {
                // From here on the two may have different pasts.
                diverged |= theirs != own;
            } else if !diverged && theirs != own {
                let what = format!("entry {}: swept a little {theirs:?}, swept all {own:?}", entry.revision);
                return Err(Violation { law: "bound_decides_nothing", what });
            }
        }
        if diverged {
            self.state = after.clone();
        }
        Ok(())
    }
}

/// Who is told to ask again has no verdict yet. And tombstones stand for their time from when they were put up, so that
/// only one of two states may still remember a task that ended minutes ago.
fn is_no_verdict(answer: &Answer) -> bool {
    matches!(answer.reply, Reply::Refused(refusal) if refusal.is_transient() || refusal == Refusal::TaskNotFound)
}
