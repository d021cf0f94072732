//! Replicas in this process, as a server has them: on the disk, on the wire, each with threads of its own.

use std::collections::{BTreeMap, BTreeSet};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::time::Instant;

use reeve_node::ground::{Ground, SystemClock, Workers};
use reeve_node::member::{Member, Wish};
use reeve_node::message::{Answer, Identity, Letter, Question};
use reeve_node::platform::{Hands, Listener};
use reeve_node::replica::Memory;
use reeve_node::store::disk::Disk;
use reeve_node::store::disk::real::RealDisk;
use reeve_node::store::engine::rocks::Rocks;
use reeve_node::store::hard;
use reeve_node::store::start::{self, Found, Remembered};
use reeve_node::transport::{self, Serving, Transport};
use reeve_node::{Replica, Settings};
use reeve_server::Config;
use reeve_town::address;
use tokio::runtime::{Builder, Runtime};

use crate::Fault;
use crate::limits::{BULK_THREADS, LOOK_EVERY, RAFT_THREADS, STANDING_UP, THREADS_END};
use crate::servers::down;

/// What such a replica stands on.
pub type Floor<H> = Ground<Rocks, Transport, H>;

/// The number of whoever founds a cluster.
const FOUNDER: u64 = 1;

/// One of them, with all that is its own.
struct House<H: Hands> {
    replica: Replica<Floor<H>>,
    serving: Serving,
    workers: Workers,
    threads: Threads,
    _lock: <RealDisk as Disk>::Lock,
}

/// Threads of one of them. Whoever drops them may be where waiting is not allowed.
struct Threads(Vec<Runtime>);

impl Threads {
    fn end(mut self) {
        self.0.drain(..).for_each(|runtime| runtime.shutdown_timeout(THREADS_END));
    }
}

impl Drop for Threads {
    fn drop(&mut self) {
        self.0.drain(..).for_each(Runtime::shutdown_background);
    }
}

/// Some of them, that make a cluster.
pub struct Houses<H: Hands> {
    folder: PathBuf,
    settings: Settings,
    hands: Box<dyn Fn(u64) -> H + Send + Sync>,
    houses: BTreeMap<u64, House<H>>,
}

/// Hands that drop what they are told: there are no workers.
pub struct Idle;

impl Hands for Idle {
    fn opened(
        &self,
        _term: u64,
        _revision: reeve_core::name::Revision,
        _orders: Vec<reeve_core::effect::Effect>,
    ) {
    }
    fn carry_out(
        &self,
        _term: u64,
        _revision: reeve_core::name::Revision,
        _orders: &[reeve_core::effect::Effect],
    ) {
    }
    fn closed(&self, _term: u64) {}
}

/// What a server is set to when nothing is said, but for room that is set aside: that is not what is measured.
#[must_use]
pub fn settings() -> Settings {
    Settings { reserve_bytes: 0, ..reeve_server::node::settings(&Config::default()) }
}

fn cluster(what: impl ToString) -> Fault {
    Fault::Cluster(what.to_string())
}

impl<H: Hands> Houses<H> {
    /// A cluster of so many voters, with its data in `folder`.
    ///
    /// # Errors
    /// It does not come to stand.
    pub async fn of(
        count: u64,
        folder: &Path,
        settings: Settings,
        hands: impl Fn(u64) -> H + Send + Sync + 'static,
    ) -> Result<Self, Fault> {
        let hands = Box::new(hands);
        let mut houses = Self { folder: folder.into(), settings, hands, houses: BTreeMap::new() };
        let identity = Identity { cluster: u128::from(std::process::id()), group: 0, era: 0, node: FOUNDER };
        let address = free()?;
        houses.build(identity, &address).await?;
        let founded = houses.replica(FOUNDER).found(member(&address, Wish::Vote)).await;
        founded.map_err(cluster)?;
        for _ in 1..count {
            houses.admit(Wish::Vote).await?;
        }
        houses.all_vote().await?;
        Ok(houses)
    }

    /// Has one more admitted, and starts it.
    ///
    /// # Errors
    /// It is not let in.
    pub async fn admit(&mut self, wish: Wish) -> Result<u64, Fault> {
        let (leader, address) = (self.leader().await?, free()?);
        let body = Question::Admit(member(&address, wish));
        let answer = self.replica(leader).answer(Letter { from: Identity::default(), to: 0, body }).await;
        let Answer::Admitted(identity) = answer else { return Err(cluster(format!("{answer:?}"))) };
        self.build(identity, &address).await?;
        Ok(identity.node)
    }

    /// The ways to all of them, by their numbers.
    pub fn replicas(&self) -> impl Iterator<Item = (u64, &Replica<Floor<H>>)> {
        self.houses.iter().map(|(node, house)| (*node, &house.replica))
    }

    /// The way to one of them.
    ///
    /// # Panics
    /// When there is none of this number.
    #[must_use]
    pub fn replica(&self, node: u64) -> &Replica<Floor<H>> {
        &self.houses.get(&node).expect("whoever names a house has built it").replica
    }

    /// Where one of them keeps its data.
    #[must_use]
    pub fn data(&self, node: u64) -> PathBuf {
        self.folder.join(format!("n{node}"))
    }

