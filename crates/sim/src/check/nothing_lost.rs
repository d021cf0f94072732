//! No acknowledged task disappears, and none exists that nobody acknowledged.

use reeve_core::task::Ending;
use reeve_core::view::Known;

use crate::check::{Law, Verdict, any_event};
use crate::ledger::{Applied, Ledger};

/// The law.
pub const LAW: Law = Law { name: "nothing_lost", on_event: any_event, on_entry };

/// Every entry is counted; every so many entries each task is looked for.
const FULL_EVERY: u64 = 32;

fn on_entry(ledger: &Ledger, step: &Applied<'_>) -> Verdict {
    if ledger.live != step.state.live() {
        return Err(format!(
            "{} tasks live, but {} were acknowledged and not ended",
            step.state.live(),
            ledger.live
        ));
    }
    if !step.entry.revision.0.is_multiple_of(FULL_EVERY) {
        return Ok(());
    }
    for (id, life) in &ledger.lives {
        let known = step.state.task(*id);
        let fine = match (&known, life.standing, life.endings.last()) {
            (Known::Forgotten, ..) => life.forgotten,
            // Tombstones fall after a while, and the archive is not the state's to know.
            (Known::Nothing, None, Some(ending)) => *ending != Ending::Dead || life.forgotten,
            (Known::Ended(ending, _), None, Some(last)) => ending == last,
            (Known::Live(view), Some(standing), _) => view.standing == standing && view.held == life.held,
            (Known::Live(view), None, Some(Ending::Dead)) => {
                view.standing == reeve_core::task::Standing::Dead
            }
            _ => false,
        };
        if !fine {
            return Err(format!(
                "task {id} should be {:?} or ended {:?}, but is {known:?}",
                life.standing, life.endings
            ));
        }
    }
    Ok(())
}
