//! Checkpoints: whole databases of records on their way from one replica to another.
//!
//! A checkpoint is a folder of files, and a manifest that says what must be in them. Whoever serves one verifies each
//! file before its first piece leaves; whoever receives one verifies all of it before it is installed.

mod incoming;
mod outgoing;

use serde::{Deserialize, Serialize};
use xxhash_rust::xxh3::Xxh3;

use crate::book::Applied;
use crate::book::mark::AppliedV1;
use crate::disk::Disk;
use crate::fault::{Fault, FaultKind};
use crate::frame::{self, Framed};
use crate::limits;

pub use incoming::{Incoming, Received};
pub use outgoing::Checkpoint;

/// Where outgoing checkpoints are.
pub(crate) const FOLDER: &str = "checkpoints";
/// Where an incoming one is.
pub(crate) const INCOMING: &str = "incoming";

/// One file of a checkpoint.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FileOf {
    /// Its name.
    pub name: String,
    /// Its length in bytes.
    pub length: u64,
    /// The xxh3-128 of its bytes.
    pub hash: u128,
}

/// What a checkpoint is: which state of which cluster, in which files.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Manifest {
    /// The cluster.
    pub cluster: u128,
    /// Its last entry, and what was true after it, the era included.
    pub applied: Applied,
    /// Its files, in order of names.
    pub files: Vec<FileOf>,
}

/// How a manifest is written, in version 1 for ever.
#[derive(Serialize, Deserialize)]
struct ManifestV1 {
    cluster: u128,
    applied: AppliedV1,
    files: Vec<FileOf>,
}

impl Framed for ManifestV1 {
    const MAGIC: [u8; 4] = *b"RVcp";
    const VERSION: u16 = 1;
}

impl Manifest {
    /// Its bytes: on the disk, and on the wire.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        let Self { cluster, applied, files } = self;
        let written = ManifestV1 { cluster: *cluster, applied: applied.into(), files: files.clone() };
        frame::encode(&written)
    }

    /// Reads a manifest that came from elsewhere, without trust.
    ///
    /// # Errors
    /// Damage, a newer format, or names that are no names of files.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, Fault> {
        let at = "the manifest of a checkpoint";
        let ManifestV1 { cluster, applied, files } = frame::decode(bytes, at)?;
        if files.len() > limits::CHECKPOINT_FILES_MAX {
            return Err(Fault::damaged(at, "too many files"));
        }
        if !files.is_sorted_by(|one, other| one.name < other.name) {
            return Err(Fault::damaged(at, "its files are out of order"));
        }
        if let Some(file) = files.iter().find(|file| !is_name(&file.name)) {
            return Err(Fault::damaged(at, format!("{:?} is no name of a file", file.name)));
        }
        Ok(Self { cluster, applied: applied.into(), files })
    }

    /// The place of a file in the list.
    fn find(&self, name: &str) -> Result<usize, Fault> {
        self.files
            .binary_search_by(|file| file.name.as_str().cmp(name))
            .map_err(|_| Fault::new(FaultKind::Gone, name, "the checkpoint has no such file"))
    }
}

/// Names of files come from another machine and become part of paths.
fn is_name(name: &str) -> bool {
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-' | b'_');
    (1..=255).contains(&name.len()) && name.bytes().all(is_plain) && name != "." && name != ".."
}

/// The folder of a checkpoint: a manifest, and the files in a folder of their own.
#[derive(Clone)]
pub(crate) struct Place<D: Disk> {
    disk: D,
    folder: String,
}

impl<D: Disk> Place<D> {
    /// The place of an outgoing checkpoint.
    pub(crate) fn outgoing(disk: &D, index: u64, number: u64) -> Self {
        Self { disk: disk.clone(), folder: format!("{FOLDER}/{index}-{number}") }
    }

    /// Where its files are.
    pub(crate) fn files(&self) -> String {
        format!("{}/files", self.folder)
    }

    fn path(&self, file: &str) -> String {
        format!("{}/files/{file}", self.folder)
    }

    fn manifest(&self) -> String {
        format!("{}/manifest", self.folder)
    }

    fn io<T>(&self, at: &str, result: std::io::Result<T>) -> Result<T, Fault> {
        result.map_err(|error| Fault::io(at, &error))
    }

