//! `reeve server`, and `reeve server WORD`.

use std::io::Write;

use clap::{Args, Subcommand};

use crate::trouble::Trouble;

mod config;
mod run;

/// A node: without a further word it runs until it is told to stop.
#[derive(Args)]
#[command(args_conflicts_with_subcommands = true)]
pub(crate) struct Words {
    #[command(subcommand)]
    word: Option<Word>,
    #[command(flatten)]
    run: run::Arguments,
}

/// Every word of the server.
#[derive(Subcommand)]
enum Word {
    /// Print the default configuration, or look for mistakes in one
    Config(config::Arguments),
}

impl Words {
    pub(crate) fn obey(self, out: &mut impl Write, err: &mut impl Write) -> Result<(), Trouble> {
        match self.word {
            None => self.run.obey(),
            Some(Word::Config(arguments)) => arguments.obey(out, err),
        }
    }
}
