//! A trial: one history before the laws, and other replicas that must agree with it.
//!
//! A trial has no chance of its own: the same lines under the same seed are judged alike, so that they can be shrunk.

use std::collections::BTreeSet;

use reeve_core::entry::Entry;
use reeve_core::name::{Era, Name, TaskId, Token, WorkerId};
use reeve_core::{Outcome, State, apply};

use crate::check::Violation;
use crate::law::coverage::Coverage;
use crate::law::eager::Eager;
use crate::ledger::{Applied, Ledger};
use crate::story::line::Line;
use crate::story::word::TaskNo;
use crate::story::{Heard, Memory, Player, Trouble};

/// One history being judged.
pub(crate) struct Trial {
    pub player: Player,
    pub ledger: Ledger,
    pub coverage: Coverage,
    pub entries: u64,
    log: Vec<(Entry, Outcome, u128)>,
    followers: Vec<Follower>,
    eager: Eager,
}

/// A replica that lags behind, and is rebuilt from its records now and then.
struct Follower {
    state: State,
    memory: Memory,
    /// How many entries of the log it has applied.
    applied: usize,
    /// It applies what it missed every so many entries, and is rebuilt every so many bursts.
    lag: usize,
    rebuilt_every: usize,
    bursts: usize,
}

impl Follower {
    fn new(lag: usize, rebuilt_every: usize) -> Self {
        let state = State::new(Era::default());
        Self { memory: Memory::of(&state), state, applied: 0, lag, rebuilt_every, bursts: 0 }
    }

    fn catch_up(&mut self, log: &[(Entry, Outcome, u128)]) -> Result<(), Violation> {
        let violation = |what: String| Violation { law: "replicas_agree", what };
        for (entry, outcome, digest) in &log[self.applied..] {
            let own = apply(&mut self.state, entry.clone());
            self.memory.write(&own.changes, &entry.bodies);
            self.memory.tidy(&self.state);
            let same = own.replies == outcome.replies
                && own.events == outcome.events
                && own.effects == outcome.effects;
            if !same || self.state.digest() != *digest {
                return Err(violation(format!("replicas differ after entry {}", entry.revision)));
            }
            self.applied += 1;
        }
        self.bursts += 1;
        if self.bursts.is_multiple_of(self.rebuilt_every) {
            let rebuilt = self.memory.rebuild(self.state.revision(), self.state.digest());
            self.state = rebuilt.map_err(|fault| violation(format!("records do not rebuild: {fault}")))?;
            self.state
                .check()
                .map_err(|broken| violation(format!("a rebuilt replica is broken: {broken}")))?;
        }
        Ok(())
    }
}

/// The pieces of a text that could be names.
fn words_of(text: &str) -> impl Iterator<Item = &str> {
    text.split(|c: char| !(c.is_ascii_digit() || c == '-' || c == '.'))
        .map(|word| word.trim_matches(['.', '-']))
}

impl Trial {
    pub(crate) fn of(seed: u64) -> Self {
        let lag = |of: u64| usize::try_from(1 + of % 13).unwrap_or(1);
        Self {
            player: Player::new(),
            ledger: Ledger::default(),
            coverage: Coverage::default(),
            entries: 0,
            log: Vec::new(),
            eager: Eager::default(),
            followers: vec![Follower::new(lag(seed), lag(seed / 13)), Follower::new(lag(seed / 169) + 12, 2)],
        }
    }

    /// Plays one line and judges what came of it. A line that does not fit is passed over.
    pub(crate) fn play(&mut self, line: &Line) -> Result<(), Violation> {
        match self.player.play(line) {
            Ok(Heard::Applied(said, outcome)) => {
                self.judge(&said.entry, &outcome, matches!(line, Line::Assign(_)))?;
                self.log.push((said.entry.clone(), outcome, self.player.state().digest()));
                self.follow(false)
            }
            Ok(_) | Err(Trouble::Unfit(_)) => Ok(()),
            Err(trouble @ Trouble::Broken(_)) => {
                Err(Violation { law: "state_check", what: trouble.to_string() })
            }
            Err(trouble) => Err(Violation { law: "records_and_bytes", what: trouble.to_string() }),
        }
    }

    /// What a violation says, with the names that the story has for what it names.
    pub(crate) fn in_its_words(&self, mut violation: Violation) -> Violation {
        let names = self.player.names();
        let of_task = |id| Some((id, names.of_task(TaskId(id))?.to_string()));
        let of_worker = |id| Some((id, names.of_worker(WorkerId(id))?.to_string()));
        let ids: BTreeSet<Name> = words_of(&violation.what).filter_map(|word| word.parse().ok()).collect();
        for (id, name) in ids.into_iter().filter_map(|id| of_task(id).or_else(|| of_worker(id))) {
            violation.what.push_str(&format!("; {id} is {name}"));
        }
        violation
    }

    fn judge(&mut self, entry: &Entry, outcome: &Outcome, fresh: bool) -> Result<(), Violation> {
        self.entries += 1;
        let applied = Applied { entry, outcome, state: self.player.state(), fresh };
        self.coverage.count(&applied);
        self.eager.compare(entry, outcome, self.player.state())?;
        self.ledger.witness(&applied)
    }

    /// How a story names this token: its task, and the how-manieth it is.
    pub(crate) fn nth_token(&self, task: TaskId, token: Token) -> Option<(TaskNo, u32)> {
        let names = self.player.names();
        let at = names.tokens(task).iter().position(|(one, _)| *one == token)?;
        Some((names.of_task(task)?, u32::try_from(at + 1).ok()?))
    }

    /// Lets the other replicas apply what they missed, if it is their time, or `all` of it.
    pub(crate) fn follow(&mut self, all: bool) -> Result<(), Violation> {
        let Self { log, followers, .. } = self;
        for follower in followers {
            if all || log.len() - follower.applied >= follower.lag {
                follower.catch_up(log)?;
            }
        }
        Ok(())
    }
}
