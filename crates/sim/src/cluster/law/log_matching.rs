//! One content for each log id, over all nodes and all their lives, and one log before it: applied or not, durable or not. No
//! id is ever written twice.

use std::collections::BTreeMap;

use reeve_store::log::{Chain, LogId};

use super::Violation;

/// All places that were seen in any log.
#[derive(Debug, Default)]
pub struct Places {
    /// The hash of the log up to there, and the machines whose log had it.
    known: BTreeMap<LogId, (Chain, Vec<u64>)>,
}

impl Places {
    /// This is in the log of this machine.
    ///
    /// # Errors
    /// Another log was seen up to an entry of this name.
    pub fn see(&mut self, seat: u64, id: LogId, chain: Chain) -> Result<(), Violation> {
        let (known, seats) = self.known.entry(id).or_insert_with(|| (chain, Vec::new()));
        if *known == chain {
            if !seats.contains(&seat) {
                seats.push(seat);
            }
            return Ok(());
        }
        let what = format!("machine {seat} has {id:?} after {chain:?}, and machines {seats:?} had {known:?}");
        Err(Violation { law: "log_matching", what })
    }

    /// Whether another machine was seen to have entries after this one that are of the same term: what the leader of the
    /// term had sent away before it had it itself, if this is where its log ends after a restart.
    #[must_use]
    pub fn others_went_on(&self, seat: u64, term: u64, last: Option<LogId>) -> bool {
        let mut term = self.known.range(LogId { term, index: 0 }..=LogId { term, index: u64::MAX });
        term.any(|(id, (_, seats))| Some(*id) > last && seats.iter().any(|at| *at != seat))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ONE: Chain = Chain([1; 16]);
    const OTHER: Chain = Chain([2; 16]);

    const fn id(term: u64, index: u64) -> LogId {
        LogId { term, index }
    }

    #[test]
    fn one_id_has_one_log_behind_it() {
        let mut places = Places::default();
        for seat in 1..=3 {
            assert_eq!(places.see(seat, id(8, 4_274), ONE), Ok(()));
        }
        assert_eq!(places.see(2, id(9, 4_274), OTHER), Ok(()), "another term may write there anew");
        let violation = places.see(1, id(8, 4_274), OTHER).unwrap_err();
        assert_eq!(violation.law, "log_matching");
    }

    #[test]
    fn what_a_leader_lost_and_others_have_is_known() {
        let mut places = Places::default();
        let went_on = |places: &Places, last| places.others_went_on(1, 8, last);
        places.see(1, id(8, 4), ONE).unwrap();
        places.see(1, id(8, 5), ONE).unwrap();
        assert!(!went_on(&places, Some(id(8, 4))), "nobody else had it");
        places.see(2, id(8, 5), ONE).unwrap();
        assert!(went_on(&places, Some(id(8, 4))));
        assert!(went_on(&places, Some(id(7, 9))));
        assert!(went_on(&places, None));
        assert!(!went_on(&places, Some(id(8, 5))));
        assert!(!went_on(&places, Some(id(9, 1))));
    }
}
