//! Rare states: how often a history reached what is seldom reached. A simulator that never does has found nothing.

use std::collections::BTreeMap;
use std::fmt;

/// All that is counted.
pub const STATES: &[&str] = &[
    "a leader was lost with entries in flight",
    "a leader had sent away what it lost",
    "a follower's log was truncated",
    "a snapshot was installed",
    "a snapshot was cut off on its way in",
    "the log was purged",
    "the log was purged past a lagging follower",
    "a restart replayed the log",
    "a process died at a disk operation",
    "a power cut of all",
    "a sync failed",
    "a disk was nearly full",
    "a replica saw that its disk was full",
    "a bit rotted",
    "a replica was found to have forgotten",
    "who had forgotten came back as another",
    "an office opened",
    "an office closed while its process lived",
    "an office opened again in its term",
    "leadership was handed over",
    "leadership was to be handed over in a cut network",
    "an election in the middle of a change of members",
    "an offer was taken back",
    "a worker session expired",
    "a worker attached again with what it held",
    "a worker was told to drop what it held",
    "a request was answered from memory",
    "an outcome was unknown",
    "an unknown outcome was settled",
    "a read was answered",
    "a member joined",
    "a member was removed",
    "a member was replaced",
    "a member was called something else",
    "a replica stopped in order",
    "a leader handed over as it stopped",
    "a process stood still",
    "a clock leapt",
    "the network was cut",
];

/// How often each was reached.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Rare(BTreeMap<&'static str, u64>);

impl Rare {
    /// It was reached.
    pub fn count(&mut self, state: &'static str) {
        *self.0.entry(state).or_default() += 1;
    }

    /// How often.
    #[must_use]
    pub fn of(&self, state: &str) -> u64 {
        self.0.get(state).copied().unwrap_or(0)
    }

    /// Those of another history too.
    pub fn add(&mut self, other: &Self) {
        for (state, count) in &other.0 {
            *self.0.entry(state).or_default() += count;
        }
    }
}

impl fmt::Display for Rare {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for state in STATES {
            writeln!(f, "{:>9}  {state}", self.of(state))?;
        }
        Ok(())
    }
}
