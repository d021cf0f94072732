//! The trials as a program: what a visitor is shown.

use std::io::{self, Write};
use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::Result;
use clap::{Parser, Subcommand};

/// Trials of real clusters on this machine.
#[derive(Parser)]
#[command(version, about)]
struct Arguments {
    #[command(subcommand)]
    word: Word,
}

#[derive(Subcommand)]
enum Word {
    /// Shows three servers, the death of the one that leads, and that nothing is lost.
    Demo {
        /// Where their data is; what an earlier run left there, running or lying, is removed.
        #[arg(long, default_value = ".reeve-demo")]
        folder: PathBuf,
    },
}

fn main() -> ExitCode {
    match obey(Arguments::parse().word) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            // If even standard error is gone, the exit code is all that can be said.
            drop(writeln!(io::stderr(), "error: {error:#}"));
            ExitCode::FAILURE
        }
    }
}

fn obey(word: Word) -> Result<()> {
    match word {
        Word::Demo { folder } => reeve_trials::demo::demo(&reeve_town::beside()?, &folder, &mut io::stdout()),
    }
}
