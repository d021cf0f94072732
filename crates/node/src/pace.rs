//! The pace of the log's disk: a leader whose disk syncs too slowly slows everybody, and should lead no longer.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::limits;
use crate::settings::Live;

/// What is known of the pace. Clones share it.
#[derive(Clone, Debug)]
pub(crate) struct Pace {
    /// These say how long a slow write takes.
    settings: Live,
    /// When writes were too slow, lately.
    slow: Arc<Mutex<VecDeque<u64>>>,
    /// How many writes there were: each is a sync.
    writes: Arc<AtomicU64>,
}

impl Pace {
    /// Nothing was written yet.
    pub(crate) fn new(settings: Live) -> Self {
        Self { settings, slow: Arc::default(), writes: Arc::default() }
    }

    fn slow(&self) -> MutexGuard<'_, VecDeque<u64>> {
        self.slow.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A write took this long, until now.
    pub(crate) fn note(&self, took_ms: u64, now_ms: u64) {
        self.writes.fetch_add(1, Ordering::Relaxed);
        if took_ms >= self.settings.now().slow_sync_ms() {
            let mut slow = self.slow();
            slow.push_back(now_ms);
            if slow.len() > limits::SLOW_WRITES {
                slow.pop_front();
            }
        }
    }

    /// How many writes there were.
    pub(crate) fn writes(&self) -> u64 {
        self.writes.load(Ordering::Relaxed)
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
    use std::time::Duration;

    use super::*;
    use crate::settings::Settings;

    #[test]
    fn a_disk_is_slow_when_it_is_so_again_and_again() {
        let slow = |ms| Settings { slow_sync: Duration::from_millis(ms), ..Settings::default() };
        let settings = Live::from(slow(500));
        let pace = Pace::new(settings.clone());
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
        assert_eq!(pace.writes(), 4);
        settings.retune(&slow(100));
        (1..=3).for_each(|at| pace.note(100, 100_000 + at));
        assert!(pace.is_slow(100_003), "what is slow was told anew");
    }
}
