//! The way out when a majority is lost for good: which disk is the best that is left, what would be lost, and the recovery.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use reeve_node::member::{Membership, Wish};
use reeve_node::recover::{Prospect, Recovered, prospect};
use reeve_node::store::Fault;
use reeve_node::store::disk::real::RealDisk;
use reeve_node::store::hard::Identity;
use reeve_node::store::log::LogId;
use reeve_node::store::look::Look;

use super::{LocalFailure, Rocks, Sight, hold, on_disk};
use crate::Config;
use crate::node::seat::Myself;
use crate::node::stage::Amnesia;

/// One disk that is left.
pub struct Candidate {
    /// Its data folder.
    pub folder: PathBuf,
    /// Who lived there; nothing if nobody did, or it cannot be read.
    pub identity: Option<Identity>,
    /// The last entry that would count.
    pub reach: Option<LogId>,
    /// What is amiss with it; it can be recovered all the same if there is a reach.
    pub amiss: Option<String>,
    membership: Membership,
}

/// All disks that are left, and which of them is the best.
pub struct Survey {
    /// The data folder first, then the others as they were named.
    pub candidates: Vec<Candidate>,
    /// The place of the best among them.
    pub best: usize,
    /// What would be lost, in plain words.
    pub loss: Vec<String>,
    /// Whether the best was recovered before and is whole, so that there is nothing to do.
    pub already: Option<Already>,
}

/// A disk that was recovered before.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Already {
    /// Its data folder.
    pub folder: PathBuf,
    /// Who lives there, in which era.
    pub identity: Identity,
    /// The last entry that it has.
    pub last: LogId,
}

/// What came of a recovery.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// It was done.
    Recovered(Recovered),
    /// It had been done before, and nothing was changed.
    Already(Already),
}

/// Looks at the data folder that a configuration names and at others of the same cluster.
///
/// # Errors
/// One of them cannot be looked at, none can be recovered, or recovery is not needed.
pub fn survey(config: &Config, also: &[PathBuf]) -> Result<Survey, LocalFailure> {
    let own = on_disk(config)?.to_path_buf();
    let folders = std::iter::once(&own).chain(also);
    let candidates = folders.map(|folder| candidate(folder)).collect::<Result<Vec<_>, _>>()?;
    let best = best(&candidates)?;
    let already = already(&candidates[best]);
    let mut loss = loss(&candidates, best);
    match already {
        Some(_) => loss.clear(),
        None => needed(&candidates, best)?,
    }
    Ok(Survey { candidates, best, loss, already })
}

/// Makes the replica in the data folder of a configuration the only member of its cluster, in the next era. The other
/// folders are only there to be no better.
///
/// # Errors
/// Another is better, or as for the survey; or damage, or a disk that does not answer.
pub fn recover(config: &Config, also: &[PathBuf]) -> Result<Outcome, LocalFailure> {
    let survey = survey(config, also)?;
    let chosen = &survey.candidates[0];
    if survey.best != 0 {
        let better = survey.candidates[survey.best].folder.display().to_string();
        return Err(LocalFailure::Worse { better });
    }
    if let Some(already) = survey.already {
        return Ok(Outcome::Already(already));
    }
    let failed = |fault| LocalFailure::of(&chosen.folder, fault);
    let disk = RealDisk::open(&chosen.folder).map_err(|error| failed(Fault::io("", &error)))?;
    let recovered = reeve_node::recover::recover::<Rocks>(&disk, Myself::of(config).with(Wish::Vote));
    recovered.map(Outcome::Recovered).map_err(failed)
}

fn candidate(folder: &Path) -> Result<Candidate, LocalFailure> {
    let mut candidate = Candidate {
        folder: folder.to_path_buf(),
        identity: None,
        reach: None,
        amiss: None,
        membership: Membership::default(),
    };
    match hold(folder)? {
        Sight::Absent => candidate.amiss = Some("there is no such folder".into()),
        Sight::Empty => candidate.amiss = Some("no replica lives here".into()),
        Sight::Held(held) => match &held.look {
            Ok(None) => candidate.amiss = Some("no replica lives here".into()),
            Ok(Some(look)) => candidate.consider(look),
            Err(fault) => candidate.amiss = Some(fault.to_string()),
        },
    }
    Ok(candidate)
}

