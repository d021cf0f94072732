//! Damage to the files of a running replica, on RocksDB: it is found while nobody asks for what is damaged.

use std::collections::BTreeMap;
use std::fs::{self, OpenOptions};
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};
use std::time::Duration;

use bytes::Bytes;
use reeve_core::class::Requirements;
use reeve_core::command::{Batch, Submit};
use reeve_core::entry::{Actor, BodyRef, Proposal};
use reeve_core::intern::Meant;
use reeve_core::task::{ContentType, Priority, QueueName, TaskSpec};
use reeve_node::ground::{Ground, SystemClock};
use reeve_node::member::{Member, Wish};
use reeve_node::message::{Answer, Append, Identity, Letter, NoAnswer, Question};
use reeve_node::office::desk::Group;
use reeve_node::platform::{Lane, Link, Network, Wires};
use reeve_node::replica::Memory;
use reeve_node::{Live, Replica, Settings};
use reeve_store::disk::real::RealDisk;
use reeve_store::engine::rocks::Rocks;
use reeve_store::fault::FaultKind;
use reeve_store::start::{self, Found};

use crate::local::{self, NoHands};

type Alone = Ground<Rocks, Nobody, NoHands>;

/// A network of one.
#[derive(Clone)]
struct Nobody;

impl Network for Nobody {
    type Link = Self;

    fn link(&self, _to: u64, _at: &Member, _lane: Lane) -> Self {
        Self
    }
}

impl Link for Nobody {
    async fn ask(&mut self, _question: Letter<Question>, _patience: Duration) -> Result<Answer, NoAnswer> {
        Err(NoAnswer::NeverSent("there is nobody".into()))
    }

    async fn append(&mut self, _first: Letter<Append>, _patience: Duration) -> Result<Wires, NoAnswer> {
        Err(NoAnswer::NeverSent("there is nobody".into()))
    }
}

/// The settings of a replica that looks often, as far as the pace of the scrub allows.
fn settings() -> Settings {
    let (flush_interval, scrub_interval) = (Duration::from_millis(200), Duration::from_secs(1));
    Settings { flush_interval, scrub_interval, ..local::settings() }
}

async fn start(folder: &Path, live: &Live) -> (Alone, Replica<Alone>) {
    let disk = RealDisk::open(folder).expect("it is ours");
    // Whatever of the last life is not gone yet still holds the databases.
    let found = loop {
        match start::open::<Rocks>(&disk) {
            Err(fault) if fault.kind == FaultKind::Locked => {
                tokio::time::sleep(Duration::from_millis(20)).await
            }
            found => break found,
        }
    };
    let remembered = match found.expect("it is whole") {
        Found::Replica(found) => *found,
        Found::Nothing(lock) => {
            let identity = reeve_store::hard::Identity { cluster: 77, node: 1, era: 0, group: 0 };
            start::create::<Rocks>(&disk, lock, identity).expect("there is room")
        }
    };
    let identity = Identity { cluster: 77, group: 0, era: 0, node: 1 };
    let start::Remembered { log, writer, book, disk, .. } = remembered;
    let (ground, memory) = (Alone::default(), Memory { identity, log, writer, book, disk });
    let replica = Replica::start(&ground, Nobody, SystemClock::default(), memory, live.clone(), NoHands);
    let replica = replica.await.expect("it is whole");
    (ground, replica)
}

async fn end(ground: Alone, replica: Replica<Alone>) {
    replica.stop().await;
    drop(replica);
    let workers = ground.workers();
    tokio::task::spawn_blocking(move || workers.wait()).await.expect("they end");
}

