//! Log time: the one clock that the law ever sees, as this node knows it and, in office, makes it.
//!
//! A follower remembers what log time its leader last told. Opening the office, it goes on from there by its own
//! monotonic clock; only if it never heard any does it ask the wall clocks of a quorum. In office, log time follows the
//! monotonic clock, leaning by at most [`limits::SLEW_PPM`] towards the median of the voters' wall clocks, its own being
//! no better than any other. It never goes back, and stands still only while the monotonic clock does: calls within one
//! millisecond may be told the same time.
//!
//! No wall clock moves it at once. A gap that leaning would take many hours to close is an operator's decision.

use std::collections::BTreeMap;
use std::fmt;

use reeve_core::limits::INSTANT_MS_MAX;

use crate::limits;

/// Millionths in one.
const MILLION: u64 = 1_000_000;

/// A point on the line of log time: then it was so late.
#[derive(Clone, Copy, Debug)]
struct Mark {
    /// Microseconds, so that leaning by a thousandth is not lost in rounding when asked every millisecond.
    log_us: u64,
    mono_ms: u64,
}

impl Mark {
    const fn new(log_ms: u64, mono_ms: u64) -> Self {
        Self { log_us: if log_ms < INSTANT_MS_MAX { log_ms } else { INSTANT_MS_MAX } * 1_000, mono_ms }
    }

    const fn since(self, mono_ms: u64) -> u64 {
        mono_ms.saturating_sub(self.mono_ms)
    }

    /// Log time if nothing had leant since.
    fn at_us(self, mono_ms: u64) -> u64 {
        (self.log_us + self.since(mono_ms).min(INSTANT_MS_MAX) * 1_000).min(INSTANT_MS_MAX * 1_000)
    }
}

/// What a leader told last.
#[derive(Clone, Copy, Debug)]
struct Heard {
    term: u64,
    mark: Mark,
}

/// A wall clock against this node's monotonic clock.
#[derive(Clone, Copy, Debug)]
struct Wall {
    ahead_ms: i64,
    mono_ms: u64,
}

/// Why log time cannot be known yet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NoTime {
    /// This process never heard a leader's log time: it is a cold start.
    NeverHeard,
    /// Too few voters told their wall clocks.
    TooFewClocks {
        /// How many did.
        have: usize,
        /// How many are a quorum.
        need: usize,
    },
}

impl fmt::Display for NoTime {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NeverHeard => f.write_str("no leader's log time was heard since this process started"),
            Self::TooFewClocks { have, need } => {
                write!(f, "{have} wall clocks of voters are known, {need} are a quorum")
            }
        }
    }
}

impl std::error::Error for NoTime {}

/// Why log time was not moved.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NoLeap {
    /// The office is not open.
    Closed,
    /// There is no gap that calls for a decision.
    NoGap,
    /// The gap is not the one that was decided about.
    OtherGap {
        /// What it is now.
        gap_ms: i64,
    },
    /// Log time is ahead of the clocks. It never goes back; it waits for them, leaning.
    Ahead {
        /// By how much.
        by_ms: u64,
    },
}

impl fmt::Display for NoLeap {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Closed => f.write_str("the office is closed; ask the leader"),
            Self::NoGap => f.write_str("log time and the quorum's clocks do not differ enough to leap"),
            Self::OtherGap { gap_ms } => write!(f, "the gap is {gap_ms} ms by now; decide about that one"),
            Self::Ahead { by_ms } => {
                write!(f, "log time is {by_ms} ms ahead and never goes back; mend the clocks, or let it lean")
            }
        }
    }
}

impl std::error::Error for NoLeap {}

/// Log time, as one node knows it.
#[derive(Clone, Debug, Default)]
pub struct LogTime {
    heard: Option<Heard>,
    /// The term of the open office, and where its log time stands.
    office: Option<(u64, Mark)>,
    voters: Vec<u64>,
    walls: BTreeMap<u64, Wall>,
    gap_ms: i64,
    alarmed: bool,
}

impl LogTime {
    /// Nothing heard yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// The voters from now on: only their wall clocks count.
    pub fn set_voters(&mut self, voters: &[u64]) {
        self.voters = voters.iter().copied().take(limits::NODES_MAX).collect();
        self.voters.sort_unstable();
        self.voters.dedup();
        let voters = &self.voters;
        self.walls.retain(|node, _| voters.binary_search(node).is_ok());
    }

    /// A voter, maybe this node, told its wall clock; `mono_ms` is when it was read, as well as that is known.
    pub fn wall(&mut self, node: u64, wall_ms: u64, mono_ms: u64) {
        if self.voters.binary_search(&node).is_ok() {
            let ahead_ms = signed(wall_ms.min(INSTANT_MS_MAX)) - signed(mono_ms);
            self.walls.insert(node, Wall { ahead_ms, mono_ms });
        }
    }

