//! The trace: one number that stands for all that happened, in order, and the lines that tell it if somebody listens.

use std::sync::{Arc, Mutex};

use openraft_rt_sim::SimInstant;
use xxhash_rust::xxh3::xxh3_64_with_seed;

use super::{held, limits};

/// The trace of one history. Clones share it.
#[derive(Clone, Debug, Default)]
pub struct Trace(Arc<Mutex<Told>>);

#[derive(Debug, Default)]
struct Told {
    hash: u64,
    notes: u64,
    telling: bool,
    lines: Vec<String>,
}

/// Virtual time since the beginning, in microseconds; zero outside of any history.
#[must_use]
pub fn now_us() -> u64 {
    let now = SimInstant::try_now().map(SimInstant::elapsed_since_start);
    now.map_or(0, |since| u64::try_from(since.as_micros()).unwrap_or(u64::MAX))
}

impl Trace {
    /// A trace that keeps lines too.
    #[must_use]
    pub fn telling() -> Self {
        let trace = Self::default();
        held(&trace.0).telling = true;
        trace
    }

    /// Something happened, now.
    pub fn note(&self, what: &str, numbers: &[u64]) {
        let mut bytes = Vec::with_capacity(what.len() + 8 * (numbers.len() + 1));
        bytes.extend_from_slice(what.as_bytes());
        for number in numbers.iter().chain([&now_us()]) {
            bytes.extend_from_slice(&number.to_le_bytes());
        }
        let mut told = held(&self.0);
        told.hash = xxh3_64_with_seed(&bytes, told.hash);
        told.notes += 1;
    }

    /// Something that is worth a line happened, now. The line is part of the hash.
    pub fn tell(&self, line: &str) {
        self.note(line, &[]);
        let mut told = held(&self.0);
        if told.telling && told.lines.len() < limits::LINES_MAX {
            let at = now_us();
            told.lines.push(format!("{:>4}.{:06} {line}", at / 1_000_000, at % 1_000_000));
        }
    }

    /// What stands for all of it.
    #[must_use]
    pub fn hash(&self) -> u64 {
        held(&self.0).hash
    }

    /// How many things happened.
    #[must_use]
    pub fn notes(&self) -> u64 {
        held(&self.0).notes
    }

    /// The lines so far.
    #[must_use]
    pub fn lines(&self) -> Vec<String> {
        held(&self.0).lines.clone()
    }
}
