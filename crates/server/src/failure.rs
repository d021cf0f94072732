//! Why a server process did not start, or ended badly. What is wrong with a configuration is told by its complaints;
//! what is wrong with a replica by the replica.

use std::error::Error;
use std::io;
use std::net::SocketAddr;
use std::time::Duration;

use crate::config::{Complaints, Value};

/// What went wrong, where, and the way out.
#[derive(Debug, thiserror::Error)]
pub enum Failure {
    /// The configuration is not fit to start with.
    #[error("{0}")]
    Config(#[from] Complaints),
    /// An address cannot be listened at.
    #[error("SERVER_LISTEN: {key}: cannot listen at {address}: {error}. Free the address or choose another")]
    Listen {
        /// The key that names it.
        key: &'static str,
        /// The address.
        address: SocketAddr,
        /// What the system said.
        error: io::Error,
    },
    /// The system refused threads, signals or the like.
    #[error("SERVER_SYSTEM: {what}: {error}. Look at the limits of this process and of the machine")]
    System {
        /// What was asked for.
        what: &'static str,
        /// What the system said.
        error: io::Error,
    },
    /// Something that a process has only once is taken: a program that embeds a server set it up first.
    #[error("SERVER_TAKEN: the {0} of this process is set up already. Run one server per process")]
    Taken(&'static str),
    /// The replica did not start, or ended by itself.
    #[error("SERVER_REPLICA: {0}")]
    Replica(Box<dyn Error + Send + Sync>),
    /// A part of the process that never ends has ended.
    #[error("SERVER_BUG: a part of the process died: {0}. Start it again, and report this with its log")]
    Bug(tokio::task::JoinError),
    /// An orderly stop took too long.
    #[error(
        "SERVER_STOP_LATE: not stopped after {}. Nothing acknowledged is lost; raise process.shutdown_grace if this \
         happens again",
        .0.show()
    )]
    StopLate(Duration),
    /// A second signal came during an orderly stop.
    #[error("SERVER_INTERRUPTED: told twice to stop, so stopped at once. Nothing acknowledged is lost")]
    Interrupted,
}
