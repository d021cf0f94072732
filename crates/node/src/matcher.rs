//! The matcher: which ready task goes to which worker.
//!
//! A pure policy: what it chooses depends on the state, the fleet and the entry that is being put together, and on
//! nothing else. It decides and the law validates; whatever it gets wrong is refused and comes up again.
//!
//! Here must never be: a clock, randomness, IO, or a walk whose length is the number of tasks. Every choice looks at
//! a window of lanes and a window of workers. While all fit into one window, the order of tasks is exact; beyond
//! that it holds within a window, and the windows move so that each lane meets each worker.

mod bench;
mod fleet;
pub mod limits;
mod order;
mod reason;

use std::collections::BTreeMap;

use reeve_core::State;
use reeve_core::assembly::Assembly;
use reeve_core::class::Resources;
use reeve_core::command::{Command, Grant};
use reeve_core::intern::{ClassId, QueueId};
use reeve_core::name::{Ref, TaskId, WorkerId};
use reeve_core::planted::{Bug, planted};

use bench::Bench;
use fleet::{Chosen, Freed, Windows};
use order::Order;

pub use fleet::{Fate, Fleet, Flight};
pub use reason::{Obstacle, Reason, waiting_for};

/// What one choice came to.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Choice {
    /// The grants that were added to the entry, in their order.
    pub grants: Vec<Grant>,
    /// It ended at its bound, or some lanes did not meet some workers yet: choose again when this entry is on its
    /// way, until that is over.
    pub unfinished: bool,
}

/// One task for one worker.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Pick {
    task: Ref<TaskId>,
    worker: WorkerId,
    class: ClassId,
    queue: QueueId,
}

/// What could be granted now, and where the next windows begin.
struct Selection {
    picks: Vec<Pick>,
    windows: Windows,
    unfinished: bool,
}

/// Adds to an entry the grants that should ride in it, `max` at most.
///
/// Tasks are taken in their one order (the highest priority first, then the oldest; behind them the tasks of submits
/// in the entry itself), each to the least loaded worker that fits. A lane that is paused, at its limit, or without
/// a fitting worker stands aside and stops no other. What completions, failures and releases in the entry free counts
/// as free, for they come first. Every grant spends a credit, and stays charged until [`Fleet::settled`].
///
/// The entry is either proposed, and then [`Fleet::seal`] follows before the next choice, or sealed and settled as lost.
pub fn choose(state: &State, fleet: &mut Fleet, assembly: &mut Assembly, max: usize) -> Choice {
    note_freed(state, fleet, assembly);
    let max = if planted(Bug::DeafMatcher) { 0 } else { max };
    let Selection { picks, windows, unfinished } = select(state, fleet, assembly, max);
    fleet.windows = windows;
    let mut grants = Vec::with_capacity(picks.len());
    for Pick { task, worker, class, queue } in picks {
        let grant = Grant { task, worker: Ref::Id(worker) };
        // An entry whose positions are used up takes no more.
        let Ok(group) = assembly.append(Command::Grant(grant.clone())) else { break };
        let task = match task {
            Ref::Id(id) => Some(id),
            Ref::Here(_) => None,
        };
        let resources = resources(state, class);
        fleet.note_chosen(Chosen { answer: group.proposals.start, task, worker, queue, resources });
        grants.push(grant);
    }
    Choice { grants, unfinished }
}

fn resources(state: &State, class: ClassId) -> Resources {
    state.class(class).map(|class| class.resources.clone()).unwrap_or_default()
}

/// What the very next choice would grant.
fn select(state: &State, fleet: &Fleet, assembly: &Assembly, max: usize) -> Selection {
    let mut bench = Bench::gather(state, fleet);
    let mut order = Order::gather(state, fleet, assembly, bench.seats());
    let left = limits::GRANTS_UNSETTLED.saturating_sub(fleet.unsettled());
    let max = max.min(limits::GRANTS_PER_CHOICE).min(left);
    let mut leased = BTreeMap::<QueueId, u32>::new();
    let mut picks = Vec::new();
    while picks.len() < max
        && let Some(next) = order.next()
    {
        let (more, less) = fleet.leased_beside(next.queue);
        let own = leased.get(&next.queue).copied().unwrap_or(0);
        if state.may_lease(next.queue, more + own, less).is_err() {
            continue;
        }
        let Some(seat) = bench.best(state, next.class) else { continue };
        let worker = bench.charge(seat, &resources(state, next.class));
        *leased.entry(next.queue).or_default() += 1;
        picks.push(Pick { task: next.task, worker, class: next.class, queue: next.queue });
        order.go_on(next);
    }
    let windows = fleet.windows.after(bench.rest, order.rest);
    let unfinished = windows != Windows::default() || max > 0 && picks.len() == max;
    Selection { picks, windows, unfinished }
}

/// Notes the leases that reports in the entry end.
fn note_freed(state: &State, fleet: &mut Fleet, assembly: &Assembly) {
    for (_, proposal) in assembly.proposals() {
        let Some((holding, charge)) = state.freed_by(&proposal.command) else { continue };
        if !fleet.is_freed(holding.token) {
            let resources = resources(state, charge.class);
            let (token, worker) = (holding.token, holding.worker);
            fleet.note_freed(Freed { token, worker, queue: charge.queue, resources });
        }
    }
}
