//! A checkpoint of another replica, being received.
//!
//! Its files are written front to back. Now and then they are synced, and then a small file says how far that is, so that
//! an interrupted transfer goes on where it was known to be whole, after a restart too. A state that is written to has
//! another checkpoint each time, most of whose files are those of the last: what an attempt at another one left of a file
//! that is the same by length and hash is taken over. A name says nothing, since names are used again.

use std::collections::BTreeMap;
use std::sync::{Arc, Weak};

use serde::{Deserialize, Serialize};
use xxhash_rust::xxh3::xxh3_128;

use super::{INCOMING, Manifest, Place};
use crate::disk::Disk;
use crate::engine::Engine;
use crate::fault::{Fault, FaultKind};
use crate::frame::{self, Framed};
use crate::limits;

/// How far each file is durable.
#[derive(Default, Serialize, Deserialize)]
struct Progress(Vec<u64>);

impl Framed for Progress {
    const MAGIC: [u8; 4] = *b"RVin";
    const VERSION: u16 = 1;
}

/// A checkpoint on its way in.
pub struct Incoming<E: Engine> {
    place: Place<E::Disk>,
    manifest: Manifest,
    /// How many bytes of each file are written.
    written: Vec<u64>,
    /// How many of them are known to be durable.
    durable: Vec<u64>,
}

/// A checkpoint that is here, whole, verified and durable. For [`crate::book::Book::install`].
pub struct Received<E: Engine> {
    place: Place<E::Disk>,
    manifest: Manifest,
    /// Whoever begins another must know whether this is still wanted: see [`Self::held`].
    held: Arc<()>,
}

impl<E: Engine> Incoming<E> {
    /// Begins to receive, or goes on with what is left of an earlier attempt at the same checkpoint. What is left of
    /// attempts at others is taken over as far as it is the same, and else removed.
    ///
    /// # Errors
    /// What the disk says.
    pub fn begin(disk: &E::Disk, manifest: Manifest) -> Result<Self, Fault> {
        let bytes = manifest.to_bytes();
        let id = format!("{}-{:032x}", manifest.applied.index(), xxh3_128(&bytes));
        let items = disk.list(INCOMING).map_err(|error| Fault::io(INCOMING, &error))?;
        let at = |name: &str| Place { disk: disk.clone(), folder: format!("{INCOMING}/{name}") };
        let others: Vec<_> = items.iter().filter(|item| item.name != id).collect();
        let count = manifest.files.len();
        let mut incoming =
            Self { place: at(&id), manifest, written: vec![0; count], durable: vec![0; count] };
        let known = incoming.place.manifest();
        if incoming.place.io(&known, disk.read(&known))? == Some(bytes.clone()) {
            incoming.written = whole(&incoming.place, &incoming.manifest)?;
            incoming.durable.clone_from(&incoming.written);
        } else {
            let places = others.iter().filter(|item| item.length.is_none()).map(|item| at(&item.name));
            incoming.start(&bytes, places)?;
        }
        for other in others {
            let Place { folder, .. } = at(&other.name);
            disk.remove(&folder).map_err(|error| Fault::io(&folder, &error))?;
        }
        Ok(incoming)
    }

    /// A crash in here leaves a folder without a manifest or without progress, of which nothing is used: what was taken
    /// over is received again.
    fn start(&mut self, manifest: &[u8], others: impl Iterator<Item = Place<E::Disk>>) -> Result<(), Fault> {
        let Place { disk, folder } = self.place.clone();
        self.place.io(&folder, disk.remove(&folder))?;
        for other in others {
            self.take_over(&other)?;
        }
        for file in self.manifest.files.iter().filter(|file| file.length == 0) {
            let path = self.place.path(&file.name);
            self.place.io(&path, disk.write_at(&path, 0, &[]))?;
            self.place.io(&path, disk.sync(&path))?;
        }
        self.place.write_whole(&self.place.manifest(), manifest)?;
        self.place.io(INCOMING, disk.sync_folder(INCOMING))?;
        self.place.io("", disk.sync_folder(""))?;
        if self.written == self.durable { Ok(()) } else { self.settle() }
    }

    /// Moves here what another attempt left of files that are in this checkpoint, too.
    fn take_over(&mut self, other: &Place<E::Disk>) -> Result<(), Fault> {
        let at = other.manifest();
        let Some(bytes) = other.io(&at, other.disk.read(&at))? else { return Ok(()) };
        // What cannot be understood is of no use.
        let Ok(manifest) = Manifest::from_bytes(&bytes) else { return Ok(()) };
        let left = match whole(other, &manifest) {
            Err(fault) if fault.kind == FaultKind::Damaged => return Ok(()),
            left => left?,
        };
        let files = self.manifest.files.iter().zip(&self.written).enumerate();
        let lacking = files.filter(|(_, (_, written))| **written == 0);
        let mut lacking: BTreeMap<_, _> =
            lacking.map(|(at, (file, _))| ((file.length, file.hash), at)).collect();
        for (file, whole) in manifest.files.iter().zip(left).filter(|(_, whole)| *whole > 0) {
            let Some(at) = lacking.remove(&(file.length, file.hash)) else { continue };
            let path = self.place.path(&self.manifest.files[at].name);
            self.place.io(&path, self.place.disk.rename(&other.path(&file.name), &path))?;
            self.written[at] = whole;
        }
        Ok(())
    }

