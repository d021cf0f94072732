//! A process ends by itself only when its disk failed it, and none is found to have forgotten anything on an honest disk.

use super::Violation;

/// What was done to a machine's disk since it was last known to be sound.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Excuse {
    /// It was full, or a sync failed.
    pub trouble: bool,
    /// Bits were flipped.
    pub rot: bool,
}

/// A process of this machine ended by itself, or never came to run.
///
/// # Errors
/// There was no reason for it.
pub fn ended(seat: u64, why: &str, excuse: Excuse) -> Result<(), Violation> {
    if excuse.rot || (excuse.trouble && !why.starts_with("Amnesia")) {
        return Ok(());
    }
    let law = if why.starts_with("Amnesia") { "no_amnesia" } else { "ends_for_cause" };
    Err(Violation { law, what: format!("machine {seat} ended by itself: {why}") })
}
