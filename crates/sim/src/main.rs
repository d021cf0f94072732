//! The command line of the adversary.

use std::io::Write;
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Instant;

use anyhow::{Context, Result};
use clap::{Parser, Subcommand};
use reeve_sim::law::{self, Coverage, Failure};
use reeve_sim::story::{Player, retell};

/// Tries to break the law of Reeve.
#[derive(Parser)]
#[command(version, about)]
struct Arguments {
    #[command(subcommand)]
    word: Word,
}

#[derive(Subcommand)]
enum Word {
    /// Makes histories from seeds and holds them against all laws.
    Law(LawWord),
    /// Plays stories and prints what happened.
    Story {
        /// The story files.
        #[arg(required = true)]
        files: Vec<PathBuf>,
    },
    /// Tells the story of a lost worker and a change of leaders, and then lives through fifty histories.
    Demo,
}

#[derive(clap::Args)]
struct LawWord {
    /// How many seeds.
    #[arg(long, default_value_t = 1_000)]
    seeds: u64,
    /// The first of them.
    #[arg(long, default_value_t = 1)]
    first: u64,
    /// Just this seed, with its whole story on a violation.
    #[arg(long)]
    seed: Option<u64>,
    /// How many moves each history has before everything heals.
    #[arg(long, default_value_t = 500)]
    steps: u32,
    /// How many threads; as many as there are cores if not said.
    #[arg(long)]
    threads: Option<usize>,
    /// Prints one line instead of all that was reached.
    #[arg(long)]
    brief: bool,
}

fn main() -> Result<ExitCode> {
    let mut out = std::io::stdout().lock();
    match Arguments::parse().word {
        Word::Law(word) => law_word(&word, &mut out),
        Word::Story { files } => {
            for file in files {
                let text = std::fs::read_to_string(&file)
                    .with_context(|| format!("cannot read {}", file.display()))?;
                let told = tell(&text).with_context(|| format!("cannot play {}", file.display()))?;
                write!(out, "{told}")?;
            }
            Ok(ExitCode::SUCCESS)
        }
        Word::Demo => demo(&mut out),
    }
}

fn tell(script: &str) -> Result<String> {
    Ok(retell(script, &mut Player::new(), &mut |_, _, _| {})?)
}

fn demo(out: &mut impl Write) -> Result<ExitCode> {
    write!(out, "{}", tell(include_str!("../stories/demo.story"))?)?;
    writeln!(
        out,
        "\nAnd now fifty histories of the same law under clients, workers and accidents of every kind:\n"
    )?;
    let word = LawWord { seeds: 50, first: 1, seed: None, steps: 500, threads: None, brief: true };
    law_word(&word, out)
}

/// What all threads of a run share.
struct Fleet {
    next: AtomicU64,
    end: u64,
    steps: u32,
    result: Mutex<Survey>,
}

#[derive(Default)]
struct Survey {
    coverage: Coverage,
    entries: u64,
    seeds: u64,
    failure: Option<Box<Failure>>,
}

fn law_word(word: &LawWord, out: &mut impl Write) -> Result<ExitCode> {
    let (first, count) = word.seed.map_or((word.first, word.seeds), |seed| (seed, 1));
    // Panics of the law are caught, kept with their history, and reported below.
    std::panic::set_hook(Box::new(|_| {}));
    let started = Instant::now();
    let end = first.saturating_add(count);
    let fleet = Fleet { next: AtomicU64::new(first), end, steps: word.steps, result: Mutex::default() };
    let cores = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
    std::thread::scope(|scope| {
        for _ in 0..word.threads.unwrap_or(cores).max(1) {
            scope.spawn(|| sail(&fleet));
        }
    });
    let survey = fleet.result.into_inner().unwrap_or_else(std::sync::PoisonError::into_inner);
    let seconds = started.elapsed().as_secs_f64();
    if let Some(failure) = survey.failure {
        report(&failure, word.steps, out)?;
        return Ok(ExitCode::FAILURE);
    }
    if !word.brief {
        writeln!(out, "{}", survey.coverage)?;
    }
    let (seeds, entries) = (survey.seeds, survey.entries);
    writeln!(
        out,
        "{seeds} seeds of {} steps, {entries} entries, each seed twice, no law broken: {seconds:.1} s, {:.0} seeds/s",
        word.steps,
        seeds as f64 / seconds
    )?;
    let missed = survey.coverage.verbs_missed();
    // Few histories cannot reach everything; many that do not are a fault of the simulator.
    if seeds >= 50 && !missed.is_empty() {
        writeln!(out, "the simulator never executed: {}", missed.join(", "))?;
        return Ok(ExitCode::FAILURE);
    }
    Ok(ExitCode::SUCCESS)
}

fn sail(fleet: &Fleet) {
    loop {
        let seed = fleet.next.fetch_add(1, Ordering::Relaxed);
        if seed >= fleet.end {
            return;
        }
        let judged = law::run_twice(seed, fleet.steps);
        let mut survey = fleet.result.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        match judged {
            Ok(run) => {
                survey.seeds += 1;
                survey.entries += run.entries;
                survey.coverage.add(run.coverage);
            }
            Err(failure) => {
                // The lowest failing seed is reported, whichever thread was first.
                if survey.failure.as_ref().is_none_or(|other| failure.seed < other.seed) {
                    survey.failure = Some(failure);
                }
                fleet.next.store(fleet.end, Ordering::Relaxed);
                return;
            }
        }
    }
}

fn report(failure: &Failure, steps: u32, out: &mut impl Write) -> Result<()> {
    let Failure { seed, violation, lines } = failure;
    writeln!(out, "seed {seed} broke `{}` after {} lines: {}\n", violation.law, lines.len(), violation.what)?;
    let shortest = law::shrink(failure, 40_000);
    if !shortest.is_empty() {
        writeln!(
            out,
            "the shortest story found that still does, before everything heals, in {} lines:\n",
            shortest.len()
        )?;
    }
    for line in &shortest {
        writeln!(out, "{line}")?;
    }
    writeln!(out, "\nagain: cargo run --release -p reeve-sim -- law --seed {seed} --steps {steps}")?;
    Ok(())
}
