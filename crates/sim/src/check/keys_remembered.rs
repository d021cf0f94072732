//! What is submitted again under its key exists already, for as long as was promised; and another request does not.

use reeve_core::command::Command;
use reeve_core::event::{Event, PlaceStep};
use reeve_core::{Refusal, Reply};

use crate::check::{Law, Verdict, any_event};
use crate::ledger::keys::named;
use crate::ledger::said::is_refused;
use crate::ledger::{Applied, Ledger};

/// The law.
pub const LAW: Law = Law { name: "keys_remembered", on_event: any_event, on_entry };

fn on_entry(ledger: &Ledger, step: &Applied<'_>) -> Verdict {
    let moves = |event: &Event| matches!(event, Event::Namespace { step: PlaceStep::Deleted, .. });
    if step.outcome.events.iter().any(moves) {
        return Ok(());
    }
    for (proposal, answer) in step.executed() {
        let Command::Submit(submit) = &proposal.command else { continue };
        let (Some(key), Some(name)) = (&submit.key, named(submit, step)) else { continue };
        let Some(promise) = ledger.keys.of.get(&name) else { continue };
        match answer.reply {
            Reply::Submitted { first, count, existing: true } => {
                // It may have been made and found in this very entry.
                let known = (first, count, key.hash) == (promise.first, promise.count, promise.hash);
                if !known && first.0.revision != step.entry.revision {
                    return Err(format!("key {} stands for {promise:?}, but {first} was found", name.1));
                }
            }
            Reply::Submitted { first, existing: false, .. } => {
                let living = ledger.lives.iter().any(|(id, life)| promise.is_of(*id) && !life.is_over());
                if living || step.outcome.now_ms < promise.until_ms {
                    return Err(format!("key {} stands for {promise:?}, but {first} was made", name.1));
                }
            }
            reply if is_refused(reply, Refusal::KeyMismatch) && key.hash == promise.hash => {
                let fresh = step.outcome.events.iter().any(|event| is_born(event, step));
                if !fresh {
                    return Err(format!("key {} was refused, though it is that of {promise:?}", name.1));
                }
            }
            _ => {}
        }
    }
    Ok(())
}

/// Whether a task came to be in this entry, perhaps under the key in question.
fn is_born(event: &Event, step: &Applied<'_>) -> bool {
    matches!(event, Event::Task { task, .. } if task.0.revision == step.entry.revision)
}
