//! `reeve server`: run a node.

use std::path::PathBuf;

use clap::Args;
use reeve_server::config::{Flag, Sources};
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
        let flags = [
            ("--data-dir", "node.data_dir", self.data_dir),
            ("--listen-public", "listen.public", self.listen_public),
            ("--listen-peer", "listen.peer", self.listen_peer),
            ("--listen-health", "listen.health", self.listen_health),
        ];
        let typed = |(flag, key, value): (_, _, Option<_>)| value.map(|value| Flag { flag, key, value });
        let flags = flags.into_iter().filter_map(typed).collect();
        let environment = std::env::vars_os().collect();
        Sources { file: self.config, environment, flags, settings: self.settings }
    }
}
