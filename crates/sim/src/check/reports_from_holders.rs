//! A report is accepted of the very worker, task and token that were granted to one another, while that lasts; and
//! what is called accepted before was.

use reeve_core::Reply;
use reeve_core::command::Command;
use reeve_core::effect::Holding;

use crate::check::{Law, Verdict, any_event};
use crate::ledger::{Applied, Ledger, ending_report, is_stop};

/// The law.
pub const LAW: Law = Law { name: "reports_from_holders", on_event: any_event, on_entry };

const fn speaks_for(command: &Command) -> Option<Holding> {
    match command {
        Command::Extend(verb) => Some(verb.holding),
        Command::Progress(verb) => Some(verb.holding),
        Command::Partial(verb) => Some(verb.holding),
        Command::Checkpoint(verb) => Some(verb.holding),
        Command::Complete(verb) => Some(verb.holding),
        Command::Fail(verb) => Some(verb.holding),
        Command::Release(verb) => Some(verb.holding),
        Command::Recall(verb) => Some(verb.holding),
        Command::Stopped(verb) => Some(verb.holding),
        Command::Suspended(verb) => Some(verb.holding),
        Command::AnswerUpdate(verb) => Some(verb.holding),
        _ => None,
    }
}

fn on_entry(ledger: &Ledger, step: &Applied<'_>) -> Verdict {
    for (proposal, answer) in step.executed() {
        let Some(holding) = speaks_for(&proposal.command) else { continue };
        let verb = proposal.command.verb();
        if matches!(answer.reply, Reply::Refused(_)) {
            continue;
        }
        let grant = ledger.grips.grants.get(&holding.token).filter(|grant| grant.holding == holding);
        let Some(grant) = grant else {
            return Err(format!("{verb} of {holding:?} was accepted, which was never granted"));
        };
        if let Command::Stopped(_) = proposal.command
            && !step.outcome.events.iter().any(|event| is_stop(event, holding.token))
        {
            return Err(format!("the stop of {holding:?} was accepted and did not happen"));
        }
        let lasts = grant.ended.is_none_or(|ended| ended == step.entry.revision);
        let ends = matches!(proposal.command, Command::Complete(_) | Command::Fail(_) | Command::Release(_));
        if answer.reply == Reply::AlreadyAccepted {
            if ends && !was_reported(ledger, step, holding) {
                return Err(format!("{verb} of {holding:?} was not accepted before"));
            }
        } else if !lasts && !matches!(proposal.command, Command::Stopped(_)) {
            return Err(format!("{verb} of {holding:?} was accepted, which had ended"));
        }
    }
    Ok(())
}

fn was_reported(ledger: &Ledger, step: &Applied<'_>, holding: Holding) -> bool {
    let now = |(proposal, answer): (&reeve_core::entry::Proposal, &reeve_core::Answer)| {
        ending_report(&proposal.command, answer.reply) == Some(holding.token)
    };
    ledger.reported.contains(&holding.token) || step.executed().any(now)
}