impl Candidate {
    fn consider(&mut self, look: &Look<Rocks>) {
        self.identity = Some(look.hard.identity);
        let judged = look.judgement.as_ref().map_err(Fault::clone).map(|judgement| {
            let amnesia = Amnesia::of(judgement.verdict, look.hard.identity.node);
            self.amiss = amnesia.map(|amnesia| amnesia.what().into());
        });
        match judged.and_then(|()| prospect(look)) {
            Ok(Prospect { reach, membership }) => (self.reach, self.membership) = (reach, membership),
            Err(fault) => self.amiss = Some(fault.to_string()),
        }
    }

    /// The higher, the better: what was recovered before counts more than what was not.
    fn rank(&self) -> Option<(u16, LogId, bool)> {
        let Identity { era, .. } = self.identity?;
        self.reach.map(|reach| (era, reach, self.amiss.is_none()))
    }
}

/// The place of the candidate that has most; the first of equals.
fn best(candidates: &[Candidate]) -> Result<usize, LocalFailure> {
    let own = &candidates[0];
    let Some(Identity { cluster, group, .. }) = own.identity else {
        let why = own.amiss.clone().unwrap_or_default();
        return Err(LocalFailure::Nothing(format!("{}: {why}", own.folder.display())));
    };
    let kin = candidates.iter().enumerate().filter(|(_, candidate)| {
        candidate.identity.is_some_and(|identity| (identity.cluster, identity.group) == (cluster, group))
    });
    let ranked = kin.filter_map(|(at, candidate)| Some((candidate.rank()?, std::cmp::Reverse(at))));
    ranked.max().map(|(_, std::cmp::Reverse(at))| at).ok_or_else(|| {
        let why = own.amiss.clone().unwrap_or_else(|| "it is empty".into());
        LocalFailure::Nothing(format!(
            "nothing that is named can be recovered; {}: {why}",
            own.folder.display()
        ))
    })
}

/// Whether this one was recovered before, and is whole: then it goes on alone when it is started.
fn already(best: &Candidate) -> Option<Already> {
    let (identity, last) = (best.identity?, best.reach?);
    let alone = best.membership.voters == [BTreeSet::from([identity.node])];
    (identity.era > 0 && alone && best.amiss.is_none()).then(|| Already {
        folder: best.folder.clone(),
        identity,
        last,
    })
}

/// Refuses where a majority of the voters is at hand and whole.
fn needed(candidates: &[Candidate], best: usize) -> Result<(), LocalFailure> {
    let chosen = &candidates[best];
    let of = |identity: &Identity| (identity.cluster, identity.group, identity.era);
    let history = chosen.identity.as_ref().map(of);
    let whole = candidates.iter().filter(|one| one.amiss.is_none() && one.reach.is_some());
    let whole: BTreeSet<u64> = whole
        .filter_map(|one| one.identity)
        .filter(|identity| Some(of(identity)) == history)
        .map(|identity| identity.node)
        .collect();
    let voters = &chosen.membership.voters;
    let elects = |set: &BTreeSet<u64>| 2 * set.intersection(&whole).count() > set.len();
    if voters.is_empty() || !voters.iter().all(elects) {
        return Ok(());
    }
    Err(LocalFailure::Needless(listed(&whole)))
}

fn listed(nodes: &BTreeSet<u64>) -> String {
    nodes.iter().map(u64::to_string).collect::<Vec<_>>().join(", ")
}

fn loss(candidates: &[Candidate], best: usize) -> Vec<String> {
    let chosen = &candidates[best];
    let (Some(identity), Some(reach)) = (chosen.identity, chosen.reach) else { return Vec::new() };
    let here: BTreeSet<u64> = candidates.iter().filter_map(|one| one.identity.map(|one| one.node)).collect();
    let voters: BTreeSet<u64> = chosen.membership.voters.iter().flatten().copied().collect();
    let missing = &voters - &here;
    let mut loss = vec![format!(
        "Everything up to entry {} of term {} counts, also the end of the log of which nobody was told that it was \
         acknowledged.",
        reach.index, reach.term
    )];
    if missing.is_empty() {
        loss.push("Every voter is listed here; what none of these disks has is lost.".into());
    } else {
        loss.push(format!(
            "Whatever was acknowledged after it is lost. Nobody can say how much that is: the disks of nodes {} are not \
             listed here, and they may have had more.",
            listed(&missing)
        ));
    }
    if let Some(amiss) = &chosen.amiss {
        loss.push(format!("Also lost is what this disk itself has forgotten: {amiss}."));
    }
    loss.push(format!(
        "Node {} goes on alone, in era {}. The others of era {} are refused if they come back: move their data folders \
         away, and let them join anew. Never start a majority of them again: they would go on as the old cluster, beside \
         this one.",
        identity.node,
        identity.era.saturating_add(1),
        identity.era,
    ));
    loss
}