    /// A leader of this term told its log time, or a peer told what it had heard.
    ///
    /// Word is late, never early: the later of two words of one leader counts, the earlier gives way only as fast as the
    /// leader itself may lean.
    pub fn heard(&mut self, term: u64, log_ms: u64, mono_ms: u64) {
        let told = Mark::new(log_ms, mono_ms);
        let mark = match self.heard {
            Some(heard) if heard.term > term => return,
            Some(heard) if heard.term == term => {
                let mono_ms = mono_ms.max(heard.mark.mono_ms);
                let forgotten_us = heard.mark.since(mono_ms).min(INSTANT_MS_MAX) * limits::FORGET_PPM / 1_000;
                Mark {
                    log_us: heard.mark.at_us(mono_ms).saturating_sub(forgotten_us).max(told.log_us),
                    mono_ms,
                }
            }
            Some(_) | None => told,
        };
        self.heard = Some(Heard { term, mark });
    }

    /// Opens the office: goes on from what was heard, and never below the state's time.
    ///
    /// # Errors
    /// [`NoTime::NeverHeard`]: then it is for [`LogTime::cold_start`].
    pub fn open(&mut self, term: u64, state_ms: u64, mono_ms: u64) -> Result<u64, NoTime> {
        let heard = self.heard.ok_or(NoTime::NeverHeard)?;
        let log_us = heard.mark.at_us(mono_ms);
        Ok(self.enter(term, Mark { log_us, mono_ms }, state_ms))
    }

    /// Opens the office without any log time to go on from: by the median wall clock of a quorum, and never below the
    /// state's time. Where some voters are silent the median is between two clocks; then it is the one nearest to the
    /// state's time.
    ///
    /// # Errors
    /// [`NoTime::TooFewClocks`]: the median of a minority is nothing.
    pub fn cold_start(&mut self, term: u64, state_ms: u64, mono_ms: u64) -> Result<u64, NoTime> {
        let have = self.fresh(mono_ms).len();
        let need = self.voters.len() / 2 + 1;
        let median = self.median(mono_ms).ok_or(NoTime::TooFewClocks { have, need })?;
        let log_ms = signed(state_ms).clamp(median.0, median.1);
        Ok(self.enter(term, Mark::new(unsigned(log_ms), mono_ms), state_ms))
    }

    fn enter(&mut self, term: u64, mark: Mark, state_ms: u64) -> u64 {
        let log_us = mark.log_us.max(Mark::new(state_ms, 0).log_us);
        self.office = Some((term, Mark { log_us, ..mark }));
        (self.gap_ms, self.alarmed) = (0, false);
        log_us / 1_000
    }

    /// Closes the office; what it reached is what this node heard last.
    pub fn close(&mut self, mono_ms: u64) {
        self.now(mono_ms);
        if let Some((term, mark)) = self.office.take() {
            self.heard = Some(Heard { term, mark });
        }
        (self.gap_ms, self.alarmed) = (0, false);
    }

    /// Log time now, in an open office.
    pub fn now(&mut self, mono_ms: u64) -> Option<u64> {
        let (term, mark) = self.office?;
        let passed_ms = mark.since(mono_ms).min(INSTANT_MS_MAX);
        let straight_us = mark.at_us(mono_ms);
        let target = self.median(mark.mono_ms.max(mono_ms));
        let gap_us = target.map_or(0, |(low, high)| {
            let log_us = signed(straight_us);
            log_us.clamp(low.saturating_mul(1_000), high.saturating_mul(1_000)) - log_us
        });
        let lean_us = gap_us.unsigned_abs().min(passed_ms * 1_000 * limits::SLEW_PPM / MILLION);
        let log_us = if gap_us < 0 { straight_us - lean_us } else { straight_us + lean_us };
        let log_us = log_us.min(INSTANT_MS_MAX * 1_000);
        self.office = Some((term, Mark { log_us, mono_ms: mark.mono_ms.max(mono_ms) }));
        self.gap_ms = gap_us / 1_000;
        let bound_ms = if self.alarmed { limits::CLOCK_GAP_OVER_MS } else { limits::CLOCK_GAP_MS };
        self.alarmed = self.gap_ms.unsigned_abs() > bound_ms;
        Some(log_us / 1_000)
    }

    /// How far the quorum's clocks were ahead of log time when that was last asked for; zero where it is not known.
    #[must_use]
    pub const fn gap_ms(&self) -> i64 {
        self.gap_ms
    }

