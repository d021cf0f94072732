//! The instrument: stands up clusters on this machine, puts them to work, measures, checks what they did, and says both.
//!
//! What lives here: the law alone, replicas in this process and servers in processes of their own, clients and fake workers
//! that load them, what is measured and what it cost, and the page that is written from records. What must never be here: a way to
//! make a figure look better than what a user would see. A run that lost or repeated anything fails, however fast it was.
//!
//! Latency of a capacity is that of a closed loop: each client waits for its answer before it asks again. Where a pause is
//! what is looked for, the clients do not wait, so that the pause counts as often as it would have been met.

pub mod checkpoint;
pub mod cost;
pub mod cycles;
pub mod failover;
pub mod house;
pub mod idle;
pub mod law;
pub mod limits;
pub mod load;
pub mod machine;
pub mod page;
pub mod proposals;
pub mod record;
pub mod restart;
pub mod servers;
pub mod spec;
pub mod steady;
pub mod tally;

use std::io;

pub use record::Record;

/// Why there is no measurement.
#[derive(Debug, thiserror::Error)]
pub enum Fault {
    /// The disk refused.
    #[error("BENCH_DISK: {at}: {error}. Make room, or say another folder with --folder")]
    Disk {
        /// Where.
        at: String,
        /// What the system said.
        error: io::Error,
    },
    /// The cluster did not do what was asked.
    #[error("BENCH_CLUSTER: {0}. Nothing was measured; run it again, on a machine that does little else")]
    Cluster(String),
    /// The cluster did something else than it said: its figures mean nothing.
    #[error("BENCH_WRONG: {0}. This must never happen: report it")]
    Wrong(String),
    /// The page or a record cannot be read or written.
    #[error("BENCH_PAGE: {0}")]
    Page(String),
}

/// What all measurements are told.
#[derive(Clone, Debug)]
pub struct Setup {
    /// Where data is kept while it is measured: a folder on the disk that is meant.
    pub folder: std::path::PathBuf,
    /// The program `reeve`, for servers in processes of their own.
    pub reeve: std::path::PathBuf,
    /// How often everything is done.
    pub runs: usize,
    /// Who is told how far it is.
    pub progress: fn(&str),
}

impl Setup {
    pub(crate) fn tell(&self, what: &str) {
        (self.progress)(what);
    }
}

/// A folder that goes when it is dropped.
pub(crate) fn scratch(setup: &Setup) -> Result<tempfile::TempDir, Fault> {
    let made = tempfile::tempdir_in(&setup.folder);
    made.map_err(|error| Fault::Disk { at: setup.folder.display().to_string(), error })
}
