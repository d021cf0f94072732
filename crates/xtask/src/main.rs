//! The command line of the broom: `test` runs the suite, `pin` writes new ordinals into the pinned list.

use std::io::{self, Write};
use std::process::ExitCode;

use anyhow::Result;
use clap::{Parser, Subcommand};
use xtask::{parts, pins};

#[derive(Parser)]
#[command(about = "The broom: keeps the house in order", name = "xtask")]
struct Args {
    #[command(subcommand)]
    word: Word,
}

#[derive(Subcommand)]
enum Word {
    /// Run every part of the test suite, in order, up to the first that fails or is too slow
    Test,
    /// Append the ordinals that are not pinned yet to crates/core/ordinals.txt
    Pin,
}

fn main() -> Result<ExitCode> {
    let mut out = io::stdout();
    match Args::parse().word {
        Word::Test => parts::run(parts::PARTS, &mut out),
        Word::Pin => {
            let added = pins::append_missing()?;
            writeln!(out, "{added} ordinals pinned")?;
            Ok(ExitCode::SUCCESS)
        }
    }
}