    /// Whether the gap calls for an alarm, when log time was last asked for.
    #[must_use]
    pub const fn is_alarmed(&self) -> bool {
        self.alarmed
    }

    /// An operator has decided to leap over this gap. Returns the log time reached.
    ///
    /// # Errors
    /// When there is no such gap, or it would be a leap back.
    pub fn leap(&mut self, decided_gap_ms: i64, mono_ms: u64) -> Result<u64, NoLeap> {
        self.now(mono_ms).ok_or(NoLeap::Closed)?;
        let (term, mark) = self.office.ok_or(NoLeap::Closed)?;
        let gap_ms = self.gap_ms;
        if !self.alarmed {
            return Err(NoLeap::NoGap);
        }
        if gap_ms.abs_diff(decided_gap_ms) > limits::CLOCK_GAP_MS {
            return Err(NoLeap::OtherGap { gap_ms });
        }
        if gap_ms < 0 {
            return Err(NoLeap::Ahead { by_ms: gap_ms.unsigned_abs() });
        }
        let log_us = (mark.log_us + gap_ms.unsigned_abs() * 1_000).min(INSTANT_MS_MAX * 1_000);
        self.office = Some((term, Mark { log_us, ..mark }));
        (self.gap_ms, self.alarmed) = (0, false);
        Ok(log_us / 1_000)
    }

    /// The wall clocks that count, in order.
    fn fresh(&self, mono_ms: u64) -> Vec<i64> {
        let fresh = |wall: &&Wall| mono_ms.saturating_sub(wall.mono_ms) <= limits::WALL_FRESH_MS;
        let mut walls: Vec<i64> = self.walls.values().filter(fresh).map(|wall| wall.ahead_ms).collect();
        walls.sort_unstable();
        walls
    }

    /// Between which two wall clocks the median of all voters stands, whatever the silent ones would say. One mad clock
    /// among three cannot move log time even when another is silent: log time only ever moves towards this range.
    fn median(&self, mono_ms: u64) -> Option<(i64, i64)> {
        let (walls, all) = (self.fresh(mono_ms), self.voters.len());
        if all == 0 || walls.len() < all / 2 + 1 {
            return None;
        }
        let silent = all - walls.len();
        let at = |ahead_ms: i64| ahead_ms + signed(mono_ms);
        Some((at(walls[(all - 1) / 2 - silent]), at(walls[all / 2])))
    }
}

fn signed(ms: u64) -> i64 {
    i64::try_from(ms).unwrap_or(i64::MAX)
}