    /// Writes a small file so that it is whole or not there, whatever happens.
    fn write_whole(&self, path: &str, bytes: &[u8]) -> Result<(), Fault> {
        let fresh = format!("{path}.new");
        self.io(&fresh, self.disk.remove(&fresh))?;
        self.io(&fresh, self.disk.write_at(&fresh, 0, bytes))?;
        self.io(&fresh, self.disk.sync(&fresh))?;
        self.io(path, self.disk.rename(&fresh, path))?;
        self.io(path, self.disk.sync_folder(&self.folder))
    }

    /// The names and lengths of its files.
    fn lengths(&self) -> Result<Vec<(String, u64)>, Fault> {
        let files = self.files();
        let items = self.io(&files, self.disk.list(&files))?;
        items
            .into_iter()
            .map(|item| match item.length {
                Some(length) => Ok((item.name, length)),
                None => Err(Fault::damaged(&files, format!("{} is a folder", item.name))),
            })
            .collect()
    }

    /// The hash of a whole file.
    fn hash(&self, file: &str) -> Result<u128, Fault> {
        let path = self.path(file);
        let (mut hasher, mut offset) = (Xxh3::new(), 0);
        loop {
            let bytes = self.io(&path, self.disk.read_at(&path, offset, limits::HASH_BYTES))?;
            if bytes.is_empty() {
                return Ok(hasher.digest128());
            }
            hasher.update(&bytes);
            offset += bytes.len() as u64;
        }
    }

    /// Insists that there are these files, of these lengths, and no others.
    fn check_lengths(&self, manifest: &Manifest) -> Result<(), Fault> {
        let found = self.lengths()?;
        let mut wanted = manifest.files.iter();
        for (name, length) in found {
            match wanted.next() {
                Some(file) if file.name == name && file.length == length => {}
                Some(file) if file.name == name => {
                    let what = format!("it has {length} bytes instead of {}", file.length);
                    return Err(Fault::damaged(self.path(&name), what));
                }
                Some(file) if file.name < name => {
                    return Err(Fault::damaged(self.path(&file.name), "it is missing"));
                }
                Some(_) | None => {
                    return Err(Fault::damaged(self.path(&name), "it is not in the manifest"));
                }
            }
        }
        match wanted.next() {
            Some(file) => Err(Fault::damaged(self.path(&file.name), "it is missing")),
            None => Ok(()),
        }
    }

    /// Insists that a file has the bytes that the manifest says.
    fn check_hash(&self, file: &FileOf) -> Result<(), Fault> {
        if self.hash(&file.name)? == file.hash {
            return Ok(());
        }
        Err(Fault::damaged(self.path(&file.name), "its bytes are not those of the manifest"))
    }

    /// Removes all of it; what cannot be removed now is removed at the next opening.
    fn remove(&self) {
        if let Err(error) = self.disk.remove(&self.folder) {
            tracing::warn!(folder = self.folder, %error, "a checkpoint was not removed");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::log::{Chain, LogId};
    use bytes::Bytes;
    use reeve_core::name::{Era, Revision};

    /// Bytes that were written once: never edited, because disks and other builds hold such.
    const FOSSIL: &str = "525663700001000000a00000000000000000000000000000feed010000000000000003000000000001117000000000000111\
        6f0000001000000000000000000000000000000000000000000000000000000005010000000000000002000000000000012c\
        00000000000000086f6e652c2074776f000000010000000000000001000000000000000a3030303031322e73737400000000\
        040000000000000000000000000000000000004d48ff1fa8838e5585";

    #[test]
    fn fossils_keep_their_meaning() {
        let applied = Applied {
            id: Some(LogId { term: 3, index: 70_000 }),
            revision: Revision(69_999),
            digest: 1 << 100,
            chain: Chain(5_u128.to_be_bytes()),
            membership_id: Some(LogId { term: 2, index: 300 }),
            membership: Bytes::from_static(b"one, two"),
            era: Era { group: 0, era: 1 },
        };
        let files = vec![FileOf { name: "000012.sst".into(), length: 1 << 26, hash: 77 }];
        let manifest = Manifest { cluster: 0xfeed, applied, files };
        let hex: String = manifest.to_bytes().iter().map(|byte| format!("{byte:02x}")).collect();
        assert_eq!(hex, FOSSIL);
        assert_eq!(Manifest::from_bytes(&manifest.to_bytes()).unwrap(), manifest);
    }
}
