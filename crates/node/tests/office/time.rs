//! Log time under chance: clocks that drift, stop and jump, leaders that fall.

use reeve_node::office::time::LogTime;

use crate::dice::{Dice, for_seeds};

const HOUR: i64 = 3_600_000;
/// What is true at the start of each play.
const DAWN: u64 = 1_700_000_000_000;

/// A node: its clocks against true time, and what it makes of them.
struct Node {
    time: LogTime,
    /// Its monotonic clock at the start.
    mono_ms: u64,
    /// How much faster than true time it runs, in millionths.
    drift_ppm: i64,
    wall_off_ms: i64,
}

impl Node {
    fn new(dice: &mut Dice) -> Self {
        let mut time = LogTime::new();
        time.set_voters(&[0, 1, 2]);
        let drift_ppm = dice.below(201) as i64 - 100;
        let wall_off_ms = dice.below(41) as i64 - 20;
        Self { time, mono_ms: dice.roll() % 1_000_000_000, drift_ppm, wall_off_ms }
    }

    fn mono(&self, true_ms: u64) -> u64 {
        let drifted = true_ms as i64 * self.drift_ppm / 1_000_000;
        (self.mono_ms + true_ms).checked_add_signed(drifted).expect("no clock is near zero")
    }

    fn wall(&self, true_ms: u64) -> u64 {
        (DAWN + true_ms).checked_add_signed(self.wall_off_ms).expect("no clock is near zero")
    }
}

struct Cluster {
    nodes: Vec<Node>,
    leader: usize,
    term: u64,
    true_ms: u64,
    /// The time of the last entry.
    state_ms: u64,
    /// A word that is on its way: to whom, when it comes, of which term, what it says.
    words: Vec<(usize, u64, u64, u64)>,
    failovers: u64,
}

/// Between two words of a leader, and the longest that one is on its way.
const BEAT_MS: u64 = 50;
const DELAY_MS: u64 = 20;

impl Cluster {
    fn new(dice: &mut Dice) -> Self {
        let nodes = (0..3).map(|_| Node::new(dice)).collect();
        let mut cluster =
            Self { nodes, leader: 0, term: 1, true_ms: 0, state_ms: 0, words: Vec::new(), failovers: 0 };
        cluster.tell_walls(0, |_| true);
        let mono_ms = cluster.nodes[0].mono(0);
        cluster.state_ms = cluster.nodes[0].time.cold_start(1, 0, mono_ms).expect("all speak");
        cluster
    }

    /// All whom `speaks` names tell node `to` their wall clocks.
    fn tell_walls(&mut self, to: usize, mut speaks: impl FnMut(usize) -> bool) {
        for from in (0..3).filter(|from| speaks(*from)) {
            let (wall_ms, mono_ms) = (self.nodes[from].wall(self.true_ms), self.nodes[to].mono(self.true_ms));
            self.nodes[to].time.wall(from as u64, wall_ms, mono_ms);
        }
    }

    /// The leader reads the time for an entry, which is committed, and tells it.
    fn beat(&mut self, dice: &mut Dice) -> u64 {
        let mono_ms = self.nodes[self.leader].mono(self.true_ms);
        let log_ms = self.nodes[self.leader].time.now(mono_ms).expect("its office is open");
        assert!(log_ms >= self.state_ms, "log time went back from {} to {log_ms}", self.state_ms);
        if dice.chance(50) {
            self.state_ms = log_ms;
        }
        for to in (0..3).filter(|to| *to != self.leader) {
            let comes_ms = self.true_ms + dice.roll() % DELAY_MS;
            self.words.push((to, comes_ms, self.term, log_ms));
        }
        log_ms
    }

    /// Words come when they come, in any order.
    fn deliver(&mut self) {
        let now_ms = self.true_ms;
        for (to, comes_ms, term, log_ms) in self.words.extract_if(.., |(_, comes_ms, ..)| *comes_ms <= now_ms)
        {
            let mono_ms = self.nodes[to].mono(comes_ms);
            self.nodes[to].time.heard(term, log_ms, mono_ms);
        }
    }

    fn fail_over(&mut self, dice: &mut Dice) {
        let old = self.leader;
        let mono_ms = self.nodes[old].mono(self.true_ms);
        self.nodes[old].time.close(mono_ms);
        self.true_ms += dice.roll() % 1_000;
        self.deliver();
        (self.leader, self.term) = ((old + 1 + dice.below(2)) % 3, self.term + 1);
        let mono_ms = self.nodes[self.leader].mono(self.true_ms);
        let (term, state_ms) = (self.term, self.state_ms);
        let opened_ms = self.nodes[self.leader].time.open(term, state_ms, mono_ms);
        assert!(opened_ms.expect("it heard the last leader") >= state_ms);
        self.failovers += 1;
    }
}

