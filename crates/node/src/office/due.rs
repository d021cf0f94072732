//! Due work: when time alone calls for an entry, and how much of it an entry settles.
//!
//! Every entry settles due work, so an empty one is proposed only when no other is on its way. An idle cluster, where
//! nothing is ever due, proposes nothing.

use reeve_core::{State, defaults};

use crate::limits;

/// What due work asks of the office now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Due {
    /// Nothing will ever be due.
    Never,
    /// An entry that is on its way settles it; ask when it was applied.
    OnItsWay,
    /// Nothing yet; ask again after so many milliseconds.
    In(u64),
    /// Propose an entry, an empty one if nothing else waits.
    Now,
}

/// The due work of an open office.
#[derive(Clone, Debug)]
pub struct DueWork {
    sweep: u32,
    in_flight: usize,
    /// Log time of the latest entry.
    time_ms: u64,
    /// When the latest entry was proposed, by the monotonic clock.
    proposed_ms: Option<u64>,
}

impl Default for DueWork {
    fn default() -> Self {
        Self::new()
    }
}

impl DueWork {
    /// Nothing in flight.
    #[must_use]
    pub const fn new() -> Self {
        Self { sweep: defaults::SWEEP, in_flight: 0, time_ms: 0, proposed_ms: None }
    }

    /// An entry with this log time, whatever it carries, was proposed.
    pub fn proposed(&mut self, log_ms: u64, mono_ms: u64) {
        self.in_flight += 1;
        self.time_ms = self.time_ms.max(log_ms);
        self.proposed_ms = Some(mono_ms);
    }

    /// An entry that was proposed here was applied, or certainly never will be.
    pub const fn settled(&mut self) {
        self.in_flight = self.in_flight.saturating_sub(1);
    }

    /// Whether an entry is called for.
    #[must_use]
    pub fn ask(&self, state: &State, log_ms: u64, mono_ms: u64) -> Due {
        let Some(deadline_ms) = state.next_deadline() else { return Due::Never };
        if deadline_ms > log_ms {
            return Due::In(deadline_ms - log_ms);
        }
        if self.in_flight > 0 && self.time_ms >= deadline_ms {
            return Due::OnItsWay;
        }
        let passed_ms = self.proposed_ms.map_or(u64::MAX, |at_ms| mono_ms.saturating_sub(at_ms));
        if passed_ms < limits::EMPTY_SPACING_MS && !state.has_backlog() {
            return Due::In(limits::EMPTY_SPACING_MS - passed_ms);
        }
        Due::Now
    }

    /// How much due work the next entry settles: the more the longer there is a backlog and little else to do, the less
    /// the more commands wait for their answers. Asked once for each entry.
    pub fn sweep(&mut self, state: &State, waiting_commands: u64) -> u32 {
        self.sweep = if waiting_commands >= limits::LOADED_COMMANDS {
            (self.sweep / 2).max(limits::SWEEP_MIN)
        } else if state.has_backlog() {
            self.sweep.saturating_mul(2).min(reeve_core::limits::SWEEP_MAX)
        } else if self.sweep < defaults::SWEEP {
            self.sweep.saturating_mul(2).min(defaults::SWEEP)
        } else {
            (self.sweep / 2).max(defaults::SWEEP)
        };
        self.sweep
    }
}
