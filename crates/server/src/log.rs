//! The log of the process: lines on standard error, in the format and with the levels that are configured.

use std::io;

use tracing_subscriber::filter::Targets;
use tracing_subscriber::layer::{Layer, SubscriberExt};
use tracing_subscriber::util::SubscriberInitExt;
use tracing_subscriber::{Registry, fmt, reload};

use crate::Failure;
use crate::config::{self, LogFilter, LogFormat};

/// The hand on the log's levels.
#[derive(Debug)]
pub struct Log {
    levels: reload::Handle<Targets, Registry>,
}

/// Sets up the log of this process, once.
pub fn install(config: &config::Log) -> Result<Log, Failure> {
    let (levels, handle) = reload::Layer::new(targets(&config.level));
    let lines = fmt::layer().with_writer(io::stderr);
    let lines = match config.format {
        LogFormat::Text => lines.boxed(),
        LogFormat::Json => lines.json().flatten_event(true).boxed(),
    };
    let installed = tracing_subscriber::registry().with(levels).with(lines).try_init();
    installed.map_err(|_| Failure::Taken("log"))?;
    Ok(Log { levels: handle })
}

impl Log {
    /// From now on, this much is said.
    pub fn set(&self, level: &LogFilter) {
        if let Err(error) = self.levels.reload(targets(level)) {
            tracing::warn!(%error, "the log keeps its level");
        }
    }
}

fn targets(level: &LogFilter) -> Targets {
    level.as_str().parse().expect("a log filter was checked when it was read")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Value;

    #[test]
    fn every_filter_that_is_read_is_understood() {
        for text in ["off", "trace", "warn,reeve_node::office=trace", "a=off,error,b=info"] {
            targets(&LogFilter::parse(text).unwrap());
        }
    }
}
