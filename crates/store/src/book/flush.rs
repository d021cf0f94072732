//! Flushing: sealed sheets become one atomic batch.
//!
//! What was born and is gone between two flushes is not in it. What no longer counts goes with it: received replies,
//! those of closed sessions, old tombstones, and all that is kept of forgotten tasks.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;
use std::sync::Arc;

use reeve_core::change::{Key, Part};
use reeve_core::name::{ClientId, TaskId};

use super::mark::Kept;
use super::overlay::{Walk, is_gone};
use super::sheet::{Found, Sheet, birth};
use super::{Applied, events, mark, peek};
use crate::engine::{Batch, Family, Way, Write};

/// What has left the disk already, so that it is not deleted again.
#[derive(Clone, Default)]
pub(super) struct Floors {
    /// Below this number there are no tombstones.
    stones: u64,
    /// Below these numbers there are no replies.
    replies: BTreeMap<ClientId, u64>,
    /// Below this revision there are no events.
    pub events: u64,
}

impl Floors {
    pub(super) fn of(kept: Option<Kept>) -> Self {
        Self { events: kept.map_or(0, |kept| kept.below), ..Self::default() }
    }
}

/// A batch, and which floors have risen when it is written.
pub(super) struct Plan {
    pub batch: Batch,
    stones: Option<u64>,
    replies: BTreeMap<ClientId, u64>,
    closed: BTreeSet<ClientId>,
    events: u64,
}

impl Plan {
    /// What brings the disk from where it is to where the sheets (the newest first) are. Nothing that was born after
    /// the revision `tried` has ever been written.
    pub(super) fn new(
        sheets: &[Arc<Sheet>],
        applied: &Applied,
        kept: Kept,
        floors: &Floors,
        tried: u64,
        cluster: u128,
    ) -> Self {
        let mut plan = Self {
            batch: Batch::default(),
            stones: None,
            replies: BTreeMap::new(),
            closed: sheets.iter().flat_map(|sheet| &sheet.closed).copied().collect(),
            events: kept.below,
        };
        let gone: BTreeSet<TaskId> = sheets.iter().flat_map(|sheet| &sheet.gone).copied().collect();
        for task in gone.iter().filter(|task| task.0.revision.0 <= tried) {
            plan.forget(*task);
        }
        for client in plan.closed.clone().iter().filter(|client| client.0.revision.0 <= tried) {
            plan.delete_range(Family::Live, Key::Reply(*client, 0)..=Key::Reply(*client, u64::MAX));
        }
        plan.records(sheets, floors, tried);
        plan.events(sheets, applied.era.group, kept, floors);
        plan.batch.writes.extend(mark::put(cluster, applied, kept));
        plan
    }

    /// What is true of the disk once the batch is written.
    pub(super) fn raise(&self, floors: &mut Floors) {
        floors.stones = floors.stones.max(self.stones.unwrap_or(0));
        for client in &self.closed {
            floors.replies.remove(client);
        }
        floors.replies.extend(&self.replies);
        floors.events = self.events;
    }

    fn records(&mut self, sheets: &[Arc<Sheet>], floors: &Floors, tried: u64) {
        let mut walk = Walk::new(sheets, Key::Meta, None, Way::Up);
        let mut replies: Vec<(ClientId, u64, &[u8])> = Vec::new();
        while let Some(key) = walk.peek() {
            let found = walk.pop(key);
            if is_gone(sheets, key) {
                continue;
            }
            match (key, found.bytes()) {
                (Key::Reply(client, sequence), Some(bytes)) => {
                    if replies.first().is_some_and(|(other, ..)| *other != client) {
                        self.replies(std::mem::take(&mut replies), floors);
                    }
                    replies.push((client, sequence, bytes));
                }
                (Key::Tombstone(number), Some(_)) if self.stones.is_some_and(|first| number < first) => {}
                (Key::Meta, Some(meta)) => {
                    self.put(key, meta);
                    self.stones(meta, floors);
                }
                (_, Some(bytes)) => self.put(key, bytes),
                (_, None) => self.delete(key, found, tried),
            }
        }
        self.replies(replies, floors);
    }

