//! How long servers that hold many tasks take from their start to their work.

use std::time::{Duration, Instant};

use reeve_town::Town;
use tokio::runtime::Handle;

use crate::limits::{LOAD_BATCH, LOAD_CLIENTS, LOOK_CLOSELY};
use crate::load::{self, Submitted, ratio};
use crate::machine::Machine;
use crate::record::{Aim, Record, Said, number};
use crate::servers::{Servers, down};
use crate::{Fault, Setup};

/// What is measured.
#[derive(Clone, Debug)]
pub struct Plan {
    /// Tasks that live.
    pub tasks: u32,
}

const ALONE: &str = "one node, until its office is open";
const FOLLOWER: &str = "a follower of three, until it is ready";
const ALL: &str = "all three at once, until an office is open";

/// Measures it.
///
/// # Errors
/// There is no measurement, or something was lost.
pub fn run(setup: &Setup, plan: &Plan, on: &Handle) -> Result<Record, Fault> {
    let machine = Machine::here(&setup.folder)?;
    let begun = Instant::now();
    let (mut alone, tasks) = filled(setup, plan, on, 1)?;
    let mut runs = Vec::new();
    for run in 1..=setup.runs {
        setup.tell(&format!("run {run} of {}: one node", setup.runs));
        let took = restarted(&mut alone, &[1], |town| town.leader() == Some(1))?;
        runs.push(vec![said(&alone, ALONE, took)]);
    }
    alone.town.stop(1).map_err(down)?;
    drop(alone);
    let (mut three, more) = filled(setup, plan, on, 3)?;
    for (run, runs) in runs.iter_mut().enumerate() {
        setup.tell(&format!("run {} of {}: three nodes", run + 1, setup.runs));
        let follower = three.town.led().map_err(down)? % 3 + 1;
        let took = restarted(&mut three, &[follower], |town| town.ready(follower))?;
        runs.push(said(&three, FOLLOWER, took));
        let took = restarted(&mut three, &[1, 2, 3], |town| town.leader().is_some())?;
        runs.push(said(&three, ALL, took));
        three
            .until("all to be ready", LOOK_CLOSELY, |town| town.numbers().all(|number| town.ready(number)))?;
    }
    three.verify(&names(&more), 0)?;
    let about = format!(
        "Server processes that hold {} tasks, killed (SIGKILL) and started again; their files are still in the page cache. \
         Every acknowledged task was on disk afterwards, once.",
        number(f64::from(u32::try_from(names(&tasks).len()).unwrap_or(u32::MAX)))
    );
    let mut record = Record::of("restart", about, machine, begun.elapsed(), &runs);
    let aims = [ALONE, FOLLOWER, ALL].map(|what| {
        let seconds = record.figure(what, "seconds").map_or(f64::NAN, |figure| figure.median);
        Aim::at_most(&format!("{what}, at most 5 s"), seconds, 5.0)
    });
    record.aims.extend(aims);
    Ok(record)
}

fn names(submitted: &[Submitted]) -> Vec<reeve_core::name::TaskId> {
    submitted.iter().flat_map(|one| one.names()).collect()
}

fn filled(setup: &Setup, plan: &Plan, on: &Handle, count: usize) -> Result<(Servers, Vec<Submitted>), Fault> {
    setup.tell(&format!("{} tasks for a cluster of {count}", plan.tasks));
    let servers = Servers::together(setup, count, &[])?;
    let leader = servers.town.led().map_err(down)?;
    let submitted = on.block_on(async {
        let door = servers.door(leader)?;
        load::fill(&door, plan.tasks, LOAD_BATCH.min(plan.tasks), LOAD_CLIENTS).await
    })?;
    servers.flushed()?;
    Ok((servers, submitted))
}

/// Kills these and starts them again; how long that took until it is so.
fn restarted(servers: &mut Servers, which: &[usize], so: impl Fn(&Town) -> bool) -> Result<Duration, Fault> {
    for number in which {
        servers.town.kill(*number).map_err(down)?;
    }
    let begun = Instant::now();
    for number in which {
        servers.town.launch(*number).map_err(down)?;
    }
    Ok(servers.until("what was killed to be back", LOOK_CLOSELY, so)? - begun)
}

fn said(servers: &Servers, what: &str, took: Duration) -> Said {
    let spent = servers.spent_alone();
    let memory = ratio(spent.usage.resident, spent.nodes << 20);
    Said { what: what.into(), figures: vec![("seconds", took.as_secs_f64()), ("MiB/node", memory)] }
}
