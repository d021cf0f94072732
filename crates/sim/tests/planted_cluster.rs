//! A leader that goes on in its old term after a restart: planted, it must be caught. Built apart, with the feature `planted`.

use reeve_core::planted::{Bug, plant};
use reeve_sim::cluster::history::{self, Plan};
use reeve_sim::cluster::trace::Trace;

/// Seeds within which it must be caught.
const SEEDS: u64 = 100;

#[test]
fn a_leader_that_resumes_its_term_is_caught() {
    history::quiet_panics();
    let plan = Plan { nodes: Some(3), seconds: 20, cuts: 0 };
    plant(Some(Bug::ResumeTerm));
    let caught = (1..=SEEDS).find_map(|seed| {
        let broken = history::run(seed, &plan, &Trace::default()).err()?;
        Some((seed, broken))
    });
    plant(None);
    let (seed, broken) = caught.expect("nobody noticed");
    eprintln!("caught by `{}` at seed {seed}: {}", broken.law, broken.what);
    let sound = history::run(seed, &plan, &Trace::default());
    drop(std::panic::take_hook());
    assert!(sound.is_ok(), "{sound:?}");
}
