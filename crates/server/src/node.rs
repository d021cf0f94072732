//! The node of a server process: its data, its replica, its listeners, and the threads of each.
//!
//! What lives here: how a node comes to belong to a cluster, how it starts from what it remembers, how it is, and what
//! operators ask of it. What must never be here: what a replica decides.
//!
//! There is no door for workers yet: what the office orders is dropped (see [`hands`]).

mod door;
mod entrance;
mod gauges;
mod hands;
mod opening;
mod refusal;
pub(crate) mod seat;
pub(crate) mod stage;
mod tasks;
mod threads;

use std::net::SocketAddr;
use std::sync::Arc;

use reeve_node::ground::Workers;
use reeve_node::store::Fault;
use reeve_node::store::disk::memory::MemoryDisk;
use reeve_node::store::disk::real::RealDisk;
use reeve_node::store::engine::memory::Memory;
use reeve_node::store::engine::rocks::Rocks;
use reeve_node::{Live, Settings};
use tokio::task::JoinHandle;

use self::door::Door;
use self::stage::{Stage, Stages};
use self::threads::Threads;
use crate::config::Engine;
use crate::health::Vitals;
use crate::limits::PUBLIC_REQUESTS_BYTES;
use crate::server::Replica;
use crate::{Config, Failure};

/// Why a node could not start or go on.
#[derive(Debug, thiserror::Error)]
pub enum NodeFault {
    /// Its memory is not as it should be.
    #[error("{0}")]
    Memory(#[from] Fault),
    /// The system refused something.
    #[error("{0}")]
    System(#[from] Failure),
    /// It must not go on, or cannot.
    #[error("NODE_ENDED: {0}")]
    Ended(String),
    /// A part of it has died.
    #[error("NODE_BUG: a part of the node died: {0}. Start it again, and report this with its log")]
    Bug(#[from] tokio::task::JoinError),
}

/// The node of a server process.
pub struct Node {
    stages: Arc<Stages>,
    settings: Live,
    door: Door,
    /// Where a node without a cluster waits for one.
    entering: Option<JoinHandle<()>>,
    threads: Threads,
}

impl Replica for Node {
    type Fault = NodeFault;

    async fn start(config: &Config) -> Result<Self, NodeFault> {
        let threads = Threads::new()?;
        match config.node.engine {
            Engine::Rocksdb => {
                let folder = &config.node.data_dir;
                let disk = RealDisk::open(folder);
                let disk = disk.map_err(|error| Fault::io(folder.display().to_string(), &error))?;
                Self::on::<Rocks>(config, disk, threads).await
            }
            Engine::Memory => Self::on::<Memory<MemoryDisk>>(config, MemoryDisk::default(), threads).await,
        }
    }

    fn vitals(&self) -> Arc<dyn Vitals> {
        Arc::clone(&self.stages) as Arc<dyn Vitals>
    }

    fn reload(&self, config: &Config) {
        self.settings.retune(&settings(config));
    }

    async fn failed(&self) -> NodeFault {
        let mut stage = self.stages.watch();
        loop {
            let now = stage.borrow_and_update().clone();
            match now {
                Stage::Seated(seat) => return NodeFault::Ended(seat.died().await),
                Stage::Broken(why) => return NodeFault::Ended(why),
                Stage::Fresh(_) | Stage::Amnesiac(_) => {}
            }
            if stage.changed().await.is_err() {
                std::future::pending::<()>().await;
            }
        }
    }

    async fn stop(self) -> Result<(), NodeFault> {
        if let Some(entering) = &self.entering {
            entering.abort();
        }
        let mut workers = Workers::default();
        if let Stage::Seated(seat) = self.stages.now() {
            seat.stop().await;
            workers = seat.workers();
        }
        self.door.stop().await?;
        self.stages.become_of(Stage::Broken("this node has stopped".into()));
        let threads = self.threads;
        let ending = move || {
            threads.end();
            workers.wait();
        };
        Ok(tokio::task::spawn_blocking(ending).await?)
    }
}

impl Node {
    /// Where it listens for clients.
    #[must_use]
    pub const fn public_address(&self) -> SocketAddr {
        self.door.address()
    }

    async fn on<E: reeve_node::store::engine::Engine>(
        config: &Config,
        disk: E::Disk,
        threads: Threads,
    ) -> Result<Self, NodeFault> {
        let settings = Live::from(settings(config));
        let folder = match config.node.engine {
            // As whoever reads of it on another machine or in another folder needs it.
            Engine::Rocksdb => std::path::absolute(&config.node.data_dir).ok(),
            Engine::Memory => None,
        };
        let stages = Arc::new(Stages::new(config.node_name(), folder, config.raft.election_timeout_max));
        let opening = opening::Opening::<E>::new(config, disk, threads.handles(), settings.clone());
        let (asking, asked) = entrance::Asking::way();
        let connections = count(config.listen.max_connections);
        let room = PUBLIC_REQUESTS_BYTES;
        let door = Door::open(config.listen.public, connections, room, Arc::clone(&stages), asking).await?;
        tracing::info!(address = %door.address(), "public listener is open");
        let entering = entrance::enter(opening, Arc::clone(&stages), config.node.join.clone(), asked).await?;
        Ok(Self { stages, settings, door, entering, threads })
    }
}

fn count(number: u64) -> usize {
    usize::try_from(number).unwrap_or(usize::MAX)
}

/// What a configuration means to a replica.
#[must_use]
pub fn settings(config: &Config) -> Settings {
    Settings {
        heartbeat: config.raft.heartbeat_interval,
        election_min: config.raft.election_timeout_min,
        election_max: config.raft.election_timeout_max,
        flush_interval: config.store.flush_interval,
        keep_bytes: config.raft.log_kept.0,
        keep_age: config.raft.log_kept_age,
        slow_sync: config.disk.fsync_slow,
        reserve_bytes: config.disk.reserve.0,
        disk_low: config.disk.low.0,
        disk_critical: config.disk.critical.0,
        scrub_interval: config.store.scrub_interval,
        waiting_commands: config.admission.max_commands,
        waiting_bytes: config.admission.max_bytes.0,
        entry_commands: count(config.batch.max_commands),
        entry_bytes: count(config.batch.max_bytes.0),
        entries_in_flight: count(config.batch.entries_in_flight),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::{KEYS, Reloading, Sources};

    #[test]
    fn the_defaults_of_a_replica_are_those_of_the_configuration() {
        assert_eq!(settings(&Config::default()), Settings::default());
    }

    /// A value of each key that reaches the replica, other than its default.
    const OTHERS: [(&str, &str); 16] = [
        ("raft.heartbeat_interval", "40ms"),
        ("raft.election_timeout_min", "200ms"),
        ("raft.election_timeout_max", "400ms"),
        ("raft.log_kept", "1GiB"),
        ("raft.log_kept_age", "1h"),
        ("store.flush_interval", "2s"),
        ("store.scrub_interval", "2d"),
        ("batch.max_commands", "100"),
        ("batch.max_bytes", "64KiB"),
        ("batch.entries_in_flight", "5"),
        ("admission.max_commands", "30000"),
        ("admission.max_bytes", "128MiB"),
        ("disk.reserve", "1MiB"),
        ("disk.low", "3GiB"),
        ("disk.critical", "1GiB"),
        ("disk.fsync_slow", "1s"),
    ];

    #[test]
    fn each_key_of_these_sections_reaches_the_replica_and_the_live_ones_do_so_at_once() {
        let sections = ["raft", "store", "batch", "admission", "disk"];
        for key in KEYS.iter().filter(|key| sections.contains(&key.section())) {
            let (_, value) =
                OTHERS.iter().find(|(name, _)| *name == key.name).unwrap_or_else(|| panic!("{}", key.name));
            let sources = Sources { settings: vec![format!("{}={value}", key.name)], ..Sources::default() };
            let new = settings(&sources.load().unwrap());
            assert_ne!(new, Settings::default(), "{} reaches nobody", key.name);
            let running = Live::from(Settings::default());
            running.retune(&new);
            let taken = *running.now() == new;
            assert_eq!(taken, key.reloading == Reloading::Live, "{}", key.name);
        }
    }
}
