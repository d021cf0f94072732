//! The law-level simulator: histories of clients, workers, leaders and accidents, each made from one seed.
//!
//! A history is a list of story lines. Each line is played against the pure law; every entry is held against the laws
//! of the state and of histories, and applied by other replicas that lag and are rebuilt from their records. At the end
//! everything heals, and every task must come to an end. The same seed gives the same digest.

mod coverage;
pub(crate) mod eager;
mod heal;
mod moves;
mod shrink;
mod trial;
mod world;

pub use coverage::Coverage;

use crate::check::Violation;
use crate::law::trial::Trial;
use crate::law::world::World;
use crate::quiet;
use crate::story::line::Line;

/// A history that broke a law.
#[derive(Clone, Debug)]
pub struct Failure {
    /// The seed it came from.
    pub seed: u64,
    /// What it broke.
    pub violation: Violation,
    /// Its lines, up to where it broke, or to where everything was to heal.
    pub lines: Vec<Line>,
}

/// A history that kept all laws.
#[derive(Clone, Debug)]
pub struct Run {
    /// The state's digest at its end.
    pub digest: u128,
    /// How many entries it had.
    pub entries: u64,
    /// What it reached.
    pub coverage: Coverage,
}

/// Makes and judges the history of one seed.
///
/// # Errors
/// The law that it broke, with the lines up to there.
pub fn run(seed: u64, steps: u32) -> Result<Run, Box<Failure>> {
    let mut lines = Vec::new();
    // A panic of the law is a violation like any other: it is the whole history that must be kept.
    let judged = caught(|| World::of(seed).live(steps, &mut lines));
    judged.map_err(|violation| Box::new(Failure { seed, violation, lines }))
}

/// The same, twice: the second time must end in the same state.
///
/// # Errors
/// The law that it broke, which may be that of determinism.
pub fn run_twice(seed: u64, steps: u32) -> Result<Run, Box<Failure>> {
    let first = run(seed, steps)?;
    let second = run(seed, steps)?;
    if (first.digest, first.entries) == (second.digest, second.entries) {
        return Ok(first);
    }
    let what = format!("the digest was {:032x} and then {:032x}", first.digest, second.digest);
    Err(Box::new(Failure {
        seed,
        violation: Violation { law: "same_seed_same_digest", what },
        lines: Vec::new(),
    }))
}

/// The lines of the history of one seed, before everything heals.
#[must_use]
pub fn history(seed: u64, steps: u32) -> Vec<Line> {
    let mut lines = Vec::new();
    drop(caught(|| World::of(seed).live(steps, &mut lines)));
    lines
}

/// The shortest history found that still breaks the same law, and what it then says.
#[must_use]
pub fn shrink(failure: &Failure, tries: u32) -> (Vec<Line>, Violation) {
    let broken =
        |lines: &[Line]| replay(failure.seed, lines).err().filter(|other| other.law == failure.violation.law);
    let shortest = shrink::shrink(failure.lines.clone(), tries, |lines| broken(lines).is_some());
    let violation = broken(&shortest).unwrap_or_else(|| failure.violation.clone());
    (shortest, violation)
}

/// Plays given lines as the history of this seed, and heals.
///
/// # Errors
/// The law that they break.
pub fn replay(seed: u64, lines: &[Line]) -> Result<(), Violation> {
    caught(|| {
        let mut trial = Trial::of(seed);
        let judged = lines.iter().try_for_each(|line| trial.play(line)).and_then(|()| heal::heal(&mut trial));
        judged.map_err(|violation| trial.in_its_words(violation))
    })
}

fn caught<T>(run: impl FnOnce() -> Result<T, Violation>) -> Result<T, Violation> {
    quiet::caught(run).unwrap_or_else(|what| Err(Violation { law: "no_panic", what }))
}
