//! A cluster in this process: memory for a disk, channels for a network.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use reeve_core::Answer as LawAnswer;
use reeve_core::class::Requirements;
use reeve_core::command::{Batch, Command, Submit};
use reeve_core::effect::Effect;
use reeve_core::entry::{Actor, Proposal};
use reeve_core::intern::Meant;
use reeve_core::name::Revision;
use reeve_core::task::{ContentType, Priority, QueueName, TaskSpec};
use reeve_node::ground::{Ground, SystemClock};
use reeve_node::member::{Member, Wish};
use reeve_node::message::{Answer, Append, Appended, Change, Identity, Letter, NoAnswer, Question, Refused};
use reeve_node::office::desk::Group;
use reeve_node::platform::{Hands, Lane, Link, Listener, Network, Wires as OpenWires};
use reeve_node::recover::{Recovered, recover};
use reeve_node::replica::Memory as Remembers;
use reeve_node::{Live, Replica, Settings};
use reeve_store::disk::Disk;
use reeve_store::engine::memory::Memory;
use reeve_store::start::{self, Found};
use tokio::sync::mpsc;

use crate::dial::DialDisk;

pub(crate) type Local = Ground<Memory<DialDisk>, Wires, NoHands>;

/// Runs a test under tokio, and fails it when it hangs.
pub(crate) fn run(test: impl Future<Output = ()>) {
    let runtime =
        tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().expect("it works");
    runtime.block_on(async { tokio::time::timeout(Duration::from_secs(60), test).await.expect("it hangs") });
}

pub(crate) struct NoHands;

impl Hands for NoHands {
    fn opened(&self, _term: u64, _revision: Revision, _orders: Vec<Effect>) {}
    fn carry_out(&self, _term: u64, _revision: Revision, _orders: &[Effect]) {}
    fn closed(&self, _term: u64) {}
}

/// Everybody who can be reached.
#[derive(Clone, Default)]
pub(crate) struct Wires(Arc<Mutex<BTreeMap<u64, Replica<Local>>>>, Arc<Mutex<BTreeSet<u64>>>);

/// What a disk holds.
pub(crate) const ROOM: u64 = 1 << 40;

/// The largest group that is passed on here.
const GROUP_BYTES: usize = 128 << 10;

pub(crate) struct Wire {
    wires: Wires,
    to: u64,
}

impl Wires {
    fn reach(&self, node: u64) -> Result<Replica<Local>, NoAnswer> {
        self.0
            .lock()
            .expect("it works")
            .get(&node)
            .cloned()
            .ok_or_else(|| NoAnswer::NeverSent(format!("node {node} is away")))
    }
}

impl Network for Wires {
    type Link = Wire;

    fn link(&self, to: u64, _at: &Member, _lane: Lane) -> Wire {
        Wire { wires: self.clone(), to }
    }
}

impl Link for Wire {
    async fn ask(&mut self, question: Letter<Question>, patience: Duration) -> Result<Answer, NoAnswer> {
        if let Question::Propose { group, .. } = &question.body
            && group.len() > GROUP_BYTES
        {
            return Err(NoAnswer::TooLarge(format!("{} bytes are too many", group.len())));
        }
        if self.wires.1.lock().expect("it works").contains(&self.to) {
            tokio::time::sleep(patience).await;
            return Err(NoAnswer::Silent(format!("node {} says nothing", self.to)));
        }
        // Who is gone neither asks nor answers.
        self.wires.reach(question.from.node)?;
        Ok(self.wires.reach(self.to)?.answer(question).await)
    }

    async fn append(&mut self, first: Letter<Append>, _patience: Duration) -> Result<OpenWires, NoAnswer> {
        let (from, to) = (first.from.node, self.to);
        self.wires.reach(from)?;
        let replica = self.wires.reach(to)?;
        let (out, rest) = mpsc::channel(64);
        let (back, mut answers) = mpsc::channel::<Result<Appended, Refused>>(64);
        let (told, heard) = mpsc::channel(64);
        tokio::spawn(async move { replica.follow(first, rest, back).await });
        let wires = self.wires.clone();
        tokio::spawn(async move {
            while let Some(answer) = answers.recv().await {
                if wires.reach(from).is_err() || wires.reach(to).is_err() {
                    return;
                }
                if told.send(answer.map_err(|refused| NoAnswer::Silent(refused.to_string()))).await.is_err() {
                    return;
                }
            }
        });
        Ok(OpenWires { out, back: heard })
    }
}

