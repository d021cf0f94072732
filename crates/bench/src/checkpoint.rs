//! What clients feel while a checkpoint is made and sent to a new member.

use std::thread::sleep;
use std::time::{Duration, Instant};

use tokio::runtime::Handle;

use crate::limits::{LOAD_BATCH, LOAD_CLIENTS, LOOK_EVERY, SETTLE};
use crate::load;
use crate::machine::Machine;
use crate::record::{Record, Said, number};
use crate::servers::{Servers, down};
use crate::steady::{self, Steady};
use crate::tally::{Spectrum, Tally};
use crate::{Fault, Setup};

/// What is measured.
#[derive(Clone, Debug)]
pub struct Plan {
    /// Tasks that live.
    pub tasks: u32,
    /// Proposals a second.
    pub rate: u32,
    /// For how long it is looked at what clients feel without a checkpoint.
    pub quiet: Duration,
}

/// So short that the newcomer needs a checkpoint.
const SHORT_LOG: &[&str] = &["raft.log_kept=1MiB", "raft.log_kept_age=1s"];

/// Measures it.
///
/// # Errors
/// There is no measurement, or something was lost.
pub fn run(setup: &Setup, plan: &Plan, on: &Handle) -> Result<Record, Fault> {
    let machine = Machine::here(&setup.folder)?;
    let begun = Instant::now();
    let mut runs = Vec::new();
    for run in 1..=setup.runs {
        setup.tell(&format!("run {run} of {}: {} tasks and a newcomer", setup.runs, plan.tasks));
        runs.push(one_run(setup, plan, on)?);
    }
    let about = format!(
        "Three server processes that hold {} tasks, and {} proposals a second through the public door, each with a key and \
         whether or not the earlier ones were answered; then a fourth joins, to whom a checkpoint is sent. Every acknowledged \
         task was on disk afterwards, once.",
        number(f64::from(plan.tasks)),
        plan.rate
    );
    Ok(Record::of("checkpoint", about, machine, begun.elapsed(), &runs))
}

fn one_run(setup: &Setup, plan: &Plan, on: &Handle) -> Result<Vec<Said>, Fault> {
    let mut servers = Servers::together(setup, 3, SHORT_LOG)?;
    let leader = servers.town.led().map_err(down)?;
    let door = on.block_on(async { servers.door(leader) })?;
    let filled = on.block_on(load::fill(&door, plan.tasks, LOAD_BATCH.min(plan.tasks), LOAD_CLIENTS))?;
    servers.flushed()?;
    let stream = Steady::begin(on, &door, plan.rate, "steady".into());
    sleep(SETTLE);
    // What is flushed is purged soon after; as long as the whole log is there, nobody needs a checkpoint.
    let purged =
        |_: &reeve_town::Town| servers.gauge(leader, "reeve_raft_purged_index").is_ok_and(|index| index > 0);
    servers.until("the log to be purged", LOOK_EVERY, purged)?;
    let quiet = Instant::now();
    sleep(plan.quiet);
    let joining = Instant::now();
    let newcomer = servers.admit(leader)?;
    let caught_up = |town: &reeve_town::Town| {
        let applied = |number: usize| town.standing(number).map_or(0, |standing| standing.applied());
        applied(newcomer) > 0 && applied(newcomer) + u64::from(plan.rate) >= applied(leader)
    };
    let joined = servers.until("the newcomer to catch up", LOOK_EVERY, caught_up)?;
    let calls = stream.end(on)?;
    let mut tasks: Vec<_> = filled.iter().flat_map(|one| one.names()).collect();
    tasks.extend(on.block_on(steady::settle(&door, &calls))?);
    servers.verify(&tasks)?;
    let seconds = (joined - joining).as_secs_f64();
    Ok(vec![
        said("without", &steady::latency(&calls, quiet, joining), None),
        said("while it is made and sent", &steady::latency(&calls, joining, joined), Some(seconds)),
    ])
}

fn said(what: &str, tally: &Tally, seconds: Option<f64>) -> Said {
    let Spectrum { p50_ms, p99_ms, p999_ms, max_ms, .. } = tally.spectrum();
    let mut figures = vec![("max ms", max_ms), ("p50 ms", p50_ms), ("p99 ms", p99_ms), ("p99.9 ms", p999_ms)];
    figures.extend(seconds.map(|seconds| ("seconds until caught up", seconds)));
    Said { what: what.into(), figures }
}
