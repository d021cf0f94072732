//! A cancellation of a family reaches all of it: every living child, or whoever waits, through living tasks.

use std::collections::BTreeSet;

use reeve_core::name::TaskId;
use reeve_core::task::Ending;

use crate::check::{Law, Verdict, any_event};
use crate::ledger::wishes::Wish;
use crate::ledger::{Applied, Ledger};

/// The law.
pub const LAW: Law = Law { name: "cancel_reaches", on_event: any_event, on_entry };

fn on_entry(ledger: &Ledger, step: &Applied<'_>) -> Verdict {
    if step.state.has_backlog() {
        return Ok(());
    }
    ledger.wishes.iter().try_for_each(|wish| reaches(ledger, wish))
}

fn reaches(ledger: &Ledger, wish: &Wish) -> Verdict {
    let mut passed = BTreeSet::from([wish.root]);
    for (from, to) in wish.edges.iter().filter(|(_, to)| !began_anew(ledger, *to, wish)) {
        let Some(life) = ledger.lives.get(to).filter(|_| passed.contains(from)) else { continue };
        let asked_ms = life.token.and_then(|token| ledger.grips.held.get(&token)?.cancel_by_ms);
        let asked = wish.by_ms.is_some_and(|by_ms| asked_ms.is_some_and(|asked_ms| asked_ms <= by_ms));
        if !life.is_over() && !asked {
            return Err(format!("task {to} goes on, though {} was cancelled with it", wish.root));
        }
        // Who came to another end, before it was reached, did not pass it on.
        if asked || life.endings.last() == Some(&Ending::Cancelled) && followed(ledger, *to) {
            passed.insert(*to);
        }
    }
    Ok(())
}

/// Whether the task was retried since, which makes it another.
fn began_anew(ledger: &Ledger, task: TaskId, wish: &Wish) -> bool {
    let retried = ledger.courses.of.get(&task).and_then(|course| course.retried);
    retried.is_some_and(|revision| revision >= wish.revision)
}

/// Whether the task was cancelled along with another.
fn followed(ledger: &Ledger, task: TaskId) -> bool {
    ledger.courses.of.get(&task).is_some_and(|course| course.followed)
}
