//! The pace of the log's disk: a leader whose disk syncs too slowly slows everybody, and should lead no longer.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use crate::limits;

/// What is known of the pace. Clones share it.
#[derive(Clone, Debug)]
pub(crate) struct Pace {
    slow_ms: u64,
    /// When writes were too slow, lately.
    slow: Arc<Mutex<VecDeque<u64>>>,
}

impl Pace {
    /// A pace at which a write is slow that takes this long.
    pub(crate) fn new(slow: Duration) -> Self {
        Self { slow_ms: u64::try_from(slow.as_millis()).unwrap_or(u64::MAX), slow: Arc::default() }
    }

    fn slow(&self) -> MutexGuard<'_, VecDeque<u64>> {
        self.slow.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A write took this long, until now.
    pub(crate) fn note(&self, took_ms: u64, now_ms: u64) {
        if took_ms >= self.slow_ms {
            let mut slow = self.slow();
            slow.push_back(now_ms);
            if slow.len() > limits::SLOW_WRITES {
                slow.pop_front();
            }
        }
    }

    /// Whether the disk is too slow to lead with: not one slow write, but several within a while.
    pub(crate) fn is_slow(&self, now_ms: u64) -> bool {
        let slow = self.slow();
        let first = slow.front().filter(|_| slow.len() == limits::SLOW_WRITES);
        first.is_some_and(|first| now_ms.saturating_sub(*first) <= limits::SLOW_WINDOW_MS)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_disk_is_slow_when_it_is_so_again_and_again() {
        let pace = Pace::new(Duration::from_millis(500));
        for now_ms in [1_000, 2_000] {
            pace.note(800, now_ms);
            assert!(!pace.is_slow(now_ms));
        }
        pace.note(499, 2_500);
        assert!(!pace.is_slow(2_500));
        pace.note(500, 3_000);
        assert!(pace.is_slow(3_000));
        assert!(pace.is_slow(1_000 + limits::SLOW_WINDOW_MS));
        assert!(!pace.is_slow(1_001 + limits::SLOW_WINDOW_MS));
    }
}