    /// What is being received.
    #[must_use]
    pub const fn manifest(&self) -> &Manifest {
        &self.manifest
    }

    /// How many bytes of a file are here: the next must be those behind them. After a restart this is what was durable.
    ///
    /// # Errors
    /// A file that is not in it.
    pub fn have(&self, file: &str) -> Result<u64, Fault> {
        self.manifest.find(file).map(|at| self.written[at])
    }

    /// Takes the next bytes of a file.
    ///
    /// # Errors
    /// Bytes that are not the next or are too many, or what the disk says.
    pub fn write(&mut self, file: &str, offset: u64, bytes: &[u8]) -> Result<(), Fault> {
        let at = self.manifest.find(file)?;
        let path = self.place.path(file);
        let (have, all) = (self.written[at], self.manifest.files[at].length);
        if offset != have || bytes.len() as u64 > all - have {
            let what = format!("{} bytes at {offset}, after {have} of {all}", bytes.len());
            return Err(Fault::new(FaultKind::Gone, path, what));
        }
        self.place.io(&path, self.place.disk.write_at(&path, offset, bytes))?;
        self.written[at] += bytes.len() as u64;
        let sum = |counts: &[u64]| counts.iter().sum::<u64>();
        if sum(&self.written) - sum(&self.durable) >= limits::SETTLE_BYTES {
            self.settle()?;
        }
        Ok(())
    }

    /// Makes everything written durable, and says so.
    fn settle(&mut self) -> Result<(), Fault> {
        let place = &self.place;
        for (at, file) in self.manifest.files.iter().enumerate() {
            if self.written[at] > self.durable[at] {
                let path = place.path(&file.name);
                place.io(&path, place.disk.sync(&path))?;
            }
        }
        let files = place.files();
        place.io(&files, place.disk.sync_folder(&files))?;
        place.io(&place.folder, place.disk.sync_folder(&place.folder))?;
        place.write_whole(&progress(place), &frame::encode(&Progress(self.written.clone())))?;
        self.durable.clone_from(&self.written);
        Ok(())
    }

    /// Verifies every length and hash, and makes everything durable.
    ///
    /// # Errors
    /// What is missing or damaged; a damaged file is dropped, so that the next attempt receives it again. Or what the
    /// disk says.
    pub fn finish(mut self) -> Result<Received<E>, Fault> {
        self.place.check_lengths(&self.manifest)?;
        for at in 0..self.manifest.files.len() {
            if let Err(fault) = self.place.check_hash(&self.manifest.files[at]) {
                if fault.kind == FaultKind::Damaged {
                    self.drop_file(at)?;
                }
                return Err(fault);
            }
        }
        self.settle()?;
        Ok(Received { place: self.place, manifest: self.manifest, held: Arc::default() })
    }

    fn drop_file(&mut self, at: usize) -> Result<(), Fault> {
        self.written[at] = 0;
        self.settle()?;
        let path = self.place.path(&self.manifest.files[at].name);
        self.place.io(&path, self.place.disk.truncate(&path, 0))
    }
}

fn progress<D: Disk>(place: &Place<D>) -> String {
    format!("{}/progress", place.folder)
}

/// How much of each file is known to be whole of what an attempt left. The rest is dropped.
fn whole<D: Disk>(place: &Place<D>, manifest: &Manifest) -> Result<Vec<u64>, Fault> {
    let at = progress(place);
    let known: Vec<u64> = match place.io(&at, place.disk.read(&at))? {
        // Progress that cannot be read is none.
        Some(bytes) => frame::decode::<Progress>(&bytes, &at).unwrap_or_default().0,
        None => Vec::new(),
    };
    let mut whole = vec![0; manifest.files.len()];
    for (name, length) in place.lengths()? {
        let path = place.path(&name);
        let Ok(file) = manifest.find(&name) else {
            place.io(&path, place.disk.remove(&path))?;
            continue;
        };
        let said = known.get(file).copied().unwrap_or(0);
        let sound = if said > length.min(manifest.files[file].length) { 0 } else { said };
        place.io(&path, place.disk.truncate(&path, sound))?;
        whole[file] = sound;
    }
    Ok(whole)
}

impl<E: Engine> Received<E> {
    /// What it is.
    #[must_use]
    pub const fn manifest(&self) -> &Manifest {
        &self.manifest
    }

    /// Alive as long as somebody holds it. Its files lie where others come in, so until then nothing may be received.
    #[must_use]
    pub fn held(&self) -> Weak<()> {
        Arc::downgrade(&self.held)
    }

    pub(crate) fn files(&self) -> String {
        self.place.files()
    }

    pub(crate) fn folder(&self) -> String {
        self.place.folder.clone()
    }

    /// Removes what an install leaves behind.
    pub(crate) fn remove(self) {
        self.place.remove();
    }
}
