//! How fast a disk is: some small writes, each synced, before anything depends on it.
//!
//! What must never be here: a clock (whoever asks has one), and what a slow disk means.

use std::io;
use std::time::Duration;

use crate::disk::Disk;
use crate::fault::Fault;
use crate::limits;

/// The name of the file that is written for it, and removed.
pub(crate) const FILE: &str = "probe";

/// The median time of a small write and its sync. `clock` says how much time has passed since some start. Ends soon on a
/// slow disk too, with fewer writes. Nothing is left behind.
///
/// # Errors
/// A disk that refuses.
pub fn median_sync<D: Disk>(disk: &D, clock: impl Fn() -> Duration) -> Result<Duration, Fault> {
    let measured = measure(disk, clock);
    let removed = disk.remove(FILE);
    let mut took = measured.map_err(|error| Fault::io(FILE, &error))?;
    removed.map_err(|error| Fault::io(FILE, &error))?;
    took.sort_unstable();
    Ok(took.get(took.len() / 2).copied().unwrap_or_default())
}

fn measure<D: Disk>(disk: &D, clock: impl Fn() -> Duration) -> io::Result<Vec<Duration>> {
    let (begun, mut took) = (clock(), Vec::with_capacity(limits::PROBE_WRITES));
    while took.len() < limits::PROBE_WRITES {
        let before = clock();
        if !took.is_empty() && (before - begun).as_millis() >= u128::from(limits::PROBE_MS) {
            break;
        }
        let offset = (took.len() * limits::PROBE_BYTES) as u64;
        disk.write_at(FILE, offset, &[1; limits::PROBE_BYTES])?;
        disk.sync(FILE)?;
        took.push(clock() - before);
    }
    Ok(took)
}
