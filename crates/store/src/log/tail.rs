//! The tail: what counts, and the last entries in memory. An entry stays at least until it is durable.

use std::collections::VecDeque;

use super::entry::Kept;
use super::{Act, Place, Vote, Write, weight};
use crate::limits;

/// What counts, whether durable or not.
pub(super) struct Tail {
    purged: Option<Place>,
    /// The last entry, or what was purged last.
    last: Option<Place>,
    /// The entries up to the last, in a row. All before them are on the disk.
    held: VecDeque<Held>,
    bytes: u64,
    /// Bytes of all entries that were ever appended here.
    pub(super) appended: u64,
    /// The number of the last write that was given out.
    issued: u64,
    /// The number of the last write that is durable.
    carried: u64,
    /// The last vote that is durable.
    pub(super) vote: Option<Vote>,
}

struct Held {
    kept: Kept,
    /// The write that carries it.
    number: u64,
}

impl Tail {
    pub(super) fn new(purged: Option<Place>, last: Option<Place>, vote: Option<Vote>) -> Self {
        Self { purged, last, held: VecDeque::new(), bytes: 0, appended: 0, issued: 0, carried: 0, vote }
    }

    pub(super) fn purged(&self) -> Option<Place> {
        self.purged
    }

    pub(super) fn last(&self) -> Option<Place> {
        self.last
    }

    /// The first index that was not purged.
    pub(super) fn first(&self) -> u64 {
        self.purged.map_or(0, |place| place.id.index + 1)
    }

    /// The index after the last.
    pub(super) fn end(&self) -> u64 {
        self.last.map_or(0, |place| place.id.index + 1)
    }

    /// The first index in memory; the end if there is none.
    pub(super) fn held_from(&self) -> u64 {
        self.held.front().map_or(self.end(), |held| held.kept.entry.id.index)
    }

    /// The index after the last that is durable.
    pub(super) fn durable_end(&self) -> u64 {
        let durable = self.held.partition_point(|held| held.number <= self.carried);
        self.held_from() + durable as u64
    }

    /// The entries in memory from `from` to `to`, both within it: at least one, and about as many as `max_bytes` allow.
    pub(super) fn held(&self, from: u64, to: u64, max_bytes: u64) -> Vec<Kept> {
        let (skipped, wanted) = (from - self.held_from(), to.saturating_sub(from));
        let mut bytes = 0;
        let entries = self.held.iter().skip(as_count(skipped)).take(as_count(wanted)).take_while(|held| {
            let fits = bytes <= max_bytes;
            bytes += weight(&held.kept.entry);
            fits
        });
        entries.map(|held| held.kept.clone()).collect()
    }

    /// The place at this index, if it needs no look at the disk.
    pub(super) fn known(&self, index: u64) -> Option<Place> {
        let known = [self.purged, self.last].into_iter().flatten().find(|place| place.id.index == index);
        known.or_else(|| {
            let position = index.checked_sub(self.held_from())?;
            self.held.get(as_count(position)).map(|held| held.kept.place())
        })
    }

    /// Gives out the next write.
    pub(super) fn issue(&mut self, act: Act) -> Write {
        self.issued += 1;
        Write { number: self.issued, act }
    }

    /// Adds entries that the next write will carry.
    pub(super) fn append(&mut self, entries: &[Kept]) {
        for kept in entries {
            self.bytes += weight(&kept.entry);
            self.appended += weight(&kept.entry);
            self.last = Some(kept.place());
            self.held.push_back(Held { kept: kept.clone(), number: self.issued + 1 });
        }
        self.trim();
    }

    pub(super) fn truncate(&mut self, last: Option<Place>) {
        while self.held.back().is_some_and(|held| Some(held.kept.entry.id.index) > last.map(|l| l.id.index)) {
            let gone = self.held.pop_back();
            self.bytes -= gone.map_or(0, |held| weight(&held.kept.entry));
        }
        self.last = last;
    }

    pub(super) fn purge(&mut self, upto: Place) {
        while self.held.front().is_some_and(|held| held.kept.entry.id.index <= upto.id.index) {
            self.drop_front();
        }
        self.purged = Some(upto);
    }

    pub(super) fn reset(&mut self, place: Place) {
        self.held.clear();
        self.bytes = 0;
        self.purged = Some(place);
        self.last = Some(place);
    }

    /// All writes up to this one are durable.
    pub(super) fn carried(&mut self, number: u64) {
        self.carried = number;
        self.trim();
    }

    fn trim(&mut self) {
        while self.bytes > limits::LOG_TAIL_BYTES
            && self.held.front().is_some_and(|held| held.number <= self.carried)
        {
            self.drop_front();
        }
    }

    fn drop_front(&mut self) {
        let gone = self.held.pop_front();
        self.bytes -= gone.map_or(0, |held| weight(&held.kept.entry));
    }
}

/// Within memory, so it fits.
fn as_count(number: u64) -> usize {
    usize::try_from(number).unwrap_or(usize::MAX)
}
