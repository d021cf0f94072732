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
    newest: u64,
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

    /// This voter, by its identity, said yes; or it asks others to vote for it, having given itself its own vote.
    pub fn votes(&mut self, voter: u64, vote: Vote) {
        if voter != vote.node {
            self.newest = self.newest.max(vote.term);
        }
        let known = *self.votes.entry((voter, vote.term)).or_insert(vote.node);
        if known != vote.node {
            let what =
                format!("node {voter} voted for {} in term {}, and before for {known}", vote.node, vote.term);
            self.broken.get_or_insert(Violation { law: "one_vote", what });
        }
    }

    /// The last term in which anybody gave a vote to another.
    #[must_use]
    pub fn newest(&self) -> u64 {
        self.newest
    }

    /// The last term that this machine was seen to lead, or zero.
    #[must_use]
    pub fn last_led(&self, seat: u64) -> u64 {
        let led = self.leaders.iter().rev().find(|(_, (leader, _))| *leader == seat);
        led.map_or(0, |(term, _)| *term)
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::chance::Chance;

    fn life(node: u64, run: u32) -> Life {
        Life::new(node, run, Chance::of(1), 0)
    }

    fn law(elections: &Elections) -> Option<&'static str> {
        elections.judge().err().map(|violation| violation.law)
    }

    #[test]
    fn a_term_has_one_leader_in_one_life() {
        for other in [life(2, 1), life(1, 2)] {
            let mut elections = Elections::default();
            elections.leads(3, &life(1, 1));
            elections.leads(3, &life(1, 1));
            elections.leads(4, &other);
            assert_eq!(law(&elections), None);
            assert_eq!(
                (elections.last_led(1), elections.last_led(7)),
                (if other.node() == 1 { 4 } else { 3 }, 0)
            );
            elections.leads(3, &other);
            assert_eq!(law(&elections), Some("one_leader"), "{other:?}");
        }
    }

    #[test]
    fn a_voter_has_one_vote_in_a_term() {
        let vote = |term, node| Vote { term, node, committed: false };
        let mut elections = Elections::default();
        elections.votes(2, vote(3, 1));
        elections.votes(2, vote(3, 1));
        elections.votes(2, vote(4, 3));
        elections.votes(1, vote(3, 3));
        assert_eq!((law(&elections), elections.newest()), (None, 4));
        elections.votes(5, vote(5, 5));
        assert_eq!(elections.newest(), 4, "nobody else has voted in it");
        elections.votes(2, vote(3, 3));
        assert_eq!(law(&elections), Some("one_vote"));
    }
}
