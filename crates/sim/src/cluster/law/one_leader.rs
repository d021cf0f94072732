//! One leader for each term, and one process of it; one vote for each term of each voter.

use std::collections::BTreeMap;

use reeve_store::log::Vote;

use super::Violation;
use crate::cluster::life::Life;

/// What the wire and the offices tell of elections.
#[derive(Debug, Default)]
pub struct Elections {
    /// Who leads in each term, and in which of its lives.
    leaders: BTreeMap<u64, (u64, u32)>,
    /// Whom each voter voted for in each term.
    votes: BTreeMap<(u64, u64), u64>,
    broken: Option<Violation>,
}

impl Elections {
    /// This process acts as the leader of a term.
    pub fn leads(&mut self, term: u64, life: &Life) {
        let process = (life.node(), life.run());
        let known = *self.leaders.entry(term).or_insert(process);
        if known != process {
            let what = format!("term {term} is led by machine and run {process:?}, and was by {known:?}");
            self.broken.get_or_insert(Violation { law: "one_leader", what });
        }
    }

    /// This voter, by its identity, said yes.
    pub fn votes(&mut self, voter: u64, vote: Vote) {
        let known = *self.votes.entry((voter, vote.term)).or_insert(vote.node);
        if known != vote.node {
            let what =
                format!("node {voter} voted for {} in term {}, and before for {known}", vote.node, vote.term);
            self.broken.get_or_insert(Violation { law: "one_vote", what });
        }
    }

    /// How many terms had a leader.
    #[must_use]
    pub fn terms(&self) -> usize {
        self.leaders.len()
    }

    /// Whether all went well so far.
    ///
    /// # Errors
    /// What did not.
    pub fn judge(&self) -> Result<(), Violation> {
        self.broken.clone().map_or(Ok(()), Err)
    }
}
