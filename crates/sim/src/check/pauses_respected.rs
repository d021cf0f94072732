//! What is held or paused is not granted.

use reeve_core::event::{Event, Step};

use crate::check::{Law, Verdict, any_entry};
use crate::ledger::{Applied, Ledger};

/// The law.
pub const LAW: Law = Law { name: "pauses_respected", on_event, on_entry: any_entry };

fn on_event(ledger: &Ledger, event: &Event, _: &Applied<'_>) -> Verdict {
    let Event::Task { task, queue, step: Step::Leased { .. }, .. } = event else { return Ok(()) };
    if ledger.lives.get(task).is_some_and(|life| life.held) {
        return Err(format!("task {task} was leased while held"));
    }
    // An entry may pause or resume on the way: only what is paused before and after it was paused at the grant.
    let paused = |gates: &std::collections::BTreeMap<_, crate::ledger::Gate>| {
        gates.get(queue).is_some_and(|gate| gate.paused)
    };
    if paused(&ledger.gates) && paused(&ledger.next_gates) && !toggles(ledger, *queue) {
        return Err(format!("task {task} was leased from a paused queue"));
    }
    Ok(())
}

/// Whether this entry both lifts and sets the pause again; then nobody outside can tell.
fn toggles(ledger: &Ledger, queue: reeve_core::intern::QueueId) -> bool {
    ledger.toggled.contains(&queue)
}
