//! Folders: which `state.<n>` counts, and when an older one goes.

use std::sync::atomic::{AtomicBool, Ordering};

use crate::disk::Disk;
use crate::engine::{Engine, Room};
use crate::fault::Fault;

/// The name of the folder with this number.
pub(super) fn name(number: u64) -> String {
    format!("state.{number}")
}

fn number(name: &str) -> Option<u64> {
    let number = name.strip_prefix("state.")?.parse().ok()?;
    // One name for each number.
    (self::name(number) == name).then_some(number)
}

/// The numbers of all folders, the highest first.
pub(super) fn numbers<D: Disk>(disk: &D) -> Result<Vec<u64>, Fault> {
    let items = disk.list("").map_err(|error| Fault::io("", &error))?;
    let mut numbers: Vec<u64> =
        items.iter().filter(|item| item.length.is_none()).filter_map(|item| number(&item.name)).collect();
    numbers.sort_unstable_by(|one, other| other.cmp(one));
    Ok(numbers)
}

/// An open database in its folder. Views hold on to it.
pub(super) struct Held<E: Engine> {
    // Dropped in this order: nothing is removed under an open database.
    pub engine: E,
    pub folder: Folder<E::Disk>,
}

impl<E: Engine> Held<E> {
    pub(super) fn open(disk: &E::Disk, number: u64) -> Result<Self, Fault> {
        E::open(disk, &name(number), Room::State).map(|engine| Self::of(engine, disk, number))
    }

    /// The same, to be looked at only.
    pub(super) fn open_to_read(disk: &E::Disk, number: u64) -> Result<Option<Self>, Fault> {
        let engine = E::open_to_read(disk, &name(number), Room::State)?;
        Ok(engine.map(|engine| Self::of(engine, disk, number)))
    }

    fn of(engine: E, disk: &E::Disk, number: u64) -> Self {
        Self { engine, folder: Folder { disk: disk.clone(), number, superseded: AtomicBool::new(false) } }
    }
}

/// A folder that goes with its last user, once another has taken its place.
pub(super) struct Folder<D: Disk> {
    disk: D,
    pub number: u64,
    superseded: AtomicBool,
}

impl<D: Disk> Folder<D> {
    pub(super) fn supersede(&self) {
        self.superseded.store(true, Ordering::Release);
    }
}

impl<D: Disk> Drop for Folder<D> {
    fn drop(&mut self) {
        if self.superseded.load(Ordering::Acquire) {
            let name = name(self.number);
            // What cannot be removed now is removed when the book is opened next.
            if let Err(error) = self.disk.remove(&name) {
                tracing::warn!(folder = name, %error, "an old database was not removed");
            }
        }
    }
}
