//! How a word fails.

use std::io;

use reeve_server::Failure;
use reeve_server::config::{HostPort, Value};
use reeve_server::local::LocalFailure;
use reeve_server::local::check::Health;

/// Why a word was not done.
#[derive(Debug)]
pub(crate) enum Trouble {
    /// The server side refused or failed.
    Server(Failure),
    /// A node that was asked refused, or did not answer.
    Node(reeve_client::Trouble),
    /// A data folder could not be looked at, or not be recovered.
    Local(LocalFailure),
    /// A data folder is not whole: what it is, and what is said of it.
    Unsound(Health, String),
    /// A measurement came to nothing.
    Bench(reeve_bench::Fault),
    /// What was given with a flag is no address.
    Address {
        /// Which flag.
        flag: &'static str,
        /// What was given.
        text: String,
    },
    /// Nothing can be written.
    Output(io::Error),
}

impl Trouble {
    /// Whether the reader simply left: whoever stops reading has seen enough.
    pub(crate) fn is_closed_pipe(&self) -> bool {
        match self {
            Self::Output(error) => error.kind() == io::ErrorKind::BrokenPipe,
            Self::Server(_)
            | Self::Node(_)
            | Self::Bench(_)
            | Self::Local(_)
            | Self::Unsound(..)
            | Self::Address { .. } => false,
        }
    }

    /// The exit code of the program.
    pub(crate) const fn code(&self) -> u8 {
        match self {
            Self::Server(_)
            | Self::Node(_)
            | Self::Bench(_)
            | Self::Local(_)
            | Self::Address { .. }
            | Self::Output(_) => 1,
            Self::Unsound(health, _) => match health {
                Health::Whole => 0,
                Health::Damaged => 3,
                Health::Amnesiac => 4,
                Health::Foreign | Health::Newer => 5,
                Health::Fresh => 6,
                Health::Absent => 7,
            },
        }
    }
}

impl std::fmt::Display for Trouble {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Server(failure) => write!(f, "{failure}"),
            Self::Node(trouble) => write!(f, "{trouble}"),
            Self::Local(failure) => write!(f, "{failure}"),
            Self::Unsound(_, what) => write!(f, "{what}"),
            Self::Bench(fault) => write!(f, "{fault}"),
            Self::Address { flag, text } => {
                write!(f, "CLI_ADDRESS: `{flag} {text}`: an address is {}", HostPort::form())
            }
            Self::Output(error) => {
                write!(f, "CLI_OUTPUT: cannot write: {error}. Look at where standard output leads")
            }
        }
    }
}

impl From<Failure> for Trouble {
    fn from(failure: Failure) -> Self {
        Self::Server(failure)
    }
}

impl From<LocalFailure> for Trouble {
    fn from(failure: LocalFailure) -> Self {
        Self::Local(failure)
    }
}

impl From<reeve_client::Trouble> for Trouble {
    fn from(trouble: reeve_client::Trouble) -> Self {
        Self::Node(trouble)
    }
}

impl From<reeve_bench::Fault> for Trouble {
    fn from(fault: reeve_bench::Fault) -> Self {
        Self::Bench(fault)
    }
}

impl From<io::Error> for Trouble {
    fn from(error: io::Error) -> Self {
        Self::Output(error)
    }
}
