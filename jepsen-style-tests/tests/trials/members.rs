//! Members that come, go and move.

use anyhow::Context;

use super::{plan, trial};

#[test]
fn a_follower_is_wiped_and_comes_back_under_another_identity() {
    // So little of the log is kept that it is sent the whole state.
    let plan = plan().set("raft.log_kept=1MiB").set("raft.log_kept_age=1s").set("store.flush_interval=100ms");
    trial(&plan, |trial| {
        let follower = trial.follower()?;
        let old = trial.town.standing(follower).context("it answers")?.node();
        trial.kill(follower)?;
        trial.flows()?;
        trial.wipe(follower)?;
        trial.start(follower)?;
        let leader = trial.town.led()?;
        trial.replace(follower, old, leader)?;
        trial.flows()
    });
}

#[test]
fn a_leader_is_replaced_by_a_new_machine() {
    trial(&plan(), |trial| {
        let (leader, term) = (trial.town.led()?, trial.term());
        let old = trial.town.standing(leader).context("it answers")?.node();
        let through = trial.follower()?;
        let new = trial.town.build()?;
        trial.start(new)?;
        trial.replace(new, old, through)?;
        let other = trial.led_after(term)?;
        anyhow::ensure!(other != leader, "who has left does not lead");
        trial.kill(leader)?;
        trial.flows()
    });
}

#[test]
fn members_move_to_other_addresses() {
    trial(&plan(), |trial| {
        for moving in [trial.follower()?, trial.town.led()?] {
            trial.kill(moving)?;
            trial.town.rehouse(moving)?;
            trial.flows()?;
            trial.start(moving)?;
            let leader = trial.town.led()?;
            trial.note("move", moving);
            let (name, peer) = (format!("n{moving}"), trial.town.peer(moving)?);
            let public = trial.town.public(moving)?.to_string();
            trial.town.do_at(leader, &["move", &name, "--peer", &peer, "--public", &public])?;
            trial.ready(moving)?;
            trial.flows()?;
        }
        Ok(())
    });
}
