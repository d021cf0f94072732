//! The Raft log: entries in a row without a hole, each linked to the one before by a hash.
//!
//! [`Log`] is shared by all who read and by the one who appends. What it is told counts in memory at once, and comes back as
//! a [`Write`] that is to be handed, in order, to the [`LogWriter`]: it makes them durable, together with the vote and
//! the mark, strictly in that order. Who runs the writer, and when, is not decided here.
//!
//! What must never be here: what is in an entry, and what was committed or applied.

mod chain;
mod entry;
mod purged;
mod start;
mod stored;
mod tail;
mod writer;

use std::ops::ControlFlow;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use bytes::Bytes;

pub use chain::Chain;
pub use start::{Course, Verdict, reconcile};
pub use writer::LogWriter;

use crate::engine::Engine;
use crate::fault::{Fault, FaultKind};
use crate::hard::{HardState, Standing};
use crate::limits;
use entry::Kept;
use stored::Stored;
use tail::Tail;

/// The folder of the engine that holds the log.
pub const FOLDER: &str = "raft";

/// The name of an entry. A later one is greater.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct LogId {
    /// The term of the leader that made it.
    pub term: u64,
    /// Its place in the log, from 0.
    pub index: u64,
}

/// A promise: in this term, this node.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Vote {
    /// The term.
    pub term: u64,
    /// The node voted for.
    pub node: u64,
    /// Whether a quorum did the same.
    pub committed: bool,
}

/// What kind of payload an entry has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EntryKind {
    /// None: a new leader's barrier.
    Blank,
    /// For the law.
    Normal,
    /// Who the voters are.
    Membership,
}

/// One entry.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LogEntry {
    /// Its name.
    pub id: LogId,
    /// The kind of its payload.
    pub kind: EntryKind,
    /// Opaque here.
    pub payload: Bytes,
}

/// An entry's name, and the hash of the log up to it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Place {
    /// The entry.
    pub id: LogId,
    /// The chain with this entry in it.
    pub chain: Chain,
}

/// Something that counts in memory and is not durable yet: to be handed to the writer, each one, in order.
#[must_use = "the writer must carry it out, in order"]
#[derive(Debug)]
pub struct Write {
    number: u64,
    act: Act,
}

#[derive(Debug)]
enum Act {
    /// Entries at the end.
    Append(Vec<Kept>),
    /// Entries from the first index to the second (without it) go; this one is the last now.
    Truncate {
        from: u64,
        to: u64,
        last: Option<LogId>,
    },
    /// Entries from the index on go, with the place, which is remembered.
    Purge {
        from: u64,
        upto: Place,
    },
    /// Entries from the first index to the second (without it) go; the log goes on after this place.
    Reset {
        from: u64,
        to: u64,
        place: Place,
    },
    Vote(Vote),
    Standing(Standing),
}

/// The log, for those who read it and for the one who appends. Clones share it.
pub struct Log<E>(Arc<Shared<E>>);

impl<E> Clone for Log<E> {
    fn clone(&self) -> Self {
        Self(Arc::clone(&self.0))
    }
}

struct Shared<E> {
    engine: E,
    group: u16,
    tail: Mutex<Tail>,
}

/// The way out of a request that would break the log.
fn misused(what: impl Into<String>) -> Fault {
    Fault::new(FaultKind::Misused, FOLDER, what)
}

impl<E: Engine> Log<E> {
    /// Opens the log of the group that the hard state names: finds its last entry, and checks its ends and what was
    /// written last.
    ///
    /// # Errors
    /// A hole, a damaged entry, a broken chain, a newer format, or a disk that does not answer.
    pub fn open(engine: E, hard: HardState<E::Disk>) -> Result<(Self, LogWriter<E>), Fault> {
        // What is found may have been written, but not synced, before a crash; from now on it is taken for durable.
        engine.flush()?;
        let group = hard.get().identity.group;
        let log = Self::look(engine, group, hard.get().vote)?;
        let writer = LogWriter::new(log.clone(), hard);
        Ok((log, writer))
    }

    /// The log of a group as an open would find it, for those who only look: nothing can be made durable.
    pub(crate) fn look(engine: E, group: u16, vote: Option<Vote>) -> Result<Self, Fault> {
        let tail = start::tail(&engine, group, vote)?;
        Ok(Self(Arc::new(Shared { engine, group, tail: Mutex::new(tail) })))
    }

