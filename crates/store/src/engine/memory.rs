//! An engine in memory, with a journal on its disk: for `reeve dev`, for processes that hold a whole cluster, and, on a
//! disk that loses, tears and rots, for the simulator.
//!
//! The journal is a row of frames, each with the writes of one batch (in the log's room) or of one flush (in the state's).
//! What follows a frame that does not check is dropped at opening, without a word: as real engines do.

use std::collections::BTreeMap;
use std::ops::Bound;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use xxhash_rust::xxh3::xxh3_64;

use super::{Batch, Engine, Family, Room, View, Visit, Way, Write};
use crate::disk::{Disk, folder_of};
use crate::fault::{Fault, FaultKind};
use crate::limits;

type Map = BTreeMap<Vec<u8>, Vec<u8>>;
type Families = BTreeMap<Family, Arc<Map>>;

/// A database in memory, on a disk of kind `D`.
#[derive(Clone)]
pub struct Memory<D> {
    disk: D,
    room: Room,
    journal: String,
    inner: Arc<Mutex<Inner>>,
}

struct Inner {
    families: Families,
    /// What a flush has still to write.
    pending: Vec<u8>,
    journal_length: u64,
    /// The length at which the journal was last written anew.
    written_anew: u64,
    /// An error has left unknown what is on the disk: nothing more is written, as after an error of a real engine.
    lost: bool,
    /// It was opened to be looked at.
    only_read: bool,
}

impl Inner {
    /// What a journal says, up to where it does not check.
    fn of(bytes: &[u8], journal: &str, room: Room) -> Result<Self, Fault> {
        let families = Family::ALL.iter().filter(|family| family.room() == room);
        let mut inner = Self {
            families: families.map(|family| (*family, Arc::default())).collect(),
            pending: Vec::new(),
            journal_length: 0,
            written_anew: 0,
            lost: false,
            only_read: false,
        };
        let mut rest = bytes;
        while let Some((writes, after)) = unframe(rest) {
            for write in decode(writes, room).ok_or_else(|| unknown_write(journal))? {
                perform(&mut inner.families, write);
            }
            rest = after;
        }
        inner.journal_length = (bytes.len() - rest.len()) as u64;
        inner.written_anew = inner.journal_length;
        Ok(inner)
    }

    fn check_writable(&self, journal: &str) -> Result<(), Fault> {
        if self.only_read {
            return Err(Fault::new(FaultKind::Misused, journal, "it was opened to be read only"));
        }
        Ok(())
    }
}

/// A database in memory as it was at one moment.
pub struct MemoryView(Families);

/// What stands before the writes of a frame: their length and their checksum.
const HEAD: usize = 12;

impl<D: Disk> Memory<D> {
    fn inner(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn io<T>(&self, result: std::io::Result<T>) -> Result<T, Fault> {
        result.map_err(|error| Fault::io(&self.journal, &error))
    }

    /// Appends one frame and syncs it. Tried again after an error, it writes all of it anew.
    fn append(&self, inner: &mut Inner, writes: &[u8]) -> Result<(), Fault> {
        if inner.lost {
            let what = "an earlier error has left unknown what is on the disk";
            return Err(Fault::new(FaultKind::Io, &self.journal, what));
        }
        let framed = frame(writes);
        self.io(self.disk.write_at(&self.journal, inner.journal_length, &framed))?;
        self.io(self.disk.sync(&self.journal))?;
        inner.journal_length += framed.len() as u64;
        if inner.journal_length > 2 * inner.written_anew + limits::JOURNAL_SLACK {
            self.write_anew(inner)?;
        }
        Ok(())
    }

    /// Replaces the journal by one that holds only what still counts.
    fn write_anew(&self, inner: &mut Inner) -> Result<(), Fault> {
        let fresh = format!("{}.new", self.journal);
        let length = self.write_all(&inner.families, &fresh)?;
        let renamed = self
            .disk
            .rename(&fresh, &self.journal)
            .and_then(|()| self.disk.sync_folder(folder_of(&self.journal)));
        inner.lost = renamed.is_err();
        self.io(renamed)?;
        inner.journal_length = length;
        inner.written_anew = length;
        Ok(())
    }

    /// Writes a whole journal of one frame, synced. Its length.
    fn write_all(&self, families: &Families, path: &str) -> Result<u64, Fault> {
        let mut writes = Vec::new();
        for (family, map) in families {
            for (key, value) in map.iter() {
                encode(&Write::Put(*family, key.clone(), value.clone()), &mut writes);
            }
        }
        let framed = frame(&writes);
        self.io(self.disk.remove(path))?;
        self.io(self.disk.write_at(path, 0, &framed))?;
        self.io(self.disk.sync(path))?;
        Ok(framed.len() as u64)
    }
}

impl<D: Disk> Engine for Memory<D> {
    type Disk = D;
    type View = MemoryView;

