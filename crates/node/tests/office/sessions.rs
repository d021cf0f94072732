//! Sessions under chance, beside a plain model that remembers everything.

use std::collections::{BTreeMap, BTreeSet};

use reeve_core::name::{Era, Name, Revision, WorkerId};
use reeve_node::limits::{AWAY_MS, EXPIRY_AGAIN_MS, PULSE_MS};
use reeve_node::office::sessions::{Kept, Sessions};

use crate::dice::{Dice, for_seeds};

fn worker(number: usize) -> WorkerId {
    WorkerId(Name::new(Era::default(), Revision(number as u64), 0))
}

/// What an office may do with a session, told plainly.
#[derive(Default)]
struct Model {
    /// Time to live, and when it was heard last or restarted.
    alive: BTreeMap<WorkerId, (u64, u64)>,
    heard: BTreeSet<WorkerId>,
    expiring: BTreeMap<WorkerId, (u64, u64)>,
    /// When those whose expiry failed may be decided again.
    again: BTreeMap<WorkerId, u64>,
    /// When each keepalive came; gone once acknowledged.
    waiting: BTreeMap<(WorkerId, u64), u64>,
}

struct Play {
    dice: Dice,
    sessions: Sessions,
    model: Model,
    mono_ms: u64,
    quorum_ms: u64,
    number: u64,
    looked_ms: u64,
}

impl Play {
    fn new(seed: u64) -> Self {
        let mut dice = Dice::new(seed);
        let mut sessions = Sessions::new(0);
        let mut model = Model::default();
        for number in 1..=dice.below(40) + 1 {
            let ttl_ms = dice.pick(&[1_000, 5_000, 10_000]);
            sessions.opened(worker(number), ttl_ms, 0);
            model.alive.insert(worker(number), (ttl_ms, 0));
        }
        Self { dice, sessions, model, mono_ms: 0, quorum_ms: 0, number: 0, looked_ms: 0 }
    }

    fn keepalive(&mut self) {
        let whom = worker(1 + self.dice.below(40));
        self.number += 1;
        match self.sessions.keepalive(whom, self.number, self.mono_ms) {
            kept @ (Kept::Waits | Kept::Renewed) => {
                let (_, heard_ms) = self.model.alive.get_mut(&whom).expect("only the living are renewed");
                *heard_ms = self.mono_ms;
                self.model.heard.insert(whom);
                if kept == Kept::Waits {
                    self.model.waiting.insert((whom, self.number), self.mono_ms);
                }
            }
            Kept::Expiring => assert!(self.model.expiring.contains_key(&whom)),
            Kept::Unknown => assert!(!self.model.expiring.contains_key(&whom)),
        }
    }

    fn quorum(&mut self) {
        self.quorum_ms += self.dice.roll() % (self.mono_ms - self.quorum_ms + 1);
        for acknowledge in self.sessions.quorum_seen(self.quorum_ms) {
            let came = self.model.waiting.remove(&(acknowledge.worker, acknowledge.number));
            assert!(came.expect("acknowledged once, if it waited") <= self.quorum_ms);
            assert!(!self.model.expiring.contains_key(&acknowledge.worker), "acknowledged after its end");
        }
        let left = |((whom, _), came_ms): (&(WorkerId, u64), &u64)| {
            *came_ms <= self.quorum_ms && self.model.alive.contains_key(whom)
        };
        assert!(!self.model.waiting.iter().any(left), "what came in time is acknowledged");
        self.model.waiting.retain(|_, came_ms| *came_ms > self.quorum_ms);
    }

    fn look(&mut self) {
        let away = self.mono_ms - self.looked_ms > AWAY_MS && !self.sessions.is_empty();
        if away || self.dice.below(100) == 0 {
            self.sessions.restart_all(self.mono_ms);
            let all = self.model.alive.values_mut().chain(self.model.expiring.values_mut());
            all.for_each(|(_, heard_ms)| *heard_ms = self.mono_ms);
            self.model.heard.clear();
        }
        self.looked_ms = self.mono_ms;
        let max = self.dice.pick(&[1, 3, 100]);
        let decided = self.sessions.due(self.mono_ms, max);
        assert!(decided.len() <= max);
        for decision in &decided {
            let (ttl_ms, heard_ms) = self.model.alive.remove(&decision.worker).expect("only the living die");
            assert!(heard_ms + ttl_ms <= self.mono_ms, "too early");
            assert!(!decision.charged || self.model.heard.contains(&decision.worker), "charged unheard");
            self.model.expiring.insert(decision.worker, (ttl_ms, heard_ms));
            self.model.again.remove(&decision.worker);
        }
        let again_ms = |whom: &WorkerId| self.model.again.get(whom).copied().unwrap_or(0);
        let overdue = |(whom, (ttl_ms, heard_ms)): (&WorkerId, &(u64, u64))| {
            (ttl_ms + heard_ms).max(again_ms(whom)) <= self.mono_ms
        };
        assert!(decided.len() == max || !self.model.alive.iter().any(overdue), "too late");
        if let Some(next_ms) = self.sessions.next_due() {
            assert!(next_ms <= self.mono_ms + PULSE_MS);
        } else {
            assert!(self.model.alive.is_empty());
        }
    }

    /// What becomes of a proposed expiry; or somebody takes a worker away.
    fn end(&mut self) {
        if self.dice.chance(20) {
            let whom = worker(1 + self.dice.below(40));
            self.sessions.expiring(whom);
            if let Some(told) = self.model.alive.remove(&whom) {
                self.model.expiring.insert(whom, told);
            }
        }
        let ending: Vec<WorkerId> = self.model.expiring.keys().copied().collect();
        let Some(whom) = self.dice.any(&ending) else { return };
        let told = self.model.expiring.remove(&whom).expect("it was picked from there");
        if self.dice.chance(50) {
            self.sessions.closed(whom);
            self.model.waiting.retain(|(waits, _), _| *waits != whom);
        } else {
            self.sessions.expiry_failed(whom, self.mono_ms);
            self.model.alive.insert(whom, told);
            self.model.again.insert(whom, self.mono_ms + EXPIRY_AGAIN_MS);
        }
    }
}

#[test]
fn sessions_keep_their_promises() {
    for_seeds(300, |seed| {
        let mut play = Play::new(seed);
        for _ in 0..3_000 {
            play.mono_ms += match play.dice.below(500) {
                0 => 5_000,
                _ => play.dice.roll() % 20,
            };
            match play.dice.below(20) {
                0..12 => play.keepalive(),
                12..15 => play.quorum(),
                15..19 => play.look(),
                _ => play.end(),
            }
        }
    });
}

/// A large fleet, a keepalive of each every second for a minute: nobody dies, and all are acknowledged.
#[test]
fn a_large_fleet_is_kept_alive() {
    const FLEET: usize = 10_000;
    let mut sessions = Sessions::new(0);
    (1..=FLEET).for_each(|number| sessions.opened(worker(number), 10_000, 0));
    let mut acknowledged = 0;
    for mono_ms in 0..60_000 {
        for number in (1..=FLEET).skip(mono_ms as usize % 1_000).step_by(1_000) {
            assert_eq!(sessions.keepalive(worker(number), mono_ms, mono_ms), Kept::Waits);
        }
        if mono_ms % 50 == 0 {
            acknowledged += sessions.quorum_seen(mono_ms).len();
            assert_eq!(sessions.due(mono_ms, 100), []);
        }
    }
    acknowledged += sessions.quorum_seen(60_000).len();
    assert_eq!(acknowledged, 60 * FLEET);
}
