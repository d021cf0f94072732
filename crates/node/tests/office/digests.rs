//! Digests under chance: the sound are never accused, the guilty are found.

use std::collections::BTreeSet;

use reeve_core::name::Revision;
use reeve_node::limits::DIGEST_STRIDE;
use reeve_node::office::digests::{Digests, Verdict};

use crate::dice::{Dice, for_seeds};

/// The rolling digest of a replica that went wrong at a revision, in its own way.
fn digest(node: u64, wrong_from: Option<u64>, revision: u64) -> u128 {
    let spoilt = wrong_from.is_some_and(|from| from <= revision);
    u128::from(revision) << 64 | u128::from(if spoilt { node } else { 0 })
}

struct Cluster {
    voters: BTreeSet<u64>,
    /// (node, where it went wrong, how far it is).
    nodes: Vec<(u64, Option<u64>, u64)>,
    digests: Vec<Digests>,
}

impl Cluster {
    fn new(dice: &mut Dice, wrong: usize) -> Self {
        let voters = dice.pick(&[1, 3, 5]);
        let learners = dice.below(3) as u64;
        let mut nodes: Vec<_> = (1..=voters + learners).map(|node| (node, None, 0)).collect();
        for _ in 0..wrong {
            let victim = dice.below(nodes.len());
            nodes[victim].1 = Some(1 + dice.roll() % 5_000);
        }
        let digests = nodes.iter().map(|(node, ..)| Digests::new(*node)).collect();
        Self { voters: (1..=voters).collect(), nodes, digests }
    }

    fn advance(&mut self, place: usize, to: u64) {
        let (node, wrong_from, at) = &mut self.nodes[place];
        for revision in *at + 1..=to {
            self.digests[place].applied(Revision(revision), digest(*node, *wrong_from, revision));
        }
        *at = to.max(*at);
    }

    /// Everyone tells everyone, unless the message is lost.
    fn gossip(&mut self, dice: &mut Dice, lost: usize) {
        for from in 0..self.nodes.len() {
            let report = self.digests[from].report();
            for to in 0..self.nodes.len() {
                for sample in &report {
                    if from != to && !dice.chance(lost) {
                        self.digests[to].reported(self.nodes[from].0, *sample);
                    }
                }
            }
        }
    }

    fn verdicts(&self) -> Vec<Verdict> {
        self.digests.iter().map(|digests| digests.verdict(&self.voters)).collect()
    }

    fn wrong(&self) -> BTreeSet<u64> {
        let wrong = self.nodes.iter().filter(|(_, from, at)| from.is_some_and(|from| from <= *at));
        wrong.map(|(node, ..)| *node).collect()
    }

    fn run(&mut self, dice: &mut Dice, check: impl Fn(&Self)) {
        let (mut log, step) = (0, dice.pick(&[10, 100, 700]));
        while log < 8_000 {
            log += 1 + dice.below(step) as u64;
            for place in 0..self.nodes.len() {
                if dice.chance(70) {
                    let lag = dice.below(2 * DIGEST_STRIDE as usize) as u64;
                    self.advance(place, log.saturating_sub(lag));
                }
            }
            self.gossip(dice, 30);
            check(self);
        }
        // Silence: all get to the end and say so.
        (0..self.nodes.len()).for_each(|place| self.advance(place, log));
        self.gossip(dice, 0);
        check(self);
    }
}

#[test]
fn a_sound_cluster_is_never_accused() {
    for_seeds(60, |seed| {
        let mut dice = Dice::new(seed);
        Cluster::new(&mut dice, 0).run(&mut dice, |cluster| {
            for verdict in cluster.verdicts() {
                assert!(verdict.quarantine.is_empty() && verdict.split.is_none(), "{verdict:?}");
            }
        });
    });
}

#[test]
fn a_wrong_minority_is_found_by_all_and_nobody_else_is_accused() {
    for_seeds(120, |seed| {
        let mut dice = Dice::new(seed);
        let mut cluster = Cluster::new(&mut dice, 2);
        let voters = cluster.voters.len();
        let guilty = |cluster: &Cluster| cluster.wrong().intersection(&cluster.voters).count();
        cluster.run(&mut dice, |cluster| {
            let minority = guilty(cluster) <= (voters - 1) / 2;
            for verdict in cluster.verdicts() {
                let innocent = verdict.quarantine.is_subset(&cluster.wrong());
                assert!(innocent || !minority, "{verdict:?} but {:?}", cluster.wrong());
            }
        });
        let minority = guilty(&cluster) <= (voters - 1) / 2;
        for verdict in cluster.verdicts() {
            if minority && cluster.nodes.len() > 1 {
                assert_eq!((verdict.quarantine, verdict.split), (cluster.wrong(), None));
            } else if voters > 1 && !minority {
                assert!(verdict.split.is_some(), "without a majority nobody guesses: {verdict:?}");
            }
        }
    });
}
