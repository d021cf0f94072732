//! A small fair office: it matches ready tasks to workers by the very rule that the law holds a grant to.

use reeve_core::apply;
use reeve_core::command::Grant;
use reeve_core::entry::{Entry, Proposal};
use reeve_core::name::{Ref, Revision, TaskId, WorkerId};
use reeve_core::view::LaneView;

use crate::story::player::Player;

/// Grants for what waits, up to `most`: the most urgent first, then the one that came first, each to the worker with
/// the most free slots.
pub(crate) fn assign(player: &Player, most: u32) -> Vec<Proposal> {
    let state = player.state();
    let mut workers: Vec<(WorkerId, u32)> = state
        .workers()
        .filter(|worker| worker.alive && !worker.draining && worker.used_slots < worker.slots)
        .map(|worker| (worker.id, worker.slots - worker.used_slots))
        .collect();
    if workers.is_empty() || state.lanes().all(|lane| lane.ready == 0) {
        return Vec::new();
    }
    // What a grant leaves is found by granting, on a copy.
    let mut copy = state.clone();
    let (mut grants, mut stuck) = (Vec::new(), Vec::new());
    while grants.len() < most as usize {
        let waiting = |lane: &LaneView| !stuck.contains(&(lane.class, lane.queue));
        let first = copy.lanes().filter(waiting).filter_map(|lane| Some((lane, lane.first?)));
        let Some((lane, first)) =
            first.min_by_key(|(_, first)| (std::cmp::Reverse(first.priority), first.order))
        else {
            break;
        };
        workers.sort_by_key(|(id, free)| (std::cmp::Reverse(*free), *id));
        let fits = |(id, free): &&mut (WorkerId, u32)| *free > 0 && copy.may_grant(first.id, *id).is_ok();
        let Some((worker, free)) = workers.iter_mut().find(fits) else {
            stuck.push((lane.class, lane.queue));
            continue;
        };
        *free -= 1;
        grants.push(grant(first.id, *worker));
        let entry = Entry {
            revision: Revision(copy.revision().0 + 1),
            law: copy.law(),
            time_ms: copy.now_ms(),
            sweep: 0,
            proposals: vec![grant(first.id, *worker)],
            bodies: Vec::new(),
        };
        apply(&mut copy, entry);
    }
    grants
}

fn grant(task: TaskId, worker: WorkerId) -> Proposal {
    Proposal::of_office(Grant { task: Ref::Id(task), worker: Ref::Id(worker) }.into())
}
