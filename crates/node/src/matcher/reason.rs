//! Why a task waits: a closed list, answered by the rules that choose.

use std::collections::BTreeMap;

use reeve_core::assembly::Assembly;
use reeve_core::class::Burden;
use reeve_core::intern::{ClassId, QueueId};
use reeve_core::name::{Ref, TaskId, WorkerId};
use reeve_core::task::Standing;
use reeve_core::view::{Known, TaskView, WorkerView};
use reeve_core::{Refusal, State};

use crate::matcher::fleet::Fleet;
use crate::matcher::{limits, select};

/// What keeps a task from being granted. Empty is: the next choice grants it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Reason {
    /// It does not live: it ended, or never was.
    Gone,
    /// It used up its attempts, and lives until somebody retries or forgets it.
    Dead,
    /// It does not wait: this worker holds it.
    Leased {
        /// The holder.
        worker: WorkerId,
    },
    /// A grant of it is on its way.
    Chosen {
        /// For whom.
        worker: WorkerId,
    },
    /// It is paused.
    Held,
    /// Another task must end first.
    Dependency {
        /// Which.
        on: TaskId,
    },
    /// Its time has not come.
    NotBefore {
        /// When it comes.
        until_ms: u64,
    },
    /// It failed, and waits before it is tried again.
    Backoff {
        /// Until when.
        until_ms: u64,
    },
    /// Its namespace is paused.
    NamespacePaused,
    /// Its queue is paused.
    QueuePaused,
    /// As many tasks of its queue are leased as may be.
    QueueLimit {
        /// How many may be.
        max_leased: u32,
    },
    /// No worker is there at all.
    NoWorkers,
    /// So many workers cannot take it, for this reason.
    Workers {
        /// What stands in the way.
        obstacle: Obstacle,
        /// For how many of them.
        count: u32,
    },
    /// Workers could take it, but others come first.
    Behind,
}

/// Why one worker does not take a task: the first of these that applies.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Obstacle {
    /// It does not offer a required kind.
    Kind,
    /// Its labels do not match.
    Labels,
    /// It takes no new tasks.
    Draining,
    /// All its slots are taken.
    NoSlot,
    /// It has too little left of a resource.
    NoRoom {
        /// Which.
        resource: Box<str>,
    },
    /// Its stream is not attached to this leader.
    Detached,
    /// It does not want more work now.
    NoCredit,
}

/// Why a task waits; nothing if the next choice with room enough for all grants it. Looks at a bounded number of
/// workers, and says nothing of the others.
#[must_use]
pub fn waiting_for(state: &State, fleet: &Fleet, task: TaskId) -> Vec<Reason> {
    let Known::Live(view) = state.task(task) else { return vec![Reason::Gone] };
    let mut reasons = Vec::new();
    if view.held {
        reasons.push(Reason::Held);
    }
    if !is_ready(&view, &mut reasons) {
        return reasons;
    }
    if let Some(worker) = fleet.chosen_for(task) {
        reasons.push(Reason::Chosen { worker });
        return reasons;
    }
    let (more, less) = fleet.leased_beside(view.queue);
    reasons.extend(
        state.may_lease(view.queue, more, less).err().map(|refusal| of_gate(state, view.queue, refusal)),
    );
    let is_next = || {
        let choice = select(state, fleet, &Assembly::new(), limits::GRANTS_PER_CHOICE);
        choice.picks.iter().any(|pick| pick.task == Ref::Id(task))
    };
    if reasons.is_empty() && is_next() {
        return reasons;
    }
    let obstacles = obstacles(state, fleet, view.class);
    let nobody = obstacles.is_empty();
    let free = obstacles.get(&None).copied().unwrap_or(0);
    let known = obstacles.into_iter().filter_map(|(obstacle, count)| Some((obstacle?, count)));
    if free == 0 {
        reasons.extend(known.map(|(obstacle, count)| Reason::Workers { obstacle, count }));
    }
    if nobody {
        reasons.push(Reason::NoWorkers);
    }
    if reasons.is_empty() {
        reasons.push(Reason::Behind);
    }
    reasons
}

/// Whether a task is ready but for being held; notes why not.
fn is_ready(view: &TaskView, reasons: &mut Vec<Reason>) -> bool {
    match view.standing {
        Standing::Ready => return true,
        Standing::Blocked => reasons.extend(view.waits_for.iter().map(|on| Reason::Dependency { on: *on })),
        Standing::Scheduled => reasons.extend(view.until_ms.map(|until_ms| Reason::NotBefore { until_ms })),
        Standing::Backoff => reasons.extend(view.until_ms.map(|until_ms| Reason::Backoff { until_ms })),
        Standing::Leased => reasons.extend(view.lease.map(|lease| Reason::Leased { worker: lease.worker })),
        Standing::Dead => reasons.push(Reason::Dead),
    }
    false
}

fn of_gate(state: &State, queue: QueueId, refusal: Refusal) -> Reason {
    if refusal == Refusal::NamespacePaused {
        return Reason::NamespacePaused;
    }
    match state.queue_view(queue).and_then(|view| view.max_leased) {
        Some(max_leased) if refusal == Refusal::QueueSaturated => Reason::QueueLimit { max_leased },
        Some(_) | None => Reason::QueuePaused,
    }
}

/// How many workers stand in which way of a class; with none, for those that could take it.
fn obstacles(state: &State, fleet: &Fleet, class: ClassId) -> BTreeMap<Option<Obstacle>, u32> {
    let mut counts = BTreeMap::new();
    for worker in state.workers().filter(|worker| worker.alive).take(limits::WORKERS_PER_ANSWER) {
        *counts.entry(obstacle(state, fleet, class, &worker)).or_default() += 1;
    }
    counts
}

fn obstacle(state: &State, fleet: &Fleet, class: ClassId, worker: &WorkerView) -> Option<Obstacle> {
    let nothing = (Burden::default(), Burden::default());
    let (more, less) = fleet.burdens(worker.id).unwrap_or(&nothing);
    match state.may_run(class, worker.id, more, less) {
        Err(Refusal::WorkerDraining) => return Some(Obstacle::Draining),
        Err(Refusal::KindNotOffered) => return Some(Obstacle::Kind),
        Err(Refusal::LabelsDiffer) => return Some(Obstacle::Labels),
        Err(Refusal::NoRoom) => {
            let resource = state.shortage(class, worker.id, more, less).unwrap_or_default().into();
            return Some(Obstacle::NoRoom { resource });
        }
        Err(_) => return Some(Obstacle::NoSlot),
        Ok(()) => {}
    }
    match fleet.session(worker.id) {
        None => Some(Obstacle::Detached),
        Some(session) if session.credits == 0 => Some(Obstacle::NoCredit),
        Some(_) => None,
    }
}
