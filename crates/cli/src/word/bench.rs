//! `reeve bench`, and `reeve bench WORD`.

use std::fs;
use std::io::Write;
use std::path::PathBuf;
use std::time::Duration;

use clap::{Args, Subcommand, ValueEnum};
use reeve_bench::load::Window;
use reeve_bench::{Fault, Record, Setup, checkpoint, cycles, failover, idle, law, page, proposals, restart};
use tokio::runtime::{Builder, Handle};

use crate::trouble::Trouble;

/// Measures what this machine can do: the law alone, and clusters of its own.
#[derive(Args)]
pub(crate) struct Words {
    #[command(subcommand)]
    word: Word,
    /// How often everything is measured
    #[arg(long, global = true, value_name = "N", default_value_t = 1, value_parser = clap::value_parser!(u16).range(1..))]
    runs: u16,
    /// Keep data in this folder while measuring: it should be on the disk that is meant
    #[arg(long, global = true, value_name = "FOLDER")]
    folder: Option<PathBuf>,
    /// Write the record into this folder, where `reeve bench report` finds it
    #[arg(long, global = true, value_name = "FOLDER")]
    keep: Option<PathBuf>,
    /// Print records as JSON, each on one line
    #[arg(long, global = true)]
    json: bool,
}

/// Everything that is measured.
#[derive(Subcommand)]
enum Word {
    /// What a task costs the law itself, without a disk or a wire
    Law(Law),
    /// Proposals per second, and how long each takes, with few and many clients, one by one and in batches
    Proposals(Proposals),
    /// Whole cycles of tasks inside the leader: submit, grant, complete
    Cycles(Cycles),
    /// How long nobody is answered when the leader is killed
    Failover(Failover),
    /// How long nodes with many tasks take to start
    Restart(Restart),
    /// What clients feel while a checkpoint is made and sent
    Checkpoint(Checkpoint),
    /// What three nodes cost that have nothing to do
    Idle(Idle),
    /// Write the page of figures from what was kept
    Report(Report),
}

#[derive(Args)]
struct Law {
    /// How many tasks wait beside the cycles, few first
    #[arg(long, value_delimiter = ',', default_value = "10000,1000000,10000000")]
    #[arg(value_parser = clap::value_parser!(u32).range(1..))]
    waiting: Vec<u32>,
    /// Tasks that ended before
    #[arg(long, default_value_t = 2_000_000)]
    ended: u32,
    /// Cycles in one run
    #[arg(long, default_value_t = 1_000_000)]
    cycles: u32,
    /// Tasks of the state that is made from its records
    #[arg(long, default_value_t = 1_000_000)]
    tasks: u32,
}

#[derive(Args)]
struct Proposals {
    /// Numbers of clients
    #[arg(long, value_delimiter = ',', default_value = "1,64,1024")]
    clients: Vec<usize>,
    /// Numbers of tasks in one call
    #[arg(long, value_delimiter = ',', default_value = "1,100")]
    batches: Vec<u32>,
    /// How long each is measured
    #[arg(long, value_name = "N", default_value_t = 5.0)]
    seconds: f64,
    /// Where the replicas are
    #[arg(long, value_enum, default_value = "both")]
    way: Way,
}

/// Where the replicas are.
#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Way {
    /// In the process of the clients
    InProcess,
    /// In processes of their own
    Grpc,
    /// First the one, then the other
    Both,
}

#[derive(Args)]
struct Cycles {
    /// Tasks in one submit, and reports in one group
    #[arg(long, default_value_t = 100, value_parser = clap::value_parser!(u32).range(1..=10_000))]
    batch: u32,
    /// Tasks submitted and not yet completed, at most
    #[arg(long, default_value_t = 20_000)]
    open: u32,
    /// Workers
    #[arg(long, default_value_t = 4, value_parser = clap::value_parser!(u32).range(1..))]
    workers: u32,
    /// How long it is measured
    #[arg(long, value_name = "N", default_value_t = 5.0)]
    seconds: f64,
}

#[derive(Args)]
struct Failover {
    /// How many leaders are killed
    #[arg(long, default_value_t = 20)]
    kills: usize,
    /// Proposals a second
    #[arg(long, default_value_t = 200)]
    rate: u32,
}

#[derive(Args)]
struct Restart {
    /// Tasks that live
    #[arg(long, default_value_t = 1_000_000)]
    tasks: u32,
}

