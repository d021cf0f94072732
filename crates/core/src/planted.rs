//! Planted bugs: deliberate errors that the adversary must catch, or it is no adversary.
//!
//! Without the feature `planted`, which no default and no ordinary dependency enables, the question is a constant and
//! nothing of this is in the program.

/// A deliberate error.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum Bug {
    /// A report is accepted with any token.
    StaleToken = 1,
    /// An attempt times out a millisecond late.
    LateExpiry,
    /// A failure does not count against the retries.
    FreeRetry,
    /// A dependency that is met counts twice.
    CountTwice,
    /// A request that was executed before is executed again.
    ForgetReply,
    /// The slot of a lease that ended stays charged.
    KeepCharge,
    /// A paused queue is granted from.
    IgnorePause,
    /// A queue's limit is one too high.
    LimitOff,
    /// The lowest priority is served first.
    Inversion,
    /// A rebuilt state forgets the timers of tasks that wait after a failure.
    LoseTimer,
    /// The cancellation of a held task is acknowledged and does not happen.
    CancelLoses,
    /// A rebuilt state forgets the replies of client sessions.
    AmnesiacClient,
    /// A leader that restarts goes on in its old term, without an election. This and those below strike in the replica.
    ResumeTerm,
    /// Entries are acknowledged before they are durable.
    EarlyAck,
    /// A vote is given before it is durable.
    EarlyVote,
    /// What the mark says was durable is not missed.
    IgnoreMark,
    /// A state counts as durable as soon as it is applied, and the log is purged up to it.
    EarlyPurge,
    /// A leader answers reads without asking whether it still leads.
    StaleRead,
    /// What is not answered in time is refused, as if it could not happen any more.
    SureRefusal,
    /// Nobody makes newcomers voters.
    IdleSteward,
    /// An office that closed for another to lead stays closed, though nobody took over.
    StayAside,
    /// Nobody gives tasks to workers.
    DeafMatcher,
}

impl Bug {
    /// All that strike in the law, not in the replica around it.
    pub const ALL: [Self; 12] = [
        Self::StaleToken,
        Self::LateExpiry,
        Self::FreeRetry,
        Self::CountTwice,
        Self::ForgetReply,
        Self::KeepCharge,
        Self::IgnorePause,
        Self::LimitOff,
        Self::Inversion,
        Self::LoseTimer,
        Self::CancelLoses,
        Self::AmnesiacClient,
    ];
}

#[cfg(feature = "planted")]
mod switch {
    use std::sync::atomic::{AtomicU8, Ordering};

    use super::Bug;

    static PLANTED: AtomicU8 = AtomicU8::new(0);

    /// Plants one bug in this process, or none.
    pub fn plant(bug: Option<Bug>) {
        PLANTED.store(bug.map_or(0, |bug| bug as u8), Ordering::SeqCst);
    }

    /// Whether this bug is planted.
    #[must_use]
    pub fn planted(bug: Bug) -> bool {
        PLANTED.load(Ordering::Relaxed) == bug as u8
    }
}

#[cfg(feature = "planted")]
pub use switch::plant;
#[cfg(feature = "planted")]
pub use switch::planted;

/// Whether this bug is planted: never.
#[cfg(not(feature = "planted"))]
#[must_use]
pub const fn planted(_: Bug) -> bool {
    false
}