#[cfg(test)]
mod tests {
    use super::*;

    const OURS: Identity = Identity { cluster: 7, node: 1, era: 0, group: 0 };

    fn candidate(identity: Identity, reach: Option<(u64, u64)>, amiss: bool) -> Candidate {
        Candidate {
            folder: format!("/n{}", identity.node).into(),
            identity: Some(identity),
            reach: reach.map(|(term, index)| LogId { term, index }),
            amiss: amiss.then(|| "it forgot".into()),
            membership: Membership { voters: vec![BTreeSet::from([1, 2, 3])], ..Membership::default() },
        }
    }

    fn node(node: u64, reach: (u64, u64), amiss: bool) -> Candidate {
        candidate(Identity { node, ..OURS }, Some(reach), amiss)
    }

    #[test]
    fn the_best_is_the_furthest_of_the_same_cluster_and_of_the_latest_era() {
        let place = |candidates: &[Candidate]| best(candidates).ok();
        assert_eq!(place(&[node(1, (3, 9), false), node(2, (4, 7), false)]), Some(1), "a later term");
        assert_eq!(
            place(&[node(1, (4, 9), true), node(2, (4, 7), false)]),
            Some(0),
            "it has more all the same"
        );
        assert_eq!(place(&[node(1, (4, 7), true), node(2, (4, 7), false)]), Some(1), "it forgot nothing");
        assert_eq!(place(&[node(1, (4, 7), false), node(2, (4, 7), false)]), Some(0), "the first of equals");
        let other = candidate(Identity { cluster: 8, ..OURS }, Some((9, 9)), false);
        assert_eq!(place(&[node(1, (1, 1), false), other]), Some(0), "another cluster");
        let later = candidate(Identity { era: 1, ..OURS }, Some((1, 1)), false);
        assert_eq!(place(&[node(1, (9, 9), false), later]), Some(1), "it was recovered before");
        assert_eq!(place(&[candidate(OURS, None, true)]), None);
    }

    #[test]
    fn nobody_recovers_what_a_majority_still_has() {
        let needless = |candidates: &[Candidate]| needed(candidates, 0).is_err();
        assert!(needless(&[node(1, (1, 9), false), node(2, (1, 7), false)]));
        assert!(!needless(&[node(1, (1, 9), false)]));
        assert!(!needless(&[node(1, (1, 9), false), node(2, (1, 7), true)]), "it must not vote");
        assert!(!needless(&[node(1, (1, 9), false), node(9, (1, 7), false)]), "it has no vote");
        let later = candidate(Identity { era: 1, node: 2, ..OURS }, Some((1, 9)), false);
        assert!(!needless(&[node(1, (1, 9), false), later]), "it is of another era");
    }

    #[test]
    fn who_was_recovered_before_is_known() {
        let recovered = |voters: &[u64], amiss| Candidate {
            membership: Membership {
                voters: vec![voters.iter().copied().collect()],
                ..Membership::default()
            },
            ..candidate(Identity { era: 1, ..OURS }, Some((9, 70)), amiss)
        };
        let known = already(&recovered(&[1], false)).expect("it goes on alone");
        assert_eq!((known.identity.era, known.last), (1, LogId { term: 9, index: 70 }));
        assert_eq!(already(&recovered(&[1], true)), None, "it forgot something since");
        assert_eq!(already(&recovered(&[1, 4, 5], false)), None, "others vote again");
        assert_eq!(
            already(&Candidate { identity: Some(OURS), ..recovered(&[1], false) }),
            None,
            "founded alone"
        );
    }

    #[test]
    fn what_would_be_lost_is_said_in_plain_words() {
        let told = loss(&[node(1, (4, 9), true)], 0).join(" ");
        for words in ["up to entry 9 of term 4", "the disks of nodes 2, 3", "it forgot", "in era 1"] {
            assert!(told.contains(words), "{words}: {told}");
        }
    }
}
