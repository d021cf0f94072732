//! A disk in memory that has little room and fails when it is told to.

use std::io;
use std::sync::{Arc, Mutex};

use reeve_store::disk::memory::{MemoryDisk, MemoryLock};
use reeve_store::disk::{Disk, Item, Space};

#[derive(Clone)]
pub(crate) struct TightDisk {
    inner: MemoryDisk,
    rules: Arc<Mutex<Rules>>,
}

struct Rules {
    total: u64,
    /// The operation that fails next, once.
    fails: Option<&'static str>,
}

impl TightDisk {
    pub(crate) fn new(total: u64) -> Self {
        Self { inner: MemoryDisk::default(), rules: Arc::new(Mutex::new(Rules { total, fails: None })) }
    }

    pub(crate) fn fail(&self, operation: &'static str) {
        self.rules.lock().expect("nobody panicked").fails = Some(operation);
    }

    pub(crate) fn grow(&self, total: u64) {
        self.rules.lock().expect("nobody panicked").total = total;
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
        let before = self.inner.read(path)?.map_or(0, |bytes| bytes.len() as u64);
        let free = self.space()?.free;
        if length.saturating_sub(before) > free { Err(io::ErrorKind::StorageFull.into()) } else { Ok(()) }
    }

    fn goes_well(&self, operation: &str) -> io::Result<()> {
        let mut rules = self.rules.lock().expect("nobody panicked");
        if rules.fails == Some(operation) {
            rules.fails = None;
            return Err(io::Error::other("the disk does not answer"));
        }
        Ok(())
    }
}

impl Disk for TightDisk {
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
        let total = self.rules.lock().expect("nobody panicked").total;
        Ok(Space { free: total.saturating_sub(self.used("")), total })
    }

    fn lock(&self) -> io::Result<MemoryLock> {
        self.inner.lock()
    }
}
