//! How long servers that hold many tasks take from their start to their work.

use std::time::{Duration, Instant};

use reeve_town::Town;
use tokio::runtime::Handle;

use crate::limits::{LOAD_BATCH, LOAD_CLIENTS, LOOK_CLOSELY, STANDING_UP, TAIL_BATCH, TAIL_TASKS};
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
    let (mut alone, mut tasks) = filled(setup, plan, on, 1)?;
    let mut runs = Vec::new();
    for run in 1..=setup.runs {
        setup.tell(&format!("run {run} of {}: one node", setup.runs));
        runs.push(vec![killed(&mut alone, on, &mut tasks, ALONE, &[1], |town| town.leader() == Some(1))?]);
    }
    alone.verify(&names(&tasks))?;
    drop(alone);
    let (mut three, mut more) = filled(setup, plan, on, 3)?;
    for (run, runs) in runs.iter_mut().enumerate() {
        setup.tell(&format!("run {} of {}: three nodes", run + 1, setup.runs));
        let follower = three.town.led().map_err(down)? % 3 + 1;
        runs.push(killed(&mut three, on, &mut more, FOLLOWER, &[follower], |town| town.ready(follower))?);
        runs.push(killed(&mut three, on, &mut more, ALL, &[1, 2, 3], |town| town.leader().is_some())?);
    }
    three.verify(&names(&more))?;
    let about = format!(
        "Server processes that hold {} tasks, killed (SIGKILL) right after {} more were submitted and started again: what \
         was not yet in their books is replayed from their logs. Their files are still in the page cache. Every acknowledged \
         task was on disk afterwards, once.",
        number(f64::from(plan.tasks)),
        number(f64::from(TAIL_TASKS)),
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

/// Kills these while the last tasks are in the log and not yet in the book, and starts them again; how long it took until
/// it is so.
fn killed(
    servers: &mut Servers,
    on: &Handle,
    tasks: &mut Vec<Submitted>,
    what: &str,
    which: &[usize],
    so: impl Fn(&Town) -> bool,
) -> Result<Said, Fault> {
    let (submitted, replayed) = tail(servers, on, which)?;
    tasks.extend(submitted);
    let took = restarted(servers, which, so)?;
    let ready = |town: &Town| town.numbers().all(|number| town.ready(number));
    servers.until("all to be ready", LOOK_CLOSELY, ready)?;
    let spent = servers.spent_alone()?;
    let memory = ratio(spent.usage.resident, spent.nodes << 20);
    let figures =
        vec![("seconds", took.as_secs_f64()), ("entries replayed", ratio(replayed, 1)), ("MiB/node", memory)];
    Ok(Said { what: what.into(), figures })
}

/// Submits some, until each of these has applied more than is in its book: how many entries that is at least, a moment
/// before they are killed.
fn tail(servers: &Servers, on: &Handle, which: &[usize]) -> Result<(Vec<Submitted>, u64), Fault> {
    let begun = Instant::now();
    let leader = servers.town.led().map_err(down)?;
    let door = on.block_on(async { servers.door(leader) })?;
    let mut submitted = Vec::new();
    while begun.elapsed() < STANDING_UP {
        submitted.extend(on.block_on(load::fill(&door, TAIL_TASKS, TAIL_BATCH, LOAD_CLIENTS))?);
        let ahead = |number: &usize| {
            let standing = servers.town.standing(*number);
            standing.map_or(0, |standing| standing.applied().saturating_sub(standing.flushed()))
        };
        let least = which.iter().map(ahead).min().unwrap_or(0);
        if least > 0 {
            return Ok((submitted, least));
        }
    }
    Err(Fault::Cluster("whatever was submitted was in all books at once".into()))
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
