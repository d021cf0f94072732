//! What an outsider knows of what it asked: each key with the tasks that were acknowledged for it, or what else is known.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use serde_json::json;

use crate::history::History;

/// What came of one call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// The tasks exist, and will not be lost.
    Acked {
        /// Their ids, in order.
        tasks: Vec<String>,
        /// When it was decided.
        revision: u64,
        /// They existed before.
        existing: bool,
    },
    /// It was not done, for this reason, which begins with its code.
    Refused(String),
    /// Nobody knows.
    Unknown(String),
}

/// All that is known of one key.
#[derive(Clone, Debug)]
pub struct Known {
    /// How many tasks it asks for.
    pub size: usize,
    /// The tasks that were acknowledged, as often as that was.
    pub tasks: Option<Vec<String>>,
    /// Some call with it ended without an answer.
    pub doubt: bool,
    /// Calls that were sent and not answered yet.
    open: usize,
}

/// One call on its way.
#[derive(Debug)]
pub struct Call {
    key: String,
    client: usize,
    begun: Duration,
}

/// What an outsider knows.
#[derive(Debug)]
pub struct Ledger {
    history: Arc<History>,
    inner: Mutex<Inner>,
}

#[derive(Debug, Default)]
struct Inner {
    keys: BTreeMap<String, Known>,
    /// The calls that were acknowledged.
    acks: Vec<Ack>,
    counts: Counts,
    /// What may never be and was.
    broken: Vec<String>,
}

/// A call that was acknowledged.
#[derive(Clone, Copy, Debug)]
struct Ack {
    begun: Duration,
    acked: Duration,
    /// Its tasks existed before.
    existing: bool,
}

/// How often what came of calls.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// Calls acknowledged.
    pub acked: usize,
    /// Among them those whose tasks existed before.
    pub existing: usize,
    /// Calls refused.
    pub refused: usize,
    /// Calls of which nobody knows.
    pub unknown: usize,
    /// Tasks that were looked at and found.
    pub seen: usize,
}

impl Ledger {
    /// An empty one.
    #[must_use]
    pub fn new(history: Arc<History>) -> Self {
        Self { history, inner: Mutex::default() }
    }