    fn open(disk: &D, folder: &str, room: Room) -> Result<Self, Fault> {
        let journal = format!("{folder}/journal");
        let told = |error: &std::io::Error| Fault::io(&journal, error);
        let inner = match disk.read(&journal).map_err(|error| told(&error))? {
            None => {
                disk.write_at(&journal, 0, &[]).map_err(|error| told(&error))?;
                disk.sync(&journal).map_err(|error| told(&error))?;
                disk.sync_upwards(folder).map_err(|error| told(&error))?;
                Inner::of(&[], &journal, room)?
            }
            Some(bytes) => Inner::of(&bytes, &journal, room)?,
        };
        let memory = Self { disk: disk.clone(), room, journal, inner: Arc::new(Mutex::new(inner)) };
        let mut inner = memory.inner();
        if inner.journal_length > 0 {
            // What was read may never have reached the disk: written and not synced, or given up by a sync that failed,
            // after which a later one succeeds and has written nothing. So it is written once more.
            memory.write_anew(&mut inner)?;
        }
        drop(inner);
        Ok(memory)
    }

    fn open_to_read(disk: &D, folder: &str, room: Room) -> Result<Option<Self>, Fault> {
        let journal = format!("{folder}/journal");
        let bytes = disk.read(&journal).map_err(|error| Fault::io(&journal, &error))?;
        let Some(bytes) = bytes else { return Ok(None) };
        let mut inner = Inner::of(&bytes, &journal, room)?;
        inner.only_read = true;
        Ok(Some(Self { disk: disk.clone(), room, journal, inner: Arc::new(Mutex::new(inner)) }))
    }

    fn get(&self, family: Family, key: &[u8]) -> Result<Option<Vec<u8>>, Fault> {
        Ok(self.inner().families.get(&family).and_then(|map| map.get(key).cloned()))
    }

    fn write(&self, batch: Batch) -> Result<(), Fault> {
        let mut inner = self.inner();
        inner.check_writable(&self.journal)?;
        let mut writes = Vec::new();
        for write in batch.writes {
            encode(&write, &mut writes);
            perform(&mut inner.families, write);
        }
        match self.room {
            Room::Log => {
                let written = self.append(&mut inner, &writes);
                inner.lost |= written.is_err();
                written
            }
            Room::State => {
                inner.pending.extend_from_slice(&writes);
                Ok(())
            }
        }
    }

    fn flush(&self) -> Result<(), Fault> {
        let mut inner = self.inner();
        inner.check_writable(&self.journal)?;
        let writes = std::mem::take(&mut inner.pending);
        if writes.is_empty() {
            return Ok(());
        }
        let written = self.append(&mut inner, &writes);
        if written.is_err() {
            inner.pending = writes;
        }
        written
    }

    fn view(&self) -> MemoryView {
        MemoryView(self.inner().families.clone())
    }

    fn checkpoint(&self, folder: &str) -> Result<(), Fault> {
        self.inner().check_writable(&self.journal)?;
        if !self.io(self.disk.list(folder))?.is_empty() {
            return Err(Fault::new(FaultKind::Io, folder, "there is something here already"));
        }
        let families = self.inner().families.clone();
        self.write_all(&families, &format!("{folder}/journal"))?;
        self.io(self.disk.sync_upwards(folder))
    }

    fn figures(&self) -> Vec<(&'static str, u64)> {
        let inner = self.inner();
        let keys = inner.families.values().map(|map| map.len() as u64).sum();
        vec![("keys", keys), ("journal-bytes", inner.journal_length)]
    }
}

impl View for MemoryView {
    fn get(&self, family: Family, key: &[u8]) -> Result<Option<Vec<u8>>, Fault> {
        Ok(self.0.get(&family).and_then(|map| map.get(key).cloned()))
    }

