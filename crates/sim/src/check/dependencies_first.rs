//! Dependencies never run early, and never fail without reason.

use reeve_core::event::{Cancelled, Event, Step};
use reeve_core::name::TaskId;
use reeve_core::task::{Ending, Otherwise, Rule, Standing};

use crate::check::{Law, Verdict, any_entry};
use crate::ledger::{Applied, Ledger, Waits};

/// The law.
pub const LAW: Law = Law { name: "dependencies_first", on_event, on_entry: any_entry };

fn on_event(ledger: &Ledger, event: &Event, _: &Applied<'_>) -> Verdict {
    let Event::Task { task, step, .. } = event else { return Ok(()) };
    match step {
        Step::Submitted { standing: Standing::Blocked } => Ok(()),
        Step::Submitted { .. } | Step::Scheduled { .. } | Step::Ready | Step::Leased { .. } => {
            all_met(ledger, *task)
        }
        Step::Ended { cancelled: Some(Cancelled::Unmet(on)), .. } => unmet(ledger, *task, *on),
        _ => Ok(()),
    }
}

/// Which ending meets which rule, written out.
const fn meets(ending: Ending, rule: Rule) -> bool {
    match (ending, rule) {
        (Ending::Succeeded, Rule::Succeeded | Rule::Finished) => true,
        (Ending::Succeeded, Rule::Failed) => false,
        (Ending::Failed | Ending::Dead, Rule::Failed | Rule::Finished) => true,
        (Ending::Failed | Ending::Dead, Rule::Succeeded) => false,
        (Ending::Cancelled | Ending::Expired, Rule::Finished) => true,
        (Ending::Cancelled | Ending::Expired, Rule::Succeeded | Rule::Failed) => false,
    }
}

/// A dependency is settled by any end that its task ever came to: a later generation does not take that back.
fn is_met(ledger: &Ledger, waits: &Waits) -> bool {
    let Some(life) = ledger.lives.get(&waits.on) else { return false };
    let lets_go =
        |ending: &reeve_core::task::Ending| meets(*ending, waits.rule) || waits.otherwise == Otherwise::Run;
    life.endings.iter().any(lets_go)
}

fn all_met(ledger: &Ledger, task: TaskId) -> Verdict {
    let Some(life) = ledger.lives.get(&task) else { return Ok(()) };
    // A task that is cancelled at once, because something can never be met, is never granted.
    let hopeless = |waits: &&Waits| {
        waits.otherwise == Otherwise::Cancel
            && ledger.lives.get(&waits.on).is_some_and(|on| on.is_over() && !on.endings.is_empty())
    };
    match life.waits.iter().find(|waits| !is_met(ledger, waits)) {
        Some(waits) if life.standing.is_none() && life.endings.is_empty() && hopeless(&waits) => Ok(()),
        Some(waits) => Err(format!("task {task} goes on before {} has ended as it must", waits.on)),
        None => Ok(()),
    }
}

fn unmet(ledger: &Ledger, task: TaskId, on: TaskId) -> Verdict {
    let Some(life) = ledger.lives.get(&task) else { return Ok(()) };
    let waits = life.waits.iter().find(|waits| waits.on == on);
    let fails = waits.is_some_and(|waits| {
        let endings = ledger.lives.get(&on).map(|life| &life.endings);
        waits.otherwise == Otherwise::Cancel
            && endings.is_some_and(|endings| endings.iter().any(|ending| !meets(*ending, waits.rule)))
    });
    if fails { Ok(()) } else { Err(format!("task {task} was cancelled for {on}, which did not fail it")) }
}
