//! The janitor: makes the state durable now and then, and purges of the log what is durable, old enough and beyond what is
//! kept for followers that come back. Never past the flushed revision.

use std::collections::VecDeque;

use openraft::AsyncRuntime;
use openraft::async_runtime::watch::WatchReceiver;
use reeve_core::planted::{Bug, planted};

use crate::limits;
use crate::platform::{Clock, Platform};
use crate::replica::Replica;

/// How far the log had come at some moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Milestone {
    mono_ms: u64,
    index: u64,
    /// Bytes ever appended since this process started.
    bytes: u64,
}

/// What of the log may go, by age and by size.
#[derive(Debug, Default)]
struct Milestones(VecDeque<Milestone>);

impl Milestones {
    fn note(&mut self, now: Milestone) {
        if self.0.back().is_none_or(|last| now.mono_ms >= last.mono_ms + limits::MILESTONE_MS) {
            self.0.push_back(now);
        }
        if self.0.len() > limits::MILESTONES_MAX {
            // Coarser, and never forgetting where the log began.
            let mut even = false;
            self.0.retain(|_| {
                even = !even;
                even
            });
        }
    }

    /// The last index that may go: what came before is older than it must be kept, or beyond the bytes that are kept.
    fn purgeable(&mut self, now: Milestone, keep_ms: u64, keep_bytes: u64) -> Option<u64> {
        let may_go = |mark: &Milestone| {
            now.mono_ms.saturating_sub(mark.mono_ms) > keep_ms
                || now.bytes.saturating_sub(mark.bytes) > keep_bytes
        };
        let mut upto = None;
        while let Some(mark) = self.0.front().copied().filter(may_go) {
            upto = Some(mark.index);
            self.0.pop_front();
        }
        upto
    }
}

impl<P: Platform> Replica<P> {
    /// Tidies up until the replica stops.
    pub(crate) async fn tidy(self) {
        let mut milestones = Milestones::default();
        loop {
            let pause = self.inner.settings.now().flush_interval.min(limits::LIVE_TICK);
            P::Runtime::sleep(pause).await;
            if self.inner.raft.metrics().borrow_watched().running_state.is_err() {
                return;
            }
            let now = Milestone {
                mono_ms: self.inner.shared.clock.mono_ms(),
                index: self.inner.log.state().1.map_or(0, |last| last.index),
                bytes: self.inner.log.appended_bytes(),
            };
            milestones.note(now);
            let (keep_ms, keep_bytes) = {
                let settings = self.inner.settings.now();
                (settings.keep_ms(), settings.keep_bytes)
            };
            let Some(upto) = milestones.purgeable(now, keep_ms, keep_bytes) else { continue };
            // Openraft purges no further than what it takes for the last snapshot: the flushed state.
            let durable = if planted(Bug::EarlyPurge) { u64::MAX } else { self.inner.book.flushed().index() };
            let upto = upto.min(durable);
            if self.inner.raft.trigger().snapshot().await.is_err()
                || self.inner.raft.trigger().purge_log(upto).await.is_err()
            {
                return;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: u64, index: u64, bytes: u64) -> Milestone {
        Milestone { mono_ms: seconds * limits::MILESTONE_MS, index, bytes }
    }

    #[test]
    fn what_is_old_or_too_much_may_go_and_nothing_else() {
        let mut milestones = Milestones::default();
        for second in 0..10 {
            milestones.note(at(second, second * 100, second * 1_000));
        }
        let now = at(10, 1_000, 10_000);
        assert_eq!(milestones.purgeable(now, u64::MAX, u64::MAX), None);
        assert_eq!(milestones.purgeable(now, 8 * limits::MILESTONE_MS, u64::MAX), Some(100));
        assert_eq!(milestones.purgeable(now, u64::MAX, 5_000), Some(400));
        assert_eq!(milestones.purgeable(now, u64::MAX, 5_000), None);
    }

    #[test]
    fn milestones_are_bounded() {
        let mut milestones = Milestones::default();
        for second in 0..10_000 {
            milestones.note(at(second, second, second));
        }
        assert!(milestones.0.len() <= limits::MILESTONES_MAX);
        assert_eq!(milestones.0.front(), Some(&at(0, 0, 0)));
    }
}