    /// The one whose office is open.
    ///
    /// # Errors
    /// None opens in time.
    pub async fn leader(&self) -> Result<u64, Fault> {
        self.wait("an office to open", || {
            self.replicas().find(|(_, replica)| replica.status().office.is_some()).map(|(node, _)| node)
        })
        .await
    }

    /// Waits until all have applied the same, and so many tasks live on each.
    ///
    /// # Errors
    /// They differ.
    pub async fn agree(&self, tasks: u32) -> Result<(), Fault> {
        let same = || {
            let each = self.replicas().map(|(_, replica)| {
                let status = replica.status();
                (status.applied, status.digest, replica.ask_state(reeve_core::State::live))
            });
            let all: BTreeSet<_> = each.collect();
            (all.len() == 1 && all.iter().all(|(_, _, live)| *live == tasks)).then_some(())
        };
        let agreed = self.wait("agree", same).await;
        agreed.map_err(|_| {
            let each = self.replicas().map(|(node, replica)| {
                let (applied, live) = (replica.status().applied, replica.ask_state(reeve_core::State::live));
                format!("node {node}: {live} at {applied}")
            });
            let told = each.collect::<Vec<_>>().join(", ");
            Fault::Wrong(format!("{tasks} tasks should live on each replica, and these do: {told}"))
        })
    }

    /// Ends all of them, as a process that ends does: what was acknowledged is on the disk.
    ///
    /// # Errors
    /// A thread died.
    pub async fn end(self) -> Result<(), Fault> {
        let Self { houses, hands, .. } = self;
        // Whoever listens to the hands ends when there are none.
        drop(hands);
        let ending = move || {
            let mut workers = Vec::new();
            for house in houses.into_values() {
                let House { replica, serving, workers: own, threads, _lock } = house;
                drop((replica, serving));
                threads.end();
                workers.push((own, _lock));
            }
            workers.iter().for_each(|(own, _)| own.wait());
        };
        tokio::task::spawn_blocking(ending).await.map_err(cluster)
    }

    async fn wait<T>(&self, what: &str, look: impl Fn() -> Option<T>) -> Result<T, Fault> {
        let begun = Instant::now();
        loop {
            if let Some(found) = look() {
                return Ok(found);
            }
            if begun.elapsed() > STANDING_UP {
                return Err(cluster(format!("waited {} s in vain for {what}", STANDING_UP.as_secs())));
            }
            tokio::time::sleep(LOOK_EVERY).await;
        }
    }

    /// Waits until all of them vote, and know it.
    async fn all_vote(&self) -> Result<(), Fault> {
        let nodes: BTreeSet<u64> = self.houses.keys().copied().collect();
        let wanted = vec![nodes];
        self.wait("all to vote", || {
            self.replicas().all(|(_, replica)| replica.status().membership.voters == wanted).then_some(())
        })
        .await
    }

    async fn build(&mut self, identity: Identity, address: &str) -> Result<(), Fault> {
        let data = self.data(identity.node);
        let raft = runtime("raft", RAFT_THREADS)?;
        let (pulse, bulk) = (runtime("pulse", 1)?, runtime("bulk", BULK_THREADS)?);
        let wire = transport::Threads { pulse: pulse.handle().clone(), bulk: bulk.handle().clone() };
        let opening = raft.spawn_blocking(move || remember(&data, identity));
        let remembered = opening.await.map_err(cluster)??;
        let Remembered { log, writer, book, disk, lock, .. } = remembered;
        let memory = Memory { identity, log, writer, book, disk };
        let ground = Floor::<H>::default();
        let workers = ground.workers();
        let (transport, clock) = (Transport::new(wire.clone()), SystemClock::default());
        let (settings, hands) = (self.settings.clone(), (self.hands)(identity.node));
        let starting =
            async move { Replica::start(&ground, transport, clock, memory, settings, hands).await };
        let replica = raft.spawn(starting).await.map_err(cluster)?.map_err(cluster)?;
        let serving = Serving::start(address, wire, replica.clone()).await.map_err(cluster)?;
        let threads = Threads(vec![raft, pulse, bulk]);
        self.houses.insert(identity.node, House { replica, serving, workers, threads, _lock: lock });
        Ok(())
    }
}

/// What a replica remembers: nothing yet.
fn remember(data: &Path, identity: Identity) -> Result<Remembered<Rocks>, Fault> {
    let disk = RealDisk::open(data).map_err(|error| Fault::Disk { at: data.display().to_string(), error })?;
    let Identity { cluster: name, group, era, node } = identity;
    match start::open::<Rocks>(&disk).map_err(cluster)? {
        Found::Nothing(lock) => {
            let identity = hard::Identity { cluster: name, node, era, group };
            start::create::<Rocks>(&disk, lock, identity).map_err(cluster)
        }
        Found::Replica(_) => Err(cluster(format!("there is a replica in {} already", data.display()))),
    }
}

fn member(address: &str, wish: Wish) -> Member {
    Member { name: address.into(), peer: address.into(), public: address.into(), wish, drawn: 0 }
}

fn runtime(name: &str, threads: usize) -> Result<Runtime, Fault> {
    let built = Builder::new_multi_thread().worker_threads(threads).thread_name(name).enable_all().build();
    built.map_err(cluster)
}

/// An address of this machine that nobody else uses.
fn free() -> Result<String, Fault> {
    let ip = address::fresh().map_err(down)?;
    Ok(SocketAddr::new(ip, address::PEER).to_string())
}
