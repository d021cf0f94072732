//! Memory: a model of the store. It keeps what changes say, gives it back at a restart, and answers archive reads.

use std::collections::BTreeMap;

use bytes::Bytes;
use reeve_core::change::{Changes, Key, Written};
use reeve_core::codec::record::{self, AmendmentRecord, ArchiveRecord, SpecRecord};
use reeve_core::command::Found;
use reeve_core::intern::Meant;
use reeve_core::name::{Revision, TaskId};
use reeve_core::{Fault, State};

/// What is kept of one task beside the state.
#[derive(Clone, Debug, Default)]
struct History {
    spec: Box<[u8]>,
    archive: Option<Box<[u8]>>,
    amendments: BTreeMap<u32, Box<[u8]>>,
}

/// A store.
#[derive(Clone, Debug)]
pub struct Memory {
    records: BTreeMap<Key, Box<[u8]>>,
    histories: BTreeMap<TaskId, History>,
    bodies: BTreeMap<Key, Bytes>,
    /// Records at which obsolete ones are thrown out.
    full: usize,
}

/// Records that a store may hold in vain before it looks for them.
const SLACK: usize = 4_096;

impl Memory {
    /// A store that holds the state from which everything starts.
    pub(crate) fn of(state: &State) -> Self {
        let records = state.records().into_iter().map(|(key, bytes)| (key, bytes.into())).collect();
        Self { records, histories: BTreeMap::new(), bodies: BTreeMap::new(), full: SLACK }
    }

    /// Stores what an entry changed.
    pub(crate) fn write(&mut self, changes: &Changes, bodies: &[Bytes]) {
        for (key, written) in changes.iter() {
            match (key, written) {
                (key, Written::Put(bytes)) if key.is_state() => {
                    self.records.insert(key, bytes.into());
                }
                (key, Written::Deleted) if key.is_state() => {
                    self.records.remove(&key);
                }
                (Key::Spec(task), Written::Put(bytes)) => {
                    self.histories.insert(task, History { spec: bytes.into(), ..History::default() });
                }
                (Key::Spec(task), Written::Deleted) => self.forget(task),
                (Key::Archive(task), Written::Put(bytes)) => {
                    self.history(task, |history| history.archive = Some(bytes.into()));
                }
                (Key::Archive(task), Written::Deleted) => {
                    self.history(task, |history| history.archive = None)
                }
                (Key::Amendment(task, number), Written::Put(bytes)) => {
                    self.history(task, |history| {
                        history.amendments.insert(number, bytes.into());
                    });
                }
                (Key::Body(task, _), Written::Body(body)) => {
                    let bytes = bodies.get(body.position as usize).cloned().unwrap_or_default();
                    if self.histories.contains_key(&task) {
                        self.bodies.insert(key, bytes);
                    }
                }
                // Attempts and progress are for people.
                _ => {}
            }
        }
    }

    fn history(&mut self, task: TaskId, change: impl FnOnce(&mut History)) {
        if let Some(history) = self.histories.get_mut(&task) {
            change(history);
        }
    }

    /// A task and all its history go.
    pub(crate) fn forget(&mut self, task: TaskId) {
        self.histories.remove(&task);
        let first = Key::Body(task, reeve_core::change::Part::Payload);
        let last = Key::Body(task, reeve_core::change::Part::Partial(u32::MAX, u32::MAX));
        let bodies: Vec<Key> = self.bodies.range(first..=last).map(|(key, _)| *key).collect();
        bodies.iter().for_each(|key| drop(self.bodies.remove(key)));
    }

    /// The bytes of a body.
    #[must_use]
    pub fn body(&self, key: Key) -> Option<&Bytes> {
        self.bodies.get(&key)
    }

    /// The state that wrote these records.
    pub(crate) fn rebuild(&self, revision: Revision, digest: u128) -> Result<State, Fault> {
        let records = self.records.iter().map(|(key, bytes)| Ok((*key, bytes)));
        State::from_records(revision, digest, records)
    }

    /// The first record of the state that is not here, or not like this. Replies may be here with an older floor.
    pub(crate) fn lacks(&self, records: &[(Key, Vec<u8>)]) -> Option<Key> {
        let differs = |(key, bytes): &&(Key, Vec<u8>)| match self.records.get(key) {
            Some(kept) => **kept != **bytes && !matches!(key, Key::Reply(..)),
            None => true,
        };
        records.iter().find(differs).map(|(key, _)| *key)
    }

    /// Deletes what no longer counts, from time to time.
    pub(crate) fn tidy(&mut self, state: &State) {
        if self.records.len() < self.full {
            return;
        }
        let wanted: std::collections::BTreeSet<Key> =
            state.records().into_iter().map(|(key, _)| key).collect();
        self.records.retain(|key, _| wanted.contains(key));
        self.full = 2 * self.records.len() + SLACK;
    }

    /// What the archive says of a task, if it is there.
    pub(crate) fn found(&self, task: TaskId, read_at: Revision) -> Result<Option<Found>, Fault> {
        let Some(history) = self.histories.get(&task) else { return Ok(None) };
        let Some(archive) = &history.archive else { return Ok(None) };
        let (spec, end): (SpecRecord, ArchiveRecord) = (record::get(&history.spec)?, record::get(archive)?);
        let mut found = Found {
            read_at,
            ending: end.ending,
            generation: end.generation,
            attempts: end.attempts,
            queue: Meant::Words(spec.queue),
            class: Meant::Words(Box::new(spec.requirements)),
            priority: spec.priority,
            attempt_timeout_ms: spec.attempt_timeout_ms,
            retry: spec.retry,
            updates: 0,
            parent: spec.parent,
        };
        for (number, bytes) in &history.amendments {
            let amendment: AmendmentRecord = record::get(bytes)?;
            found.updates = *number;
            found.priority = amendment.priority.unwrap_or(found.priority);
            found.attempt_timeout_ms = amendment.attempt_timeout_ms.unwrap_or(found.attempt_timeout_ms);
            if let Some(requirements) = amendment.requirements {
                found.class = Meant::Words(Box::new(requirements));
            }
        }
        Ok(Some(found))
    }
}
