//! `reeve server`: run a node.

use std::path::PathBuf;

use clap::Args;
use reeve_server::config::Sources;
use reeve_server::node::Node;
use reeve_server::server;

use crate::trouble::Trouble;

#[derive(Args)]
pub(crate) struct Arguments {
    /// Read this configuration file
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
    /// Keep everything that must survive in this folder: node.data_dir
    #[arg(long, value_name = "FOLDER")]
    data_dir: Option<String>,
    /// Listen here for clients: listen.public
    #[arg(long, value_name = "ADDRESS")]
    listen_public: Option<String>,
    /// Listen here for other nodes: listen.peer
    #[arg(long, value_name = "ADDRESS")]
    listen_peer: Option<String>,
    /// Listen here for health checks and metrics: listen.health
    #[arg(long, value_name = "ADDRESS")]
    listen_health: Option<String>,
    /// Override a key, as in --set raft.heartbeat_interval=100ms
    #[arg(long = "set", value_name = "KEY=VALUE")]
    settings: Vec<String>,
}

impl Arguments {
    pub(crate) fn obey(self) -> Result<(), Trouble> {
        Ok(server::run::<Node>(self.sources())?)
    }

    /// What the configuration is made of.
    pub(crate) fn sources(self) -> Sources {
        let named = [
            ("node.data_dir", self.data_dir),
            ("listen.public", self.listen_public),
            ("listen.peer", self.listen_peer),
            ("listen.health", self.listen_health),
        ];
        let named = named.into_iter().filter_map(|(key, value)| value.map(|value| format!("{key}={value}")));
        let settings = named.chain(self.settings).collect();
        let environment = std::env::vars_os().collect();
        Sources { file: self.config, environment, settings }
    }
}
