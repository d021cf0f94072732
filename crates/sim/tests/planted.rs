//! The adversary against planted bugs: each must be caught within a bounded number of seeds.
//!
//! Built apart, with the feature `planted`, which nothing that ships enables. The planted bug is one for the whole
//! process, so this file has a single test.

use reeve_core::planted::{Bug, plant};
use reeve_sim::law;

/// Seeds within which every bug must be caught, and the moves of each.
const SEEDS: u64 = 60;
const STEPS: u32 = 400;

#[test]
fn every_planted_bug_is_caught() {
    let mut escaped = Vec::new();
    for bug in Bug::ALL {
        plant(Some(bug));
        let caught = (1..=SEEDS).find_map(|seed| law::run(seed, STEPS).err());
        match caught {
            Some(failure) => eprintln!(
                "{bug:?}: caught by `{}` at seed {} after {} lines",
                failure.violation.law,
                failure.seed,
                failure.lines.len()
            ),
            None => escaped.push(bug),
        }
    }
    plant(None);
    let sound = (1..=5).find_map(|seed| law::run(seed, STEPS).err());
    assert!(escaped.is_empty(), "not caught within {SEEDS} seeds: {escaped:?}");
    assert!(sound.is_none(), "the law without bugs is caught: {sound:?}");
}
