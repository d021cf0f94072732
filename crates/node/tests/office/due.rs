//! Empty entries: when time calls for one, and never otherwise.

use reeve_core::{defaults, limits::SWEEP_MAX};
use reeve_node::limits::{EMPTY_SPACING_MS, LOADED_COMMANDS, SWEEP_MIN};
use reeve_node::office::due::{Due, DueWork};

use super::stage::Stage;
use crate::dice::{Dice, for_seeds};

#[test]
fn an_idle_cluster_proposes_nothing() {
    let mut stage = Stage::new();
    let due = DueWork::new();
    assert_eq!(due.ask(&stage.state, 1_000_000, 0), Due::Never);
    stage.worker(1);
    stage.task(None);
    assert_eq!(due.ask(&stage.state, u64::MAX, 0), Due::Never);
}

#[test]
fn a_deadline_calls_for_one_entry_when_it_comes() {
    let mut stage = Stage::new();
    stage.task(Some(5_000));
    let mut due = DueWork::new();
    assert_eq!(due.ask(&stage.state, 1_000, 0), Due::In(4_000));
    assert_eq!(due.ask(&stage.state, 5_000, 4_000), Due::Now);
    due.proposed(5_000, 4_000);
    assert_eq!(due.ask(&stage.state, 5_001, 4_001), Due::OnItsWay);
    // It was certainly not accepted.
    due.settled();
    assert_eq!(due.ask(&stage.state, 5_050, 4_050), Due::Now);
    due.proposed(5_050, 4_050);
    stage.time_ms = 5_050;
    stage.sweep(10);
    due.settled();
    assert_eq!(due.ask(&stage.state, 9_000, 5_000), Due::Never);
}

#[test]
fn an_entry_from_before_the_deadline_does_not_settle_it() {
    let mut stage = Stage::new();
    stage.task(Some(5_000));
    let mut due = DueWork::new();
    due.proposed(4_999, 0);
    assert_eq!(due.ask(&stage.state, 5_000, 1_000), Due::Now);
}

#[test]
fn timers_one_after_the_other_share_entries_but_a_backlog_waits_for_nothing() {
    let mut stage = Stage::new();
    for at_ms in 5_000..5_010 {
        stage.task(Some(at_ms));
    }
    let mut due = DueWork::new();
    due.proposed(5_000, 0);
    stage.time_ms = 5_000;
    stage.sweep(10);
    due.settled();
    assert_eq!(due.ask(&stage.state, 5_001, 1), Due::In(EMPTY_SPACING_MS - 1));
    assert_eq!(due.ask(&stage.state, 5_010, 10), Due::Now);
    stage.time_ms = 5_010;
    stage.sweep(2);
    assert!(stage.state.has_backlog());
    assert_eq!(due.ask(&stage.state, 5_011, 1), Due::Now);
}

#[test]
fn sweeps_grow_with_a_backlog_and_shrink_under_load() {
    let mut stage = Stage::new();
    for _ in 0..20 {
        stage.task(Some(10));
    }
    stage.time_ms = 10;
    stage.sweep(1);
    assert!(stage.state.has_backlog());
    let mut due = DueWork::new();
    let grown: Vec<u32> = (0..5).map(|_| due.sweep(&stage.state, 0)).collect();
    assert_eq!(grown, [2_000, 4_000, 8_000, SWEEP_MAX, SWEEP_MAX]);
    let loaded = (0..10).map(|_| due.sweep(&stage.state, LOADED_COMMANDS)).last();
    assert_eq!(loaded, Some(SWEEP_MIN));
    stage.sweep(100);
    let settled = (0..20).map(|_| due.sweep(&stage.state, 0)).last();
    assert_eq!(settled, Some(defaults::SWEEP));
}

/// Driven by its answers alone, everything due is settled soon, with few entries, and then there is silence.
#[test]
fn whoever_obeys_settles_everything_and_then_rests() {
    for_seeds(100, |seed| {
        let mut dice = Dice::new(seed);
        let mut stage = Stage::new();
        let tasks = 1 + dice.below(200);
        let last_ms = 1_000 + dice.below(1_000) as u64;
        for _ in 0..tasks {
            let at_ms = 100 + dice.roll() % last_ms;
            stage.task(Some(at_ms));
        }
        let (mut due, mut entries, mut mono_ms, mut flight) = (DueWork::new(), 0, 0_u64, Vec::new());
        loop {
            assert!(mono_ms < 10_000, "everything is settled in time");
            match due.ask(&stage.state, mono_ms, mono_ms) {
                Due::Never => break,
                Due::In(ms) => mono_ms += ms,
                Due::Now => {
                    let sweep = due.sweep(&stage.state, dice.pick(&[0, 10_000]));
                    due.proposed(mono_ms, mono_ms);
                    flight.push((mono_ms, sweep));
                    entries += 1;
                }
                Due::OnItsWay => {
                    mono_ms += dice.below(5) as u64;
                    assert!(!flight.is_empty(), "nothing is on its way");
                    let (time_ms, sweep) = flight.remove(0);
                    stage.time_ms = time_ms;
                    stage.sweep(sweep);
                    due.settled();
                }
            }
        }
        assert!(mono_ms <= 100 + last_ms + EMPTY_SPACING_MS + 100);
        let slots = usize::try_from(last_ms / EMPTY_SPACING_MS).unwrap();
        assert!(entries <= tasks.min(slots) + tasks / SWEEP_MIN as usize + 2, "{entries} for {tasks}");
    });
}
