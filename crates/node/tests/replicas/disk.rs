//! A disk in memory with dials: how long a sync takes, and how much room there is.

use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use reeve_store::disk::memory::{MemoryDisk, MemoryLock};
use reeve_store::disk::{Disk, Item, Space};

/// How much such a disk holds.
pub(crate) const TOTAL: u64 = 1 << 40;

/// Clones share the bytes and the dials.
#[derive(Clone)]
pub(crate) struct DialDisk {
    inner: MemoryDisk,
    sync_ms: Arc<AtomicU64>,
    free: Arc<AtomicU64>,
}

impl Default for DialDisk {
    fn default() -> Self {
        let (sync_ms, free) = (Arc::default(), Arc::new(AtomicU64::new(TOTAL)));
        Self { inner: MemoryDisk::default(), sync_ms, free }
    }
}

impl DialDisk {
    /// From now on each sync takes so long.
    pub(crate) fn set_sync(&self, sync: Duration) {
        self.sync_ms.store(u64::try_from(sync.as_millis()).expect("it is short"), Ordering::Relaxed);
    }

    /// From now on so many bytes are free.
    pub(crate) fn set_free(&self, free: u64) {
        self.free.store(free, Ordering::Relaxed);
    }
}

impl Disk for DialDisk {
    type Lock = MemoryLock;

    fn read(&self, path: &str) -> io::Result<Option<Vec<u8>>> {
        self.inner.read(path)
    }

    fn read_at(&self, path: &str, offset: u64, length: usize) -> io::Result<Vec<u8>> {
        self.inner.read_at(path, offset, length)
    }

    fn write_at(&self, path: &str, offset: u64, bytes: &[u8]) -> io::Result<()> {
        self.inner.write_at(path, offset, bytes)
    }

    fn truncate(&self, path: &str, length: u64) -> io::Result<()> {
        self.inner.truncate(path, length)
    }

    fn allocate(&self, path: &str, length: u64) -> io::Result<()> {
        self.inner.allocate(path, length)
    }

    fn sync(&self, path: &str) -> io::Result<()> {
        std::thread::sleep(Duration::from_millis(self.sync_ms.load(Ordering::Relaxed)));
        self.inner.sync(path)
    }

    fn sync_folder(&self, path: &str) -> io::Result<()> {
        self.inner.sync_folder(path)
    }

    fn rename(&self, from: &str, to: &str) -> io::Result<()> {
        self.inner.rename(from, to)
    }

    fn remove(&self, path: &str) -> io::Result<()> {
        self.inner.remove(path)
    }

    fn list(&self, path: &str) -> io::Result<Vec<Item>> {
        self.inner.list(path)
    }

    fn space(&self) -> io::Result<Space> {
        Ok(Space { free: self.free.load(Ordering::Relaxed), total: TOTAL })
    }

    fn lock(&self) -> io::Result<MemoryLock> {
        self.inner.lock()
    }
}