    /// What was purged, and the last entry; if there is none, the last that was purged.
    #[must_use]
    pub fn state(&self) -> (Option<LogId>, Option<LogId>) {
        let tail = self.tail();
        (tail.purged().map(|place| place.id), tail.last().map(|place| place.id))
    }

    /// The bytes of all entries that were appended since this log was opened.
    #[must_use]
    pub fn appended_bytes(&self) -> u64 {
        self.tail().appended
    }

    /// The last vote that is durable.
    #[must_use]
    pub fn vote_saved(&self) -> Option<Vote> {
        self.tail().vote
    }

    /// The entries from `from` to `to` (without it), as far as the log has them: fewer only at its ends, or because at
    /// least one was taken and more would exceed `max_bytes`.
    ///
    /// # Errors
    /// A hole, a damaged entry, a broken chain, or a disk that does not answer.
    pub fn read(&self, from: u64, to: u64, max_bytes: u64) -> Result<Vec<LogEntry>, Fault> {
        let (stored, held) = {
            let tail = self.tail();
            let (from, to) = (from.max(tail.first()), to.min(tail.end()));
            if from >= to {
                return Ok(Vec::new());
            }
            let held_from = tail.held_from();
            let stored = (from < held_from).then(|| (self.stored(&tail), from, to.min(held_from)));
            (stored, tail.held(from.max(held_from), to, max_bytes))
        };
        let mut room = Room { left: max_bytes, entries: Vec::new() };
        if let Some((stored, from, to)) = stored {
            let mut last = None;
            stored.walk(from, to, |kept| {
                last = Some(kept.place());
                room.take(kept.entry)
            })?;
            if let (Some(last), Some(next)) = (last, held.first())
                && last.id.index + 1 == next.entry.id.index
            {
                next.check_link(last.chain)?;
            }
            if room.entries.last().is_none_or(|entry| entry.id.index + 1 < to) {
                return Ok(room.entries);
            }
        }
        for kept in held {
            if room.take(kept.entry).is_break() {
                break;
            }
        }
        Ok(room.entries)
    }

    /// The name of the entry at this index; `None` if the log neither has it nor purged it last.
    ///
    /// # Errors
    /// As for a read.
    pub fn id_at(&self, index: u64) -> Result<Option<LogId>, Fault> {
        Ok(self.place_at(index)?.map(|place| place.id))
    }

    /// The hash of the log up to this index; `None` if the log neither has it nor purged it last.
    ///
    /// # Errors
    /// As for a read.
    pub fn chain_at(&self, index: u64) -> Result<Option<Chain>, Fault> {
        Ok(self.place_at(index)?.map(|place| place.chain))
    }

    pub(crate) fn place_at(&self, index: u64) -> Result<Option<Place>, Fault> {
        let stored = {
            let tail = self.tail();
            if let Some(place) = tail.known(index) {
                return Ok(Some(place));
            }
            if index < tail.first() || index >= tail.end() {
                return Ok(None);
            }
            self.stored(&tail)
        };
        let mut found = None;
        stored.walk(index, index + 1, |kept| {
            found = Some(kept.place());
            ControlFlow::Continue(())
        })?;
        Ok(found)
    }

    /// Checks what is on the disk, from an index on, until about `budget_bytes` were read. Where to go on; `None` at the
    /// end of what is durable.
    ///
    /// # Errors
    /// A hole, a damaged entry, a broken chain, or a disk that does not answer.
    pub fn scrub(&self, from: u64, budget_bytes: u64) -> Result<Option<u64>, Fault> {
        let (stored, from, to) = {
            let tail = self.tail();
            (self.stored(&tail), from.max(tail.first()), tail.durable_end())
        };
        if from >= to {
            return Ok(None);
        }
        let (mut next, mut bytes) = (from, 0);
        stored.walk(from, to, |kept| {
            next = kept.entry.id.index + 1;
            bytes += weight(&kept.entry);
            if bytes < budget_bytes { ControlFlow::Continue(()) } else { ControlFlow::Break(()) }
        })?;
        Ok((next < to).then_some(next))
    }

    /// Adds entries at the end. They can be read at once.
    ///
    /// # Errors
    /// They do not follow the last entry, and each other; nothing was done.
    pub fn append(&self, entries: Vec<LogEntry>) -> Result<Write, Fault> {
        let mut tail = self.tail();
        let mut last = tail.last();
        let mut appended = Vec::with_capacity(entries.len());
        for entry in entries {
            check_follows(last.map(|place| place.id), &entry)?;
            let chain = last.map_or(Chain::default(), |place| place.chain).link(&entry);
            last = Some(Place { id: entry.id, chain });
            appended.push(Kept { entry, chain });
        }
        tail.append(&appended);
        Ok(tail.issue(Act::Append(appended)))
    }

