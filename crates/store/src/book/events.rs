//! Packed events: everything that watchers see of one entry, as one value that can be understood without the state.
//!
//! Events name queues, classes and namespaces by number, and numbers are used again. So a packed value begins with the
//! stored records of all numbers that it mentions, as they were when the entry was applied.

use std::collections::{BTreeMap, BTreeSet};

use bytes::Bytes;
use reeve_core::change::{Changes, Key, Written, decode_key};
use reeve_core::codec::wire::{Reader, Wire, put_span};
use reeve_core::event::Event;

use super::peek;
use crate::fault::{Fault, FaultKind};

/// The version that is written.
const VERSION: u8 = 1;

/// The events of one entry, read back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Seen {
    /// The entry.
    pub revision: u64,
    /// The state's time after it.
    pub now_ms: u64,
    /// What the numbers in the events meant: records of queues, namespaces and classes, as core writes them. A number
    /// that changed its meaning within the entry has several, in order.
    pub names: Vec<(Key, Bytes)>,
    /// The events, in order.
    pub events: Vec<Event>,
}

/// The records of everything that events name by number.
#[derive(Default)]
pub(super) struct Names(BTreeMap<Key, Bytes>);

impl Names {
    /// Whether events name such a thing by number.
    pub(super) const fn has(key: Key) -> bool {
        matches!(key, Key::Namespace(_) | Key::Queue(_) | Key::Class(_))
    }

    pub(super) fn put(&mut self, key: Key, record: &[u8]) {
        self.0.insert(key, Bytes::copy_from_slice(record));
    }

    pub(super) fn delete(&mut self, key: Key) {
        self.0.remove(&key);
    }

    /// The packed events of an entry whose changes are not taken over yet.
    pub(super) fn pack(&self, now_ms: u64, events: &[Event], changes: &Changes) -> Bytes {
        let mut out = Vec::with_capacity(64 + events.len() * 48);
        out.push(VERSION);
        now_ms.put(&mut out);
        let meanings = self.meanings(events, changes);
        (meanings.len() as u64).put(&mut out);
        for (key, record) in meanings {
            key.put(&mut out);
            put_span(record, &mut out);
        }
        (events.len() as u64).put(&mut out);
        for event in events {
            event.put(&mut out);
        }
        Bytes::from(out)
    }

    /// What the numbers in these events mean, before and within the entry.
    fn meanings<'a>(&'a self, events: &[Event], changes: &'a Changes) -> Vec<(Key, &'a [u8])> {
        let fresh: Vec<(Key, &[u8])> = changes
            .iter()
            .filter_map(|(key, written)| match written {
                Written::Put(record) if Self::has(key) => Some((key, record)),
                Written::Put(_) | Written::Deleted | Written::Body(_) => None,
            })
            .collect();
        let of = |key: Key| {
            let before = self.0.get(&key).map(|record| (key, &record[..]));
            before.into_iter().chain(fresh.iter().copied().filter(move |(fresh, _)| *fresh == key))
        };
        let mut wanted = mentioned(events);
        let queues: Vec<&[u8]> = wanted
            .iter()
            .filter(|key| matches!(key, Key::Queue(_)))
            .flat_map(|key| of(*key))
            .map(|(_, record)| record)
            .collect();
        let spaces = queues.into_iter().filter_map(peek::namespace_of);
        wanted.extend(spaces.map(|number| Key::Namespace(reeve_core::intern::NamespaceId(number))));
        wanted.into_iter().flat_map(of).collect()
    }
}

fn mentioned(events: &[Event]) -> BTreeSet<Key> {
    let mut wanted = BTreeSet::new();
    let mut last = None;
    for event in events {
        match event {
            Event::Task { queue, class, .. } => {
                // Most events of an entry are about the same few.
                if last != Some((queue, class)) {
                    wanted.extend([Key::Queue(*queue), Key::Class(*class)]);
                    last = Some((queue, class));
                }
            }
            Event::Namespace { namespace, .. } => {
                wanted.insert(Key::Namespace(*namespace));
            }
            Event::Queue { queue, .. } => {
                wanted.insert(Key::Queue(*queue));
            }
            Event::Worker { .. }
            | Event::Client { .. }
            | Event::Alarm { .. }
            | Event::LawRaised { .. }
            | Event::TaskForgotten { .. } => {}
        }
    }
    wanted
}

