//! A request of a client session is executed once, and answered alike ever after.

use reeve_core::{Refusal, Reply};

use crate::check::{Law, Verdict, any_event};
use crate::ledger::{Applied, Ledger};

/// The law.
pub const LAW: Law = Law { name: "answered_once", on_event: any_event, on_entry };

fn on_entry(ledger: &Ledger, step: &Applied<'_>) -> Verdict {
    for (proposal, answer) in step.entry.proposals.iter().zip(&step.outcome.replies) {
        let Some(request) = proposal.request else {
            if answer.revision != step.entry.revision {
                return Err("a proposal that is no request was answered from memory".to_owned());
            }
            continue;
        };
        let unknown = answer.reply == Reply::Refused(Refusal::OutcomeUnknown);
        let differs = answer.reply == Reply::Refused(Refusal::LawDiffers);
        match ledger.answers.get(&(request.client, request.sequence)) {
            Some(first) if first != answer && !unknown && !differs => {
                return Err(format!(
                    "request {} of {} was answered {first:?} and then {answer:?}",
                    request.sequence, request.client
                ));
            }
            None if answer.revision != step.entry.revision => {
                return Err(format!(
                    "request {} of {} has no first answer",
                    request.sequence, request.client
                ));
            }
            _ => {}
        }
    }
    Ok(())
}