    fn inner(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A call with this key, for so many tasks, is sent.
    pub fn ask(&self, client: usize, key: &str, size: usize) -> Call {
        let fresh = Known { size, tasks: None, doubt: false, open: 0 };
        self.inner().keys.entry(key.into()).or_insert(fresh).open += 1;
        let begun = self.history.note(json!({"client": client, "submit": key, "tasks": size}));
        Call { key: key.into(), client, begun }
    }

    /// That is what came of it.
    pub fn hear(&self, call: Call, outcome: Outcome) {
        let Call { key, client, begun } = call;
        let now = self.history.note(match &outcome {
            Outcome::Acked { tasks, revision, existing } => {
                json!({"client": client, "acked": key, "tasks": tasks, "revision": revision, "existing": existing})
            }
            Outcome::Refused(why) => json!({"client": client, "refused": key, "why": why}),
            Outcome::Unknown(why) => json!({"client": client, "unknown": key, "why": why}),
        });
        let mut inner = self.inner();
        let inner = &mut *inner;
        let known = inner.keys.get_mut(&key).expect("a call is heard of after it was asked");
        known.open -= 1;
        match outcome {
            Outcome::Acked { tasks, existing, .. } => {
                inner.counts.acked += 1;
                inner.counts.existing += usize::from(existing);
                inner.acks.push(Ack { begun, acked: now, existing });
                inner.broken.extend(contradiction(&key, known, &tasks, existing));
                known.tasks.get_or_insert(tasks);
            }
            Outcome::Refused(why) => {
                inner.counts.refused += 1;
                inner.broken.extend(unheard_of(&key, &why));
            }
            Outcome::Unknown(_) => {
                inner.counts.unknown += 1;
                known.doubt = true;
            }
        }
    }

    /// A task that was acknowledged before it was asked for was found, or not.
    pub fn look(&self, client: usize, task: &str, found: Result<(), String>) {
        match found {
            Ok(()) => self.inner().counts.seen += 1,
            Err(why) => {
                self.history.note(json!({"client": client, "lost": task, "why": why}));
                self.inner().broken.push(format!("task {task} was acknowledged, and was not there: {why}"));
            }
        }
    }

    /// The n-th key that was acknowledged, counted round and round, with its tasks; of those of this client.
    #[must_use]
    pub fn some_acked(&self, client: usize, nth: usize) -> Option<(String, Vec<String>)> {
        let inner = self.inner();
        let prefix = prefix(client);
        let own = inner.keys.range(prefix.clone()..).take_while(|(key, _)| key.starts_with(&prefix));
        let acked: Vec<_> = own.filter_map(|(key, known)| Some((key, known.tasks.as_ref()?))).collect();
        let (key, tasks) = acked.get(nth % acked.len().max(1))?;
        Some(((*key).clone(), (*tasks).clone()))
    }

    /// How often what came of calls.
    #[must_use]
    pub fn counts(&self) -> Counts {
        self.inner().counts
    }

    /// How many calls that had begun after this moment were acknowledged.
    #[must_use]
    pub fn acked_since(&self, moment: Duration) -> usize {
        self.inner().acks.iter().filter(|ack| ack.begun > moment).count()
    }

    /// The same, of those that made new tasks.
    #[must_use]
    pub fn new_since(&self, moment: Duration) -> usize {
        self.inner().acks.iter().filter(|ack| ack.begun > moment && !ack.existing).count()
    }

    /// The longest time without any acknowledgement, between the first and the last.
    #[must_use]
    pub fn longest_gap(&self) -> Duration {
        let mut times: Vec<Duration> = self.inner().acks.iter().map(|ack| ack.acked).collect();
        times.sort_unstable();
        times.windows(2).map(|pair| pair[1] - pair[0]).max().unwrap_or_default()
    }

    /// The time without any acknowledgement around this moment.
    #[must_use]
    pub fn gap_at(&self, moment: Duration) -> Option<Duration> {
        let inner = self.inner();
        let before = inner.acks.iter().map(|ack| ack.acked).filter(|acked| *acked <= moment).max()?;
        // What was on its way at that moment may still arrive.
        let after = inner.acks.iter().filter(|ack| ack.begun > moment).map(|ack| ack.acked).min()?;
        Some(after - before)
    }

    /// All keys, and what is known of them.
    #[must_use]
    pub fn keys(&self) -> BTreeMap<String, Known> {
        self.inner().keys.clone()
    }

    /// What may never be and was.
    #[must_use]
    pub fn broken(&self) -> Vec<String> {
        self.inner().broken.clone()
    }
}

/// How the keys of a client begin.
#[must_use]
pub fn prefix(client: usize) -> String {
    format!("c{client}-")
}

/// What an acknowledgement says against what is known already, if it does.
fn contradiction(key: &str, known: &Known, tasks: &[String], existing: bool) -> Option<String> {
    if tasks.len() != known.size {
        return Some(format!("{key} asked for {} tasks and got {tasks:?}", known.size));
    }
    match &known.tasks {
        Some(before) if before != tasks => {
            Some(format!("{key} was acknowledged as {before:?} and as {tasks:?}"))
        }
        Some(_) if !existing => Some(format!("{key} was done, and then done again as if it were new")),
        Some(_) | None => None,
    }
}

/// The reasons for which a submission of the load may be refused: a cluster in trouble. There is nothing wrong with what the load
/// asks for, so that any other reason is wrong.
const MAY_REFUSE: &[&str] = &[
    "BUSY",
    "CLIENT_UNREACHABLE",
    "NODE_NOT_READY",
    // Who has left the cluster, and does not know it yet.
    "NODE_REFUSED",
    "NO_LEADER",
    "TASKS_STOPPED",
    "WRITES_STOPPED",
];

fn unheard_of(key: &str, why: &str) -> Option<String> {
    let may = why.split_once(": ").is_some_and(|(code, _)| MAY_REFUSE.contains(&code));
    (!may).then(|| format!("{key} was refused, and should not be: {why}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ledger() -> Ledger {
        Ledger::new(Arc::new(History::passing()))
    }

    #[test]
    fn a_refusal_that_trouble_does_not_explain_is_seen() {
        for (why, broken) in
            [("NO_LEADER: ask again", 0), ("BAD_ARGUMENT: ask again", 1), ("BUSY", 1), ("", 1)]
        {
            let ledger = ledger();
            let call = ledger.ask(0, "c0-1", 1);
            ledger.hear(call, Outcome::Refused(why.into()));
            assert_eq!((ledger.broken().len(), ledger.counts().refused), (broken, 1), "{why}");
        }
    }

    fn acked(tasks: &[&str], existing: bool) -> Outcome {
        Outcome::Acked { tasks: tasks.iter().map(|task| (*task).into()).collect(), revision: 1, existing }
    }

    #[test]
    fn an_acknowledgement_that_contradicts_another_is_seen() {
        for (second, broken) in [
            (acked(&["1-0"], true), 0),
            (acked(&["1-0"], false), 1),
            (acked(&["2-0"], true), 1),
            (acked(&[], true), 1),
        ] {
            let ledger = ledger();
            let call = ledger.ask(0, "c0-1", 1);
            ledger.hear(call, acked(&["1-0"], false));
            let call = ledger.ask(0, "c0-1", 1);
            ledger.hear(call, second.clone());
            assert_eq!(ledger.broken().len(), broken, "{second:?}");
        }
    }

    #[test]
    fn only_what_began_later_counts_as_later() {
        let ledger = ledger();
        let early = ledger.ask(0, "c0-1", 1);
        std::thread::sleep(Duration::from_millis(2));
        let now = ledger.history.now();
        ledger.hear(early, acked(&["1-0"], false));
        assert_eq!(ledger.acked_since(now), 0);
        let heard = ledger.history.now();
        std::thread::sleep(Duration::from_millis(2));
        let late = ledger.ask(0, "c0-2", 1);
        ledger.hear(late, acked(&["2-0"], true));
        assert_eq!((ledger.acked_since(now), ledger.new_since(now)), (1, 0));
        assert_eq!(ledger.gap_at(now), None, "nothing had been acknowledged yet");
        assert!(ledger.gap_at(heard).unwrap() >= Duration::from_millis(2));
        assert_eq!(ledger.some_acked(0, 3).unwrap().0, "c0-2");
        assert_eq!(ledger.some_acked(7, 0), None);
    }
}
