//! Disks that keep what they promised and nothing else.
//!
//! A drive belongs to a machine and outlives its processes; a process sees it as a [`SimDisk`]. Every file has bytes as the
//! process sees them and bytes that would survive a power cut, and so has every folder for the names in it. What is between
//! the two is lost, kept or torn by dice when the power goes. A new file needs its own sync and that of its folder.

mod file;
mod folder;
mod platter;
#[cfg(test)]
mod recovery;

use std::io;
use std::sync::{Arc, Mutex};

use reeve_store::disk::{Disk, Item, Space, check_folder, check_path};
use xxhash_rust::xxh3::xxh3_64;

use self::platter::Platter;
use super::held;
use super::life::Life;
use super::trace::Trace;
use crate::chance::Chance;

/// How a process comes to its end, as its disk sees it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Crash {
    /// Only the process died: the system still has everything that was written.
    Process,
    /// The power went, and nothing that was not synced had reached the disk.
    Lost,
    /// The power went, and of each file and folder some of the first changes had reached the disk.
    Prefix,
    /// The same, and the change that was under way is there in part.
    Torn,
    /// The power went, and what was not synced had been written in any order, sector by sector.
    Scattered,
}

impl Crash {
    /// All of them.
    pub const ALL: &'static [Self] = &[Self::Process, Self::Lost, Self::Prefix, Self::Torn, Self::Scattered];

    /// What it is called.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Process => "killed",
            Self::Lost => "power cut, unsynced lost",
            Self::Prefix => "power cut, prefix kept",
            Self::Torn => "power cut, torn write",
            Self::Scattered => "power cut, scattered sectors",
        }
    }
}

/// A bit that was flipped.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rot {
    /// The file.
    pub path: String,
    /// The byte.
    pub offset: u64,
}

/// The disk of one machine. Clones mean the same one.
#[derive(Clone)]
pub struct Drive(Arc<Mutex<Platter>>);

/// A drive as one process sees it.
#[derive(Clone)]
pub struct SimDisk {
    drive: Drive,
    life: Life,
}

/// The lock of one process on its data folder.
pub struct SimLock {
    drive: Drive,
    life: Life,
}

impl Drop for SimLock {
    fn drop(&mut self) {
        held(&self.drive.0).unlock(&self.life);
    }
}

impl Drive {
    /// An empty drive of a machine.
    pub(crate) fn new(node: u64, chance: Chance, trace: Trace) -> Self {
        Self(Arc::new(Mutex::new(Platter::new(node, chance, trace))))
    }

    /// The drive as this process sees it, for as long as it lives.
    #[must_use]
    pub fn mount(&self, life: &Life) -> SimDisk {
        SimDisk { drive: self.clone(), life: life.clone() }
    }

    /// What is left after this. The process must have ended.
    pub fn crash(&self, how: Crash) {
        held(&self.0).crash(how);
    }

    /// The process dies at the `operations`-th change from now on, shortly before or shortly after it.
    pub fn die_at(&self, operations: u64, how: Crash) {
        held(&self.0).die_at(operations, how);
    }

    /// Nobody dies at any operation any more.
    pub fn disarm(&self) {
        held(&self.0).disarm();
    }

    /// The `syncs`-th sync from now on fails, and nobody knows what it did.
    pub fn fail_sync(&self, syncs: u64) {
        held(&self.0).fail_sync(syncs);
    }

    /// Whether it has room, no sync has failed since the power last went, and none will.
    #[must_use]
    pub fn is_sound(&self) -> bool {
        held(&self.0).is_sound()
    }

    /// Nothing is on it any more.
    pub fn wipe(&self) {
        held(&self.0).wipe();
    }

    /// So many bytes fit on it from now on; what is there stays.
    pub fn set_capacity(&self, bytes: u64) {
        held(&self.0).capacity = bytes;
    }

    /// How much is written on it.
    #[must_use]
    pub fn used(&self) -> u64 {
        held(&self.0).used()
    }