/// Reads the packed events of the entry at `revision`.
///
/// # Errors
/// Damaged bytes, or bytes of a newer build.
pub fn unpack(revision: u64, packed: &Bytes) -> Result<Seen, Fault> {
    let at = || format!("the events of revision {revision}");
    match packed.first() {
        Some(&VERSION) => {}
        Some(version) => {
            return Err(Fault::new(FaultKind::Newer, at(), format!("version {version}; this build knows 1")));
        }
        None => return Err(Fault::damaged(at(), "no bytes")),
    }
    read(revision, &packed.slice(1..)).map_err(|fault| super::of_core(&at(), &fault))
}

fn read(revision: u64, packed: &Bytes) -> Result<Seen, reeve_core::Fault> {
    let mut from = Reader::new(packed);
    let now_ms = u64::get(&mut from)?;
    let mut names = Vec::new();
    for _ in 0..u64::get(&mut from)? {
        let key = Key::get(&mut from)?;
        names.push((key, packed.slice_ref(from.span()?)));
    }
    let events = Vec::get(&mut from)?;
    from.finish()?;
    Ok(Seen { revision, now_ms, names, events })
}

/// When the entry of these packed events was applied.
pub(super) fn time_of(packed: &[u8]) -> Option<u64> {
    let (version, mut from) = (packed.first()?, Reader::new(packed.get(1..)?));
    if *version == VERSION { u64::get(&mut from).ok() } else { None }
}

/// The key of the packed events of an entry.
pub(super) fn key(group: u16, revision: u64) -> Vec<u8> {
    let mut key = Vec::with_capacity(10);
    key.extend_from_slice(&group.to_be_bytes());
    key.extend_from_slice(&revision.to_be_bytes());
    key
}

/// The revision in such a key.
pub(super) fn revision_of(key: &[u8]) -> Result<u64, Fault> {
    let revision = key.get(2..).and_then(|rest| rest.try_into().ok()).map(u64::from_be_bytes);
    revision.ok_or_else(|| Fault::damaged("family events", "a key that is none"))
}

/// A key of records, from the disk.
pub(super) fn stored_key(family: &str, bytes: &[u8]) -> Result<Key, Fault> {
    decode_key(bytes).map_err(|fault| super::of_core(&format!("family {family}"), &fault))
}

#[cfg(test)]
mod tests {
    use super::*;
    use reeve_core::intern::{ClassId, NamespaceId, QueueId};
    use reeve_core::name::{Era, Name, Revision, TaskId};

    /// Bytes that were written once: never edited, because disks hold such.
    const FOSSIL: &str = "01c0843d03020000000206020103016e000300000003050301020200060000012c04060101090301010001d5f802070203ac0203070108010001d5f8020702";

    fn sample() -> (Vec<(Key, Vec<u8>)>, Vec<Event>) {
        let task = TaskId(Name::new(Era { group: 0, era: 1 }, Revision(48_213), 7));
        let (queue, class) = (QueueId(3), ClassId(300));
        let names = vec![
            (Key::Namespace(NamespaceId(2)), vec![2, 1, 3, 1, b'n', 0]),
            (Key::Queue(queue), vec![3, 1, 2, 2, 0]),
            (Key::Class(class), vec![6, 1, 1, 9]),
        ];
        let step = reeve_core::event::Step::Ready;
        let events = vec![
            Event::Task { task, generation: 2, queue, class, step },
            Event::LawRaised { law: 1 },
            Event::TaskForgotten { task, generation: 2 },
        ];
        (names, events)
    }

    #[test]
    fn fossils_keep_their_meaning() {
        let (kept, events) = sample();
        let mut names = Names::default();
        for (key, record) in &kept {
            names.put(*key, record);
        }
        let packed = names.pack(1_000_000, &events, &Changes::default());
        let hex: String = packed.iter().map(|byte| format!("{byte:02x}")).collect();
        assert_eq!(hex, FOSSIL);
        let kept = kept.into_iter().map(|(key, record)| (key, Bytes::from(record))).collect();
        let seen = Seen { revision: 9, now_ms: 1_000_000, names: kept, events };
        assert_eq!(unpack(9, &packed).unwrap(), seen);
        assert_eq!(time_of(&packed), Some(1_000_000));
    }

    #[test]
    fn what_is_damaged_or_newer_is_told_apart() {
        let (_, events) = sample();
        let packed = Names::default().pack(5, &events, &Changes::default());
        for end in 0..packed.len() {
            assert_eq!(unpack(1, &packed.slice(..end)).unwrap_err().kind, FaultKind::Damaged);
        }
        let mut newer = packed.to_vec();
        newer[0] = VERSION + 1;
        assert_eq!(unpack(1, &newer.into()).unwrap_err().kind, FaultKind::Newer);
    }
}
