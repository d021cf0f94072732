//! A disk in memory with dials: how large it is, how much room it says there is, how long a sync takes, and what fails next.

use std::io;
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

use reeve_store::disk::memory::{MemoryDisk, MemoryLock};
use reeve_store::disk::{Disk, Item, Space, folder_of};

/// Clones share the bytes and the dials.
#[derive(Clone)]
pub(crate) struct DialDisk {
    inner: MemoryDisk,
    dials: Arc<Mutex<Dials>>,
}

/// What can be turned.
pub(crate) struct Dials {
    pub(crate) total: u64,
    /// How much is free, if it is not what the files here leave.
    pub(crate) free: Option<u64>,
    /// How long each sync takes.
    pub(crate) sync: Duration,
    /// The operation that fails next, once.
    pub(crate) fails: Option<&'static str>,
}

impl DialDisk {
    pub(crate) fn new(total: u64) -> Self {
        let dials = Dials { total, free: None, sync: Duration::ZERO, fails: None };
        Self { inner: MemoryDisk::default(), dials: Arc::new(Mutex::new(dials)) }
    }

    pub(crate) fn dials(&self) -> MutexGuard<'_, Dials> {
        self.dials.lock().expect("nobody panicked")
    }

    fn used(&self, folder: &str) -> u64 {
        let items = self.inner.list(folder).expect("it is in memory");
        let within = |item: &Item| {
            let path = if folder.is_empty() { item.name.clone() } else { format!("{folder}/{}", item.name) };
            item.length.unwrap_or_else(|| self.used(&path))
        };
        items.iter().map(within).sum()
    }

    /// Whether the file may become so long.
    fn admit(&self, path: &str, length: u64) -> io::Result<()> {
        let items = self.inner.list(folder_of(path))?;
        let name = path.rsplit('/').next();
        let before = items.iter().find(|item| Some(item.name.as_str()) == name).and_then(|item| item.length);
        let free = self.space()?.free;
        if length.saturating_sub(before.unwrap_or(0)) > free {
            Err(io::ErrorKind::StorageFull.into())
        } else {
            Ok(())
        }
    }

    fn goes_well(&self, operation: &str) -> io::Result<()> {
        let mut dials = self.dials();
        if dials.fails == Some(operation) {
            dials.fails = None;
            return Err(io::Error::other("the disk does not answer"));
        }
        Ok(())
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
        self.admit(path, offset + bytes.len() as u64)?;
        self.inner.write_at(path, offset, bytes)
    }

    fn truncate(&self, path: &str, length: u64) -> io::Result<()> {
        self.inner.truncate(path, length)
    }

    fn allocate(&self, path: &str, length: u64) -> io::Result<()> {
        if let Err(full) = self.admit(path, length) {
            // As file systems do: what there was, is taken.
            let free = self.space()?.free;
            self.inner.allocate(path, free)?;
            return Err(full);
        }
        self.inner.allocate(path, length)
    }

    fn sync(&self, path: &str) -> io::Result<()> {
        self.goes_well("sync")?;
        let sync = self.dials().sync;
        std::thread::sleep(sync);
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
        let Dials { total, free, .. } = *self.dials();
        Ok(Space { free: free.unwrap_or_else(|| total.saturating_sub(self.used(""))), total })
    }

    fn lock(&self) -> io::Result<MemoryLock> {
        self.inner.lock()
    }
}
