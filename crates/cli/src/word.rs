//! The first words: `reeve WORD`.

use std::io::Write;

use clap::Subcommand;

use crate::trouble::Trouble;

mod bench;
mod cluster;
mod server;

/// Every first word.
#[derive(Subcommand)]
pub(crate) enum Word {
    /// Run a node, or look at its configuration
    Server(server::Words),
    /// Found a cluster, change who belongs to it, and see how it is
    Cluster(cluster::Words),
    /// Measure what this machine can do: clusters are started, loaded, measured and checked
    Bench(bench::Words),
}

impl Word {
    /// Does what was asked. What is asked for goes to `out`, all else that should be known to `err`.
    pub(crate) fn obey(self, out: &mut impl Write, err: &mut impl Write) -> Result<(), Trouble> {
        match self {
            Self::Server(words) => words.obey(out, err),
            Self::Cluster(words) => words.obey(out),
            Self::Bench(words) => words.obey(out),
        }
    }
}
