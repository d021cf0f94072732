//! An open loop: proposals at a steady rate, whether the earlier ones were answered or not, as users do it. A pause is met
//! by everyone who comes while it lasts, and counts as often.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use reeve_core::name::TaskId;
use tokio::runtime::Handle;
use tokio::task::{JoinHandle, JoinSet};

use crate::Fault;
use crate::servers::Public;
use crate::tally::Tally;

/// One proposal.
#[derive(Clone, Debug)]
pub struct Call {
    /// When it was due, and sent.
    pub due: Instant,
    /// When it was acknowledged, and as what; nothing if nobody knows whether it was done.
    pub done: Option<(Instant, TaskId)>,
}

/// A steady stream of proposals that goes on until it is ended.
pub struct Steady {
    over: Arc<AtomicBool>,
    running: JoinHandle<Vec<Call>>,
}

impl Steady {
    /// Begins: so many a second, each under a key of its own that begins with `name`.
    #[must_use]
    pub fn begin(on: &Handle, door: &Public, rate: u32, name: String) -> Self {
        let over = Arc::new(AtomicBool::new(false));
        let running = on.spawn(stream(door.clone(), rate, name, Arc::clone(&over)));
        Self { over, running }
    }

    /// Ends it, and waits for what was sent.
    ///
    /// # Errors
    /// A client died.
    pub fn end(self, on: &Handle) -> Result<Vec<Call>, Fault> {
        self.over.store(true, Ordering::Relaxed);
        on.block_on(self.running).map_err(|error| Fault::Cluster(error.to_string()))
    }
}

async fn stream(door: Public, rate: u32, name: String, over: Arc<AtomicBool>) -> Vec<Call> {
    let begun = Instant::now();
    let mut sent: JoinSet<Call> = JoinSet::new();
    let mut calls = Vec::new();
    for number in 0_u32.. {
        let due = begun + Duration::from_secs(1) * number / rate.max(1);
        tokio::time::sleep_until(due.into()).await;
        if over.load(Ordering::Relaxed) {
            break;
        }
        let (door, key) = (door.clone(), format!("{name}-{number}"));
        sent.spawn(async move {
            let done = door.submit_once(key).await.ok().map(|task| (Instant::now(), task));
            Call { due, done }
        });
        while let Some(Ok(call)) = sent.try_join_next() {
            calls.push(call);
        }
    }
    while let Some(Ok(call)) = sent.join_next().await {
        calls.push(call);
    }
    calls
}

/// From when each was due to when it was acknowledged, of those that were due within the time.
#[must_use]
pub fn latency(calls: &[Call], from: Instant, until: Instant) -> Tally {
    let mut tally = Tally::new();
    let within = calls.iter().filter(|call| call.due >= from && call.due < until);
    for (due, (done, _)) in within.filter_map(|call| Some((call.due, call.done?))) {
        tally.note(done.saturating_duration_since(due));
    }
    tally
}

/// The longest time without an acknowledgement that ended within the time.
#[must_use]
pub fn gap(calls: &[Call], from: Instant, until: Instant) -> Duration {
    let mut done: Vec<Instant> = calls.iter().filter_map(|call| Some(call.done?.0)).collect();
    done.sort_unstable();
    let gaps = done.windows(2).filter(|pair| pair[1] >= from && pair[0] < until);
    gaps.map(|pair| pair[1] - pair[0]).max().unwrap_or_default()
}

/// The tasks that were acknowledged, and how many may exist beside them.
#[must_use]
pub fn tasks(calls: &[Call]) -> (Vec<TaskId>, u64) {
    let tasks: Vec<TaskId> = calls.iter().filter_map(|call| Some(call.done?.1)).collect();
    let doubtful = (calls.len() - tasks.len()) as u64;
    (tasks, doubtful)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pause_counts_as_often_as_it_was_met() {
        let start = Instant::now();
        let at = |ms| start + Duration::from_millis(ms);
        let task = TaskId(reeve_core::name::Name::new(
            reeve_core::name::Era::default(),
            reeve_core::name::Revision(1),
            0,
        ));
        let call = |due, done| Call { due: at(due), done: Some((at(done), task)) };
        let mut calls = vec![call(0, 1), call(10, 500), call(20, 501), call(30, 502), call(510, 511)];
        assert_eq!(gap(&calls, at(5), at(505)), Duration::from_millis(499));
        let told = latency(&calls, at(5), at(505)).spectrum();
        assert!(told.p50_ms > 470.0 && told.max_ms > 480.0, "{told:?}");
        calls.push(Call { due: at(520), done: None });
        assert_eq!((tasks(&calls).0.len(), tasks(&calls).1), (5, 1));
    }
}
