//! Digests: whether the replicas still have the same state, judged at equal revisions.
//!
//! The digest is rolling: who differs once differs ever after, and who agrees at a revision agreed at all before it. So
//! word about one revision says something about others, and nothing heals by itself.
//!
//! Where a majority of the voters agrees, the others are wrong, this node included. Where none does, nobody guesses.
//! Nothing here acts: the verdict is a function of what was reported.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use reeve_core::name::Revision;

use crate::limits;

/// A digest at a revision.
pub type Sample = (Revision, u128);

/// What the reports mean.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Verdict {
    /// The latest revision at which a majority of the voters is known to agree.
    pub agreed: Option<Revision>,
    /// Replicas that differ from a majority. They are to quarantine themselves; a leader among them steps down first.
    pub quarantine: BTreeSet<u64>,
    /// Voters differ and no majority agrees: alarm, refuse writes.
    pub split: Option<Split>,
}

/// A difference that no majority decides.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Split {
    /// The first revision at which it shows.
    pub revision: Revision,
    /// Voters that were not heard about it. If there is none, only people can decide.
    pub missing: BTreeSet<u64>,
}

/// What this node and its peers reported.
#[derive(Clone, Debug)]
pub struct Digests {
    node: u64,
    own: VecDeque<Sample>,
    /// By revision, oldest first.
    reports: BTreeMap<u64, VecDeque<Sample>>,
}

impl Digests {
    /// Nothing applied, nothing reported.
    #[must_use]
    pub const fn new(node: u64) -> Self {
        Self { node, own: VecDeque::new(), reports: BTreeMap::new() }
    }

    /// This node has applied an entry, or installed a snapshot: its state has this digest.
    pub fn applied(&mut self, revision: Revision, digest: u128) {
        // A replica that applies again what it had applied begins its list anew from there.
        self.own.truncate(self.own.partition_point(|(own, _)| *own < revision));
        self.own.push_back((revision, digest));
        if self.own.len() > limits::DIGESTS_KEPT {
            self.own.pop_front();
        }
    }

    /// What this node reports: its digest at the last revision at which all report, and at the last of all.
    #[must_use]
    pub fn report(&self) -> Vec<Sample> {
        let common = self.own.iter().rev().find(|sample| is_common(sample));
        let mut samples: Vec<Sample> = common.into_iter().chain(self.own.back()).copied().collect();
        samples.dedup();
        samples
    }

    /// A peer reported a digest.
    pub fn reported(&mut self, node: u64, sample: Sample) {
        let known = self.reports.contains_key(&node) || self.reports.len() < limits::NODES_MAX;
        if node != self.node && known {
            keep(self.reports.entry(node).or_default(), sample);
        }
    }

    /// A peer left, or begins anew: what it reported no longer counts.
    pub fn forget(&mut self, node: u64) {
        self.reports.remove(&node);
    }

    /// What all that means. Learners are judged, but do not judge.
    #[must_use]
    pub fn verdict(&self, voters: &BTreeSet<u64>) -> Verdict {
        let mut verdict = Verdict::default();
        let revisions: BTreeSet<Revision> =
            self.reports.values().flatten().map(|(revision, _)| *revision).collect();
        let quorum = voters.len() / 2 + 1;
        let mut undecided = Vec::new();
        for revision in revisions {
            let camps = self.camps(revision);
            let judges = |camp: &BTreeSet<u64>| camp.intersection(voters).count();
            if let Some(right) = camps.iter().position(|(_, camp)| judges(camp) >= quorum) {
                verdict.agreed = Some(revision);
                let wrong = camps.iter().enumerate().filter(|(place, _)| *place != right);
                verdict.quarantine.extend(wrong.flat_map(|(_, (_, camp))| camp));
            } else if camps.len() > 1 {
                undecided.push((revision, camps));
            }
        }
        verdict.split = undecided.into_iter().find_map(|(revision, camps)| {
            let trusted = |node: &u64| voters.contains(node) && !verdict.quarantine.contains(node);
            let differing = camps.iter().filter(|(_, camp)| camp.iter().any(trusted)).count();
            let heard = |node: &u64| camps.iter().any(|(_, camp)| camp.contains(node));
            let missing = voters.iter().copied().filter(|node| !heard(node)).collect();
            (differing > 1).then_some(Split { revision, missing })
        });
        verdict
    }

