//! `reeve server`, and `reeve server WORD`.

use std::io::Write;

use clap::{Args, Subcommand};

use crate::trouble::Trouble;

mod check;
mod config;
mod recover;
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
    /// Read everything in a data folder on which no server runs, and tell whether it is whole
    Check(check::Arguments),
    /// When a majority is lost for good: tell which disk is the best that is left, and have it go on alone
    Recover(recover::Arguments),
}

impl Words {
    pub(crate) fn obey(self, out: &mut impl Write, err: &mut impl Write) -> Result<(), Trouble> {
        match self.word {
            None => self.run.obey(),
            Some(Word::Config(arguments)) => arguments.obey(out, err),
            Some(Word::Check(arguments)) => arguments.obey(out),
            Some(Word::Recover(arguments)) => arguments.obey(out),
        }
    }
}
