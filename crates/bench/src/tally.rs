//! How long things took, in a histogram that keeps the rare ones: a mean hides what users feel.

use std::time::Duration;

use hdrhistogram::Histogram;
use serde::{Deserialize, Serialize};

use crate::limits::{LONGEST, PRECISION};

/// Durations, as they come.
#[derive(Clone, Debug)]
pub struct Tally(Histogram<u64>);

impl Default for Tally {
    fn default() -> Self {
        Self::new()
    }
}

impl Tally {
    /// Nothing yet.
    #[must_use]
    pub fn new() -> Self {
        let most = u64::try_from(LONGEST.as_micros()).unwrap_or(u64::MAX);
        Self(Histogram::new_with_bounds(1, most, PRECISION).expect("the bounds are sound: a test makes one"))
    }

    /// One more. What is longer than the longest counts as that.
    pub fn note(&mut self, took: Duration) {
        self.0.saturating_record(u64::try_from(took.as_micros()).unwrap_or(u64::MAX));
    }

    /// All of another.
    pub fn add(&mut self, other: &Self) {
        self.0.add(&other.0).expect("all have the same bounds");
    }

    /// How many.
    #[must_use]
    pub fn len(&self) -> u64 {
        self.0.len()
    }

    /// Whether nothing was noted.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// What is told of them.
    #[must_use]
    pub fn spectrum(&self) -> Spectrum {
        let at = |quantile| millis(self.0.value_at_quantile(quantile));
        let (p50_ms, p90_ms, p95_ms, p99_ms, p999_ms) = (at(0.5), at(0.9), at(0.95), at(0.99), at(0.999));
        Spectrum { p50_ms, p90_ms, p95_ms, p99_ms, p999_ms, max_ms: millis(self.0.max()) }
    }
}

fn millis(micros: u64) -> f64 {
    Duration::from_micros(micros).as_secs_f64() * 1e3
}

/// Durations in short, in milliseconds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Spectrum {
    /// Half took no longer.
    pub p50_ms: f64,
    /// Nine of ten.
    pub p90_ms: f64,
    /// Nineteen of twenty.
    pub p95_ms: f64,
    /// 99 of 100.
    pub p99_ms: f64,
    /// 999 of 1,000.
    pub p999_ms: f64,
    /// The longest.
    pub max_ms: f64,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_rare_ones_are_kept() {
        let mut tally = Tally::new();
        for _ in 0..998 {
            tally.note(Duration::from_millis(1));
        }
        tally.note(Duration::from_millis(100));
        tally.note(LONGEST * 2);
        let told = tally.spectrum();
        assert!((told.p50_ms - 1.0).abs() < 0.01 && (told.p99_ms - 1.0).abs() < 0.01, "{told:?}");
        assert!((told.p999_ms - 100.0).abs() < 1.0, "{told:?}");
        assert!(told.max_ms >= LONGEST.as_secs_f64() * 1e3, "{told:?}");
        let mut both = Tally::new();
        both.add(&tally);
        both.add(&tally);
        assert_eq!((both.len(), both.is_empty()), (2_000, false));
    }
}