    /// Who has which digest at this revision. Who was not heard about it belongs to those with whom it agreed later.
    fn camps(&self, revision: Revision) -> Vec<(u128, BTreeSet<u64>)> {
        let mut camps: BTreeMap<u128, BTreeSet<u64>> = BTreeMap::new();
        let mut silent = Vec::new();
        for (node, samples) in self.all() {
            match find(samples, revision) {
                Some(digest) => drop(camps.entry(digest).or_default().insert(node)),
                None => silent.push((node, samples)),
            }
        }
        for (node, samples) in silent {
            let later = || samples.iter().rev().take_while(|(at, _)| *at > revision);
            let agrees = |member: &u64| {
                let theirs = self.samples(*member);
                later().any(|(at, digest)| find(theirs, *at) == Some(*digest))
            };
            if let Some(camp) = camps.values_mut().find(|camp| camp.iter().any(agrees)) {
                camp.insert(node);
            }
        }
        camps.into_iter().collect()
    }

    fn all(&self) -> impl Iterator<Item = (u64, &VecDeque<Sample>)> {
        let peers = self.reports.iter().map(|(node, samples)| (*node, samples));
        std::iter::once((self.node, &self.own)).chain(peers)
    }

    fn samples(&self, node: u64) -> &VecDeque<Sample> {
        self.reports.get(&node).unwrap_or(&self.own)
    }
}

/// Whether all replicas report at this revision.
const fn is_common((revision, _): &Sample) -> bool {
    revision.0.is_multiple_of(limits::DIGEST_STRIDE)
}

/// Keeps what a peer reported, in the order of revisions: the last common samples, and the latest of all.
fn keep(samples: &mut VecDeque<Sample>, sample: Sample) {
    match samples.binary_search_by_key(&sample.0, |(revision, _)| *revision) {
        Ok(at) if samples[at] == sample => return,
        // It takes back what it said: its state was replaced, and nothing from before counts.
        Ok(_) => {
            samples.clear();
            samples.push_back(sample);
        }
        Err(at) => samples.insert(at, sample),
    }
    let latest = samples.back().copied();
    samples.retain(|sample| is_common(sample) || Some(*sample) == latest);
    while samples.len() > limits::REPORTS_KEPT {
        samples.pop_front();
    }
}

fn find(samples: &VecDeque<Sample>, revision: Revision) -> Option<u128> {
    let at = samples.binary_search_by_key(&revision, |(revision, _)| *revision).ok()?;
    samples.get(at).map(|(_, digest)| *digest)
}

#[cfg(test)]
mod tests {
    use super::*;

    const RIGHT: u128 = 0xa;
    const WRONG: u128 = 0xb;
    const ODD: u128 = 0xc;

    /// Node 1 with these digests at revision 1,024, those of the others as they report them.
    fn digests(own: u128, others: &[(u64, u128)]) -> Digests {
        let mut digests = Digests::new(1);
        digests.applied(Revision(1_024), own);
        others.iter().for_each(|(node, digest)| digests.reported(*node, (Revision(1_024), *digest)));
        digests
    }

    fn voters(count: u64) -> BTreeSet<u64> {
        (1..=count).collect()
    }

    fn set(nodes: &[u64]) -> BTreeSet<u64> {
        nodes.iter().copied().collect()
    }

    #[test]
    fn those_who_agree_are_left_alone() {
        let verdict = digests(RIGHT, &[(2, RIGHT), (3, RIGHT)]).verdict(&voters(3));
        assert_eq!(verdict, Verdict { agreed: Some(Revision(1_024)), ..Verdict::default() });
        assert_eq!(Digests::new(1).verdict(&voters(1)), Verdict::default());
        assert_eq!(digests(RIGHT, &[]).verdict(&voters(1)), Verdict::default());
    }

    #[test]
    fn the_minority_is_quarantined_the_judge_included() {
        let verdict = digests(RIGHT, &[(2, RIGHT), (3, WRONG)]).verdict(&voters(3));
        assert_eq!((verdict.quarantine, verdict.split), (set(&[3]), None));
        let verdict = digests(WRONG, &[(2, RIGHT), (3, RIGHT)]).verdict(&voters(3));
        assert_eq!((verdict.quarantine, verdict.split), (set(&[1]), None));
        let verdict = digests(RIGHT, &[(2, RIGHT), (3, WRONG), (4, ODD), (5, RIGHT)]).verdict(&voters(5));
        assert_eq!((verdict.quarantine, verdict.split), (set(&[3, 4]), None));
    }

