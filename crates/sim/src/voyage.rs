//! The word `cluster`: many histories of whole clusters, on all cores, and what they reached.

use std::io::Write;
use std::process::ExitCode;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::Instant;

use anyhow::Result;
use reeve_sim::cluster::history::{self, Plan, Run};
use reeve_sim::cluster::law::Violation;
use reeve_sim::cluster::rare::{Rare, STATES};
use reeve_sim::cluster::trace::Trace;

/// One seed in so many is lived twice.
const TWICE_EVERY: u64 = 25;

#[derive(clap::Args)]
pub(crate) struct ClusterWord {
    /// How many seeds.
    #[arg(long, default_value_t = 100, value_parser = clap::value_parser!(u64).range(1..))]
    seeds: u64,
    /// The first of them.
    #[arg(long, default_value_t = 1)]
    first: u64,
    /// Just this seed.
    #[arg(long, conflicts_with_all = ["seeds", "first"])]
    seed: Option<u64>,
    /// Prints the history of the seed, line by line.
    #[arg(long, requires = "seed")]
    tell: bool,
    /// How many nodes; by the seed if not said.
    #[arg(long, value_parser = clap::value_parser!(u64).range(1..=5))]
    nodes: Option<u64>,
    /// How many virtual seconds it lasts before everything heals.
    #[arg(long, default_value_t = 20)]
    seconds: u64,
    /// Nothing but so many power cuts of all nodes at once.
    #[arg(long, default_value_t = 0)]
    cuts: u32,
    /// The membership moves only because a log is damaged, and its replica has to come back as another.
    #[arg(long)]
    rots: bool,
    /// How many threads; as many as there are cores if not said.
    #[arg(long)]
    threads: Option<usize>,
}

#[derive(Default)]
struct Survey {
    rare: Rare,
    seeds: u64,
    twice: u64,
    entries: u64,
    answers: usize,
    slowest_ms: u64,
    failure: Option<(u64, Violation)>,
}

struct Fleet {
    plan: Plan,
    next: AtomicU64,
    end: u64,
    result: Mutex<Survey>,
}

/// One history; now and then twice, which must be the same.
fn judge(seed: u64, plan: &Plan) -> Result<(Run, bool), Violation> {
    let run = history::run(seed, plan, &Trace::default())?;
    if !seed.is_multiple_of(TWICE_EVERY) {
        return Ok((run, false));
    }
    let again = history::run(seed, plan, &Trace::default())?;
    same(&run, &again).map(|()| (run, true))
}

/// Whether one history that was lived twice was the same.
fn same(run: &Run, again: &Run) -> Result<(), Violation> {
    if run.hash == again.hash {
        return Ok(());
    }
    let what = format!("the trace was {:016x} and then {:016x}", run.hash, again.hash);
    Err(Violation { law: "same_seed_same_trace", what })
}

fn sail(fleet: &Fleet) {
    loop {
        let seed = fleet.next.fetch_add(1, Ordering::Relaxed);
        if seed >= fleet.end {
            return;
        }
        let judged = judge(seed, &fleet.plan);
        let mut survey = fleet.result.lock().unwrap_or_else(PoisonError::into_inner);
        match judged {
            Ok((run, twice)) => {
                survey.seeds += 1;
                survey.twice += u64::from(twice);
                survey.entries += run.entries;
                survey.answers += run.answers;
                survey.slowest_ms = survey.slowest_ms.max(run.healed_ms);
                survey.rare.add(&run.rare);
            }
            Err(violation) => {
                if survey.failure.as_ref().is_none_or(|(other, _)| seed < *other) {
                    survey.failure = Some((seed, violation));
                }
                fleet.next.store(fleet.end, Ordering::Relaxed);
                return;
            }
        }
    }
}

pub(crate) fn cluster_word(word: &ClusterWord, out: &mut impl Write) -> Result<ExitCode> {
    let plan =
        Plan { nodes: word.nodes, seconds: word.seconds, cuts: word.cuts, rots: word.rots, overlooks: &[] };
    if let Some(seed) = word.seed.filter(|_| word.tell) {
        let trace = Trace::telling();
        let judged = history::run(seed, &plan, &trace);
        for line in trace.lines() {
            writeln!(out, "{line}")?;
        }
        if let Err(violation) = judged {
            writeln!(out, "broke `{}`: {}", violation.law, violation.what)?;
        }
    }
    let (first, count) = word.seed.map_or((word.first, word.seeds), |seed| (seed, 1));
    let end = first.saturating_add(count);
    let fleet = Fleet { plan, next: AtomicU64::new(first), end, result: Mutex::default() };
    let started = Instant::now();
    let cores = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
    std::thread::scope(|scope| {
        for _ in 0..word.threads.unwrap_or(cores).max(1) {
            scope.spawn(|| sail(&fleet));
        }
    });
    let survey = fleet.result.into_inner().unwrap_or_else(PoisonError::into_inner);
    report(word, &survey, started.elapsed().as_secs_f64(), out)
}

fn report(word: &ClusterWord, survey: &Survey, seconds: f64, out: &mut impl Write) -> Result<ExitCode> {
    if let Some((seed, Violation { law, what })) = &survey.failure {
        let nodes = word.nodes.map_or_else(String::new, |nodes| format!(" --nodes {nodes}"));
        let cuts = if word.cuts > 0 { format!(" --cuts {}", word.cuts) } else { String::new() };
        let rots = if word.rots { " --rots" } else { "" };
        writeln!(out, "seed {seed} broke `{law}`: {what}\n")?;
        writeln!(
            out,
            "again: cargo run --release --bin reeve-sim -- cluster --seed {seed}{nodes} --seconds {}{cuts}{rots} --tell",
            word.seconds
        )?;
        return Ok(ExitCode::FAILURE);
    }
    writeln!(out, "{}", survey.rare)?;
    writeln!(
        out,
        "{} seeds of {} virtual seconds, {} of them twice: {} entries, {} answers, all well again after at most \
         {} ms, no law broken: {seconds:.1} s",
        survey.seeds, word.seconds, survey.twice, survey.entries, survey.answers, survey.slowest_ms
    )?;
    let missed: Vec<&str> = STATES.iter().copied().filter(|state| survey.rare.of(state) == 0).collect();
    if !missed.is_empty() {
        writeln!(out, "never reached: {}", missed.join("; "))?;
    }
    // Few histories, or tame ones, cannot reach everything; many wild ones that do not are a fault of the simulator.
    let wild =
        survey.seeds >= 500 && word.seconds >= 20 && word.cuts == 0 && !word.rots && word.nodes.is_none();
    Ok(if wild && !missed.is_empty() { ExitCode::FAILURE } else { ExitCode::SUCCESS })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn another_trace_is_seen() {
        let rare = Rare::default();
        let run = Run { rare, hash: 1, entries: 0, answers: 0, healed_ms: 0 };
        assert_eq!(same(&run, &run.clone()), Ok(()));
        let again = Run { hash: 2, ..run.clone() };
        assert_eq!(same(&run, &again).unwrap_err().law, "same_seed_same_trace");
    }
}
