//! The command line of Reeve. What lives here: the words, one file each, and how they fail. What must never be here: what
//! the words mean; that is the business of the crates behind them.
//!
//! A new word is a file under `word/`, named as it is typed, with its arguments and its `obey`; and one line in the
//! list of the word above it (`word.rs` for the first words). What is typed stands in the tests of `tests/words.rs`.

use std::io::{self, Write};
use std::process::ExitCode;

use clap::Parser;

use crate::word::Word;

mod node;
mod table;
mod trouble;
mod word;

/// What `reeve --help` says of exit codes.
const EXIT_CODES: &str = "\
Exit codes:
  0  done
  1  refused or failed; standard error says why, with a code and the way out
  2  not understood: no such word or flag
  3 and more  what `reeve server check` found; see its help";

/// A highly available task scheduler for your own machines.
#[derive(Parser)]
#[command(name = "reeve", version, about, after_help = EXIT_CODES)]
struct Program {
    #[command(subcommand)]
    word: Word,
}

fn main() -> ExitCode {
    let (mut out, mut err) = (io::stdout().lock(), io::stderr());
    let done = Program::parse().word.obey(&mut out, &mut err).and_then(|()| Ok(out.flush()?));
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(trouble) if trouble.is_closed_pipe() => ExitCode::SUCCESS,
        Err(trouble) => {
            // If even standard error is gone, the exit code is all that can be said.
            drop(writeln!(err, "{trouble}"));
            ExitCode::from(trouble.code())
        }
    }
}
