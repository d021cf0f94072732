//! Whoever leads has all that was committed before it was elected.

use reeve_store::log::LogId;

use super::Violation;

/// A machine leads, and nobody has voted in a later term: what anybody has applied is in its log, or was and is purged.
///
/// # Errors
/// It is not.
pub fn leads(seat: u64, term: u64, applied: LogId, has: bool) -> Result<(), Violation> {
    if has || applied.term > term {
        return Ok(());
    }
    let what = format!("machine {seat} leads in term {term} without {applied:?}, which somebody has applied");
    Err(Violation { law: "leader_complete", what })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_leads_has_what_was_applied() {
        let applied = LogId { term: 3, index: 7 };
        assert_eq!(leads(1, 4, applied, true), Ok(()));
        assert_eq!(leads(1, 2, applied, false), Ok(()), "it does not know yet that another leads");
        assert_eq!(leads(1, 4, applied, false).unwrap_err().law, "leader_complete");
    }
}
