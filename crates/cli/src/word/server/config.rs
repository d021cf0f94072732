//! `reeve server config`: the default file, and the search for mistakes.

use std::io::Write;
use std::path::PathBuf;

use clap::{ArgGroup, Args};
use reeve_server::Failure;
use reeve_server::config::{Sources, default_file};

use crate::trouble::Trouble;

#[derive(Args)]
#[command(group = ArgGroup::new("task").args(["print_default", "check"]).required(true))]
pub(crate) struct Arguments {
    /// Print a configuration file with every key, what it means, and its default
    #[arg(long, conflicts_with = "settings")]
    print_default: bool,
    /// Look for mistakes in this file, as a server would see it: with the REEVE_SERVER_… variables of this environment
    #[arg(long, value_name = "FILE")]
    check: Option<PathBuf>,
    /// Override a key, as in --set raft.heartbeat_interval=100ms
    #[arg(long = "set", value_name = "KEY=VALUE")]
    settings: Vec<String>,
}

impl Arguments {
    pub(crate) fn obey(self, out: &mut impl Write, err: &mut impl Write) -> Result<(), Trouble> {
        let Some(file) = self.check else {
            return Ok(out.write_all(default_file().as_bytes())?);
        };
        let told = format!("{}: no mistakes", file.display());
        let environment = std::env::vars_os().collect();
        let sources = Sources { file: Some(file), environment, flags: Vec::new(), settings: self.settings };
        let config = sources.load().map_err(Failure::from)?;
        for warning in config.warnings() {
            writeln!(err, "warning: {warning}")?;
        }
        Ok(writeln!(out, "{told}")?)
    }
}