    /// Removes all entries after this one; all there are, if it is `None`.
    ///
    /// # Errors
    /// There is no such entry, or it is one that was purged; nothing was done.
    pub fn truncate_after(&self, last: Option<LogId>) -> Result<Write, Fault> {
        let place = match last {
            None => None,
            Some(id) => Some(self.expect(id)?),
        };
        let mut tail = self.tail();
        if place.map(|place| place.id) < tail.purged().map(|place| place.id) {
            return Err(misused("truncated into what was purged"));
        }
        let (from, to) = (place.map_or(0, |place| place.id.index + 1), tail.end());
        tail.truncate(place);
        Ok(tail.issue(Act::Truncate { from, to, last }))
    }

    /// Removes all entries up to this one, and this one. What they did to the state must be durable.
    ///
    /// # Errors
    /// There is no such entry; nothing was done.
    pub fn purge(&self, upto: LogId) -> Result<Write, Fault> {
        let purged = self.tail().purged();
        if purged.is_some_and(|place| upto.index <= place.id.index) {
            return Ok(self.tail().issue(Act::Append(Vec::new())));
        }
        let upto = self.expect(upto)?;
        let mut tail = self.tail();
        let from = tail.first();
        tail.purge(upto);
        Ok(tail.issue(Act::Purge { from, upto }))
    }

    /// Empties the log, which goes on after this entry: when a snapshot was installed that the log does not reach, or at
    /// opening, when that was what a crash interrupted. The state up to this entry must be durable, for the mark will say so.
    pub fn reset_to(&self, id: LogId, chain: Chain) -> Write {
        let mut tail = self.tail();
        let (from, to, place) = (tail.first(), tail.end(), Place { id, chain });
        tail.reset(place);
        tail.issue(Act::Reset { from, to, place })
    }

    /// Makes a promise. It is one once the writer has carried it out.
    pub fn vote(&self, vote: Vote) -> Write {
        self.tail().issue(Act::Vote(vote))
    }

    /// Says whether this replica may vote and lead, and remembers it.
    pub fn stand(&self, standing: Standing) -> Write {
        self.tail().issue(Act::Standing(standing))
    }

    /// The place of an entry that must be there.
    fn expect(&self, id: LogId) -> Result<Place, Fault> {
        let place = self.place_at(id.index)?.filter(|place| place.id == id);
        place.ok_or_else(|| misused(format!("there is no entry {} of term {}", id.index, id.term)))
    }

    /// What is on the disk now, as far as the log still counts it.
    fn stored(&self, tail: &Tail) -> Stored<E::View> {
        Stored { view: self.0.engine.view(), group: self.0.group, purged: tail.purged() }
    }

    fn tail(&self) -> MutexGuard<'_, Tail> {
        // Whoever holds it finishes each change before anything could panic.
        self.0.tail.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn check_follows(last: Option<LogId>, entry: &LogEntry) -> Result<(), Fault> {
    let id = entry.id;
    let expected = last.map_or(0, |last| last.index + 1);
    if id.index != expected {
        return Err(misused(format!("entry {} was appended where {expected} belongs", id.index)));
    }
    if last.is_some_and(|last| id.term < last.term) {
        return Err(misused(format!("entry {} has a lower term than the one before", id.index)));
    }
    if entry.payload.len() > limits::ENTRY_PAYLOAD_BYTES_MAX {
        return Err(misused(format!("entry {} has {} bytes", id.index, entry.payload.len())));
    }
    Ok(())
}

/// What an entry counts for.
fn weight(entry: &LogEntry) -> u64 {
    entry.payload.len() as u64 + limits::ENTRY_OVERHEAD_BYTES
}

/// What a reader takes.
struct Room {
    /// How many bytes more.
    left: u64,
    entries: Vec<LogEntry>,
}

impl Room {
    /// Takes an entry if there is room, or if it is the first.
    fn take(&mut self, entry: LogEntry) -> ControlFlow<()> {
        let weight = weight(&entry);
        if weight > self.left && !self.entries.is_empty() {
            return ControlFlow::Break(());
        }
        self.left = self.left.saturating_sub(weight);
        self.entries.push(entry);
        ControlFlow::Continue(())
    }
}