/// A cluster in this process.
pub(crate) struct Cluster {
    wires: Wires,
    disks: BTreeMap<u64, DialDisk>,
    replicas: BTreeMap<u64, Replica<Local>>,
    settings: Live,
}

/// The settings of a test: no room is set aside in memory.
pub(crate) fn settings() -> Settings {
    Settings { reserve_bytes: 0, ..Settings::default() }
}

fn member(name: &str, wish: Wish) -> Member {
    Member { name: name.into(), peer: name.into(), public: name.into(), wish, drawn: 0 }
}

fn copy(from: &DialDisk, folder: &str, to: &DialDisk) {
    for item in from.list(folder).expect("it is there") {
        let path = if folder.is_empty() { item.name } else { format!("{folder}/{}", item.name) };
        match item.length {
            None => copy(from, &path, to),
            Some(_) => {
                let bytes = from.read(&path).expect("it works").expect("it is there");
                to.write_at(&path, 0, &bytes).expect("it works");
            }
        }
    }
}

impl Cluster {
    /// A cluster of so many voters.
    pub(crate) async fn of(count: u64) -> Self {
        Self::with(count, settings()).await
    }

    /// One with settings of its own.
    pub(crate) async fn with(count: u64, settings: Settings) -> Self {
        Self::live(count, settings.into()).await
    }

    /// One with settings that all share and that may change.
    pub(crate) async fn live(count: u64, settings: Live) -> Self {
        let (disks, replicas) = (BTreeMap::new(), BTreeMap::new());
        let mut cluster = Self { wires: Wires::default(), disks, replicas, settings };
        let identity = Identity { cluster: 77, group: 0, era: 0, node: 1 };
        cluster.join(identity).await;
        cluster.replicas[&1].found(member("one", Wish::Vote)).await.expect("it is new");
        cluster.leader().await;
        for _ in 1..count {
            cluster.admit(Wish::Vote).await;
        }
        cluster.voters(&cluster.nodes()).await;
        cluster
    }

    /// Has a newcomer admitted, and starts it.
    pub(crate) async fn admit(&mut self, wish: Wish) -> u64 {
        let leader = self.leader().await;
        let name = format!("newcomer {}", self.disks.len());
        let letter = Letter { from: Identity::default(), to: 0, body: Question::Admit(member(&name, wish)) };
        let answer = self.replicas[&leader].answer(letter).await;
        let Answer::Admitted(identity) = answer else { panic!("{answer:?}") };
        self.join(identity).await;
        identity.node
    }

    /// Waits until exactly these vote, and all who run know it.
    pub(crate) async fn voters(&self, voters: &[u64]) {
        let wanted: Vec<BTreeSet<u64>> = vec![voters.iter().copied().collect()];
        self.wait("they vote", |replica| replica.membership().voters == wanted).await;
    }

    /// Ends all nodes at once: what is on their disks now is what they leave behind.
    pub(crate) fn kill_all(&mut self) {
        for node in self.nodes() {
            self.kill(node);
            // Somewhere in this process it lives on for a while; not on this disk.
            let left = DialDisk::new(ROOM);
            copy(&self.disks[&node], "", &left);
            self.disks.insert(node, left);
        }
    }

    /// Has the disk of a node go on alone.
    pub(crate) fn recover(&self, node: u64) -> Recovered {
        recover::<Memory<DialDisk>>(&self.disks[&node], Member::default()).expect("its disk is whole")
    }

    /// Starts one that was let in.
    pub(crate) async fn join(&mut self, identity: Identity) {
        let disk = DialDisk::new(ROOM);
        let Ok(Found::Nothing(lock)) = start::open::<Memory<DialDisk>>(&disk) else { panic!("it is new") };
        let hard = reeve_store::hard::Identity {
            cluster: identity.cluster,
            node: identity.node,
            era: identity.era,
            group: identity.group,
        };
        drop(start::create::<Memory<DialDisk>>(&disk, lock, hard).expect("it works"));
        self.disks.insert(identity.node, disk);
        self.start(identity.node).await;
    }

    /// Starts a node from what is on its disk.
    pub(crate) async fn start(&mut self, node: u64) {
        let Ok(Found::Replica(found)) = start::open::<Memory<DialDisk>>(&self.disks[&node]) else {
            panic!("it is there")
        };
        let hard = found.hard.identity;
        let identity = Identity { cluster: hard.cluster, group: hard.group, era: hard.era, node: hard.node };
        let memory =
            Remembers { identity, log: found.log, writer: found.writer, book: found.book, disk: found.disk };
        let ground = Local::default();
        let (wires, clock) = (self.wires.clone(), SystemClock::default());
        let replica = Replica::start(&ground, wires, clock, memory, self.settings.clone(), NoHands)
            .await
            .expect("it works");
        self.wires.0.lock().expect("it works").insert(node, replica.clone());
        self.replicas.insert(node, replica);
    }