    #[test]
    fn without_a_majority_nobody_guesses() {
        let split = |missing: &[u64]| Some(Split { revision: Revision(1_024), missing: set(missing) });
        for (verdict, missing) in [
            (digests(RIGHT, &[(2, WRONG)]).verdict(&voters(2)), &[][..]),
            (digests(RIGHT, &[(2, WRONG), (3, ODD)]).verdict(&voters(3)), &[]),
            (digests(RIGHT, &[(2, WRONG)]).verdict(&voters(3)), &[3]),
            (digests(RIGHT, &[(2, RIGHT), (3, WRONG), (4, WRONG)]).verdict(&voters(5)), &[5]),
        ] {
            assert_eq!(verdict.quarantine, set(&[]));
            assert_eq!(verdict.split, split(missing));
        }
    }

    #[test]
    fn learners_are_judged_and_do_not_judge() {
        let verdict = digests(RIGHT, &[(2, WRONG), (8, WRONG), (9, WRONG)]).verdict(&voters(2));
        assert_eq!(verdict.quarantine, set(&[]));
        assert!(verdict.split.is_some());
        let verdict = digests(RIGHT, &[(9, WRONG)]).verdict(&voters(1));
        assert_eq!((verdict.quarantine, verdict.split), (set(&[9]), None));
    }

    #[test]
    fn learners_alone_split_nothing() {
        let verdict = digests(RIGHT, &[(8, WRONG), (9, ODD)]).verdict(&voters(3));
        assert_eq!(verdict, Verdict::default());
    }

    #[test]
    fn who_agrees_later_agreed_before() {
        let mut digests = digests(RIGHT, &[(3, WRONG)]);
        assert!(digests.verdict(&voters(3)).split.is_some());
        digests.applied(Revision(1_030), RIGHT + 100);
        digests.reported(2, (Revision(1_030), RIGHT + 100));
        let verdict = digests.verdict(&voters(3));
        assert_eq!((verdict.quarantine, verdict.split), (set(&[3]), None));
        assert_eq!(verdict.agreed, Some(Revision(1_030)));
    }

    #[test]
    fn a_lagging_peer_is_no_offender() {
        let mut digests = digests(RIGHT, &[(2, RIGHT)]);
        digests.reported(3, (Revision(500), ODD));
        assert_eq!(
            digests.verdict(&voters(3)),
            Verdict { agreed: Some(Revision(1_024)), ..Verdict::default() }
        );
    }

    #[test]
    fn a_peer_that_is_ahead_is_compared_when_this_node_gets_there() {
        let mut digests = digests(RIGHT, &[(2, RIGHT)]);
        digests.reported(3, (Revision(2_048), WRONG));
        assert_eq!(digests.verdict(&voters(3)).quarantine, set(&[]));
        digests.applied(Revision(2_048), RIGHT);
        digests.reported(2, (Revision(2_048), RIGHT));
        assert_eq!(digests.verdict(&voters(3)).quarantine, set(&[3]));
    }

    #[test]
    fn a_replica_that_begins_anew_is_judged_anew() {
        let mut digests = digests(RIGHT, &[(2, RIGHT), (3, WRONG)]);
        digests.reported(3, (Revision(1_024), RIGHT));
        assert_eq!(digests.verdict(&voters(3)).quarantine, set(&[]));
        digests.reported(3, (Revision(1_024), WRONG));
        digests.forget(3);
        assert_eq!(digests.verdict(&voters(3)).quarantine, set(&[]));
    }

    #[test]
    fn reports_are_common_samples_and_the_latest() {
        let mut digests = Digests::new(1);
        assert_eq!(digests.report(), []);
        (1_000..=3_000).for_each(|revision| digests.applied(Revision(revision), revision.into()));
        assert_eq!(digests.report(), [(Revision(2_048), 2_048), (Revision(3_000), 3_000)]);
        digests.applied(Revision(2_048), 7);
        assert_eq!(digests.report(), [(Revision(2_048), 7)]);
    }

    #[test]
    fn what_is_kept_is_bounded() {
        let mut digests = Digests::new(1);
        for revision in 0..=(50 * limits::DIGEST_STRIDE) {
            digests.applied(Revision(revision), 0);
            (2..200)
                .filter(|node| revision % node == 0)
                .for_each(|node| digests.reported(node, (Revision(revision), 0)));
        }
        assert_eq!(digests.own.len(), limits::DIGESTS_KEPT);
        assert_eq!(digests.reports.len(), limits::NODES_MAX);
        assert!(digests.reports.values().all(|samples| samples.len() <= limits::REPORTS_KEPT));
        assert!(digests.reports[&2].iter().filter(|sample| !is_common(sample)).count() <= 1);
    }
}
