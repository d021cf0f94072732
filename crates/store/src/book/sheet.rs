//! Sheets: changes noted in memory. One is written on; sealed ones are read, merged, and flushed.

use std::collections::hash_map::Entry;
use std::collections::{BTreeSet, HashMap};
use std::hash::{BuildHasherDefault, Hasher};
use std::sync::OnceLock;

use bytes::Bytes;
use reeve_core::change::Key;
use reeve_core::name::{ClientId, TaskId};

use super::Applied;
use crate::limits;

/// What a sheet says of a key.
#[derive(Clone, Copy, Debug)]
pub(super) enum Slot {
    Put(Span),
    Body(u32),
    Deleted,
}

/// Where the bytes of a record are.
#[derive(Clone, Copy, Debug)]
pub(super) struct Span {
    chunk: u32,
    start: u32,
    length: u32,
}

/// What was found of a key.
#[derive(Clone, Copy, Debug)]
pub(super) enum Found<'a> {
    Put(&'a [u8]),
    Body(&'a Bytes),
    Deleted,
}

impl<'a> Found<'a> {
    pub(super) fn bytes(self) -> Option<&'a [u8]> {
        match self {
            Self::Put(bytes) => Some(bytes),
            Self::Body(bytes) => Some(bytes),
            Self::Deleted => None,
        }
    }
}

/// Mixes keys, the same everywhere. Keys are made by the log, not by whoever would want them to collide.
#[derive(Default)]
pub(super) struct Mix(u64);

impl Mix {
    fn add(&mut self, word: u64) {
        self.0 = (self.0.rotate_left(5) ^ word).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    }
}

impl Hasher for Mix {
    fn write(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.add(u64::from(*byte));
        }
    }

    fn write_u16(&mut self, number: u16) {
        self.add(u64::from(number));
    }

    fn write_u32(&mut self, number: u32) {
        self.add(u64::from(number));
    }

    fn write_u64(&mut self, number: u64) {
        self.add(number);
    }

    fn write_isize(&mut self, number: isize) {
        self.add(number as u64);
    }

    fn finish(&self) -> u64 {
        // The map looks at the highest and the lowest bits.
        self.0 ^ (self.0 >> 32)
    }
}

type Slots = HashMap<Key, Slot, BuildHasherDefault<Mix>>;

/// Bytes of records, in chunks that never move.
#[derive(Default)]
struct Arena(Vec<Vec<u8>>);

impl Arena {
    fn add(&mut self, bytes: &[u8]) -> Span {
        if self.0.last().is_none_or(|last| last.capacity() - last.len() < bytes.len()) {
            let double = self.0.last().map_or(limits::CHUNK_BYTES_FIRST, |last| 2 * last.capacity());
            self.0.push(Vec::with_capacity(double.min(limits::CHUNK_BYTES_MAX).max(bytes.len())));
        }
        let at = self.0.len() - 1;
        let chunk = &mut self.0[at];
        let start = chunk.len();
        chunk.extend_from_slice(bytes);
        let narrow = |number| u32::try_from(number).expect("a chunk is far below 4 GiB");
        Span { chunk: narrow(at), start: narrow(start), length: narrow(bytes.len()) }
    }

    /// In the place of a record that was at least as long.
    fn replace(&mut self, span: Span, bytes: &[u8]) -> Span {
        let start = span.start as usize;
        self.0[span.chunk as usize][start..start + bytes.len()].copy_from_slice(bytes);
        Span { length: u32::try_from(bytes.len()).expect("no longer than before"), ..span }
    }

    fn at(&self, span: Span) -> &[u8] {
        let start = span.start as usize;
        &self.0[span.chunk as usize][start..start + span.length as usize]
    }
}

/// Changes of a row of entries.
pub(super) struct Sheet {
    /// What was applied before the first of them. Names of later revisions were born here.
    since: u64,
    /// What was applied with the last of them; `None` as long as there is none.
    pub(super) applied: Option<Applied>,
    slots: Slots,
    arena: Arena,
    bodies: Vec<Bytes>,
    /// Tasks whose `Spec` was deleted: their history is gone, here and in everything older. None is ever born again.
    pub(super) gone: BTreeSet<TaskId>,
    /// Client sessions that were deleted: their replies no longer count.
    pub(super) closed: BTreeSet<ClientId>,
    /// Packed events, by revision.
    pub(super) events: Vec<(u64, Bytes)>,
    /// Log entries.
    pub(super) entries: u64,
    /// Bytes of records, bodies and events.
    held: u64,
    sorted: OnceLock<Vec<(Key, Slot)>>,
}

