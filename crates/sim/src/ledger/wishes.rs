//! Cancellations of whole families: whom each is to reach.

use std::collections::BTreeSet;

use reeve_core::Reply;
use reeve_core::command::{Cancel, Command};
use reeve_core::name::{Ref, Revision, TaskId};
use reeve_core::task::Standing;

use super::{Applied, Ledger};

/// A cancellation that is to reach more than one task.
#[derive(Clone, Debug)]
pub struct Wish {
    /// The task that was named.
    pub root: TaskId,
    /// When it was wished.
    pub revision: Revision,
    /// The end of the grace.
    pub by_ms: Option<u64>,
    /// From whom it goes on to whom, those nearest to the root first.
    pub edges: Vec<(TaskId, TaskId)>,
}

/// The cancellations of families that this entry executed, as the families were before it.
pub(super) fn of(ledger: &Ledger, step: &Applied<'_>) -> Vec<Wish> {
    let mut wishes = Vec::new();
    for (proposal, answer) in step.executed() {
        let Command::Cancel(cancel) = &proposal.command else { continue };
        let Ref::Id(root) = cancel.task else { continue };
        if (cancel.children || cancel.dependents) && matches!(answer.reply, Reply::Done | Reply::Asked) {
            let edges = edges(ledger, root, cancel);
            let by_ms = cancel.grace_ms.map(|ms| step.outcome.now_ms + ms);
            wishes.push(Wish { root, revision: step.entry.revision, by_ms, edges });
        }
    }
    wishes
}

fn edges(ledger: &Ledger, root: TaskId, cancel: &Cancel) -> Vec<(TaskId, TaskId)> {
    let (mut edges, mut seen, mut at) = (Vec::new(), BTreeSet::from([root]), 0);
    let mut from = root;
    loop {
        // Who has ended before has let its dependents go already.
        let fresh = ledger.lives.get(&from).is_some_and(|life| life.endings.is_empty());
        for (id, life) in ledger.lives.iter().filter(|(_, life)| !life.is_over()) {
            let child = ledger.courses.of.get(id).and_then(|course| course.parent) == Some(from);
            let waits = life.standing == Some(Standing::Blocked) && life.waits.iter().any(|on| on.on == from);
            let reached = (cancel.children && child) || (cancel.dependents && waits && fresh);
            if reached && seen.insert(*id) {
                edges.push((from, *id));
            }
        }
        let Some((_, next)) = edges.get(at) else { return edges };
        (from, at) = (*next, at + 1);
    }
}