#[derive(Args)]
struct Checkpoint {
    /// Tasks that live
    #[arg(long, default_value_t = 1_000_000)]
    tasks: u32,
    /// Proposals a second
    #[arg(long, default_value_t = 500)]
    rate: u32,
    /// How long it is looked at what clients feel without a checkpoint
    #[arg(long, value_name = "N", default_value_t = 10.0)]
    seconds: f64,
}

#[derive(Args)]
struct Idle {
    /// For how long
    #[arg(long, value_name = "N", default_value_t = 60.0)]
    seconds: f64,
}

#[derive(Args)]
struct Report {
    /// Where the records are
    #[arg(long, value_name = "FOLDER", default_value = "bench")]
    records: PathBuf,
    /// The page
    #[arg(long, value_name = "FILE", default_value = "docs/performance.md")]
    page: PathBuf,
}

fn seconds(number: f64) -> Duration {
    Duration::try_from_secs_f64(number).unwrap_or(Duration::from_secs(1))
}

/// A fifth of what is measured goes before it, and does not count.
fn window(number: f64) -> Window {
    Window { warm: seconds(number / 5.0), length: seconds(number) }
}

impl Words {
    pub(crate) fn obey(self, out: &mut impl Write) -> Result<(), Trouble> {
        let Self { word, runs, folder, keep, json } = self;
        let setup = Setup {
            folder: folder.unwrap_or_else(std::env::temp_dir),
            reeve: std::env::current_exe()?,
            runs: usize::from(runs),
            progress,
        };
        let runtime = Builder::new_multi_thread().worker_threads(2).enable_all().build()?;
        for record in word.measure(&setup, runtime.handle(), out)? {
            if let Some(folder) = &keep {
                page::keep(&record, folder)?;
            }
            if json {
                writeln!(out, "{}", serde_json::to_string(&record).map_err(std::io::Error::other)?)?;
            } else {
                writeln!(out, "{}", record.text())?;
            }
            out.flush()?;
        }
        Ok(())
    }
}

/// Says how far it is, where it does not mix with the answer.
fn progress(what: &str) {
    // If nobody reads it, nothing is lost.
    drop(writeln!(std::io::stderr(), "bench: {what}"));
}

impl Word {
    fn measure(self, setup: &Setup, on: &Handle, out: &mut impl Write) -> Result<Vec<Record>, Trouble> {
        Ok(match self {
            Self::Law(Law { waiting, ended, cycles, tasks }) => {
                vec![law::run(setup, &law::Plan { waiting, ended, cycles, tasks })?]
            }
            Self::Proposals(arguments) => arguments.measure(setup, on)?,
            Self::Cycles(Cycles { batch, open, workers, seconds }) => {
                let plan = cycles::Plan { batch, open: open.max(batch), workers, window: window(seconds) };
                vec![cycles::within(setup, &plan, on)?]
            }
            Self::Failover(Failover { kills, rate }) => {
                vec![failover::run(setup, &failover::Plan { kills, rate }, on)?]
            }
            Self::Restart(Restart { tasks }) => vec![restart::run(setup, &restart::Plan { tasks }, on)?],
            Self::Checkpoint(Checkpoint { tasks, rate, seconds: quiet }) => {
                vec![checkpoint::run(setup, &checkpoint::Plan { tasks, rate, quiet: seconds(quiet) }, on)?]
            }
            Self::Idle(Idle { seconds: length }) => {
                vec![idle::run(setup, &idle::Plan { length: seconds(length) })?]
            }
            Self::Report(report) => {
                let missing = report.write()?;
                if !missing.is_empty() {
                    writeln!(out, "not measured yet: {}", missing.join(", "))?;
                }
                Vec::new()
            }
        })
    }
}

impl Report {
    /// Writes the page; what is missing in it.
    fn write(self) -> Result<Vec<String>, Fault> {
        let Self { records, page: file } = self;
        let failed = |error: std::io::Error| Fault::Page(format!("{}: {error}", file.display()));
        let old = fs::read_to_string(&file).map_err(failed)?;
        let new = page::written(&old, &records)?;
        fs::write(&file, new.text).map_err(failed)?;
        Ok(new.missing)
    }
}

impl Proposals {
    fn measure(self, setup: &Setup, on: &Handle) -> Result<Vec<Record>, Fault> {
        let Self { clients, batches, seconds, way } = self;
        let plan = proposals::Plan { clients, batches, window: window(seconds) };
        let mut records = Vec::new();
        if way != Way::Grpc {
            records.push(proposals::within(setup, &plan, on)?);
        }
        if way != Way::InProcess {
            records.push(proposals::without(setup, &plan, on)?);
        }
        Ok(records)
    }
}
