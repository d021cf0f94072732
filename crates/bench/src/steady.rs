//! An open loop: proposals at a steady rate, whether the earlier ones were answered or not, as users do it. A pause is met
//! by everyone who comes while it lasts, and counts as often.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use reeve_core::name::TaskId;
use tokio::runtime::Handle;
use tokio::task::{JoinError, JoinHandle, JoinSet};

use crate::Fault;
use crate::limits::PATIENCE;
use crate::load::NotDone;
use crate::servers::Public;
use crate::tally::Tally;

/// One proposal.
#[derive(Clone, Debug)]
pub struct Call {
    /// Under which it is done once, however often it is asked for.
    pub key: String,
    /// When it was due, and sent.
    pub due: Instant,
    /// When it was acknowledged, and as what; nothing if nobody knows whether it was done.
    pub done: Option<(Instant, TaskId)>,
}

/// A steady stream of proposals that goes on until it is ended.
pub struct Steady {
    over: Arc<AtomicBool>,
    running: JoinHandle<Result<Vec<Call>, JoinError>>,
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
        on.block_on(self.running).flatten().map_err(|error| Fault::Cluster(error.to_string()))
    }
}

async fn stream(
    door: Public,
    rate: u32,
    name: String,
    over: Arc<AtomicBool>,
) -> Result<Vec<Call>, JoinError> {
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
            let done = door.submit_once(&key).await.ok().map(|task| (Instant::now(), task));
            Call { key, due, done }
        });
        while let Some(call) = sent.try_join_next() {
            calls.push(call?);
        }
    }
    while let Some(call) = sent.join_next().await {
        calls.push(call?);
    }
    Ok(calls)
}

/// From when each was due to when it was acknowledged, of those that were due within the time. One that was not has taken
/// all the patience there was: to leave it out would leave out the worst.
#[must_use]
pub fn latency(calls: &[Call], from: Instant, until: Instant) -> Tally {
    let mut tally = Tally::new();
    let within = calls.iter().filter(|call| call.due >= from && call.due < until);
    for call in within {
        tally.note(call.done.map_or(PATIENCE, |(done, _)| done.saturating_duration_since(call.due)));
    }
    tally
}

/// The longest time without an acknowledgement, of those that were not over before `from` and had begun by `until`. Where
/// nothing was acknowledged any more it lasts until then at least; where nothing had been yet, from then.
#[must_use]
pub fn gap(calls: &[Call], from: Instant, until: Instant) -> Duration {
    let mut done: Vec<Instant> = calls.iter().filter_map(|call| Some(call.done?.0)).collect();
    done.extend(done.iter().min().is_none_or(|first| *first > from).then_some(from));
    done.extend(done.iter().max().is_none_or(|last| *last < until).then_some(until));
    done.sort_unstable();
    let gaps = done.windows(2).filter(|pair| pair[1] >= from && pair[0] < until);
    gaps.map(|pair| pair[1] - pair[0]).max().unwrap_or_default()
}

/// The tasks of all of them. Of one that was not answered nobody knows whether it was done: it is asked for once more,
/// under the same key, and is there once after that.
///
/// # Errors
/// It is not done this time either.
pub async fn settle(door: &Public, calls: &[Call]) -> Result<Vec<TaskId>, Fault> {
    let mut tasks = Vec::with_capacity(calls.len());
    for call in calls {
        tasks.push(match call.done {
            Some((_, task)) => task,
            None => door.submit_once(&call.key).await.map_err(|why| unsettled(&call.key, &why))?,
        });
    }
    Ok(tasks)
}

fn unsettled(key: &str, why: &NotDone) -> Fault {
    Fault::Cluster(format!("nobody knows what became of `{key}`: {why:?}"))
}

/// How many were not answered.
#[must_use]
pub fn unanswered(calls: &[Call]) -> usize {
    calls.iter().filter(|call| call.done.is_none()).count()
}

#[cfg(test)]
mod tests {
    use reeve_core::name::{Era, Name, Revision};

    use super::*;

    /// Calls of these moments, in milliseconds: when each was due, and acknowledged.
    fn calls(start: Instant, moments: &[(u64, Option<u64>)]) -> Vec<Call> {
        let at = |ms| start + Duration::from_millis(ms);
        let task = TaskId(Name::new(Era::default(), Revision(1), 0));
        let one = |(due, done): &(u64, Option<u64>)| Call {
            key: due.to_string(),
            due: at(*due),
            done: done.map(|done| (at(done), task)),
        };
        moments.iter().map(one).collect()
    }

    #[test]
    fn a_pause_counts_as_often_as_it_was_met() {
        let start = Instant::now();
        let at = |ms| start + Duration::from_millis(ms);
        let answered = [(0, 1), (10, 500), (20, 501), (30, 502), (510, 511)];
        let calls = calls(start, &answered.map(|(due, done)| (due, Some(done))));
        assert_eq!(gap(&calls, at(5), at(505)), Duration::from_millis(499));
        let told = latency(&calls, at(5), at(505)).spectrum();
        assert!(told.p50_ms > 470.0 && told.max_ms > 480.0, "{told:?}");
        assert_eq!(unanswered(&calls), 0);
    }

    #[test]
    fn what_does_not_end_is_no_short_pause() {
        let start = Instant::now();
        let gap = |moments: &[(u64, Option<u64>)]| {
            let at = |ms| start + Duration::from_millis(ms);
            gap(&calls(start, moments), at(100), at(4_100)).as_millis()
        };
        // Nothing is acknowledged after a while, nothing ever, nothing but long after the end, nothing but at the end.
        assert_eq!(gap(&[(80, Some(81)), (85, Some(110)), (120, None), (4_000, None)]), 3_990);
        assert_eq!(gap(&[(80, None), (120, None)]), 4_000);
        assert_eq!(gap(&[(80, Some(90)), (120, None), (4_000, Some(9_000))]), 8_910);
        assert_eq!(gap(&[(80, None), (4_000, Some(4_050))]), 3_950);
    }

    #[test]
    fn what_is_not_answered_is_the_slowest() {
        let start = Instant::now();
        let calls = calls(start, &[(0, Some(1)), (10, None)]);
        let told = latency(&calls, start, start + Duration::from_secs(1)).spectrum();
        assert!(told.max_ms >= PATIENCE.as_secs_f64() * 1e3, "{told:?}");
        assert_eq!(unanswered(&calls), 1);
    }
}
