//! At most one unexpired lease for each task.

use reeve_core::event::{Event, Step};

use crate::check::{Law, Verdict, any_entry};
use crate::ledger::{Applied, Ledger};

/// The law.
pub const LAW: Law = Law { name: "single_holder", on_event, on_entry: any_entry };

fn on_event(ledger: &Ledger, event: &Event, _: &Applied<'_>) -> Verdict {
    let Event::Task { task, step: Step::Leased { token, .. }, .. } = event else { return Ok(()) };
    match ledger.lives.get(task).and_then(|life| life.token) {
        Some(held) => Err(format!("task {task} was leased under {token} while {held} still held it")),
        None => Ok(()),
    }
}
