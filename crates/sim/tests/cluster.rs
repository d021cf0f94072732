//! Whole clusters: a fixed number of histories, and a thousand power cuts of all nodes at once.

use std::sync::atomic::{AtomicU64, Ordering};

use reeve_sim::cluster::history::{self, Plan, Run};
use reeve_sim::cluster::trace::Trace;

/// Lives through these seeds on two threads, and adds up what `count` says of each.
fn all(seeds: std::ops::RangeInclusive<u64>, plan: Plan, count: impl Fn(&Run) -> u64 + Sync) -> u64 {
    history::quiet_panics();
    let (next, sum) = (AtomicU64::new(*seeds.start()), AtomicU64::new(0));
    std::thread::scope(|scope| {
        for _ in 0..2 {
            scope.spawn(|| {
                loop {
                    let seed = next.fetch_add(1, Ordering::Relaxed);
                    if seed > *seeds.end() {
                        return;
                    }
                    let run = history::run(seed, &plan, &Trace::default());
                    let run = run.unwrap_or_else(|broken| panic!("seed {seed}: {broken:?}"));
                    sum.fetch_add(count(&run), Ordering::Relaxed);
                }
            });
        }
    });
    sum.into_inner()
}

#[test]
fn histories_keep_all_laws() {
    let plan = Plan { nodes: None, seconds: 20, cuts: 0 };
    let answers = all(1..=60, plan, |run| run.answers as u64);
    assert!(answers > 10_000, "{answers}");
}

#[test]
fn a_thousand_power_cuts_forget_nothing() {
    let plan = Plan { nodes: Some(3), seconds: 0, cuts: 50 };
    assert_eq!(all(1..=20, plan, |run| run.rare.of("a power cut of all")), 1_000);
}
