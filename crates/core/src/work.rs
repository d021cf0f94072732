//! The worklist: cascades that one entry may be too small for.
//!
//! The death of a worker, the end of a task with dependents, the cancellation of a whole family: each is one item
//! here, written when it is decided and drained by the sweep. Until then a verb that touches a task asks the list
//! first, so that no verdict depends on how far the sweep has come.

use std::collections::BTreeMap;

use crate::codec::wire::{choice, shape};
use crate::name::{TaskId, WorkerId};
use crate::task::Ending;

/// A cancellation that spreads.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Spread {
    pub root: TaskId,
    /// The end of the grace, if there is one.
    pub by_ms: Option<u64>,
    pub children: bool,
    pub dependents: bool,
    /// The last child that was dealt with.
    pub cursor: Option<TaskId>,
}

/// One cascade.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Work {
    /// A task ended: its dependents are to learn of it.
    Ended { task: TaskId, ending: Ending },
    /// A cancellation spreads to children or dependents.
    Cancel { spread: Spread },
    /// A worker is gone: its leases are to be released.
    Gone { worker: WorkerId },
}

/// A cascade with the time at which it was decided.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct WorkRecord {
    pub at_ms: u64,
    pub work: Work,
}

/// When a cascade was decided, and its number.
pub(crate) type Turnstile = (u64, u64);

/// All cascades that are not worked off, in the order in which they were decided.
#[derive(Clone, Debug, Default)]
pub(crate) struct Worklist {
    items: BTreeMap<Turnstile, Work>,
    ended: BTreeMap<TaskId, Turnstile>,
    spreading: BTreeMap<TaskId, Turnstile>,
}

impl Worklist {
    pub(crate) fn is_empty(&self) -> bool {
        self.items.is_empty()
    }

    pub(crate) fn insert(&mut self, place: Turnstile, work: Work) {
        match work {
            Work::Ended { task, .. } => {
                self.ended.insert(task, place);
            }
            Work::Cancel { spread } => {
                self.spreading.insert(spread.root, place);
            }
            Work::Gone { .. } => {}
        }
        self.items.insert(place, work);
    }

    pub(crate) fn remove(&mut self, place: Turnstile) {
        match self.items.remove(&place) {
            Some(Work::Ended { task, .. }) => {
                self.ended.remove(&task);
            }
            Some(Work::Cancel { spread }) => {
                self.spreading.remove(&spread.root);
            }
            Some(Work::Gone { .. }) | None => {}
        }
    }

    pub(crate) fn first(&self) -> Option<(Turnstile, Work)> {
        self.items.first_key_value().map(|(place, work)| (*place, *work))
    }

    /// How `task` ended, if its dependents have not all learnt of it.
    pub(crate) fn ended(&self, task: TaskId) -> Option<(Turnstile, Ending)> {
        let place = self.ended.get(&task)?;
        match self.items.get(place) {
            Some(Work::Ended { ending, .. }) => Some((*place, *ending)),
            _ => None,
        }
    }

    /// The cancellation that spreads from `root`.
    pub(crate) fn spreading(&self, root: TaskId) -> Option<(Turnstile, Spread)> {
        let place = self.spreading.get(&root)?;
        match self.items.get(place) {
            Some(Work::Cancel { spread }) => Some((*place, *spread)),
            _ => None,
        }
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = (Turnstile, &Work)> {
        self.items.iter().map(|(place, work)| (*place, work))
    }
}

shape!(Spread { root, by_ms, children, dependents, cursor });
choice!(hidden Work, "work" { 1 = Ended { task, ending }, 2 = Cancel { spread }, 3 = Gone { worker } });
shape!(WorkRecord { at_ms, work });
