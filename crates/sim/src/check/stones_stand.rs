//! What ended is remembered for its time; and what is forgotten is below the floor of what archive reads may tell.

use reeve_core::limits;
use reeve_core::task::Ending;
use reeve_core::view::Known;

use crate::check::{Law, Verdict, any_event};
use crate::ledger::{Applied, Ledger};

/// The law.
pub const LAW: Law = Law { name: "stones_stand", on_event: any_event, on_entry };

/// Every so many entries each task is looked for.
const EVERY: u64 = 16;

fn on_entry(ledger: &Ledger, step: &Applied<'_>) -> Verdict {
    if !step.entry.revision.0.is_multiple_of(EVERY) {
        return Ok(());
    }
    for (id, life) in ledger.lives.iter().filter(|(_, life)| life.is_over() && !life.forgotten) {
        let over = ledger.courses.of.get(id).and_then(|course| course.over);
        let Some((revision, at_ms)) = over.filter(|_| life.endings.last() != Some(&Ending::Dead)) else {
            continue;
        };
        if step.state.task(*id) != Known::Nothing {
            continue;
        }
        if step.outcome.now_ms < at_ms + limits::TOMBSTONE_MS {
            return Err(format!("task {id} ended at {at_ms}, and nobody remembers it"));
        }
        if step.state.tombstone_floor() < revision {
            let floor = step.state.tombstone_floor();
            return Err(format!("task {id} ended in {revision} and has no stone, but the floor is {floor}"));
        }
    }
    Ok(())
}
