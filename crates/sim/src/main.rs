//! The command line of the adversary.

mod voyage;

use std::io::Write;
use std::path::{Path, PathBuf};
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
    /// Lives through histories of whole clusters: replicas as they ship, on machines that fail.
    Cluster(voyage::ClusterWord),
    /// Plays stories and prints what happened; fails where that is not what is written.
    Story {
        /// The story files. Their language is told in docs/stories.md.
        #[arg(required = true)]
        files: Vec<PathBuf>,
    },
    /// Plays a story as the history of a seed: before all laws, with other replicas, and with healing at its end.
    Judge {
        /// The story file.
        file: PathBuf,
        /// The seed, which decides when other replicas lag and restart.
        #[arg(long, default_value_t = 1)]
        seed: u64,
    },
}

#[derive(clap::Args)]
struct LawWord {
    /// How many seeds.
    #[arg(long, default_value_t = 1_000, value_parser = clap::value_parser!(u64).range(1..))]
    seeds: u64,
    /// The first of them.
    #[arg(long, default_value_t = 1)]
    first: u64,
    /// Just this seed.
    #[arg(long, conflicts_with_all = ["seeds", "first"])]
    seed: Option<u64>,
    /// Prints the history of the seed, line by line, and what came of it.
    #[arg(long, requires = "seed")]
    tell: bool,
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

fn main() -> ExitCode {
    let mut out = std::io::stdout().lock();
    match obey(Arguments::parse().word, &mut out) {
        Ok(code) => code,
        // Whoever stops reading has seen enough.
        Err(error) if error.downcast_ref().is_some_and(is_closed) => ExitCode::SUCCESS,
        Err(error) => {
            drop(writeln!(std::io::stderr(), "error: {error:#}"));
            ExitCode::FAILURE
        }
    }
}

fn obey(word: Word, out: &mut impl Write) -> Result<ExitCode> {
    match word {
        Word::Law(word) => law_word(&word, out),
        Word::Cluster(word) => voyage::cluster_word(&word, out),
        Word::Story { files } => files.iter().try_fold(ExitCode::SUCCESS, |code, file| {
            Ok(if story(file, out)? { code } else { ExitCode::FAILURE })
        }),
        Word::Judge { file, seed } => judge(&file, seed, out),
    }
}

fn is_closed(error: &std::io::Error) -> bool {
    error.kind() == std::io::ErrorKind::BrokenPipe
}

fn read(file: &Path) -> Result<String> {
    std::fs::read_to_string(file).with_context(|| format!("cannot read {}", file.display()))
}

/// Plays one story; whether what is written of its outcome, if anything is, is what happened.
fn story(file: &Path, out: &mut impl Write) -> Result<bool> {
    let written = read(file)?;
    let told = tell(&written).with_context(|| format!("cannot play {}", file.display()))?;
    write!(out, "{told}")?;
    let says = written.lines().any(|line| line.starts_with("  "));
    let differs = told.lines().zip(written.lines()).position(|(told, written)| told != written.trim_end());
    if let Some(at) = differs.filter(|_| says) {
        writeln!(out, "\n{}: line {} is written otherwise", file.display(), at + 1)?;
    }
    Ok(!says || differs.is_none())
}

fn judge(file: &Path, seed: u64, out: &mut impl Write) -> Result<ExitCode> {
    let lines =
        reeve_sim::story::lines(&read(file)?).with_context(|| format!("cannot play {}", file.display()))?;
    match law::replay(seed, &lines) {
        Ok(()) => {
            writeln!(out, "{} lines, then healed: no law broken", lines.len())?;
            Ok(ExitCode::SUCCESS)
        }
        Err(violation) => {
            writeln!(out, "broke `{}`: {}", violation.law, violation.what)?;
            Ok(ExitCode::FAILURE)
        }
    }
}

fn tell(script: &str) -> Result<String> {
    Ok(retell(script, &mut Player::new(), &mut |_, _, _| {})?)
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
    if let Some(seed) = word.seed.filter(|_| word.tell) {
        let script: String = law::history(seed, word.steps).iter().map(|line| format!("{line}\n")).collect();
        write!(out, "{}", tell(&script)?)?;
    }
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
    if !lines.is_empty() {
        let (shortest, violation) = law::shrink(failure, 40_000);
        writeln!(
            out,
            "the shortest story found that still does, judged with `judge FILE --seed {seed}` ({} lines):\n",
            shortest.len()
        )?;
        for line in &shortest {
            writeln!(out, "{line}")?;
        }
        writeln!(out, "\n(then everything heals)\n{}", violation.what)?;
    }
    writeln!(out, "\nagain: cargo run --release --bin reeve-sim -- law --seed {seed} --steps {steps}")?;
    Ok(())
}
