//! How fast a disk is: some small writes, each synced, before anything depends on it.
//!
//! What must never be here: a clock (whoever asks has one), and what a slow disk means.

use std::time::Duration;

use crate::disk::Disk;
use crate::fault::Fault;
use crate::limits;

/// The name of the file that is written for it, and removed.
pub(crate) const FILE: &str = "probe";

/// The median time of a small write and its sync. `clock` says how much time has passed since some start. Ends soon on a
/// slow disk too, with fewer writes.
///
/// # Errors
/// A disk that refuses.
pub fn median_sync<D: Disk>(disk: &D, clock: impl Fn() -> Duration) -> Result<Duration, Fault> {
    let told = |error: &std::io::Error| Fault::io(FILE, error);
    let (begun, mut took) = (clock(), Vec::with_capacity(limits::PROBE_WRITES));
    while took.len() < limits::PROBE_WRITES {
        let before = clock();
        if !took.is_empty() && (before - begun).as_millis() >= u128::from(limits::PROBE_MS) {
            break;
        }
        let offset = (took.len() * limits::PROBE_BYTES) as u64;
        disk.write_at(FILE, offset, &[1; limits::PROBE_BYTES]).map_err(|error| told(&error))?;
        disk.sync(FILE).map_err(|error| told(&error))?;
        took.push(clock() - before);
    }
    disk.remove(FILE).map_err(|error| told(&error))?;
    took.sort_unstable();
    Ok(took.get(took.len() / 2).copied().unwrap_or_default())
}
