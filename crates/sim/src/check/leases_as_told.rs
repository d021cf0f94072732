//! The state holds every lease to just what was said of it: its clocks, its graces, its unanswered update.

use reeve_core::view::Known;

use crate::check::{Law, Verdict, any_event};
use crate::ledger::grips::Grip;
use crate::ledger::{Applied, Ledger};

/// The law.
pub const LAW: Law = Law { name: "leases_as_told", on_event: any_event, on_entry };

fn on_entry(ledger: &Ledger, step: &Applied<'_>) -> Verdict {
    for (token, told) in &ledger.grips.held {
        let Some(grant) = ledger.grips.grants.get(token) else { continue };
        let task = grant.holding.task;
        let Known::Live(view) = step.state.task(task) else {
            return Err(format!("task {task} should be held under {token}, but does not live"));
        };
        let Some(lease) = view.lease.filter(|lease| lease.token == *token) else {
            return Err(format!("task {task} should be held under {token}, but is not"));
        };
        let held = Grip {
            deadline_ms: lease.deadline_ms,
            suspended: lease.suspended,
            pause_by_ms: lease.pause_by_ms,
            cancel_by_ms: lease.cancel_by_ms,
            update: lease.update,
            ..*told
        };
        if held != *told {
            return Err(format!("task {task} is held as {held:?}, but what was said comes to {told:?}"));
        }
    }
    Ok(())
}