/// A task with a payload of some kilobytes that no compression makes smaller.
async fn submit(replica: &Replica<Alone>, number: u64) {
    let mut seed = number;
    let noise = std::iter::repeat_with(|| {
        seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (seed >> 56) as u8
    });
    let body: Bytes = noise.take(8 << 10).collect::<Vec<u8>>().into();
    let payload = Some(BodyRef { position: 0, length: 8 << 10, hash: u128::from(number) });
    let spec = TaskSpec {
        queue: Meant::Words(QueueName { namespace: "default".into(), queue: "mail".into() }),
        class: Meant::Words(Box::new(Requirements::of_kind("echo"))),
        priority: Priority::default(),
        payload,
        content_type: ContentType::Opaque,
        labels: Vec::new(),
        terms: None,
    };
    let submit = Submit { key: None, batch: Batch::Alone, tasks: vec![spec] };
    let proposal = Proposal { request: None, actor: Actor::Anyone, command: submit.into() };
    let group = Group { proposals: vec![proposal], bodies: vec![body] };
    while replica.propose(group.clone(), Duration::from_secs(5)).await.is_err() {
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

/// A cluster of one that was given so many hundred tasks.
async fn fed(folder: &Path, live: &Live, hundreds: u64) -> (Alone, Replica<Alone>) {
    let (ground, replica) = start(folder, live).await;
    let name = || "one".to_owned();
    let me = Member { name: name(), peer: name(), public: name(), wish: Wish::Vote, drawn: 0 };
    replica.found(me).await.expect("it is new");
    for hundred in 0..hundreds {
        let many = (0..100).map(|one| submit(&replica, hundred * 100 + one));
        futures_util::future::join_all(many).await;
    }
    (ground, replica)
}

/// The tables in a folder, with their lengths.
fn tables(folder: &Path) -> BTreeMap<PathBuf, u64> {
    let items = fs::read_dir(folder).expect("it is there").map(|item| item.expect("it is there"));
    let files = items.filter_map(|item| Some((item.path(), item.metadata().ok()?.len())));
    files.filter(|(path, _)| path.extension().is_some_and(|extension| extension == "sst")).collect()
}

/// Turns some bits in the first part of the largest table in a folder, when no tables are being put together any more.
async fn damage(folder: &Path) {
    let mut before = tables(folder);
    loop {
        tokio::time::sleep(Duration::from_secs(2)).await;
        let now = tables(folder);
        if now == before {
            break;
        }
        before = now;
    }
    let (table, length) = before.into_iter().max_by_key(|(_, length)| *length).expect("there is a table");
    assert!(length > 1 << 20, "{table:?} is small");
    let file = OpenOptions::new().write(true).open(&table).expect("it is ours");
    file.write_all_at(&[0x5A; 64], 300 << 10).expect("it is ours");
}

/// Waits for a finding, and for as long as a round takes that finds nothing.
async fn found(replica: &Replica<Alone>) -> Option<String> {
    for _ in 0..600 {
        if let Some(damage) = replica.status().damage {
            return Some(damage);
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    None
}

#[test]
fn damage_under_a_running_replica_is_found_and_told_and_never_once_it_is_told_not_to_look() {
    local::run(async {
        let folder = tempfile::tempdir().expect("there is room");
        let live = Live::from(Settings { scrub_interval: Duration::ZERO, ..settings() });
        let (ground, replica) = fed(folder.path(), &live, 20).await;
        end(ground, replica).await;

        // What was written before is in tables now.
        let (ground, replica) = start(folder.path(), &live).await;
        damage(&folder.path().join("raft")).await;
        tokio::time::sleep(Duration::from_secs(3)).await;
        assert_eq!(replica.status().damage, None, "nobody looks");
        live.retune(&settings());
        let damage_found = found(&replica).await.expect("it is found");
        assert!(damage_found.starts_with("STORE_DAMAGED: raft: "), "{damage_found}");
        assert!(damage_found.contains("Corruption"), "{damage_found}");
        // Whether it goes on is not the scrub's to decide: a compaction that meets the damage stops the engine.
        end(ground, replica).await;
    });
}

#[test]
fn damage_to_the_state_is_found() {
    local::run(async {
        let folder = tempfile::tempdir().expect("there is room");
        let live = Live::from(Settings { keep_bytes: 0, keep_age: Duration::ZERO, ..settings() });
        let (ground, replica) = fed(folder.path(), &live, 10).await;
        assert_eq!(replica.status().damage, None, "it is whole");
        end(ground, replica).await;
        let (ground, replica) = start(folder.path(), &live).await;
        damage(&folder.path().join("state.1")).await;
        let damage_found = found(&replica).await.expect("it is found");
        assert!(damage_found.starts_with("STORE_DAMAGED: state.1: "), "{damage_found}");
        // Nobody else could lead: it goes on.
        for _ in 0..30 {
            tokio::time::sleep(Duration::from_millis(50)).await;
            assert!(replica.status().office.is_some());
        }
        end(ground, replica).await;
    });
}
