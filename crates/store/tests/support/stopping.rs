//! A disk that stops at a chosen change: from then on it answers nothing, as for a process that was killed.

use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use reeve_store::disk::memory::{MemoryDisk, MemoryLock};
use reeve_store::disk::{Disk, Item, Space};

#[derive(Clone, Default)]
pub(crate) struct Stopping {
    pub disk: MemoryDisk,
    /// How many changes it still makes; none means that it never stops.
    left: Arc<AtomicU64>,
    stopped: Arc<AtomicU64>,
}

impl Stopping {
    /// Stops after so many more changes, the last of which is made although it is not acknowledged.
    pub(crate) fn stop_after(&self, changes: u64) {
        self.left.store(changes, Ordering::Relaxed);
    }

    /// Answers again.
    pub(crate) fn revive(&self) {
        self.stopped.store(0, Ordering::Relaxed);
    }

    pub(crate) fn has_stopped(&self) -> bool {
        self.stopped.load(Ordering::Relaxed) > 0
    }

    fn alive(&self) -> io::Result<()> {
        if self.has_stopped() { Err(io::Error::other("the disk has stopped")) } else { Ok(()) }
    }

    fn change(&self, make: impl FnOnce(&MemoryDisk) -> io::Result<()>) -> io::Result<()> {
        self.alive()?;
        let left = self.left.load(Ordering::Relaxed);
        let made = make(&self.disk);
        if left > 0 {
            self.left.store(left - 1, Ordering::Relaxed);
            if left == 1 {
                self.stopped.store(1, Ordering::Relaxed);
                return self.alive();
            }
        }
        made
    }
}

impl Disk for Stopping {
    type Lock = MemoryLock;

    fn read(&self, path: &str) -> io::Result<Option<Vec<u8>>> {
        self.alive()?;
        self.disk.read(path)
    }

    fn read_at(&self, path: &str, offset: u64, length: usize) -> io::Result<Vec<u8>> {
        self.alive()?;
        self.disk.read_at(path, offset, length)
    }

    fn write_at(&self, path: &str, offset: u64, bytes: &[u8]) -> io::Result<()> {
        self.change(|disk| disk.write_at(path, offset, bytes))
    }

    fn truncate(&self, path: &str, length: u64) -> io::Result<()> {
        self.change(|disk| disk.truncate(path, length))
    }

    fn allocate(&self, path: &str, length: u64) -> io::Result<()> {
        self.change(|disk| disk.allocate(path, length))
    }

    fn sync(&self, path: &str) -> io::Result<()> {
        self.change(|disk| disk.sync(path))
    }

    fn sync_folder(&self, path: &str) -> io::Result<()> {
        self.change(|disk| disk.sync_folder(path))
    }

    fn rename(&self, from: &str, to: &str) -> io::Result<()> {
        self.change(|disk| disk.rename(from, to))
    }

    fn remove(&self, path: &str) -> io::Result<()> {
        self.change(|disk| disk.remove(path))
    }

    fn list(&self, path: &str) -> io::Result<Vec<Item>> {
        self.alive()?;
        self.disk.list(path)
    }

    fn space(&self) -> io::Result<Space> {
        self.disk.space()
    }

    fn lock(&self) -> io::Result<MemoryLock> {
        self.disk.lock()
    }
}
