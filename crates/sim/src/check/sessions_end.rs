//! A client session that is over answers nothing any more, and one that was used since it was looked at does not
//! expire.

use reeve_core::command::Command;
use reeve_core::{Refusal, Reply};

use crate::check::{Law, Verdict, any_event};
use crate::ledger::said::is_refused;
use crate::ledger::{Applied, Ledger};

/// The law.
pub const LAW: Law = Law { name: "sessions_end", on_event: any_event, on_entry };

fn on_entry(ledger: &Ledger, step: &Applied<'_>) -> Verdict {
    for (proposal, answer) in step.entry.proposals.iter().zip(&step.outcome.replies) {
        let silent = is_refused(answer.reply, Refusal::OutcomeUnknown)
            || is_refused(answer.reply, Refusal::LawDiffers);
        let gone = proposal.request.filter(|request| ledger.sessions.gone.contains(&request.client));
        if let Some(request) = gone
            && !silent
        {
            return Err(format!("{}, which is over, was answered {:?}", request.client, answer.reply));
        }
        if let (Command::ExpireClient(expire), Reply::Done) = (&proposal.command, answer.reply)
            && ledger.sessions.gone.contains(&expire.client)
        {
            return Err(format!("{} expired twice", expire.client));
        }
        if let (Command::ExpireClient(expire), Reply::Done) = (&proposal.command, answer.reply) {
            let own = ledger.answers.range((expire.client, 0)..=(expire.client, u64::MAX));
            let used = own.map(|(_, answer)| answer.revision).max();
            if used.is_some_and(|used| used > expire.idle_since) && answer.revision == step.entry.revision {
                return Err(format!("{} expired, though it was used in {used:?}", expire.client));
            }
        }
    }
    Ok(())
}
