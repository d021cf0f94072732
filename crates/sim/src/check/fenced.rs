//! A report is accepted with the current token of its task and worker, or not at all; and what was accepted happened.

use reeve_core::Reply;
use reeve_core::command::Command;
use reeve_core::effect::Holding;
use reeve_core::event::{Event, Step};
use reeve_core::task::Ending;

use crate::check::{Law, Verdict};
use crate::ledger::{Applied, Ledger};

/// The law.
pub const LAW: Law = Law { name: "fenced", on_event, on_entry };

fn on_event(ledger: &Ledger, event: &Event, _: &Applied<'_>) -> Verdict {
    let Event::Task { task, step: Step::Ended { ending: Ending::Succeeded, token, .. }, .. } = event else {
        return Ok(());
    };
    let current = ledger.lives.get(task).and_then(|life| life.token);
    if token.is_none() || *token != current {
        return Err(format!("task {task} succeeded under {token:?}, but {current:?} held it"));
    }
    let holder = current.and_then(|token| ledger.holds.get(&token)).map(|hold| hold.worker);
    if holder.is_some_and(|worker| ledger.workers.contains_key(&worker)) {
        Ok(())
    } else {
        Err(format!("task {task} was completed by a worker that does not live"))
    }
}

/// What a report that was just accepted must have left among the events.
fn on_entry(ledger: &Ledger, step: &Applied<'_>) -> Verdict {
    for (proposal, answer) in step.executed() {
        let Command::Complete(complete) = &proposal.command else { continue };
        let Holding { task, token, worker } = complete.holding;
        match answer.reply {
            Reply::Done => {
                let ended = step.outcome.events.iter().any(|event| succeeded(event, complete.holding));
                if !ended {
                    return Err(format!(
                        "completion of {task} under {token} was acknowledged and did not happen"
                    ));
                }
            }
            Reply::AlreadyAccepted => {
                let life = ledger.lives.get(&task);
                if !life.is_some_and(|life| {
                    life.endings.last() == Some(&Ending::Succeeded) && life.final_token == Some(token)
                }) {
                    return Err(format!(
                        "completion of {task} under {token} by {worker} was not accepted before"
                    ));
                }
            }
            _ => {}
        }
    }
    Ok(())
}

fn succeeded(event: &Event, holding: Holding) -> bool {
    matches!(event, Event::Task { task, step: Step::Ended { ending: Ending::Succeeded, token, .. }, .. }
        if *task == holding.task && *token == Some(holding.token))
}
