//! Room on the disk that is kept for bad times: a file that nobody needs, and that is given back to the disk when it is
//! nearly full, so that the log can go on while new work is refused and old work is finished.
//!
//! What must never be here: what a replica does about a full disk. It is told how things stand; it decides.

use crate::disk::{Disk, Space};
use crate::fault::{Fault, FaultKind};
use crate::limits;

/// The name of the file.
pub(crate) const FILE: &str = "reserve";

/// The file, or the want of it.
#[derive(Debug)]
pub struct Reserve<D> {
    disk: D,
    bytes: u64,
    kept: bool,
}

impl<D: Disk> Reserve<D> {
    /// A reserve of this size, kept if the disk has the room; of size 0, none. See [`Reserve::is_kept`].
    ///
    /// # Errors
    /// A disk that does not answer. That there is no room is no error.
    pub fn keep(disk: D, bytes: u64) -> Result<Self, Fault> {
        let mut reserve = Self { disk, bytes, kept: false };
        if bytes == 0 {
            reserve.release()?;
        } else {
            reserve.restore()?;
        }
        Ok(reserve)
    }

    /// Whether it is there to be released.
    pub const fn is_kept(&self) -> bool {
        self.kept
    }

    /// Gives the room back to the disk.
    ///
    /// # Errors
    /// A disk that does not answer.
    pub fn release(&mut self) -> Result<(), Fault> {
        self.kept = false;
        self.io(self.disk.remove(FILE))?;
        // Until its removal is durable, the room is not free.
        self.io(self.disk.sync_folder(""))
    }

    /// Keeps it again, if it was released and the disk has the room now. Whether it is kept.
    ///
    /// # Errors
    /// A disk that does not answer. That there is no room is no error.
    pub fn restore(&mut self) -> Result<bool, Fault> {
        if self.kept || self.bytes == 0 {
            return Ok(self.kept);
        }
        match self.claim() {
            Ok(()) => self.kept = true,
            // What could be claimed of it is of more use to others.
            Err(fault) if fault.kind == FaultKind::Full => self.release()?,
            Err(fault) => return Err(fault),
        }
        Ok(self.kept)
    }

    fn claim(&self) -> Result<(), Fault> {
        self.io(self.disk.allocate(FILE, self.bytes))?;
        // It may have been greater in an earlier life.
        self.io(self.disk.truncate(FILE, self.bytes))?;
        self.io(self.disk.sync(FILE))?;
        self.io(self.disk.sync_folder(""))
    }

    /// The room on the disk as it would be with the reserve kept. So nothing looks better only because it was released,
    /// and it is not released, restored and released in turns.
    ///
    /// # Errors
    /// A disk that does not answer.
    pub fn space(&self) -> Result<Space, Fault> {
        let space = self.io(self.disk.space())?;
        let owed = if self.kept { 0 } else { self.bytes };
        Ok(Space { free: space.free.saturating_sub(owed), total: space.total })
    }

    fn io<T>(&self, result: std::io::Result<T>) -> Result<T, Fault> {
        result.map_err(|error| Fault::io(FILE, &error))
    }
}

/// How a disk stands.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Standing {
    /// There is room.
    #[default]
    Plenty,
    /// Time to take no new work, and to finish what was begun.
    Low,
    /// Time to release the reserve.
    Critical,
}

impl Standing {
    /// How the disk stands now, if this is how it stood before. It gets worse at once, and better by itself when there is
    /// more than enough room for it: by a margin, so that it does not go to and fro.
    #[must_use]
    pub fn next(self, space: Space, thresholds: &Thresholds) -> Self {
        let below = |threshold: u64, was: bool| {
            space.free < if was { threshold.saturating_add(thresholds.margin) } else { threshold }
        };
        if below(thresholds.critical, matches!(self, Self::Critical)) {
            Self::Critical
        } else if below(thresholds.low, matches!(self, Self::Low | Self::Critical)) {
            Self::Low
        } else {
            Self::Plenty
        }
    }
}

/// What a standing is judged by, in bytes that are free.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Thresholds {
    /// Below this, the disk is [`Standing::Low`].
    pub low: u64,
    /// Below this, it is [`Standing::Critical`].
    pub critical: u64,
    /// How much more than a threshold must be free before it is taken for passed again.
    pub margin: u64,
}

impl Thresholds {
    /// Those for a disk of this size, when these are wanted; on a small disk, a part of it at most.
    #[must_use]
    pub fn of(total: u64, low: u64, critical: u64) -> Self {
        let critical = critical.min(total / limits::DISK_CRITICAL_PART);
        let margin = limits::DISK_MARGIN_BYTES.min(total / limits::DISK_MARGIN_PART).min(critical);
        Self { low: low.min(total / limits::DISK_LOW_PART), critical, margin }
    }
}
