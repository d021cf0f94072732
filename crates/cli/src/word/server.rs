//! `reeve server WORD`.

use std::io::Write;

use clap::Subcommand;

use crate::trouble::Trouble;

mod config;

/// Every word of the server.
#[derive(Subcommand)]
pub(crate) enum Word {
    /// Print the default configuration, or look for mistakes in one
    Config(config::Arguments),
}

impl Word {
    pub(crate) fn obey(self, out: &mut impl Write, err: &mut impl Write) -> Result<(), Trouble> {
        match self {
            Self::Config(arguments) => arguments.obey(out, err),
        }
    }
}