    /// Flips a bit somewhere in the files whose path begins so, if there is any.
    pub fn rot(&self, within: &str) -> Option<Rot> {
        held(&self.0).rot(within)
    }

    /// How many changes were made to it.
    #[must_use]
    pub fn operations(&self) -> u64 {
        held(&self.0).operations()
    }
}

fn gone(life: &Life) -> io::Error {
    io::Error::other(format!("{life:?} is over"))
}

impl SimDisk {
    /// The disk of a machine of its own, under a life that nobody ends: what the suites of storages stand on.
    #[must_use]
    pub fn fresh() -> Self {
        let chance = Chance::of(1);
        Drive::new(1, chance.clone(), Trace::default()).mount(&Life::new(1, 1, chance, 0))
    }

    fn look<T>(&self, look: impl FnOnce(&Platter) -> io::Result<T>) -> io::Result<T> {
        if self.life.is_over() { Err(gone(&self.life)) } else { look(&held(&self.drive.0)) }
    }

    /// One change, which may be the last.
    fn change(
        &self,
        what: &str,
        path: &str,
        number: u64,
        change: impl FnOnce(&mut Platter) -> io::Result<()>,
    ) -> io::Result<()> {
        if self.life.is_over() {
            return Err(gone(&self.life));
        }
        let (result, dies) = held(&self.drive.0).operate(what, path, number, change);
        if dies {
            self.life.end();
            return Err(gone(&self.life));
        }
        result
    }
}

impl Disk for SimDisk {
    type Lock = SimLock;

    fn read(&self, path: &str) -> io::Result<Option<Vec<u8>>> {
        check_path(path)?;
        self.look(|platter| platter.read(path))
    }

    fn read_at(&self, path: &str, offset: u64, length: usize) -> io::Result<Vec<u8>> {
        check_path(path)?;
        self.look(|platter| platter.read_at(path, offset, length))
    }

    fn write_at(&self, path: &str, offset: u64, bytes: &[u8]) -> io::Result<()> {
        check_path(path)?;
        self.change("write", path, offset ^ xxh3_64(bytes), |platter| platter.write_at(path, offset, bytes))
    }

    fn truncate(&self, path: &str, length: u64) -> io::Result<()> {
        check_path(path)?;
        self.change("truncate", path, length, |platter| platter.truncate(path, length))
    }

    fn allocate(&self, path: &str, length: u64) -> io::Result<()> {
        check_path(path)?;
        self.change("allocate", path, length, |platter| platter.allocate(path, length))
    }

    fn sync(&self, path: &str) -> io::Result<()> {
        check_path(path)?;
        self.change("sync", path, 0, |platter| platter.sync(path))
    }

    fn sync_folder(&self, path: &str) -> io::Result<()> {
        check_folder(path)?;
        self.change("sync folder", path, 0, |platter| platter.sync_folder(path))
    }

    fn rename(&self, from: &str, to: &str) -> io::Result<()> {
        check_path(from)?;
        check_path(to)?;
        self.change("rename", from, xxh3_64(to.as_bytes()), |platter| platter.rename(from, to))
    }

    fn remove(&self, path: &str) -> io::Result<()> {
        check_path(path)?;
        self.change("remove", path, 0, |platter| platter.remove(path))
    }

    fn list(&self, path: &str) -> io::Result<Vec<Item>> {
        check_folder(path)?;
        self.look(|platter| platter.list(path))
    }

    fn space(&self) -> io::Result<Space> {
        self.look(|platter| Ok(platter.space()))
    }

    fn lock(&self) -> io::Result<SimLock> {
        if self.life.is_over() {
            return Err(gone(&self.life));
        }
        held(&self.drive.0).lock(&self.life)?;
        Ok(SimLock { drive: self.drive.clone(), life: self.life.clone() })
    }
}

#[cfg(test)]
mod tests;
