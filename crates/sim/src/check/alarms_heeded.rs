//! While an alarm stops writes no task comes to be, and none begins anew.

use reeve_core::event::{Event, Step};

use crate::check::{Law, Verdict, any_entry};
use crate::ledger::{Applied, Ledger};

/// The law.
pub const LAW: Law = Law { name: "alarms_heeded", on_event, on_entry: any_entry };

fn on_event(ledger: &Ledger, event: &Event, _: &Applied<'_>) -> Verdict {
    let Event::Task { task, step: Step::Submitted { .. } | Step::Retried, .. } = event else { return Ok(()) };
    match ledger.sessions.alarms.iter().find(|alarm| alarm.kind.stops_writes()) {
        Some(alarm) => Err(format!("task {task} came to be in spite of {alarm:?}")),
        None => Ok(()),
    }
}
