//! How a word fails.

use std::io;

use reeve_server::Failure;

/// Why a word was not done.
#[derive(Debug)]
pub(crate) enum Trouble {
    /// The server side refused or failed.
    Server(Failure),
    /// A node that was asked refused, or did not answer.
    Node(reeve_client::Trouble),
    /// Nothing can be written.
    Output(io::Error),
}

impl Trouble {
    /// Whether the reader simply left: whoever stops reading has seen enough.
    pub(crate) fn is_closed_pipe(&self) -> bool {
        match self {
            Self::Output(error) => error.kind() == io::ErrorKind::BrokenPipe,
            Self::Server(_) | Self::Node(_) => false,
        }
    }
}

impl std::fmt::Display for Trouble {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Server(failure) => write!(f, "{failure}"),
            Self::Node(trouble) => write!(f, "{trouble}"),
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

impl From<reeve_client::Trouble> for Trouble {
    fn from(trouble: reeve_client::Trouble) -> Self {
        Self::Node(trouble)
    }
}

impl From<io::Error> for Trouble {
    fn from(error: io::Error) -> Self {
        Self::Output(error)
    }
}
