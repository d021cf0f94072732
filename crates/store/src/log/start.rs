//! How a log starts: what is found on the disk, whether it is all that was acknowledged, and how it goes with the state.

use std::ops::ControlFlow;

use reeve_core::planted::{Bug, planted};

use super::purged;
use super::stored::Stored;
use super::tail::Tail;
use super::{Kept, LogId, Vote};
use crate::engine::Engine;
use crate::fault::Fault;
use crate::limits;

/// Whether a replica has all that it acknowledged.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// As far as its mark knows.
    Whole,
    /// It does not: it may neither vote nor lead.
    Amnesia {
        /// What was durable once.
        mark: LogId,
        /// What is there now.
        found: Option<LogId>,
    },
    /// It has an entry of a later term than any that it promised anything in, so it has forgotten a promise: it may
    /// neither vote nor lead.
    Forsworn {
        /// What it knows of its promises.
        vote: Option<Vote>,
        /// What it has.
        found: LogId,
    },
}

impl Verdict {
    /// What the mark says to the last entry of the log and what the state has applied.
    #[must_use]
    pub fn of(last: Option<LogId>, mark: Option<LogId>, applied: Option<LogId>) -> Self {
        let found = last.max(applied);
        match mark {
            Some(mark) if found < Some(mark) && !planted(Bug::IgnoreMark) => Self::Amnesia { mark, found },
            Some(_) | None => Self::Whole,
        }
    }
}

/// How a log and a state that were found together go on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Course {
    /// The state takes what the log has after it.
    Replay,
    /// An install was interrupted after the state was in place: the log is to be reset to what the state has applied.
    Reset(LogId),
    /// The log no longer has what the state lacks: the state must come from another replica.
    Reseed,
}

/// How to go on with what was purged from the log, its last entry (or what was purged last), and what the state applied.
#[must_use]
pub fn reconcile(purged: Option<LogId>, last: Option<LogId>, applied: Option<LogId>) -> Course {
    match applied {
        Some(applied) if Some(applied) > last => Course::Reset(applied),
        applied if applied < purged => Course::Reseed,
        Some(_) | None => Course::Replay,
    }
}

/// The tail of a log that was found on the disk, after a look at its ends.
pub(super) fn tail<E: Engine>(engine: &E, group: u16, vote: Option<Vote>) -> Result<Tail, Fault> {
    let purged = purged::read(engine, group)?;
    let stored = Stored { view: engine.view(), group, purged };
    let last = stored.last()?.map(|kept: Kept| kept.place());
    if let Some(last) = last {
        let (first, end) = (stored.first(), last.id.index + 1);
        let seen = |_| ControlFlow::Continue(());
        stored.walk(first, first + 1, seen)?;
        stored.walk(end.saturating_sub(limits::LOG_OPEN_ENTRIES).max(first), end, seen)?;
    }
    Ok(Tail::new(purged, last.or(purged), vote))
}
