//! Offers: which of them nobody has acknowledged, and what a worker that comes back is told about what it holds.
//!
//! Acknowledgements live in the leader's memory only. A new office knows of none, and takes back nothing by itself: each
//! worker that comes back says what it holds, and what it does not list was lost.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use reeve_core::State;
use reeve_core::command::{Recall, Stopped};
use reeve_core::effect::{Effect, Holding, Order};
use reeve_core::name::{TaskId, Token};
use reeve_core::view::Known;

use crate::limits;

/// The offers of an open office that are not acknowledged.
#[derive(Clone, Debug, Default)]
pub struct Offers {
    /// With the end of its time.
    unanswered: BTreeMap<Token, (Holding, u64)>,
    /// In the order of their time; what was answered since is dropped when it comes to the front.
    queue: VecDeque<(u64, Token)>,
}

impl Offers {
    /// None yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// An offer was sent, or could not be: its time runs.
    pub fn sent(&mut self, holding: Holding, mono_ms: u64) {
        if !self.unanswered.contains_key(&holding.token) {
            self.enqueue(holding, mono_ms);
        }
    }

    fn enqueue(&mut self, holding: Holding, mono_ms: u64) {
        let due_ms = mono_ms.saturating_add(limits::OFFER_ACK_MS);
        // All have the same time, so the queue stays in order; a clock that steps back only makes one late.
        let due_ms = self.queue.back().map_or(due_ms, |(last_ms, _)| due_ms.max(*last_ms));
        self.queue.push_back((due_ms, holding.token));
        self.unanswered.insert(holding.token, (holding, due_ms));
    }

    /// Whether this place in the queue still means something: an offer may be answered and sent again meanwhile.
    fn counts(&self, (due_ms, token): (u64, Token)) -> bool {
        self.unanswered.get(&token).is_some_and(|(_, own_ms)| *own_ms == due_ms)
    }

    /// The worker has it: it said so, it reported, or it listed it.
    pub fn acknowledged(&mut self, token: Token) {
        self.unanswered.remove(&token);
        while self.queue.front().is_some_and(|first| !self.counts(*first)) {
            self.queue.pop_front();
        }
    }

    /// How many are unanswered.
    #[must_use]
    pub fn len(&self) -> usize {
        self.unanswered.len()
    }

    /// Whether all are answered.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.unanswered.is_empty()
    }

    /// When to look again.
    #[must_use]
    pub fn next_due(&self) -> Option<u64> {
        self.queue.front().map(|(due_ms, _)| *due_ms)
    }

    /// Looks at no more than `max` offers whose time is over, and returns those to take back. A proposal that comes to
    /// nothing needs no word: as long as the lease stands, it is taken back again.
    pub fn due(&mut self, state: &State, mono_ms: u64, max: usize) -> Vec<Recall> {
        let mut recalls = Vec::new();
        for _ in 0..max {
            let Some(first) = self.queue.front().copied().filter(|(due_ms, _)| *due_ms <= mono_ms) else {
                break;
            };
            let ((_, token), counts) = (first, self.counts(first));
            self.queue.pop_front();
            let Some((holding, _)) = self.unanswered.get(&token).copied().filter(|_| counts) else {
                continue;
            };
            if stands(state, holding) {
                self.enqueue(holding, mono_ms);
                recalls.push(Recall { holding });
            } else {
                self.unanswered.remove(&token);
            }
        }
        recalls
    }
}

/// Whether the lease is still in this worker's hands.
fn stands(state: &State, holding: Holding) -> bool {
    let Known::Live(task) = state.task(holding.task) else { return false };
    let mine = task.lease.is_some_and(|lease| (lease.token, lease.worker) == (holding.token, holding.worker));
    mine && state.worker(holding.worker).is_some_and(|worker| worker.alive)
}

/// What a worker that comes back says of one lease.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Listed {
    /// The task.
    pub task: TaskId,
    /// The token.
    pub token: Token,
    /// Its report was sent, and never answered.
    pub reported: bool,
}

/// What it is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Told {
    /// The lease is valid: go on.
    Keep,
    /// The lease is over: stop, report nothing, confirm the stop.
    Drop,
    /// Send the report again: whether it came or not, the law answers it.
    ReportAgain,
}

/// What comes of it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Reattached {
    /// An answer for each that was listed, in its order.
    pub told: Vec<Told>,
    /// Offers that the worker never got, to be proposed.
    pub lost: Vec<Recall>,
    /// Revoked leases that it holds no longer, to be proposed in its place.
    pub stopped: Vec<Stopped>,
}

/// What a worker is told that comes back with what it holds. `orders` are all the orders that the state still has for
/// this worker; a dead session has none.
#[must_use]
pub fn reattach(orders: &[Effect], listed: &[Listed]) -> Reattached {
    let mut held: BTreeMap<Token, (Holding, bool)> = BTreeMap::new();
    for Effect { holding, order } in orders {
        match order {
            Order::Offer { .. } => drop(held.insert(holding.token, (*holding, true))),
            Order::Stop => drop(held.insert(holding.token, (*holding, false))),
            Order::Cancel { .. } | Order::Pause { .. } | Order::Resume | Order::Update { .. } => {}
        }
    }
    let tell = |listed: &Listed| match held.get(&listed.token) {
        Some((holding, valid)) if holding.task == listed.task => match (valid, listed.reported) {
            (true, true) => Told::ReportAgain,
            (true, false) => Told::Keep,
            (false, _) => Told::Drop,
        },
        // It may have ended by that very report.
        Some(_) | None if listed.reported => Told::ReportAgain,
        Some(_) | None => Told::Drop,
    };
    let told = listed.iter().map(tell).collect();
    let named: BTreeSet<(TaskId, Token)> = listed.iter().map(|listed| (listed.task, listed.token)).collect();
    let (mut lost, mut stopped) = (Vec::new(), Vec::new());
    for (holding, valid) in held.into_values() {
        if named.contains(&(holding.task, holding.token)) {
            continue;
        }
        if valid { lost.push(Recall { holding }) } else { stopped.push(Stopped { holding }) }
    }
    Reattached { told, lost, stopped }
}
