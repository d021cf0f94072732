//! Real clusters under load, and what befalls them. Each test is one scenario; what must hold afterwards is the same for all
//! and stands in `Trial::end`: whatever was acknowledged is there exactly once, whatever was refused is not, and all servers
//! are the same.
//!
//! The program `reeve` must have been built: the suite builds all together, and by hand it is
//! `cargo build --release --workspace --bins`, then `cargo test --release --workspace --test trials`.

#[path = "trials/lives.rs"]
mod lives;
#[path = "trials/members.rs"]
mod members;
#[path = "trials/storage.rs"]
mod storage;

use anyhow::Result;
use reeve_town::{Plan, Town, beside};
use reeve_trials::Trial;
use reeve_trials::trial::Report;

/// The program that was built with these tests.
fn plan() -> Plan {
    Plan::of(beside().expect("`reeve` was built"))
}

/// Has a scenario happen to three servers of this plan; what came of it.
fn trial(plan: &Plan, scenario: impl FnOnce(&mut Trial) -> Result<()>) -> Report {
    let town = Town::of(3, plan).expect("servers start");
    town.found().expect("they make a cluster");
    trial_of(town, scenario)
}

/// Has a scenario happen to a cluster that stands; what came of it.
fn trial_of(town: Town, scenario: impl FnOnce(&mut Trial) -> Result<()>) -> Report {
    let report = Trial::of(town, scenario).unwrap_or_else(|error| panic!("{error:?}"));
    let name = std::thread::current().name().unwrap_or_default().to_owned();
    eprintln!("{name}: {report}");
    report
}