/// The revision before which there can be no record under this key; `None` for keys that are used again.
pub(super) const fn birth(key: Key) -> Option<u64> {
    let name = match key {
        Key::Client(client) | Key::Reply(client, _) => client.0,
        Key::Worker(worker) => worker.0,
        Key::Drain(token) => token.0,
        Key::Task(task)
        | Key::Waits(task, _)
        | Key::Remembered(task)
        | Key::Spec(task)
        | Key::Amendment(task, _)
        | Key::Attempt(task, _)
        | Key::Archive(task)
        | Key::Progress(task)
        | Key::Body(task, _) => task.0,
        Key::Meta
        | Key::Namespace(_)
        | Key::Queue(_)
        | Key::Kind(_)
        | Key::LabelKey(_)
        | Key::Class(_)
        | Key::Alarm(..)
        | Key::Tombstone(_)
        | Key::Work(_) => return None,
    };
    Some(name.revision.0)
}

impl Sheet {
    pub(super) fn new(since: u64) -> Self {
        Self {
            since,
            applied: None,
            slots: Slots::default(),
            arena: Arena::default(),
            bodies: Vec::new(),
            gone: BTreeSet::new(),
            closed: BTreeSet::new(),
            events: Vec::new(),
            entries: 0,
            held: 0,
            sorted: OnceLock::new(),
        }
    }

    pub(super) fn put(&mut self, key: Key, bytes: &[u8]) {
        match self.slots.entry(key) {
            Entry::Occupied(mut slot) => match *slot.get() {
                Slot::Put(span) if span.length as usize >= bytes.len() => {
                    slot.insert(Slot::Put(self.arena.replace(span, bytes)));
                    return;
                }
                Slot::Put(_) | Slot::Body(_) | Slot::Deleted => {
                    slot.insert(Slot::Put(self.arena.add(bytes)));
                }
            },
            Entry::Vacant(slot) => {
                slot.insert(Slot::Put(self.arena.add(bytes)));
            }
        }
        self.held += bytes.len() as u64;
    }

    pub(super) fn body(&mut self, key: Key, body: Bytes) {
        self.held += body.len() as u64;
        let at = u32::try_from(self.bodies.len()).expect("a sheet has far fewer bodies");
        self.bodies.push(body);
        self.slots.insert(key, Slot::Body(at));
    }

    pub(super) fn delete(&mut self, key: Key) {
        if let Key::Spec(task) = key {
            self.gone.insert(task);
        }
        if let Key::Client(client) = key {
            self.closed.insert(client);
        }
        if birth(key).is_some_and(|birth| birth > self.since) {
            // Born here and gone: nobody else has ever heard of it.
            self.slots.remove(&key);
        } else {
            self.slots.insert(key, Slot::Deleted);
        }
    }

    pub(super) fn events(&mut self, revision: u64, packed: Bytes) {
        self.held += packed.len() as u64;
        self.events.push((revision, packed));
    }

    /// What it costs to keep.
    pub(super) fn bytes(&self) -> u64 {
        self.held + self.slots.len() as u64 * limits::CHANGE_BYTES
    }

    /// How many changes it has, for the decision to merge it.
    pub(super) fn weight(&self) -> usize {
        self.slots.len() + self.events.len()
    }

    fn show(&self, slot: Slot) -> Found<'_> {
        match slot {
            Slot::Put(span) => Found::Put(self.arena.at(span)),
            Slot::Body(at) => Found::Body(&self.bodies[at as usize]),
            Slot::Deleted => Found::Deleted,
        }
    }

    pub(super) fn find(&self, key: Key) -> Option<Found<'_>> {
        self.slots.get(&key).map(|slot| self.show(*slot))
    }

    /// Its changes in the order of their keys. Only for sealed sheets.
    pub(super) fn sorted(&self) -> &[(Key, Slot)] {
        self.sorted.get_or_init(|| {
            let mut row: Vec<(Key, Slot)> = self.slots.iter().map(|(key, slot)| (*key, *slot)).collect();
            row.sort_unstable_by_key(|(key, _)| *key);
            row
        })
    }

    pub(super) fn nth(&self, at: usize) -> Found<'_> {
        self.show(self.sorted()[at].1)
    }

    /// One sheet that says what these two say, the later last.
    pub(super) fn merged(older: &Self, newer: &Self) -> Self {
        let mut both = Self::new(older.since);
        both.gone = older.gone.union(&newer.gone).copied().collect();
        both.closed = older.closed.union(&newer.closed).copied().collect();
        both.slots.reserve(older.slots.len() + newer.slots.len());
        for sheet in [older, newer] {
            sheet.slots.iter().for_each(|(key, slot)| both.take(*key, sheet.show(*slot)));
            for (revision, packed) in &sheet.events {
                both.events(*revision, packed.clone());
            }
        }
        both.entries = older.entries + newer.entries;
        both.applied = newer.applied.clone().or_else(|| older.applied.clone());
        both
    }

    fn take(&mut self, key: Key, found: Found<'_>) {
        let is_gone = key.history_of().is_some_and(|task| self.gone.contains(&task));
        match found {
            Found::Put(_) | Found::Body(_) if is_gone => {}
            Found::Put(bytes) => self.put(key, bytes),
            Found::Body(body) => self.body(key, body.clone()),
            Found::Deleted => self.delete(key),
        }
    }
}
