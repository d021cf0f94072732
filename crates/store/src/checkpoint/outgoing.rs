//! A checkpoint of this replica, being served.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, PoisonError};

use bytes::Bytes;

use super::{FOLDER, FileOf, Manifest, Place};
use crate::book::Applied;
use crate::disk::Disk;
use crate::engine::Engine;
use crate::fault::Fault;
use crate::limits;

/// A checkpoint. Clones share it; its files go with the last one.
#[derive(Clone)]
pub struct Checkpoint<E: Engine> {
    inner: Arc<Inner<E>>,
}

struct Inner<E: Engine> {
    place: Kept<E>,
    manifest: Manifest,
    /// Files whose bytes were found to be what the manifest says.
    verified: Mutex<BTreeSet<usize>>,
}

/// A folder that goes with its owner.
struct Kept<E: Engine>(Place<E::Disk>);

impl<E: Engine> Drop for Kept<E> {
    fn drop(&mut self) {
        self.0.remove();
    }
}

impl<E: Engine> Checkpoint<E> {
    /// Writes the manifest of the files that an engine has put there.
    pub(crate) fn new(place: Place<E::Disk>, cluster: u128, applied: Applied) -> Result<Self, Fault> {
        let kept = Kept::<E>(place);
        let place = &kept.0;
        let mut files = Vec::new();
        for (name, length) in place.lengths()? {
            let hash = place.hash(&name)?;
            files.push(FileOf { name, length, hash });
        }
        let manifest = Manifest { cluster, applied, files };
        place.write_whole(&place.manifest(), &manifest.to_bytes())?;
        place.io(FOLDER, place.disk.sync_folder(FOLDER))?;
        Ok(Self { inner: Arc::new(Inner { place: kept, manifest, verified: Mutex::default() }) })
    }

    /// What it is.
    #[must_use]
    pub fn manifest(&self) -> &Manifest {
        &self.inner.manifest
    }

    /// Up to `max` bytes of a file; none at its end. Before the first piece of a file leaves, all of it is verified.
    ///
    /// # Errors
    /// A file that is not in it, damage, or what the disk says.
    pub fn chunk(&self, file: &str, offset: u64, max: usize) -> Result<Bytes, Fault> {
        let at = self.inner.manifest.find(file)?;
        self.verify(at)?;
        let (place, length) = (&self.inner.place.0, max.min(limits::PIECE_BYTES_MAX));
        let path = place.path(file);
        place.io(&path, place.disk.read_at(&path, offset, length)).map(Bytes::from)
    }

    fn verify(&self, at: usize) -> Result<(), Fault> {
        let Inner { place, manifest, verified } = &*self.inner;
        let is_verified = verified.lock().unwrap_or_else(PoisonError::into_inner).contains(&at);
        if is_verified {
            return Ok(());
        }
        place.0.check_lengths(manifest)?;
        place.0.check_hash(&manifest.files[at])?;
        verified.lock().unwrap_or_else(PoisonError::into_inner).insert(at);
        Ok(())
    }
}
