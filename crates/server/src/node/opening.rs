//! From a data folder to a replica at its place.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use reeve_node::ground::SystemClock;
use reeve_node::member::Wish;
use reeve_node::message::Identity;
use reeve_node::replica::Memory;
use reeve_node::store::disk::Disk;
use reeve_node::store::engine::Engine;
use reeve_node::store::hard;
use reeve_node::store::probe;
use reeve_node::store::start::{self, Found, Remembered};
use reeve_node::transport::{Serving, Transport};
use reeve_node::{Live, Replica};

use super::NodeFault;
use super::hands::NoDoors;
use super::seat::{Floor, Myself, Seat, Seated};
use super::stage::Amnesia;
use super::threads::Handles;
use crate::config::HostPort;
use crate::limits::SLOW_DISK;
use crate::{Config, Failure};

/// The number of whoever founds a cluster. Those who join later are numbered by entries of the log, which are later.
const FOUNDER: u64 = 1;

/// Everything that a replica is made of.
pub(super) struct Opening<E: Engine> {
    disk: E::Disk,
    threads: Handles,
    settings: Live,
    peer: SocketAddr,
    me: Myself,
}

/// The lock on a folder in which there is nothing yet.
pub(super) type Claim<E> = <<E as Engine>::Disk as Disk>::Lock;

/// What a folder held.
pub(super) enum Opened<E: Engine> {
    /// A replica, which has taken its place.
    Seated(Arc<dyn Seat>),
    /// A replica that has forgotten something.
    Amnesiac(Amnesia),
    /// Nothing yet.
    Nothing(Claim<E>),
}

impl<E: Engine> Opening<E> {
    pub(super) fn new(config: &Config, disk: E::Disk, threads: Handles, settings: Live) -> Self {
        let me = Myself::of(config);
        Self { disk, threads, settings, peer: config.listen.peer, me }
    }

    pub(super) const fn me(&self) -> &Myself {
        &self.me
    }

    /// Whether this is where its own peers find it.
    pub(super) fn is_own(&self, peer: &HostPort) -> bool {
        let peer = peer.to_string();
        peer == self.me.peer || peer == self.peer.to_string()
    }

    pub(super) const fn threads(&self) -> &Handles {
        &self.threads
    }

    /// Opens what is there.
    pub(super) async fn open(&self) -> Result<Opened<E>, NodeFault> {
        let disk = self.disk.clone();
        let found = self.threads.raft.spawn_blocking(move || start::open::<E>(&disk)).await??;
        match found {
            Found::Nothing(claim) => Ok(Opened::Nothing(claim)),
            Found::Replica(remembered) => {
                match Amnesia::of(remembered.verdict, remembered.hard.identity.node) {
                    Some(amnesia) => Ok(Opened::Amnesiac(amnesia)),
                    None => Ok(Opened::Seated(self.seat(*remembered).await?)),
                }
            }
        }
    }

    /// Makes a replica where there was none.
    pub(super) async fn create(
        &self,
        claim: Claim<E>,
        identity: Identity,
    ) -> Result<Arc<dyn Seat>, NodeFault> {
        let disk = self.disk.clone();
        let Identity { cluster, group, era, node } = identity;
        let identity = hard::Identity { cluster, node, era, group };
        let creating = move || start::create::<E>(&disk, claim, identity);
        let remembered = self.threads.raft.spawn_blocking(creating).await??;
        self.seat(remembered).await
    }

    /// What this node calls itself where it asks to be let in: the same until it was.
    pub(super) async fn newcomer(&self) -> Result<u128, NodeFault> {
        let (disk, fresh) = (self.disk.clone(), draw()?);
        Ok(self.threads.raft.spawn_blocking(move || start::newcomer(&disk, fresh)).await??)
    }

    /// Makes the first replica of a cluster.
    pub(super) async fn found(&self, claim: Claim<E>) -> Result<Arc<dyn Seat>, NodeFault> {
        let cluster = draw()?;
        self.create(claim, Identity { cluster, group: 0, era: 0, node: FOUNDER }).await
    }

    async fn seat(&self, remembered: Remembered<E>) -> Result<Arc<dyn Seat>, NodeFault> {
        let Remembered { hard, verdict: _, log, writer, book, disk, lock } = remembered;
        let hard::Identity { cluster, node, era, group } = hard.identity;
        let identity = Identity { cluster, group, era, node };
        // The end may have come between its making and its founding.
        let unfounded =
            node == FOUNDER && hard.vote.is_none() && hard.mark.is_none() && log.state() == (None, None);
        let sync = self.measure().await?;
        let memory = Memory { identity, log, writer, book, disk };
        let transport = Transport::new(self.threads.wire.clone());
        let settings = self.settings.clone();
        let floor = Floor::<E>::default();
        let workers = floor.workers();
        let starting = async move {
            let clock = SystemClock::default();
            Replica::start(&floor, transport, clock, memory, settings, NoDoors).await
        };
        let replica = self.threads.raft.spawn(starting).await??;
        if unfounded {
            let (replica, me) = (replica.clone(), self.me.with(Wish::Vote));
            let founded = self.threads.raft.spawn(async move { replica.found(me).await }).await?;
            founded.map_err(|refused| NodeFault::Ended(format!("no cluster was founded: {refused}")))?;
        }
        let peer = self.peer.to_string();
        let serving = Serving::start(&peer, self.threads.wire.clone(), replica.clone()).await;
        let serving =
            serving.map_err(|error| Failure::Listen { key: "listen.peer", address: self.peer, error })?;
        let address = serving.address();
        tracing::info!(%address, node, cluster = format!("{cluster:032x}"), "peer listener is open");
        let raft = self.threads.raft.clone();
        let serving = Mutex::new(Some(serving));
        Ok(Arc::new(Seated::<E> { replica, serving, raft, workers, sync, _lock: lock }))
    }

    /// How long a sync of the disk takes, and a word about it if it is long. Nothing, if it cannot be measured: a disk without
    /// room must not keep a node from starting.
    async fn measure(&self) -> Result<Duration, NodeFault> {
        let disk = self.disk.clone();
        let start = Instant::now();
        let measuring = move || probe::median_sync(&disk, || start.elapsed());
        let measured = self.threads.raft.spawn_blocking(measuring).await?;
        let sync = measured.unwrap_or_else(|fault| {
            tracing::warn!("the disk was not measured: {fault}");
            Duration::ZERO
        });
        if sync >= SLOW_DISK {
            tracing::warn!(
                "SLOW_DISK: a sync of the data folder takes {sync:?} (the median of some), and each proposal waits \
                 for one; put node.data_dir on a faster disk, or expect latencies of several times that"
            );
        } else if !sync.is_zero() {
            tracing::info!(?sync, "the disk was measured");
        }
        Ok(sync)
    }
}

/// A number that nobody else draws.
fn draw() -> Result<u128, Failure> {
    let mut drawn = [0; 16];
    let length = rustix::rand::getrandom(&mut drawn, rustix::rand::GetRandomFlags::empty());
    if length.map_err(system)? < drawn.len() {
        return Err(system(rustix::io::Errno::IO));
    }
    Ok(u128::from_be_bytes(drawn))
}

fn system(error: rustix::io::Errno) -> Failure {
    Failure::System { what: "randomness", error: error.into() }
}
