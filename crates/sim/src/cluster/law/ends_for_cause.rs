//! A process ends by itself only when its disk failed it, in time when it is told to, and none is found to have forgotten
//! anything on an honest disk. Only who stands on a disk that rots is ever told by the others that it differs, or lacks what
//! it acknowledged: what rots behind its mark it cannot see itself.

use super::Violation;
use crate::cluster::limits;

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
    if why.contains(reeve_node::CONDEMNED) && !excuse.rot {
        let what = format!("machine {seat} was outvoted, and had seen nothing itself: {why}");
        return Err(Violation { law: "no_quarantine", what });
    }
    if excuse.rot || (excuse.trouble && !why.starts_with("Amnesia")) {
        return Ok(());
    }
    let law = if why.starts_with("Amnesia") { "no_amnesia" } else { "ends_for_cause" };
    Err(Violation { law, what: format!("machine {seat} ended by itself: {why}") })
}

/// A process of this machine panicked: whatever was done to it, it says why it ends, and ends.
///
/// # Errors
/// Always.
pub fn panicked(seat: u64, what: &str) -> Result<(), Violation> {
    Err(Violation { law: "no_panic", what: format!("machine {seat}: {what}") })
}

/// A process of this machine was told to stop in order, and did not come to an end in the time that a server grants.
///
/// # Errors
/// Always: no disk that hesitates and no cut network takes that long.
pub fn stopped_late(seat: u64) -> Result<(), Violation> {
    let what = format!("machine {seat} was told to stop, and did not within {:?}", limits::STOP_GRACE);
    Err(Violation { law: "stops_in_time", what })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn law(why: &str, trouble: bool, rot: bool) -> Option<&'static str> {
        ended(1, why, Excuse { trouble, rot }).err().map(|violation| violation.law)
    }

    #[test]
    fn an_end_needs_a_reason() {
        assert_eq!(law("Fault(the log is gone)", false, false), Some("ends_for_cause"));
        assert_eq!(law("Fault(the disk is full)", true, false), None);
        assert_eq!(law("Fault(a frame does not check)", true, true), None);
    }

    #[test]
    fn only_a_disk_that_rots_forgets() {
        assert_eq!(law("Amnesia(below the mark)", false, false), Some("no_amnesia"));
        assert_eq!(law("Amnesia(below the mark)", true, false), Some("no_amnesia"));
        assert_eq!(law("Amnesia(below the mark)", true, true), None);
    }

    #[test]
    fn only_a_disk_that_rots_makes_a_replica_differ_unseen() {
        for (trouble, rot, broken) in
            [(false, false, Some("no_quarantine")), (true, false, Some("no_quarantine")), (true, true, None)]
        {
            assert_eq!(law(reeve_node::CONDEMNED, trouble, rot), broken);
        }
    }

    #[test]
    fn a_panic_has_no_excuse() {
        assert_eq!(panicked(1, "by the test").unwrap_err().law, "no_panic");
    }

    #[test]
    fn neither_has_a_late_stop() {
        assert_eq!(stopped_late(1).unwrap_err().law, "stops_in_time");
    }
}
