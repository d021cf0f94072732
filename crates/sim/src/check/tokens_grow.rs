//! Tokens of a task only grow, and each is as young as its entry.

use reeve_core::event::{Event, Step};

use crate::check::{Law, Verdict, any_entry};
use crate::ledger::{Applied, Ledger};

/// The law.
pub const LAW: Law = Law { name: "tokens_grow", on_event, on_entry: any_entry };

fn on_event(ledger: &Ledger, event: &Event, step: &Applied<'_>) -> Verdict {
    let Event::Task { task, step: Step::Leased { token, .. }, .. } = event else { return Ok(()) };
    if token.0.revision != step.entry.revision {
        return Err(format!("token {token} is not of its entry {}", step.entry.revision));
    }
    match ledger.lives.get(task).and_then(|life| life.greatest) {
        Some(greatest) if greatest >= *token => {
            Err(format!("task {task} got token {token} after {greatest}"))
        }
        _ => Ok(()),
    }
}
