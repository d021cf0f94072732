//! Servers that die, fall silent and stop.

use std::thread::sleep;
use std::time::Duration;

use anyhow::{Context, ensure};

use super::{plan, trial};

#[test]
fn a_leader_is_killed_under_load() {
    let report = trial(&plan(), |trial| {
        for _ in 0..3 {
            let (leader, term) = (trial.town.led()?, trial.term());
            trial.kill(leader)?;
            let other = trial.led_after(term)?;
            ensure!(other != leader, "who is dead does not lead");
            trial.flows()?;
            trial.start(leader)?;
            trial.ready(leader)?;
        }
        Ok(())
    });
    assert!(report.longest_gap < Duration::from_secs(5), "{report}");
}

#[test]
fn each_server_is_killed_in_turn() {
    trial(&plan(), |trial| {
        for server in trial.town.numbers() {
            trial.kill(server)?;
            trial.flows()?;
            trial.start(server)?;
            trial.flows()?;
            trial.ready(server)?;
        }
        Ok(())
    });
}

#[test]
fn without_a_majority_nothing_is_acknowledged() {
    trial(&plan(), |trial| {
        let first = trial.follower()?;
        trial.kill(first)?;
        trial.flows()?;
        let second = trial.follower()?;
        trial.kill(second)?;
        let alone = trial.now();
        sleep(Duration::from_secs(3));
        let acked = trial.ledger.acked_since(alone);
        ensure!(acked == 0, "{acked} submissions were acknowledged by one server of three");
        let left = trial.town.numbers().find(|number| trial.town.runs(*number)).context("one is left")?;
        ensure!(!trial.town.ready(left), "a server without a majority says that it is ready");
        trial.start(second)?;
        trial.flows()?;
        trial.start(first)?;
        trial.ready(first)?;
        trial.flows()
    });
}

#[test]
fn a_leader_falls_silent_and_returns() {
    let report = trial(&plan(), |trial| {
        for silence in [600, 3_000] {
            let (leader, term) = (trial.town.led()?, trial.term());
            trial.pause(leader)?;
            let paused = trial.now();
            let other = trial.led_after(term)?;
            ensure!(other != leader, "who is silent does not lead");
            trial.flows()?;
            sleep(Duration::from_millis(silence).saturating_sub(trial.now() - paused));
            trial.resume(leader)?;
            trial.flows()?;
            trial.ready(leader)?;
        }
        Ok(())
    });
    assert!(report.longest_gap < Duration::from_millis(2_500), "{report}");
}

#[test]
fn a_rolling_restart_is_not_noticed() {
    let report = trial(&plan(), |trial| {
        for server in trial.town.numbers() {
            trial.stop(server)?;
            trial.flows()?;
            trial.start(server)?;
            trial.ready(server)?;
        }
        Ok(())
    });
    assert_eq!(report.unknown_of_all, 0, "{report}");
    assert!(report.longest_gap < Duration::from_secs(2), "{report}");
}

#[test]
fn all_servers_are_killed_at_once() {
    trial(&plan(), |trial| {
        for _ in 0..2 {
            for server in trial.town.numbers() {
                trial.kill(server)?;
            }
            for server in trial.town.numbers() {
                trial.note("start", server);
                trial.town.launch(server)?;
            }
            for server in trial.town.numbers() {
                trial.town.open(server)?;
            }
            trial.flows()?;
        }
        Ok(())
    });
}