    fn put(&mut self, key: Key, bytes: &[u8]) {
        self.batch.writes.push(Write::Put(family(key), key.to_bytes(), bytes.to_vec()));
    }

    fn delete(&mut self, key: Key, found: Found<'_>, tried: u64) {
        debug_assert!(found.bytes().is_none(), "only what is deleted");
        if birth(key).is_none_or(|birth| birth <= tried) {
            self.batch.writes.push(Write::Delete(family(key), key.to_bytes()));
        }
    }

    fn delete_range(&mut self, family: Family, keys: std::ops::RangeInclusive<Key>) {
        let Range { start, end } = bytes_of(&keys);
        self.batch.writes.push(Write::DeleteRange(family, start, end));
    }

    /// Deletes everything that is kept of a task.
    fn forget(&mut self, task: TaskId) {
        for key in [Key::Spec(task), Key::Archive(task), Key::Progress(task)] {
            self.batch.writes.push(Write::Delete(Family::History, key.to_bytes()));
        }
        self.delete_range(Family::History, Key::Amendment(task, 0)..=Key::Amendment(task, u32::MAX));
        self.delete_range(Family::History, Key::Attempt(task, 0)..=Key::Attempt(task, u32::MAX));
        let last = Part::Partial(u32::MAX, u32::MAX);
        self.delete_range(Family::Bodies, Key::Body(task, Part::Payload)..=Key::Body(task, last));
    }

    /// Tombstones that no longer count leave when the floor in the record of the whole has risen.
    fn stones(&mut self, meta: &[u8], floors: &Floors) {
        let Some(first) = peek::tombstones_first(meta).filter(|first| *first > floors.stones) else { return };
        self.delete_range(Family::Live, Key::Tombstone(floors.stones)..=Key::Tombstone(first - 1));
        self.stones = Some(first);
    }

    /// The replies of one client: those that it has not received are kept.
    fn replies(&mut self, replies: Vec<(ClientId, u64, &[u8])>, floors: &Floors) {
        let Some((client, ..)) = replies.first().copied() else { return };
        let before = floors.replies.get(&client).copied().unwrap_or(0);
        let acked = replies.iter().filter_map(|(.., bytes)| peek::acked_below(bytes)).max();
        let floor = acked.unwrap_or(0).max(before);
        if floor > before {
            self.delete_range(Family::Live, Key::Reply(client, before)..=Key::Reply(client, floor - 1));
            self.replies.insert(client, floor);
        }
        for (client, sequence, bytes) in replies.into_iter().filter(|(_, sequence, _)| *sequence >= floor) {
            self.put(Key::Reply(client, sequence), bytes);
        }
    }

    fn events(&mut self, sheets: &[Arc<Sheet>], group: u16, kept: Kept, floors: &Floors) {
        if kept.below > floors.events {
            let range = (events::key(group, floors.events), events::key(group, kept.below));
            self.batch.writes.push(Write::DeleteRange(Family::Events, range.0, range.1));
        }
        let packed = sheets.iter().rev().flat_map(|sheet| &sheet.events);
        for (revision, packed) in packed.filter(|(revision, _)| *revision >= kept.below) {
            let write = Write::Put(Family::Events, events::key(group, *revision), packed.to_vec());
            self.batch.writes.push(write);
        }
    }
}

/// The family that a record is in. Families follow each other as their keys do.
pub(super) const fn family(key: Key) -> Family {
    if matches!(key, Key::Body(..)) {
        Family::Bodies
    } else if key.is_state() {
        Family::Live
    } else {
        Family::History
    }
}

/// The same range, without its end.
fn bytes_of(keys: &std::ops::RangeInclusive<Key>) -> Range<Vec<u8>> {
    let mut end = keys.end().to_bytes();
    // The least that is greater.
    end.push(0);
    keys.start().to_bytes()..end
}
