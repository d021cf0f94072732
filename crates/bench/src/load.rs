//! Clients that put a cluster to work, and what their work cost.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use reeve_core::name::{Name, TaskId};
use tokio::task::JoinSet;

use crate::Fault;
use crate::cost::Usage;
use crate::limits::COME_AGAIN;
use crate::record::Said;
use crate::tally::{Spectrum, Tally};

/// A way to have tasks submitted. Clones are used by one client each.
pub trait Door: Clone + Send + Sync + 'static {
    /// Submits so many tasks in one call, and waits until they are acknowledged.
    fn submit(&mut self, tasks: u32) -> impl Future<Output = Result<Submitted, NotDone>> + Send;
}

/// Tasks that were acknowledged: names of one entry, one after the other.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Submitted {
    /// The first.
    pub first: TaskId,
    /// How many.
    pub count: u32,
}

impl Submitted {
    /// Their names.
    pub fn names(self) -> impl Iterator<Item = TaskId> {
        let Self { first: TaskId(name), count } = self;
        (0..count).map(move |more| TaskId(Name { position: name.position + more, ..name }))
    }
}

/// Why something was not acknowledged.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum NotDone {
    /// It was not done, and may be tried again after a while.
    Later(Option<Duration>),
    /// Nobody knows whether it was done.
    Unknown(String),
    /// It was refused.
    Never(String),
}

/// What a cluster has used so far.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Spent {
    /// By all its processes together, and its clients.
    pub usage: Usage,
    /// Entries of its log.
    pub entries: u64,
    /// Syncs of all its logs.
    pub syncs: u64,
    /// How many nodes it has.
    pub nodes: u64,
}

impl Spent {
    /// What was used since then.
    #[must_use]
    pub fn since(&self, then: &Self) -> Self {
        Self {
            usage: self.usage.since(then.usage),
            entries: self.entries.saturating_sub(then.entries),
            syncs: self.syncs.saturating_sub(then.syncs),
            nodes: self.nodes,
        }
    }

    /// For each of so many tasks.
    #[must_use]
    pub fn figures(&self, tasks: u64) -> Vec<(&'static str, f64)> {
        let Self { usage, entries, syncs, nodes } = self;
        let each = |amount: u64| ratio(amount, tasks);
        vec![
            ("CPU µs/task", each(usage.cpu_us)),
            ("entries/task", each(*entries)),
            ("syncs/task, all nodes", each(*syncs)),
            ("disk B/task and node", ratio(usage.written, tasks * nodes)),
            ("switches/task", each(usage.switches)),
            ("MiB/node", ratio(usage.resident, nodes << 20)),
        ]
    }
}

/// One through the other, as a figure.
#[must_use]
pub fn ratio(amount: u64, of: u64) -> f64 {
    let (amount, of) = (amount as f64, of as f64);
    if of > 0.0 { amount / of } else { f64::NAN }
}

/// How long clients work, and how long they did before anything counts.
#[derive(Clone, Copy, Debug)]
pub struct Window {
    /// Before anything counts.
    pub warm: Duration,
    /// While it counts.
    pub length: Duration,
}

/// What came of a closed loop.
#[derive(Debug)]
pub struct Closed {
    /// From the question to the answer, of what was asked in the window.
    pub tally: Tally,
    /// Tasks that were acknowledged in the window.
    pub tasks: u64,
    /// How long the window was.
    pub length: Duration,
    /// What it cost.
    pub spent: Spent,
    /// All that was ever acknowledged.
    pub submitted: Vec<Submitted>,
}

/// One client of a closed loop, and what it has seen.
#[derive(Default)]
struct Client {
    tally: Tally,
    submitted: Vec<Submitted>,
}

