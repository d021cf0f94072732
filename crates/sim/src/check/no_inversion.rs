//! Within a queue and class no ready task is passed over for one of lower priority, at the moment of a grant.

use reeve_core::event::{Event, Step};
use reeve_core::task::Standing;

use crate::check::{Law, Verdict, any_entry};
use crate::ledger::{Applied, Ledger};

/// The law.
pub const LAW: Law = Law { name: "no_inversion", on_event, on_entry: any_entry };

fn on_event(ledger: &Ledger, event: &Event, step: &Applied<'_>) -> Verdict {
    let Event::Task { task, queue, class, step: Step::Leased { .. }, .. } = event else { return Ok(()) };
    // Who came to stand in line in this very entry was not there when the office decided. And decisions that were
    // overtaken on their way into the log are the office's to regret, not the law's to refuse.
    if !step.fresh {
        return Ok(());
    }
    let Some(leased) = ledger.lives.get(task) else { return Ok(()) };
    let passed_over = ledger.lives.iter().find(|(_, other)| {
        other.standing == Some(Standing::Ready)
            && !other.held
            && other.since < step.entry.revision
            && (other.queue, other.class) == (*queue, *class)
            && other.priority > leased.priority
    });
    match passed_over {
        Some((other, _)) => {
            Err(format!("task {task} was leased before {other}, which has the higher priority"))
        }
        None => Ok(()),
    }
}
