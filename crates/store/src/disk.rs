//! The seam to a disk: the small files of a replica, and the files of checkpoints. Paths are relative to the data folder,
//! with `/` between names; one that leads out of it is `InvalidInput`. `""` is the data folder itself, for those that
//! take a folder.
//!
//! A write is volatile until its file is synced; a name, its rename or its removal until its folder is. Removing a folder
//! is no single step: a crash may leave some of it. Nothing else is promised, and an error leaves the outcome unknown. The
//! simulator's disk holds to exactly this and no more. Whether a folder that is empty is there at all differs from disk to
//! disk.

use std::io;

pub mod memory;
pub mod real;

/// A data folder.
pub trait Disk: Clone + Send + Sync + 'static {
    /// Proof that no other process has this folder; freed on drop.
    type Lock: Send + Sync + 'static;

    /// The whole file; `None` if there is none.
    fn read(&self, path: &str) -> io::Result<Option<Vec<u8>>>;

    /// Up to `length` bytes at `offset`; fewer only at the end of the file.
    fn read_at(&self, path: &str, offset: u64, length: usize) -> io::Result<Vec<u8>>;

    /// Writes at `offset`, and creates the file and its folders as needed.
    fn write_at(&self, path: &str, offset: u64, bytes: &[u8]) -> io::Result<()>;

    /// Cuts the file to this length; one that is no longer stays as it is.
    fn truncate(&self, path: &str, length: u64) -> io::Result<()>;

    /// Claims `length` bytes of disk for the file, so that later writes within them cannot find it full. The file is at
    /// least so long from then on, with zeros where nothing was written.
    fn allocate(&self, path: &str, length: u64) -> io::Result<()>;

    /// Makes the file's bytes and length durable.
    fn sync(&self, path: &str) -> io::Result<()>;

    /// Makes the names in the folder durable.
    fn sync_folder(&self, path: &str) -> io::Result<()>;

    /// Makes the names in the folder durable, and the folder's own, and those of all that it is in.
    fn sync_upwards(&self, path: &str) -> io::Result<()> {
        let mut folder = path;
        while !folder.is_empty() {
            self.sync_folder(folder)?;
            folder = folder_of(folder);
        }
        self.sync_folder("")
    }

    /// Renames a file or a folder, and creates the folders above the new name as needed; one that has that name is
    /// replaced (a file) or must be empty (a folder).
    fn rename(&self, from: &str, to: &str) -> io::Result<()>;

    /// Removes a file, or a folder with all that is in it. What is not there is removed already.
    fn remove(&self, path: &str) -> io::Result<()>;

    /// What is in a folder, in order of names; nothing if there is no such folder.
    fn list(&self, path: &str) -> io::Result<Vec<Item>>;

    /// How much room there is.
    fn space(&self) -> io::Result<Space>;

    /// Takes the folder for this process; `WouldBlock`, saying who, if another has it.
    fn lock(&self) -> io::Result<Self::Lock>;
}

/// One name in a folder.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Item {
    /// Its name, without the folder.
    pub name: String,
    /// The length of a file; `None` for a folder.
    pub length: Option<u64>,
}

/// The room on a disk, in bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Space {
    /// What this process may still write.
    pub free: u64,
    /// The size of the disk.
    pub total: u64,
}

/// The folder that something is in; `""` for what is in the data folder.
#[must_use]
pub fn folder_of(path: &str) -> &str {
    path.rsplit_once('/').map_or("", |(folder, _)| folder)
}

/// Refuses a path that is not made of plain names: every disk begins with this.
///
/// # Errors
/// `InvalidInput`.
pub fn check_path(path: &str) -> io::Result<()> {
    let plain = |name: &str| !matches!(name, "" | "." | "..") && !name.contains('\0');
    if path.split('/').all(plain) { Ok(()) } else { Err(no_path(path)) }
}

/// The same for a folder, which the data folder may be.
///
/// # Errors
/// `InvalidInput`.
pub fn check_folder(path: &str) -> io::Result<()> {
    if path.is_empty() { Ok(()) } else { check_path(path) }
}

fn no_path(path: &str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidInput, format!("`{path}` is not a path inside the data folder"))
}
