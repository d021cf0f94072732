//! The writer: makes durable what the log was told, in order, with one sync for as much as the order allows.
//!
//! The vote has its own file, so a vote between two appends is three syncs: durable before it, it, durable after it. What
//! stands between two votes is one batch. The mark follows the log: it is written after the sync that covers it, and before
//! entries go that it may stand on, it is lowered.

use super::entry::{self, Kept};
use super::purged;
use super::{Act, FOLDER, Log, LogId, Write, misused};
use crate::engine::{Batch, Engine, Family, Write as Record};
use crate::fault::{Fault, FaultKind};
use crate::hard::{Hard, HardState};
use crate::limits;

/// What makes the log durable. There is one.
pub struct LogWriter<E: Engine> {
    log: Log<E>,
    hard: HardState<E::Disk>,
    /// The number of the last write that was carried out.
    carried: u64,
    /// The last entry that is durable, or what was purged last.
    last: Option<LogId>,
    /// When the mark must follow.
    due_ms: Option<u64>,
    /// Something failed: nobody knows what is on the disk.
    broken: bool,
}

/// Writes to the log that become durable at once.
#[derive(Default)]
struct Round {
    batch: Batch,
    last: Option<LogId>,
    /// The lowest entry after which entries go.
    cut: Option<Option<LogId>>,
}

impl<E: Engine> LogWriter<E> {
    pub(super) fn new(log: Log<E>, hard: HardState<E::Disk>) -> Self {
        let last = log.state().1;
        Self { log, hard, carried: 0, last, due_ms: None, broken: false }
    }

    /// The hard state.
    pub fn hard(&self) -> &Hard {
        self.hard.get()
    }

    /// Makes these writes durable, in this order, which must be that in which the log gave them out, without a gap.
    ///
    /// # Errors
    /// The disk refuses, or the order is broken: the outcome is unknown, and nothing will be written any more.
    pub fn carry_out(&mut self, writes: Vec<Write>, now_ms: u64) -> Result<(), Fault> {
        self.guarded(|writer| {
            writer.perform(writes)?;
            writer.follow(now_ms).map(drop)
        })
    }

    /// To be called when nothing waits, and at the time it says, if it does: writes the mark when it is due.
    ///
    /// # Errors
    /// As for carrying out.
    pub fn rest(&mut self, now_ms: u64) -> Result<Option<u64>, Fault> {
        self.guarded(|writer| writer.follow(now_ms))
    }

    fn guarded<T>(&mut self, work: impl FnOnce(&mut Self) -> Result<T, Fault>) -> Result<T, Fault> {
        if self.broken {
            let what = "an earlier write failed; its outcome is unknown";
            return Err(Fault::new(FaultKind::Io, FOLDER, what));
        }
        self.broken = true;
        let done = work(self)?;
        self.broken = false;
        Ok(done)
    }

    fn perform(&mut self, writes: Vec<Write>) -> Result<(), Fault> {
        let mut round = Round { last: self.last, ..Round::default() };
        for Write { number, act } in writes {
            if number != self.carried + 1 {
                return Err(misused(format!("write {number} came after write {}", self.carried)));
            }
            self.carried = number;
            match act {
                Act::Vote(vote) => {
                    self.sync(&mut round)?;
                    self.promise(|hard| hard.vote = Some(vote))?;
                    self.log.tail().vote = Some(vote);
                }
                Act::Standing(standing) => {
                    self.sync(&mut round)?;
                    self.promise(|hard| hard.standing = standing)?;
                }
                Act::Append(entries) => round.append(self.log.0.group, &entries),
                Act::Truncate { from, to, last } => {
                    round.remove(self.log.0.group, from, to);
                    round.cut_after(last);
                }
                Act::Purge { from, upto } => {
                    round.remove(self.log.0.group, from, upto.id.index + 1);
                    round.batch.writes.push(purged::write(self.log.0.group, upto));
                }
                Act::Reset { from, to, place } => {
                    round.remove(self.log.0.group, from, to);
                    round.batch.writes.push(purged::write(self.log.0.group, place));
                    round.cut_after(Some(place.id));
                }
            }
        }
        self.sync(&mut round)?;
        self.log.tail().carried(self.carried);
        Ok(())
    }

    /// Makes the round durable, and begins the next.
    fn sync(&mut self, round: &mut Round) -> Result<(), Fault> {
        let begun = Round { last: round.last, ..Round::default() };
        let Round { batch, last, cut } = std::mem::replace(round, begun);
        if batch.writes.is_empty() {
            return Ok(());
        }
        if let Some(cut) = cut
            && self.hard.get().mark > cut
        {
            self.hard.change(|hard| hard.mark = cut)?;
        }
        self.log.0.engine.write(batch)?;
        self.last = last;
        Ok(())
    }

    /// Changes the hard state, and takes the mark along.
    fn promise(&mut self, change: impl FnOnce(&mut Hard)) -> Result<(), Fault> {
        let last = self.last;
        self.hard.change(|hard| {
            change(hard);
            hard.mark = hard.mark.max(last);
        })
    }

    /// Lets the mark follow the log when it is due. When it will be, if it does not stand on the last entry.
    fn follow(&mut self, now_ms: u64) -> Result<Option<u64>, Fault> {
        // A mark above the log is not lowered here: it says that something was forgotten.
        if self.last <= self.hard.get().mark {
            self.due_ms = None;
            return Ok(None);
        }
        let due_ms = *self.due_ms.get_or_insert(now_ms.saturating_add(limits::MARK_TRAIL_MS));
        if now_ms < due_ms {
            return Ok(Some(due_ms));
        }
        self.promise(|_| {})?;
        self.due_ms = None;
        Ok(None)
    }
}

impl Round {
    fn append(&mut self, group: u16, entries: &[Kept]) {
        for kept in entries {
            let key = entry::key(group, kept.entry.id.index);
            let value = entry::encode(&key, kept);
            self.batch.writes.push(Record::Put(Family::Log, key, value));
            self.last = Some(kept.entry.id);
        }
    }

    /// Entries from the first index to the second (without it) go.
    fn remove(&mut self, group: u16, from: u64, to: u64) {
        if from < to {
            let (from, to) = (entry::key(group, from), entry::key(group, to));
            self.batch.writes.push(Record::DeleteRange(Family::Log, from, to));
        }
    }

    fn cut_after(&mut self, last: Option<LogId>) {
        self.last = last;
        self.cut = Some(self.cut.map_or(last, |cut| cut.min(last)));
    }
}
