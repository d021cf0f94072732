//! A task is retried no more often than its policy allows.

use reeve_core::event::{AttemptEnd, Event, Step};

use crate::check::{Law, Verdict, any_entry};
use crate::ledger::{Applied, Ledger};

/// The law.
pub const LAW: Law = Law { name: "retries_counted", on_event, on_entry: any_entry };

fn on_event(ledger: &Ledger, event: &Event, _: &Applied<'_>) -> Verdict {
    let Event::Task { task, step: Step::Retrying { how, .. }, .. } = event else { return Ok(()) };
    let Some(life) = ledger.lives.get(task) else { return Ok(()) };
    let counts = matches!(how, AttemptEnd::FailedRetryable | AttemptEnd::TimedOut);
    if counts && life.failures + 1 >= life.max_attempts {
        return Err(format!(
            "task {task} is retried after {} of {} failures",
            life.failures + 1,
            life.max_attempts
        ));
    }
    Ok(())
}
