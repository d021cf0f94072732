//! The first words: `reeve WORD`.

use std::io::Write;

use clap::Subcommand;

use crate::trouble::Trouble;

mod server;

/// Every first word.
#[derive(Subcommand)]
pub(crate) enum Word {
    /// A node of a cluster
    #[command(subcommand)]
    Server(server::Word),
}

impl Word {
    /// Does what was asked. What is asked for goes to `out`, all else that should be known to `err`.
    pub(crate) fn obey(self, out: &mut impl Write, err: &mut impl Write) -> Result<(), Trouble> {
        match self {
            Self::Server(word) => word.obey(out, err),
        }
    }
}
