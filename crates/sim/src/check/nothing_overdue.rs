//! Once a sweep has left nothing over, nothing that time was to move still stands.

use reeve_core::task::Standing;

use crate::check::{Law, Verdict, any_event};
use crate::ledger::{Applied, Ledger};

/// The law.
pub const LAW: Law = Law { name: "nothing_overdue", on_event: any_event, on_entry };

fn on_entry(ledger: &Ledger, step: &Applied<'_>) -> Verdict {
    if step.state.has_backlog() {
        return Ok(());
    }
    let now_ms = step.outcome.now_ms;
    let over = |at_ms: Option<u64>| at_ms.is_some_and(|at_ms| at_ms <= now_ms);
    for (token, grip) in &ledger.grips.held {
        if over(grip.deadline_ms) || over(grip.pause_by_ms) || over(grip.cancel_by_ms) {
            return Err(format!("at {now_ms} lease {token} is still held, though {grip:?}"));
        }
    }
    // Every life has its course, so the two lists go side by side.
    for ((id, course), life) in ledger.courses.of.iter().zip(ledger.lives.values()) {
        let Some(standing) = life.standing else { continue };
        let waits = matches!(standing, Standing::Scheduled | Standing::Backoff);
        if waits && over(course.until_ms) {
            return Err(format!("at {now_ms} task {id} still waits until {:?}", course.until_ms));
        }
        if !course.begun && over(course.must_start_by_ms) {
            let by_ms = course.must_start_by_ms;
            return Err(format!("at {now_ms} task {id} lives and has not begun by {by_ms:?}"));
        }
    }
    Ok(())
}