    /// Cuts a node off and forgets it, as it is.
    pub(crate) fn kill(&mut self, node: u64) {
        self.wires.0.lock().expect("it works").remove(&node);
        self.replicas.remove(&node);
    }

    /// Cuts a node off; it goes on alone.
    pub(crate) fn cut(&self, node: u64) {
        self.wires.0.lock().expect("it works").remove(&node);
    }

    /// Has a node say nothing any more, as one does that was stopped: whoever asks it waits.
    pub(crate) fn hush(&self, node: u64) {
        self.wires.1.lock().expect("it works").insert(node);
        self.cut(node);
    }

    /// Ends a cut.
    pub(crate) fn mend(&self, node: u64) {
        let replica = self.replicas[&node].clone();
        self.wires.0.lock().expect("it works").insert(node, replica);
    }

    /// The disk of a node.
    pub(crate) fn disk(&self, node: u64) -> &DialDisk {
        &self.disks[&node]
    }

    /// Stops a node in order, and forgets it; what is on its disk is all that it was told.
    pub(crate) async fn rest(&mut self, node: u64) {
        let replica = self.replicas.remove(&node).expect("it runs");
        replica.stop().await;
        self.wires.0.lock().expect("it works").remove(&node);
    }

    pub(crate) fn nodes(&self) -> Vec<u64> {
        self.replicas.keys().copied().collect()
    }

    pub(crate) fn replica(&self, node: u64) -> &Replica<Local> {
        &self.replicas[&node]
    }

    /// The node whose office is open.
    pub(crate) async fn leader(&self) -> u64 {
        loop {
            let open = self.replicas.iter().find(|(_, replica)| replica.status().office.is_some());
            if let Some((node, _)) = open {
                return *node;
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    }

    /// Has this node lead.
    pub(crate) async fn lead(&self, node: u64) {
        loop {
            let leader = self.leader().await;
            if leader == node {
                return;
            }
            let there = Change::Transfer { to: Some(node) };
            // Another may have been elected meanwhile, or the one that is meant still lacks the last entry.
            drop(self.replicas[&leader].change_members(there, Duration::from_secs(5)).await);
        }
    }

    pub(crate) async fn wait(&self, what: &str, is: impl Fn(&Replica<Local>) -> bool) {
        for _ in 0..1_000 {
            if self.replicas.values().all(&is) {
                return;
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        let told: Vec<_> = self.replicas.values().map(Replica::status).collect();
        panic!("not in time: {what}: {told:#?}");
    }

    /// Proposes one command through a node.
    pub(crate) async fn propose(
        &self,
        node: u64,
        command: impl Into<Command>,
    ) -> Result<Vec<LawAnswer>, Refused> {
        let proposal = Proposal { request: None, actor: Actor::Anyone, command: command.into() };
        let group = Group { proposals: vec![proposal], bodies: Vec::new() };
        self.replicas[&node].propose(group, Duration::from_secs(5)).await
    }

    /// Submits tasks through a node.
    pub(crate) async fn submit(&self, node: u64, count: usize) -> Result<Vec<LawAnswer>, Refused> {
        let spec = TaskSpec {
            queue: Meant::Words(QueueName { namespace: "default".into(), queue: "mail".into() }),
            class: Meant::Words(Box::new(Requirements::of_kind("echo"))),
            priority: Priority::default(),
            payload: None,
            content_type: ContentType::Opaque,
            labels: Vec::new(),
            terms: None,
        };
        let submit = Submit { key: None, batch: Batch::Alone, tasks: vec![spec; count] };
        self.propose(node, submit).await
    }

    /// Waits until all have applied the same, and so many tasks live.
    pub(crate) async fn agree(&self, tasks: u32) {
        self.wait("all agree", |replica| {
            let (one, status) = (self.replicas.values().next().expect("it works").status(), replica.status());
            (one.applied, one.digest) == (status.applied, status.digest)
                && replica.ask_state(reeve_core::State::live) == tasks
        })
        .await;
    }

    pub(crate) async fn stop(self) {
        for replica in self.replicas.values() {
            replica.stop().await;
        }
    }
}