/// Leases across failovers: log time passes as true time does, but for a thousandth and a few heartbeats, and never back.
#[test]
fn lease_time_is_right_over_failovers_whatever_one_wall_clock_says() {
    for_seeds(100, |seed| {
        let mut dice = Dice::new(seed);
        let mut cluster = Cluster::new(&mut dice);
        let mad = dice.below(3);
        let (began_ms, granted_ms) = (cluster.true_ms, cluster.beat(&mut dice));
        for _ in 0..4_000 {
            cluster.true_ms += 1 + dice.roll() % BEAT_MS;
            cluster.deliver();
            if dice.chance(5) {
                cluster.nodes[mad].wall_off_ms = dice.pick(&[-HOUR, HOUR, 0, -300_000, 61_000]);
            }
            cluster.tell_walls(cluster.leader, |_| dice.chance(90));
            if dice.below(200) == 0 {
                cluster.fail_over(&mut dice);
            }
            if dice.below(500) == 0 {
                // Stopped, and not even deposed.
                cluster.true_ms += 10_000;
            }
            let log_ms = cluster.beat(&mut dice);
            let (passed, true_passed) = (log_ms - granted_ms, cluster.true_ms - began_ms);
            let bound_ms = true_passed * 13 / 10_000 + cluster.failovers * (DELAY_MS + 2) + 2;
            assert!(passed.abs_diff(true_passed) <= bound_ms, "{passed} in {true_passed} ms");
        }
    });
}

/// One mad clock of three moves log time nowhere, be another silent or not.
#[test]
fn one_mad_clock_moves_nothing() {
    for_seeds(50, |seed| {
        let mut dice = Dice::new(seed);
        let mut cluster = Cluster::new(&mut dice);
        cluster.nodes.iter_mut().for_each(|node| node.drift_ppm = 0);
        let mad = dice.below(3);
        let silent = dice.pick(&[None, Some((mad + 1) % 3), Some((mad + 2) % 3)]);
        let first_ms = cluster.beat(&mut dice);
        let sane: Vec<i64> =
            (0..3).filter(|node| *node != mad).map(|node| cluster.nodes[node].wall_off_ms).collect();
        let off = |cluster: &Cluster, log_ms: u64| log_ms as i64 - (DAWN + cluster.true_ms) as i64;
        let first = off(&cluster, first_ms);
        let (low, high) = (*sane.iter().min().unwrap().min(&first), *sane.iter().max().unwrap().max(&first));
        cluster.nodes[mad].wall_off_ms = dice.pick(&[-HOUR, HOUR]);
        for _ in 0..500 {
            cluster.true_ms += 1_000;
            cluster.tell_walls(0, |node| silent != Some(node));
            let log_ms = cluster.beat(&mut dice);
            let off = off(&cluster, log_ms);
            assert!((low - 1..=high + 1).contains(&off), "{off} is not in {low}..={high}");
            assert!(!cluster.nodes[0].time.is_alarmed());
        }
    });
}

/// Asked at any moments, stalled, stepped back or with all walls jumping: it never goes back, and goes on with the
/// monotonic clock at no less than a thousandth below its pace.
#[test]
fn never_back_and_never_standing_still() {
    for_seeds(300, |seed| {
        let mut dice = Dice::new(seed);
        let mut time = LogTime::new();
        time.set_voters(&[0, 1, 2]);
        time.heard(1, DAWN, 0);
        let mut last_ms = time.open(2, dice.pick(&[0, DAWN + 5]), 0).unwrap();
        let (mut mono_ms, mut high_ms, mut floor_us) = (0_u64, 0_u64, last_ms * 1_000);
        for _ in 0..2_000 {
            mono_ms = match dice.below(20) {
                0 => mono_ms.saturating_sub(dice.roll() % 1_000),
                1 => mono_ms + 30_000,
                2..6 => mono_ms,
                _ => mono_ms + dice.roll() % 5,
            };
            if dice.chance(20) {
                let jump = dice.pick(&[0, HOUR, -HOUR]);
                for node in 0..3 {
                    time.wall(node, (DAWN + mono_ms).checked_add_signed(jump).unwrap(), mono_ms);
                }
            }
            if dice.chance(1) {
                let gap_ms = time.gap_ms();
                let before_ms = time.now(mono_ms).unwrap();
                if let Ok(leapt_ms) = time.leap(gap_ms, mono_ms) {
                    assert!(gap_ms > 0 && leapt_ms > before_ms);
                }
            }
            let now_ms = time.now(mono_ms).unwrap();
            assert!(now_ms >= last_ms, "from {last_ms} back to {now_ms}");
            floor_us += mono_ms.saturating_sub(high_ms) * 999;
            high_ms = high_ms.max(mono_ms);
            assert!(now_ms >= floor_us / 1_000, "it stands still");
            last_ms = now_ms;
        }
    });
}

/// However often the leader changes, and whatever is lost, no office begins below what was committed before.
#[test]
fn offices_in_sequence_never_go_back() {
    for_seeds(300, |seed| {
        let mut dice = Dice::new(seed);
        let mut cluster = Cluster::new(&mut dice);
        for node in 1..3 {
            let mono_ms = cluster.nodes[node].mono(0);
            cluster.nodes[node].time.heard(1, DAWN - 5_000, mono_ms);
        }
        for _ in 0..200 {
            cluster.true_ms += dice.roll() % 200;
            if dice.chance(50) {
                cluster.words.clear();
            }
            cluster.deliver();
            let jumper = dice.below(3);
            cluster.nodes[jumper].wall_off_ms = dice.pick(&[-HOUR, HOUR, 0]);
            cluster.tell_walls(cluster.leader, |_| dice.chance(50));
            if dice.chance(20) {
                cluster.fail_over(&mut dice);
            }
            cluster.beat(&mut dice);
        }
    });
}
