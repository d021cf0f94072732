//! What a choice costs does not grow with the number of tasks that wait.

use std::time::{Duration, Instant};

use super::town::{Town, of, offer, pairs, priority, spec, within};
use reeve_core::assembly::Assembly;
use reeve_core::class::Requirements;
use reeve_core::limits::SUBMIT_TASKS_MAX;
use reeve_core::name::TaskId;
use reeve_node::matcher::{choose, waiting_for};

/// The shortest of many runs: what the work itself takes, whatever else the machine does.
fn shortest(mut work: impl FnMut()) -> Duration {
    let timed = |_| {
        let start = Instant::now();
        work();
        start.elapsed()
    };
    (0..200).map(timed).min().expect("many runs")
}

/// A town where so many tasks of low priority wait, half of them for a worker that is not there, and one of high priority.
fn crowded(low: usize) -> (Town, TaskId) {
    let mut town = Town::new();
    for _ in 0..10 {
        town.worker(offer(10), 100);
    }
    let absent = of(spec(), Requirements::of_kind("absent"));
    for _ in 0..low / SUBMIT_TASKS_MAX {
        let half = SUBMIT_TASKS_MAX / 2;
        town.submit([vec![priority(absent.clone(), 9); half], vec![priority(spec(), 1); half]].concat());
    }
    let high = town.submit(vec![priority(within(spec(), "other"), 8)])[0];
    (town, high)
}

/// How long one choice of the high one, and one answer about the last of the low ones, take.
fn measure(low: usize) -> (Duration, Duration) {
    let (town, high) = crowded(low);
    let chosen = town.would_choose(1);
    assert_eq!(pairs(&chosen)[0].0, high);
    let choice = shortest(|| {
        let grants = choose(&town.state, &mut town.fleet.clone(), &mut Assembly::new(), 1).grants;
        assert_eq!(grants.len(), 1);
    });
    let answer = shortest(|| assert_eq!(waiting_for(&town.state, &town.fleet, high), []));
    (choice, answer)
}

#[test]
fn a_crowd_of_low_priority_costs_nothing() {
    let (few, many) = (measure(SUBMIT_TASKS_MAX), measure(40 * SUBMIT_TASKS_MAX));
    let slack = Duration::from_micros(100);
    assert!(many.0 < 3 * few.0 + slack, "a choice took {:?} among few and {:?} among many", few.0, many.0);
    assert!(many.1 < 3 * few.1 + slack, "an answer took {:?} among few and {:?} among many", few.1, many.1);
}
