//! Limits of queues and slots of workers are never exceeded.

use reeve_core::event::{Event, Step};
use reeve_core::intern::QueueId;

use crate::check::{Law, Verdict, any_entry};
use crate::ledger::{Applied, Gate, Ledger};

/// The law.
pub const LAW: Law = Law { name: "limits_kept", on_event, on_entry: any_entry };

/// The laxer of a limit before and after this entry, which may change it on the way.
fn laxer(ledger: &Ledger, queue: QueueId, limit: impl Fn(&Gate) -> Option<u32>) -> Option<u32> {
    let before = ledger.gates.get(&queue).map(&limit);
    let after = ledger.next_gates.get(&queue).map(&limit);
    match (before, after) {
        (Some(before), Some(after)) => Some(before?.max(after?)),
        (before, after) => before.or(after).flatten(),
    }
}

fn on_event(ledger: &Ledger, event: &Event, _: &Applied<'_>) -> Verdict {
    match event {
        Event::Task { task, queue, step: Step::Leased { worker, .. }, .. } => {
            let charged = ledger.holds.values().filter(|hold| ledger.workers.contains_key(&hold.worker));
            let (mut of_queue, mut of_worker) = (1, 1);
            for hold in charged {
                of_queue += u32::from(hold.queue == *queue);
                of_worker += u32::from(hold.worker == *worker);
            }
            if let Some(max) = laxer(ledger, *queue, |gate| gate.max_leased)
                && of_queue > max
            {
                return Err(format!("task {task} is lease {of_queue} of a queue that may have {max}"));
            }
            match ledger.workers.get(worker) {
                Some(slots) if of_worker > *slots => {
                    Err(format!("task {task} is lease {of_worker} of a worker with {slots} slots"))
                }
                Some(_) => Ok(()),
                None => Err(format!("task {task} was leased to {worker}, which does not live")),
            }
        }
        Event::Task { task, queue, step: Step::Submitted { .. } | Step::Retried, .. } => {
            // The dead never left.
            if ledger.lives.get(task).is_some_and(crate::ledger::Life::is_dead) {
                return Ok(());
            }
            let Some(max) = laxer(ledger, *queue, |gate| gate.max_live) else { return Ok(()) };
            let lives = |life: &crate::ledger::Life| {
                life.queue == *queue && (life.standing.is_some() || life.is_dead())
            };
            let live = 1 + ledger.lives.values().filter(|life| lives(life)).count();
            if live > max as usize {
                Err(format!("task {task} is live task {live} of {max}"))
            } else {
                Ok(())
            }
        }
        _ => Ok(()),
    }
}
