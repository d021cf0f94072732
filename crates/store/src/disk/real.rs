//! A folder of a real file system.

use std::collections::BTreeMap;
use std::fs::{self, DirBuilder, File, OpenOptions};
use std::io::{self, Read};
use std::os::unix::fs::{DirBuilderExt, FileExt};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use rustix::fs::{FallocateFlags, FlockOperation, fallocate, flock, statvfs};
use rustix::io::Errno;

use super::{Disk, Item, Space, check_folder, check_path, folder_of};

/// The name of the file that is locked.
const LOCK: &str = "lock";

/// A data folder of a real file system. Clones share it.
#[derive(Clone, Debug)]
pub struct RealDisk {
    root: PathBuf,
    /// The files that were written and not yet synced. Their handles stay open because the system tells an error of
    /// writing back to those that were open when it happened, and to others perhaps not.
    unsynced: Arc<Mutex<BTreeMap<String, Arc<File>>>>,
}

/// The lock on a data folder. The system frees it when the process ends, however it ends.
#[derive(Debug)]
pub struct RealLock {
    _locked: File,
}

impl RealDisk {
    /// The data folder at this path, which is made, for its owner's eyes only, if there is none.
    ///
    /// # Errors
    /// What the system says.
    pub fn open(root: impl Into<PathBuf>) -> io::Result<Self> {
        let root = std::path::absolute(root.into())?;
        let missing = root.ancestors().take_while(|folder| !folder.exists()).count();
        DirBuilder::new().recursive(true).mode(0o700).create(&root)?;
        for above in root.ancestors().skip(1).take(missing) {
            sync_names(above)?;
        }
        Ok(Self { root, unsynced: Arc::default() })
    }

    /// Where something in the data folder is, for engines that open files themselves.
    ///
    /// # Errors
    /// `InvalidInput` if it would be elsewhere.
    pub fn path(&self, path: &str) -> io::Result<PathBuf> {
        check_folder(path)?;
        Ok(if path.is_empty() { self.root.clone() } else { self.root.join(path) })
    }

    /// The same, for what cannot be the data folder itself.
    fn inner_path(&self, path: &str) -> io::Result<PathBuf> {
        check_path(path)?;
        self.path(path)
    }

    fn unsynced(&self) -> MutexGuard<'_, BTreeMap<String, Arc<File>>> {
        // No code that could panic runs while it is held.
        self.unsynced.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The file, open until it is synced; made, with its folders, if there is none and it should be.
    fn open_to_write(&self, path: &str, create: bool) -> io::Result<Arc<File>> {
        let full = self.inner_path(path)?;
        let mut unsynced = self.unsynced();
        if let Some(file) = unsynced.get(path) {
            return Ok(Arc::clone(file));
        }
        let open = || OpenOptions::new().read(true).write(true).create(create).truncate(false).open(&full);
        let file = match open() {
            Err(error) if create && error.kind() == io::ErrorKind::NotFound => {
                fs::create_dir_all(self.path(folder_of(path))?)?;
                open()?
            }
            opened => opened?,
        };
        let file = Arc::new(file);
        unsynced.insert(path.into(), Arc::clone(&file));
        Ok(file)
    }

    /// Closes what is open at this path or below it.
    fn forget(&self, path: &str) {
        let at_or_below =
            |name: &str| name.strip_prefix(path).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'));
        self.unsynced().retain(|name, _| !at_or_below(name));
    }
}

impl Disk for RealDisk {
    type Lock = RealLock;

    fn read(&self, path: &str) -> io::Result<Option<Vec<u8>>> {
        found(fs::read(self.inner_path(path)?))
    }