    fn scan(&self, family: Family, from: &[u8], to: &[u8], way: Way, visit: Visit<'_>) -> Result<(), Fault> {
        let Some(map) = self.0.get(&family) else { return Ok(()) };
        if !to.is_empty() && from >= to {
            return Ok(());
        }
        let end = if to.is_empty() { Bound::Unbounded } else { Bound::Excluded(to) };
        let mut range = map.range::<[u8], _>((Bound::Included(from), end));
        loop {
            let next = match way {
                Way::Up => range.next(),
                Way::Down => range.next_back(),
            };
            let Some((key, value)) = next else { return Ok(()) };
            if visit(key, value).is_break() {
                return Ok(());
            }
        }
    }
}

fn perform(families: &mut Families, write: Write) {
    let (Write::Put(family, ..) | Write::Delete(family, ..) | Write::DeleteRange(family, ..)) = write;
    let map = Arc::make_mut(families.entry(family).or_default());
    match write {
        Write::Put(_, key, value) => {
            map.insert(key, value);
        }
        Write::Delete(_, key) => {
            map.remove(&key);
        }
        Write::DeleteRange(_, from, to) => {
            if from < to {
                let gone: Vec<Vec<u8>> = map.range(from..to).map(|(key, _)| key.clone()).collect();
                for key in gone {
                    map.remove(&key);
                }
            }
        }
    }
}

fn frame(writes: &[u8]) -> Vec<u8> {
    let mut framed = Vec::with_capacity(HEAD + writes.len());
    framed.extend_from_slice(&u32::try_from(writes.len()).expect("a batch is far below 4 GiB").to_le_bytes());
    framed.extend_from_slice(&xxh3_64(writes).to_le_bytes());
    framed.extend_from_slice(writes);
    framed
}

/// The first frame and what follows it; `None` at the end, and at the first that does not check.
fn unframe(bytes: &[u8]) -> Option<(&[u8], &[u8])> {
    let (head, rest) = bytes.split_at_checked(HEAD)?;
    let (length, checksum) = head.split_first_chunk::<4>()?;
    let (writes, after) = rest.split_at_checked(u32::from_le_bytes(*length) as usize)?;
    // A run of zeros is not an empty frame.
    (xxh3_64(writes).to_le_bytes() == *checksum).then_some((writes, after))
}

fn encode(write: &Write, out: &mut Vec<u8>) {
    let (tag, family, first, second): (u8, _, &[u8], &[u8]) = match write {
        Write::Put(family, key, value) => (1, family, key, value),
        Write::Delete(family, key) => (2, family, key, &[]),
        Write::DeleteRange(family, from, to) => (3, family, from, to),
    };
    out.extend_from_slice(&[tag, *family as u8]);
    for part in [first, second] {
        out.extend_from_slice(&u32::try_from(part.len()).expect("a value is far below 4 GiB").to_le_bytes());
        out.extend_from_slice(part);
    }
}

/// The writes of a frame that checked; `None` if there is one that this build does not know, or not in this room.
fn decode(mut bytes: &[u8], room: Room) -> Option<Vec<Write>> {
    let mut writes = Vec::new();
    while !bytes.is_empty() {
        let (write, rest) = decode_one(bytes, room)?;
        writes.push(write);
        bytes = rest;
    }
    Some(writes)
}

fn unknown_write(journal: &str) -> Fault {
    Fault::new(FaultKind::Newer, journal, "whole, but with a write that this build does not know")
}

fn decode_one(bytes: &[u8], room: Room) -> Option<(Write, &[u8])> {
    let ([tag, family], rest) = bytes.split_first_chunk::<2>()?;
    let family = *Family::ALL.iter().find(|known| **known as u8 == *family && known.room() == room)?;
    let (first, rest) = decode_part(rest)?;
    let (second, rest) = decode_part(rest)?;
    let write = match tag {
        1 => Write::Put(family, first, second),
        2 => Write::Delete(family, first),
        3 => Write::DeleteRange(family, first, second),
        _ => return None,
    };
    Some((write, rest))
}

fn decode_part(bytes: &[u8]) -> Option<(Vec<u8>, &[u8])> {
    let (length, rest) = bytes.split_first_chunk::<4>()?;
    let (part, rest) = rest.split_at_checked(u32::from_le_bytes(*length) as usize)?;
    Some((part.to_vec(), rest))
}
