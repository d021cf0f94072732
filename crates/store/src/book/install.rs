//! Checkpoints out, installs in.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use super::folder::{self, Held};
use super::{Applied, Book, Desk, Floors, mark};
use crate::checkpoint::{self, Checkpoint, Received};
use crate::disk::Disk;
use crate::engine::{Engine, Room};
use crate::fault::{Fault, FaultKind};

impl<E: Engine> Book<E> {
    /// Flushes, and makes a checkpoint of the database: its files, and a manifest that tells what must be in them.
    ///
    /// # Errors
    /// What the disk says. What was begun is removed.
    pub fn checkpoint(&self) -> Result<Checkpoint<E>, Fault> {
        let mut pen = self.pen();
        let applied = self.flush_with(&mut pen)?;
        let number = self.inner.checkpoints.fetch_add(1, Ordering::Relaxed);
        let place = checkpoint::Place::outgoing(&self.inner.disk, applied.index(), number);
        let held = Arc::clone(&self.desk().held);
        held.engine.checkpoint(&place.files())?;
        // What follows only reads files that nobody changes any more.
        drop(pen);
        Checkpoint::new(place, self.inner.cluster, applied)
    }

    /// Puts a received and verified state in the place of the present one. The rename of its folder is the point at
    /// which it counts: whoever starts after that finds it, and before that the old one.
    ///
    /// # Errors
    /// A state of another cluster, or one that is behind what is applied here, is refused, and nothing is changed. An
    /// error of the disk after the commit point leaves a book that can be read and no longer flushed.
    pub fn install(&self, received: Received<E>) -> Result<Applied, Fault> {
        let mut floors = self.pen();
        let manifest = received.manifest();
        let old = self.desk().held.folder.number;
        self.refuse(manifest)?;
        let applied = manifest.applied.clone();
        self.probe(&received.files(), &applied)?;
        let number = old + 1;
        let name = folder::name(number);
        // From here on an error means that only the disk knows which state counts.
        self.desk().cut_off = true;
        let io = |error: &std::io::Error| Fault::io(&name, error);
        let disk = &self.inner.disk;
        disk.rename(&received.files(), &name).map_err(|error| io(&error))?;
        disk.sync_folder("").map_err(|error| io(&error))?;
        disk.sync_folder(&received.folder()).map_err(|error| io(&error))?;
        let held = Held::<E>::open(disk, number)?;
        let marks = mark::get(&held.engine, &name, self.inner.cluster)?;
        let kept = marks.as_ref().map(|(_, kept)| *kept);
        let fresh = Desk::new(held, marks)?;
        let before = {
            let mut desk = self.desk();
            std::mem::replace(&mut *desk, fresh)
        };
        *floors = Floors::of(kept);
        before.held.folder.supersede();
        drop(before);
        received.remove();
        Ok(applied)
    }

    fn refuse(&self, manifest: &checkpoint::Manifest) -> Result<(), Fault> {
        let refused = |kind, what: String| Err(Fault::new(kind, "the received checkpoint", what));
        if manifest.cluster != self.inner.cluster {
            return refused(FaultKind::Foreign, "it belongs to another cluster".into());
        }
        let applied = self.desk().applied.clone();
        let (theirs, ours) = (manifest.applied.index(), applied.index());
        if theirs < ours {
            return refused(FaultKind::Gone, format!("it ends at {theirs}, and {ours} is applied here"));
        }
        if manifest.applied.era < applied.era {
            return refused(FaultKind::Foreign, "it belongs to an earlier era".into());
        }
        if self.desk().cut_off {
            return refused(FaultKind::Io, "an install was cut off before: start again".into());
        }
        Ok(())
    }

    /// Opens the received database where it lies, so that one that cannot be opened never takes the other's place.
    fn probe(&self, files: &str, applied: &Applied) -> Result<(), Fault> {
        let engine = E::open(&self.inner.disk, files, Room::State)?;
        match mark::get(&engine, files, self.inner.cluster)? {
            Some((found, _)) if found == *applied => Ok(()),
            Some(_) | None => Err(Fault::damaged(files, "its mark is not what its manifest says")),
        }
    }
}
