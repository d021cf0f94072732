//! What the tests of the log stand on: the engines, and a replica's log on one of them.

use bytes::Bytes;
use reeve_store::Fault;
use reeve_store::disk::real::RealDisk;
use reeve_store::engine::{Batch, Engine, Family, Room, Write as Record};
use reeve_store::hard::{HardState, Identity};
use reeve_store::log::{EntryKind, FOLDER, Log, LogEntry, LogId, LogWriter, Vote, Write};

macro_rules! on_engine {
    ($module:ident, $engine:ty, $disk:expr, $($test:ident),*) => {
        mod $module {
            $(#[test] fn $test() {
                let (disk, _held) = $disk;
                super::$test::<$engine>(&disk);
            })*
        }
    };
}

/// One line for each engine.
macro_rules! on_every_engine {
    ($($test:ident),* $(,)?) => {
        $crate::log::ground::on_engine!(
            memory,
            reeve_store::engine::memory::Memory<reeve_store::disk::memory::MemoryDisk>,
            (reeve_store::disk::memory::MemoryDisk::default(), ()),
            $($test),*
        );
        $crate::log::ground::on_engine!(
            simulated,
            reeve_store::engine::memory::Memory<reeve_sim::cluster::disk::SimDisk>,
            (reeve_sim::cluster::disk::SimDisk::fresh(), ()),
            $($test),*
        );
        $crate::log::ground::on_engine!(
            rocks,
            reeve_store::engine::rocks::Rocks,
            $crate::log::ground::real(),
            $($test),*
        );
    };
}

pub(super) use {on_engine, on_every_engine};

/// A real disk, and the folder that goes when it is dropped.
pub(super) fn real() -> (RealDisk, tempfile::TempDir) {
    let folder = tempfile::tempdir().unwrap();
    (RealDisk::open(folder.path()).unwrap(), folder)
}

pub(super) fn identity() -> Identity {
    Identity { cluster: 1, node: 2, era: 0, group: 3 }
}

pub(super) fn id(term: u64, index: u64) -> LogId {
    LogId { term, index }
}

pub(super) fn vote(term: u64) -> Vote {
    Vote { term, node: 2, committed: false }
}

pub(super) fn entry(term: u64, index: u64, payload: impl Into<Bytes>) -> LogEntry {
    LogEntry { id: id(term, index), kind: EntryKind::Normal, payload: payload.into() }
}

/// Entries of one term, in a row, that differ.
pub(super) fn entries(term: u64, indexes: std::ops::Range<u64>) -> Vec<LogEntry> {
    indexes.map(|index| entry(term, index, format!("{term}/{index}"))).collect()
}

/// The log of a replica, open.
pub(super) struct Replica<E: Engine> {
    pub(super) disk: E::Disk,
    pub(super) engine: E,
    pub(super) log: Log<E>,
    pub(super) writer: LogWriter<E>,
}

pub(super) fn try_open<E: Engine>(disk: &E::Disk) -> Result<Replica<E>, Fault> {
    let hard = match HardState::open(disk)? {
        Some(hard) => hard,
        None => HardState::create(disk, identity())?,
    };
    let engine = E::open(disk, FOLDER, Room::Log)?;
    let (log, writer) = Log::open(engine.clone(), hard)?;
    Ok(Replica { disk: disk.clone(), engine, log, writer })
}

pub(super) fn open<E: Engine>(disk: &E::Disk) -> Replica<E> {
    try_open(disk).unwrap()
}

/// What the engine has under this index.
pub(super) fn value<E: Engine>(engine: &E, index: u64) -> Option<Vec<u8>> {
    engine.get(Family::Log, &key(index)).unwrap()
}

/// Gives the engine this under an index, behind the back of the log.
pub(super) fn replace<E: Engine>(engine: &E, index: u64, value: Option<Vec<u8>>) {
    let key = key(index);
    let write = match value {
        Some(value) => Record::Put(Family::Log, key, value),
        None => Record::Delete(Family::Log, key),
    };
    engine.write(Batch { writes: vec![write] }).unwrap();
}

/// The key of an entry of this group.
pub(super) fn key(index: u64) -> Vec<u8> {
    [&identity().group.to_be_bytes()[..], &index.to_be_bytes()].concat()
}

impl<E: Engine> Replica<E> {
    /// The process ends, and another one starts.
    pub(super) fn reopen(self) -> Self {
        let disk = self.disk.clone();
        drop(self);
        open(&disk)
    }

    pub(super) fn carry(&mut self, writes: Vec<Write>) {
        self.writer.carry_out(writes, 0).unwrap();
    }

    pub(super) fn append(&mut self, entries: Vec<LogEntry>) {
        let write = self.log.append(entries).unwrap();
        self.carry(vec![write]);
    }

    pub(super) fn all(&self) -> Vec<LogEntry> {
        self.log.read(0, u64::MAX, u64::MAX).unwrap()
    }

    pub(super) fn mark(&self) -> Option<LogId> {
        HardState::peek(&self.disk).unwrap().unwrap().mark
    }
}

/// A row of numbers from a seed.
pub(super) struct Chance(pub(super) u64);

impl Chance {
    pub(super) fn below(&mut self, bound: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (mixed ^ (mixed >> 31)) % bound
    }
}