fn unsigned(ms: i64) -> u64 {
    u64::try_from(ms).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    const DAY: u64 = 86_400_000;
    const HOUR: i64 = 3_600_000;

    /// Three voters whose wall clocks are ahead of the monotonic clock by a day and so much.
    fn three(offs: [i64; 3]) -> LogTime {
        let mut time = LogTime::new();
        time.set_voters(&[1, 2, 3]);
        tell(&mut time, offs, 0);
        time
    }

    fn tell(time: &mut LogTime, offs: [i64; 3], mono_ms: u64) {
        for (node, off) in (1..).zip(offs) {
            time.wall(node, (DAY + mono_ms).checked_add_signed(off).unwrap(), mono_ms);
        }
    }

    #[test]
    fn who_has_heard_goes_on_by_the_monotonic_clock_whatever_the_wall_says() {
        let mut time = three([HOUR, HOUR, HOUR]);
        time.heard(4, 1_000_000, 5_000);
        assert_eq!(time.open(5, 999_000, 5_300), Ok(1_000_300));
        assert_eq!(time.open(6, 2_000_000, 5_300), Ok(2_000_000), "never below the state's time");
    }

    #[test]
    fn a_cold_start_takes_the_median_but_never_goes_below_the_state() {
        let mut time = three([-HOUR, 7, HOUR]);
        assert_eq!(time.open(1, 0, 0), Err(NoTime::NeverHeard));
        assert_eq!(time.cold_start(1, 0, 0), Ok(DAY + 7));
        assert_eq!(time.cold_start(1, 3 * DAY, 0), Ok(3 * DAY));
    }

    #[test]
    fn a_minority_of_clocks_starts_nothing() {
        let mut time = LogTime::new();
        assert_eq!(time.cold_start(1, 0, 0), Err(NoTime::TooFewClocks { have: 0, need: 1 }));
        time.set_voters(&[1, 2, 3]);
        time.wall(1, DAY, 0);
        time.wall(9, DAY, 0);
        assert_eq!(time.cold_start(1, 0, 0), Err(NoTime::TooFewClocks { have: 1, need: 2 }));
        time.wall(2, DAY + 90, 0);
        assert_eq!(time.clone().cold_start(1, 0, 0), Ok(DAY), "the nearer of the two to the state's time");
        assert_eq!(time.clone().cold_start(1, DAY + 50, 0), Ok(DAY + 50));
        let stale = time.cold_start(1, 0, limits::WALL_FRESH_MS + 1);
        assert_eq!(stale, Err(NoTime::TooFewClocks { have: 0, need: 2 }));
    }

    #[test]
    fn log_time_leans_by_a_thousandth_however_often_it_is_asked() {
        for step in [1, 7, 1_000] {
            let mut time = three([0; 3]);
            time.heard(1, DAY - 10_000, 0);
            time.open(1, 0, 0).unwrap();
            for mono_ms in (0..=100_000).step_by(step) {
                tell(&mut time, [0; 3], mono_ms);
                time.now(mono_ms);
            }
            let log_ms = time.now(100_000).unwrap();
            assert_eq!(log_ms, DAY - 10_000 + 100_000 + 100, "step {step}");
        }
    }

    #[test]
    fn a_gap_raises_an_alarm_and_is_leapt_over_by_decision_only() {
        let mut time = three([HOUR; 3]);
        assert_eq!(time.leap(HOUR, 0), Err(NoLeap::Closed));
        time.heard(1, DAY, 0);
        time.open(2, 0, 0).unwrap();
        assert_eq!(time.now(0), Some(DAY));
        assert!(time.is_alarmed());
        assert_eq!(time.gap_ms(), HOUR);
        assert_eq!(time.leap(2 * HOUR, 0), Err(NoLeap::OtherGap { gap_ms: HOUR }));
        let reached = DAY + HOUR.unsigned_abs();
        assert_eq!(time.leap(HOUR + 5, 0), Ok(reached));
        assert_eq!(time.now(0), Some(reached));
        assert!(!time.is_alarmed());
        assert_eq!(time.leap(HOUR, 0), Err(NoLeap::NoGap));
    }

    #[test]
    fn nothing_leaps_back() {
        let mut time = three([-HOUR; 3]);
        time.heard(1, DAY, 0);
        time.open(2, 0, 0).unwrap();
        assert_eq!(time.now(1_000), Some(DAY + 999));
        assert!(time.is_alarmed());
        assert!(matches!(time.leap(-HOUR, 1_000), Err(NoLeap::Ahead { by_ms: 3_599_000..=3_600_000 })));
        assert_eq!(time.now(1_000), Some(DAY + 999));
    }

    #[test]
    fn the_alarm_does_not_flicker() {
        let mut time = three([61_000; 3]);
        time.heard(1, DAY, 0);
        time.open(2, 0, 0).unwrap();
        let alarmed = |time: &mut LogTime, off: i64| {
            tell(time, [off; 3], 1);
            time.now(1);
            time.is_alarmed()
        };
        assert!(alarmed(&mut time, 61_000));
        assert!(alarmed(&mut time, 59_000));
        assert!(!alarmed(&mut time, 29_000));
        assert!(!alarmed(&mut time, 59_000));
    }

    #[test]
    fn late_word_does_not_set_a_follower_back() {
        let mut time = LogTime::new();
        time.heard(3, 50_000, 0);
        time.heard(3, 40_000, 10_000);
        // Stopped for ten seconds, it reads an old heartbeat first.
        assert_eq!(time.clone().open(4, 0, 10_000), Ok(60_000 - 20));
        time.heard(2, 1_000_000, 10_000);
        assert_eq!(time.clone().open(4, 0, 10_000), Ok(60_000 - 20), "an old leader's word is over");
        time.heard(4, 45_000, 10_000);
        assert_eq!(time.open(5, 0, 10_000), Ok(45_000), "a new leader's word counts alone");
    }

    #[test]
    fn a_closed_office_remembers_where_it_was() {
        let mut time = LogTime::new();
        time.heard(1, 1_000, 0);
        time.open(2, 0, 0).unwrap();
        time.close(500);
        assert_eq!(time.now(600), None);
        time.heard(1, 9_000, 600);
        assert_eq!(time.open(3, 0, 700), Ok(1_700));
    }

    #[test]
    fn a_stalled_or_stepping_monotonic_clock_never_takes_time_back() {
        let mut time = three([0; 3]);
        time.heard(1, DAY, 0);
        time.open(2, 0, 0).unwrap();
        assert_eq!(time.now(30_000), Some(DAY + 30_000));
        assert_eq!(time.now(30_000), Some(DAY + 30_000));
        assert_eq!(time.now(10), Some(DAY + 30_000));
        assert_eq!(time.now(30_001), Some(DAY + 30_001));
    }
}
