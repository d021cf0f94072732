//! Within a queue, class and priority the task that came first is granted first; what came back stands before all.

use reeve_core::event::{Event, Step};
use reeve_core::task::Standing;

use crate::check::{Law, Verdict, any_entry};
use crate::ledger::{Applied, Ledger};

/// The law.
pub const LAW: Law = Law { name: "first_come", on_event, on_entry: any_entry };

fn on_event(ledger: &Ledger, event: &Event, step: &Applied<'_>) -> Verdict {
    let Event::Task { task, queue, class, step: Step::Leased { .. }, .. } = event else { return Ok(()) };
    // As with inversion: only what the office decided on the state just before the entry is the law's to judge.
    if !step.fresh {
        return Ok(());
    }
    let course = ledger.courses.of.get(task);
    let Some((course, place)) = course.and_then(|course| Some((course, course.place?))) else {
        return Err(format!("task {task} was leased and stood in no line"));
    };
    for (other, life) in &ledger.lives {
        if life.standing != Some(Standing::Ready)
            || life.held
            || life.since >= step.entry.revision
            || (life.queue, life.class) != (*queue, *class)
        {
            continue;
        }
        let own = ledger.courses.of.get(other).filter(|own| own.priority == course.priority);
        if own.and_then(|own| own.place).is_some_and(|other| other < place) {
            return Err(format!("task {task} was leased before {other}, which came first"));
        }
    }
    Ok(())
}