    fn read_at(&self, path: &str, offset: u64, length: usize) -> io::Result<Vec<u8>> {
        let file = File::open(self.inner_path(path)?)?;
        let left = file.metadata()?.len().saturating_sub(offset);
        let mut bytes = vec![0; length.min(usize::try_from(left).unwrap_or(usize::MAX))];
        let mut read = 0;
        while read < bytes.len() {
            match file.read_at(&mut bytes[read..], offset + read as u64) {
                Ok(0) => break,
                Ok(more) => read += more,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
        bytes.truncate(read);
        Ok(bytes)
    }

    fn write_at(&self, path: &str, offset: u64, bytes: &[u8]) -> io::Result<()> {
        self.open_to_write(path, true)?.write_all_at(bytes, offset)
    }

    fn truncate(&self, path: &str, length: u64) -> io::Result<()> {
        let file = self.open_to_write(path, false)?;
        if file.metadata()?.len() > length { file.set_len(length) } else { Ok(()) }
    }

    fn allocate(&self, path: &str, length: u64) -> io::Result<()> {
        let file = self.open_to_write(path, true)?;
        if length > 0 {
            fallocate(&*file, FallocateFlags::empty(), 0, length)?;
        }
        Ok(())
    }

    fn sync(&self, path: &str) -> io::Result<()> {
        let full = self.inner_path(path)?;
        let written = self.unsynced().remove(path);
        match written {
            Some(file) => file.sync_data(),
            None => File::open(full)?.sync_data(),
        }
    }

    fn sync_folder(&self, path: &str) -> io::Result<()> {
        sync_names(&self.path(path)?)
    }

    fn rename(&self, from: &str, to: &str) -> io::Result<()> {
        let (old, new) = (self.inner_path(from)?, self.inner_path(to)?);
        fs::symlink_metadata(&old)?;
        fs::create_dir_all(self.path(folder_of(to))?)?;
        fs::rename(old, new)?;
        self.forget(from);
        self.forget(to);
        Ok(())
    }

    fn remove(&self, path: &str) -> io::Result<()> {
        let full = self.inner_path(path)?;
        self.forget(path);
        let Some(metadata) = found(fs::symlink_metadata(&full))? else { return Ok(()) };
        let removed = if metadata.is_dir() { fs::remove_dir_all(full) } else { fs::remove_file(full) };
        found(removed).map(|_| ())
    }

    fn list(&self, path: &str) -> io::Result<Vec<Item>> {
        let Some(entries) = found(fs::read_dir(self.path(path)?))? else { return Ok(Vec::new()) };
        let mut items = Vec::new();
        for entry in entries {
            let entry = entry?;
            // An engine may delete a file of its own meanwhile.
            let Some(metadata) = found(fs::metadata(entry.path()))? else { continue };
            let length = (!metadata.is_dir()).then_some(metadata.len());
            items.push(Item { name: entry.file_name().to_string_lossy().into_owned(), length });
        }
        items.sort_by(|one, other| one.name.cmp(&other.name));
        Ok(items)
    }

    fn space(&self) -> io::Result<Space> {
        let found = statvfs(&self.root)?;
        Ok(Space {
            free: found.f_bavail.saturating_mul(found.f_frsize),
            total: found.f_blocks.saturating_mul(found.f_frsize),
        })
    }

    fn lock(&self) -> io::Result<RealLock> {
        let path = self.path(LOCK)?;
        let mut file = OpenOptions::new().read(true).write(true).create(true).truncate(false).open(path)?;
        if let Err(error) = flock(&file, FlockOperation::NonBlockingLockExclusive) {
            if error != Errno::WOULDBLOCK {
                return Err(error.into());
            }
            let mut holder = String::new();
            file.read_to_string(&mut holder)?;
            return Err(io::Error::new(io::ErrorKind::WouldBlock, format!("process {holder} holds it")));
        }
        // For whoever comes second. Nothing depends on it.
        file.set_len(0)?;
        file.write_all_at(std::process::id().to_string().as_bytes(), 0)?;
        Ok(RealLock { _locked: file })
    }
}

/// Nothing rather than an error if there is no such thing.
fn found<T>(result: io::Result<T>) -> io::Result<Option<T>> {
    match result {
        Ok(found) => Ok(Some(found)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}

fn sync_names(folder: &Path) -> io::Result<()> {
    File::open(folder)?.sync_all()
}