/// Clients that each ask again as soon as they are answered.
///
/// # Errors
/// Anything else than an answer, or "come again"; or nobody says what it cost.
pub async fn closed<D: Door>(
    door: &D,
    (clients, batch): (usize, u32),
    window: Window,
    spent: impl Fn() -> Result<Spent, Fault>,
) -> Result<Closed, Fault> {
    let counted = Arc::new(AtomicU64::new(0));
    let begun = Instant::now();
    let (from, until) = (begun + window.warm, begun + window.warm + window.length);
    let mut all = JoinSet::new();
    for _ in 0..clients {
        let (door, counted) = (door.clone(), Arc::clone(&counted));
        all.spawn(ask_on(door, batch, (from, until), counted));
    }
    tokio::time::sleep_until(from.into()).await;
    let (before, tasks_before, clock) = (spent()?, counted.load(Ordering::Relaxed), Instant::now());
    tokio::time::sleep_until(until.into()).await;
    let (tasks, length) = (counted.load(Ordering::Relaxed) - tasks_before, clock.elapsed());
    let spent = spent()?.since(&before);
    let mut closed = Closed { tally: Tally::new(), tasks, length, spent, submitted: Vec::new() };
    while let Some(client) = all.join_next().await {
        let client = client.map_err(|error| Fault::Cluster(error.to_string()))??;
        closed.tally.add(&client.tally);
        closed.submitted.extend(client.submitted);
    }
    Ok(closed)
}

async fn ask_on<D: Door>(
    mut door: D,
    batch: u32,
    (from, until): (Instant, Instant),
    counted: Arc<AtomicU64>,
) -> Result<Client, Fault> {
    let mut client = Client::default();
    while Instant::now() < until {
        let begun = Instant::now();
        let submitted = insist(&mut door, batch).await?;
        counted.fetch_add(u64::from(submitted.count), Ordering::Relaxed);
        client.submitted.push(submitted);
        if begun >= from {
            client.tally.note(begun.elapsed());
        }
    }
    Ok(client)
}

/// Asks until it is done. To be told to come again is part of the answer's time.
async fn insist<D: Door>(door: &mut D, batch: u32) -> Result<Submitted, Fault> {
    loop {
        match door.submit(batch).await {
            Ok(submitted) if submitted.count == batch => return Ok(submitted),
            Ok(other) => {
                return Err(Fault::Wrong(format!("{batch} tasks were submitted, and {other:?} said")));
            }
            Err(NotDone::Later(pause)) => tokio::time::sleep(pause.unwrap_or(COME_AGAIN)).await,
            Err(NotDone::Unknown(why) | NotDone::Never(why)) => return Err(Fault::Cluster(why)),
        }
    }
}

/// Submits so many tasks as fast as it goes.
///
/// # Errors
/// As for a closed loop.
pub async fn fill<D: Door>(
    door: &D,
    tasks: u32,
    batch: u32,
    clients: usize,
) -> Result<Vec<Submitted>, Fault> {
    let left = Arc::new(AtomicU64::new(u64::from(tasks.div_ceil(batch))));
    let mut all = JoinSet::new();
    for _ in 0..clients {
        let (mut door, left) = (door.clone(), Arc::clone(&left));
        all.spawn(async move {
            let mut submitted = Vec::new();
            let take = || left.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |left| left.checked_sub(1));
            while let Ok(_taken) = take() {
                submitted.push(insist(&mut door, batch).await?);
            }
            Ok::<_, Fault>(submitted)
        });
    }
    let mut submitted = Vec::new();
    while let Some(one) = all.join_next().await {
        submitted.extend(one.map_err(|error| Fault::Cluster(error.to_string()))??);
    }
    Ok(submitted)
}

impl Closed {
    /// What is told of it.
    #[must_use]
    pub fn said(&self, what: String) -> Said {
        let Spectrum { p50_ms, p90_ms, p99_ms, p999_ms, max_ms, .. } = self.tally.spectrum();
        let rate = self.tasks as f64 / self.length.as_secs_f64();
        let mut figures = vec![
            ("tasks/s", rate),
            ("p50 ms", p50_ms),
            ("p90 ms", p90_ms),
            ("p99 ms", p99_ms),
            ("p99.9 ms", p999_ms),
            ("max ms", max_ms),
        ];
        figures.extend(self.spent.figures(self.tasks));
        Said { what, figures }
    }
}
