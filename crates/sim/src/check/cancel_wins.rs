//! A cancellation that was acknowledged as done has happened: nothing completes the task any more.

use reeve_core::Reply;
use reeve_core::command::Command;
use reeve_core::name::Ref;

use crate::check::{Law, Verdict, any_event};
use crate::ledger::{Applied, Ledger};

/// The law.
pub const LAW: Law = Law { name: "cancel_wins", on_event: any_event, on_entry };

fn on_entry(ledger: &Ledger, step: &Applied<'_>) -> Verdict {
    for (proposal, answer) in step.executed() {
        let Command::Cancel(cancel) = &proposal.command else { continue };
        let Ref::Id(task) = cancel.task else { continue };
        if answer.reply != Reply::Done {
            continue;
        }
        if ledger.lives.get(&task).is_some_and(|life| !life.is_over()) {
            return Err(format!("task {task} was cancelled, and goes on"));
        }
    }
    Ok(())
}
