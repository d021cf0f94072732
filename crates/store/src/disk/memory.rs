//! A disk in memory: a tree of files that lives as long as somebody holds it. For `reeve dev` and for tests.

use std::collections::BTreeMap;
use std::io;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::{Disk, Item, Space, check_folder, check_path};

/// A tree of files in memory. Clones share it.
#[derive(Clone, Debug, Default)]
pub struct MemoryDisk {
    files: Arc<Mutex<BTreeMap<String, Vec<u8>>>>,
    taken: Arc<AtomicBool>,
}

/// The lock on a tree in memory: those who share the tree can meet in it.
#[derive(Debug)]
pub struct MemoryLock(Arc<AtomicBool>);

impl Drop for MemoryLock {
    fn drop(&mut self) {
        self.0.store(false, Ordering::Release);
    }
}

impl MemoryDisk {
    fn files(&self) -> MutexGuard<'_, BTreeMap<String, Vec<u8>>> {
        // No code that could panic runs while it is held.
        self.files.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What stands before the names in a folder.
fn inside(folder: &str) -> String {
    if folder.is_empty() { String::new() } else { format!("{folder}/") }
}

fn no_such_file(path: &str) -> io::Error {
    io::Error::new(io::ErrorKind::NotFound, format!("{path}: no such file"))
}

impl Disk for MemoryDisk {
    type Lock = MemoryLock;

    fn read(&self, path: &str) -> io::Result<Option<Vec<u8>>> {
        check_path(path)?;
        Ok(self.files().get(path).cloned())
    }

    fn read_at(&self, path: &str, offset: u64, length: usize) -> io::Result<Vec<u8>> {
        check_path(path)?;
        let files = self.files();
        let file = files.get(path).ok_or_else(|| no_such_file(path))?;
        let from = usize::try_from(offset).unwrap_or(usize::MAX).min(file.len());
        Ok(file[from..from.saturating_add(length).min(file.len())].to_vec())
    }

    fn write_at(&self, path: &str, offset: u64, bytes: &[u8]) -> io::Result<()> {
        check_path(path)?;
        let mut files = self.files();
        let file = files.entry(path.into()).or_default();
        let from = usize::try_from(offset).map_err(io::Error::other)?;
        let end = from + bytes.len();
        if file.len() < end {
            file.resize(end, 0);
        }
        file[from..end].copy_from_slice(bytes);
        Ok(())
    }

    fn truncate(&self, path: &str, length: u64) -> io::Result<()> {
        check_path(path)?;
        let mut files = self.files();
        let file = files.get_mut(path).ok_or_else(|| no_such_file(path))?;
        file.truncate(usize::try_from(length).unwrap_or(usize::MAX));
        Ok(())
    }

    fn allocate(&self, path: &str, length: u64) -> io::Result<()> {
        check_path(path)?;
        let length = usize::try_from(length).map_err(io::Error::other)?;
        let mut files = self.files();
        let file = files.entry(path.into()).or_default();
        if file.len() < length {
            file.resize(length, 0);
        }
        Ok(())
    }

    fn sync(&self, path: &str) -> io::Result<()> {
        check_path(path)?;
        if self.files().contains_key(path) { Ok(()) } else { Err(no_such_file(path)) }
    }

    fn sync_folder(&self, path: &str) -> io::Result<()> {
        check_folder(path)
    }

    fn rename(&self, from: &str, to: &str) -> io::Result<()> {
        check_path(from)?;
        check_path(to)?;
        let mut files = self.files();
        if let Some(file) = files.remove(from) {
            files.insert(to.into(), file);
            return Ok(());
        }
        let (old, new) = (inside(from), inside(to));
        let moved: Vec<String> = files.keys().filter(|path| path.starts_with(&old)).cloned().collect();
        if moved.is_empty() {
            return Err(no_such_file(from));
        }
        if files.keys().any(|path| path.starts_with(&new)) {
            return Err(io::Error::new(io::ErrorKind::DirectoryNotEmpty, format!("{to}: not empty")));
        }
        for path in moved {
            if let Some(file) = files.remove(&path) {
                files.insert(format!("{new}{}", &path[old.len()..]), file);
            }
        }
        Ok(())
    }

    fn remove(&self, path: &str) -> io::Result<()> {
        check_path(path)?;
        let within = inside(path);
        self.files().retain(|name, _| name != path && !name.starts_with(&within));
        Ok(())
    }

    fn list(&self, path: &str) -> io::Result<Vec<Item>> {
        check_folder(path)?;
        let within = inside(path);
        let mut items: Vec<Item> = Vec::new();
        for (name, file) in self.files().iter().filter(|(name, _)| name.starts_with(&within)) {
            let rest = &name[within.len()..];
            let item = match rest.split_once('/') {
                Some((folder, _)) => Item { name: folder.into(), length: None },
                None => Item { name: rest.into(), length: Some(file.len() as u64) },
            };
            if items.last() != Some(&item) {
                items.push(item);
            }
        }
        // Paths are in order, but `a.b` stands before `a/b`.
        items.sort_by(|one, other| one.name.cmp(&other.name));
        Ok(items)
    }

    fn space(&self) -> io::Result<Space> {
        // Whoever runs out of memory will hear of it otherwise.
        Ok(Space { free: u64::MAX / 2, total: u64::MAX / 2 })
    }

    fn lock(&self) -> io::Result<MemoryLock> {
        if self.taken.swap(true, Ordering::Acquire) {
            return Err(io::Error::new(io::ErrorKind::WouldBlock, "somebody in this process holds it"));
        }
        Ok(MemoryLock(Arc::clone(&self.taken)))
    }
}
