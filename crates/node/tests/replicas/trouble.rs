//! What a cluster does about trouble that is not the network's: a state that differs, a disk that is full or slow, and
//! more work than it can take.

use std::cell::Cell;
use std::collections::BTreeSet;
use std::time::{Duration, Instant};

use reeve_core::alarm::{Alarm, AlarmKind};
use reeve_core::change::Key;
use reeve_core::command::{CreateQueue, PauseQueue};
use reeve_core::entry::{Actor, Entry, Proposal};
use reeve_core::name::Revision;
use reeve_core::place::QueueSettings;
use reeve_core::task::QueueName;
use reeve_core::{LAW, Reply};
use reeve_node::message::Refused;
use reeve_node::{Live, Settings};
use reeve_store::book::Book;
use reeve_store::engine::memory::Memory;
use reeve_store::engine::{Batch, Engine, Family, Room, Write};
use reeve_store::reserve::Standing;

use crate::dial::DialDisk;
use crate::local::{self, Cluster};

fn mail() -> QueueName {
    QueueName { namespace: "default".into(), queue: "mail".into() }
}

/// Changes one record of a book while nobody uses it, so that nothing but its content is wrong: there, a queue is paused.
fn tamper(disk: &DialDisk) {
    let (book, _) = Book::<Memory<DialDisk>>::open(disk, 77).expect("it is whole");
    let mut state = book.load().expect("it is whole");
    let proposal =
        Proposal { request: None, actor: Actor::Anyone, command: PauseQueue { queue: mail() }.into() };
    let revision = Revision(state.revision().0 + 1);
    let before = state.records();
    let (proposals, bodies) = (vec![proposal], Vec::new());
    let entry = Entry { revision, law: LAW, time_ms: state.now_ms(), sweep: 0, proposals, bodies };
    reeve_core::apply(&mut state, entry);
    let queue = |(key, _): &&(Key, Vec<u8>)| matches!(key, Key::Queue(_));
    let changed: Vec<_> = state.records();
    let changed: Vec<_> = changed.iter().filter(queue).filter(|record| !before.contains(record)).collect();
    assert_eq!(changed.len(), 1, "the queue is another now");
    drop(book);
    let engine = Memory::<DialDisk>::open(disk, "state.1", Room::State).expect("it is whole");
    let put = |(key, bytes): &(Key, Vec<u8>)| Write::Put(Family::Live, key.to_bytes(), bytes.clone());
    engine.write(Batch { writes: changed.into_iter().map(put).collect() }).expect("there is room");
    engine.flush().expect("there is room");
}

/// Three that have a queue, who leads them, and a follower in whose book something else stands.
async fn with_a_wrong_one() -> (Cluster, u64, u64) {
    let mut cluster = Cluster::of(3).await;
    let create = CreateQueue { queue: mail(), settings: QueueSettings::default() };
    cluster.propose(1, create).await.expect("it leads, or knows who does");
    cluster.agree(0).await;
    let leader = cluster.leader().await;
    let wrong = *cluster.nodes().iter().find(|node| **node != leader).expect("there are three");
    cluster.rest(wrong).await;
    tamper(cluster.disk(wrong));
    cluster.start(wrong).await;
    (cluster, leader, wrong)
}

#[test]
fn a_replica_whose_state_differs_is_told_to_end_and_the_others_go_on() {
    local::run(async {
        let (mut cluster, leader, wrong) = with_a_wrong_one().await;
        // Nothing that was applied before tells of it: the digest came from the book, too.
        tokio::time::sleep(Duration::from_secs(2)).await;
        assert_eq!(cluster.replica(wrong).status().fatal, None);
        // For the others this is a change, for the wrong one it is none.
        cluster.propose(leader, PauseQueue { queue: mail() }).await.expect("it leads");
        let why = cluster.replica(wrong).died().await;
        assert!(why.contains("its state differs from that of a majority"), "{why}");
        assert_eq!(cluster.replica(wrong).status().fatal, Some(why));
        // It would serve nobody.
        let refused = cluster.replica(wrong).catch_up(Duration::from_secs(5)).await;
        assert!(matches!(refused, Err(Refused::Impossible(_))), "{refused:?}");
        // The others know nothing of it, and can do without.
        for node in cluster.nodes().into_iter().filter(|node| *node != wrong) {
            assert_eq!(cluster.replica(node).status().fatal, None, "{node}");
        }
        cluster.kill(wrong);
        cluster.submit(cluster.leader().await, 1).await.expect("two are enough");
        cluster.agree(1).await;
        cluster.stop().await;
    });
}

#[test]
fn a_leader_whose_state_differs_ends_and_another_leads() {
    local::run(async {
        let (mut cluster, _, wrong) = with_a_wrong_one().await;
        cluster.lead(wrong).await;
        cluster.propose(wrong, PauseQueue { queue: mail() }).await.expect("it leads");
        let why = cluster.replica(wrong).died().await;
        assert!(why.contains("its state differs from that of a majority"), "{why}");
        assert_eq!(cluster.replica(wrong).status().office, None, "it does nothing more");
        cluster.kill(wrong);
        let other = cluster.leader().await;
        cluster.submit(other, 1).await.expect("two are enough");
        cluster.agree(1).await;
        cluster.stop().await;
    });
}

#[test]
fn a_disk_that_is_nearly_full_stops_new_tasks_until_there_is_room() {
    local::run(async {
        let cluster = Cluster::of(3).await;
        let leader = cluster.leader().await;
        let follower = *cluster.nodes().iter().find(|node| **node != leader).expect("there are three");
        cluster.submit(leader, 1).await.expect("there is room");
        cluster.disk(follower).dials().free = Some(local::settings().disk_low - 1);
        let alarm = Alarm { kind: AlarmKind::NoSpace, node: follower };
        let set = |state: &reeve_core::State| state.alarms().any(|set| set == alarm);
        cluster.wait("the alarm is set", |replica| replica.ask_state(set)).await;
        assert_eq!(cluster.replica(follower).status().disk, Standing::Low);
        // Refused by the law at first, and soon before it costs any room in the log.
        let refused = loop {
            match cluster.submit(follower, 1).await {
                Ok(answers) => {
                    let stopped = Reply::Refused(reeve_core::Refusal::WritesStopped);
                    assert_eq!(answers[0].reply, stopped);
                }
                Err(refused) => break refused,
            }
        };
        assert!(matches!(refused, Refused::Stopped { retry_ms } if retry_ms > 0), "{refused:?}");
        let last = cluster.replica(leader).status().last;
        cluster.submit(leader, 1).await.expect_err("it is refused");
        assert_eq!(cluster.replica(leader).status().last, last, "without an entry");
        // What is no new task goes on.
        let pause = PauseQueue { queue: mail() };
        assert_eq!(cluster.propose(leader, pause).await.expect("it gets in")[0].reply, Reply::Done);
        cluster.disk(follower).dials().free = None;
        cluster.wait("the alarm is over", |replica| !replica.ask_state(set)).await;
        while let Err(refused) = cluster.submit(leader, 1).await {
            assert!(matches!(refused, Refused::Stopped { .. }), "{refused:?}");
        }
        cluster.agree(2).await;
        cluster.stop().await;
    });
}

#[test]
fn what_a_full_disk_is_can_be_told_to_a_running_replica() {
    local::run(async {
        let live = Live::from(local::settings());
        let cluster = Cluster::live(1, live.clone()).await;
        cluster.disk(1).dials().free = Some(10 << 30);
        tokio::time::sleep(Duration::from_millis(2_500)).await;
        assert_eq!(cluster.replica(1).status().disk, Standing::Plenty);
        live.retune(&Settings { disk_low: 11 << 30, ..local::settings() });
        cluster.wait("it is low", |replica| replica.status().disk == Standing::Low).await;
        live.retune(&Settings { disk_low: 12 << 30, disk_critical: 11 << 30, ..local::settings() });
        cluster.wait("it is critical", |replica| replica.status().disk == Standing::Critical).await;
        live.retune(&local::settings());
        cluster.wait("it is neither", |replica| replica.status().disk == Standing::Plenty).await;
        cluster.stop().await;
    });
}

#[test]
fn a_running_replica_flushes_and_purges_as_it_is_told_anew() {
    local::run(async {
        let slow = Settings { flush_interval: Duration::from_secs(600), ..local::settings() };
        let live = Live::from(slow.clone());
        let cluster = Cluster::live(1, live.clone()).await;
        cluster.submit(1, 10).await.expect("it leads");
        tokio::time::sleep(Duration::from_secs(3)).await;
        let status = cluster.replica(1).status();
        assert!(status.flushed < status.applied, "{status:?}");
        live.retune(&Settings { flush_interval: Duration::from_millis(50), ..slow.clone() });
        cluster.wait("it is flushed", |replica| replica.status().flushed == replica.status().applied).await;
        assert_eq!(cluster.replica(1).status().purged, None, "there is room for all of it");
        live.retune(&Settings { keep_bytes: 0, keep_age: Duration::ZERO, ..slow });
        live.retune(&Settings {
            flush_interval: Duration::from_millis(50),
            keep_bytes: 0,
            keep_age: Duration::ZERO,
            ..local::settings()
        });
        cluster.submit(1, 10).await.expect("it leads");
        cluster.wait("it is purged", |replica| replica.status().purged.is_some()).await;
        cluster.stop().await;
    });
}

/// How long a sync of a slow disk takes. What is judged by it is far from what a loaded machine makes of a quick one.
const SLOW: Duration = Duration::from_millis(250);

/// Settings by which such a disk is slow, and no member impatient with it: a vote is three syncs.
fn slow() -> Settings {
    Settings {
        slow_sync: SLOW - Duration::from_millis(50),
        election_min: 8 * SLOW,
        election_max: 12 * SLOW,
        ..local::settings()
    }
}

#[test]
fn a_leader_on_a_slow_disk_hands_over() {
    local::run(async {
        let cluster = Cluster::with(3, slow()).await;
        let first = cluster.leader().await;
        let term = cluster.replica(first).status().term;
        let others: Vec<u64> = cluster.nodes().into_iter().filter(|node| *node != first).collect();
        let before = slow_down(&cluster, first, &others[..1]).await;
        tokio::time::sleep(Duration::from_secs(1)).await;
        assert_eq!(cluster.leader().await, first, "it is not slow yet");
        cluster.disk(first).dials().sync = SLOW;
        // Not one slow write, but several: whoever is asked passes them on to whoever leads.
        let (mut told, mut unknown) = (before, 0);
        let second = loop {
            match cluster.submit(first, 1).await {
                Ok(_) => told += 1,
                Err(Refused::Unknown) => unknown += 1,
                Err(_) => {}
            }
            let leader = cluster.leader().await;
            if leader != first {
                break leader;
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        };
        assert_eq!(second, others[1], "the other one is slow too");
        assert!(cluster.replica(second).status().term > term);
        cluster.submit(second, 1).await.expect("it leads");
        tokio::time::sleep(Duration::from_secs(1)).await;
        assert_eq!(cluster.leader().await, second, "it is quick, and stays");
        let live = cluster.replica(second).ask_state(reeve_core::State::live);
        assert!((told + 1..=told + 1 + unknown).contains(&live), "{live} of {told} and {unknown}");
        cluster.agree(live).await;
        cluster.stop().await;
    });
}

/// Makes the disks of these followers slow, and waits until their leader knows. How many tasks that took.
async fn slow_down(cluster: &Cluster, leader: u64, followers: &[u64]) -> u32 {
    followers.iter().for_each(|node| cluster.disk(*node).dials().sync = SLOW);
    let mut told = 0;
    loop {
        cluster.submit(leader, 1).await.expect("it leads");
        told += 1;
        let peers = cluster.replica(leader).status().peers;
        if followers.iter().all(|node| peers.get(node).is_some_and(|report| report.slow)) {
            return told;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

#[test]
fn a_slow_leader_goes_on_when_nobody_is_quicker() {
    local::run(async {
        for others in [0, 2] {
            let cluster = Cluster::with(1 + others, slow()).await;
            let leader = cluster.leader().await;
            let office = cluster.replica(leader).status().office;
            let followers: Vec<u64> = cluster.nodes().into_iter().filter(|node| *node != leader).collect();
            slow_down(&cluster, leader, &followers).await;
            cluster.disk(leader).dials().sync = SLOW;
            // It is slow after three of them, and looks around twice a second.
            for _ in 0..10 {
                cluster.submit(leader, 1).await.expect("it leads, however slowly");
                assert_eq!(cluster.replica(leader).status().office, office, "of {} nodes", 1 + others);
            }
            cluster.nodes().into_iter().for_each(|node| cluster.disk(node).dials().sync = Duration::ZERO);
            cluster.stop().await;
        }
    });
}

/// How many submits were taken, how many were told to come again, and how long the slowest that was taken took. Nothing is
/// done before all but `room` of them were refused, so that a machine that is busy elsewhere makes no difference.
async fn flood(
    cluster: &Cluster,
    node: u64,
    submits: usize,
    room: usize,
) -> (usize, BTreeSet<u64>, Duration) {
    let turn = |sync| cluster.nodes().into_iter().for_each(|node| cluster.disk(node).dials().sync = sync);
    turn(if submits > room { Duration::from_secs(1) } else { Duration::ZERO });
    let refused = Cell::new(0);
    let each = (0..submits).map(|_| async {
        let begun = Instant::now();
        let outcome = cluster.submit(node, 1).await;
        refused.set(refused.get() + usize::from(outcome.is_err()));
        if refused.get() + room == submits {
            turn(Duration::ZERO);
        }
        (outcome, begun.elapsed())
    });
    let (mut taken, mut advice, mut slowest) = (0, BTreeSet::new(), Duration::ZERO);
    for (outcome, took) in futures_util::future::join_all(each).await {
        match outcome {
            Ok(answers) => {
                assert!(matches!(answers[0].reply, Reply::Submitted { .. }), "{answers:?}");
                (taken, slowest) = (taken + 1, slowest.max(took));
            }
            Err(Refused::Busy { retry_ms }) => drop(advice.insert(retry_ms)),
            Err(other) => panic!("neither taken nor told to come again: {other:?}"),
        }
    }
    (taken, advice, slowest)
}

#[test]
fn too_much_work_is_refused_with_advice_and_the_rest_is_soon_done() {
    local::run(async {
        // Each entry has few commands and takes its time, so that much waits.
        let settings = Settings {
            waiting_commands: 100,
            entry_commands: 20,
            entries_in_flight: 1,
            slow_sync: Duration::from_secs(60),
            // A sync of a second is no reason to look for another leader here.
            election_min: Duration::from_secs(4),
            election_max: Duration::from_secs(5),
            ..local::settings()
        };
        let live = Live::from(settings.clone());
        let cluster = Cluster::live(3, live.clone()).await;
        let leader = cluster.leader().await;
        let (taken, advice, slowest) = flood(&cluster, leader, 2_000, 100).await;
        assert_eq!(taken, 100, "as many as may wait");
        assert!(advice.iter().all(|retry_ms| (50..=30_000).contains(retry_ms)), "{advice:?}");
        assert!(!advice.is_empty());
        // The sync during which all came, and five entries one after the other.
        assert!(slowest < Duration::from_secs(4), "{slowest:?}");
        // Reports would still get in, and so does work when there is room.
        let (again, none, _) = flood(&cluster, leader, 100, 100).await;
        assert_eq!((again, none), (100, BTreeSet::new()));
        // More may wait from now on.
        live.retune(&Settings { waiting_commands: 1_000, ..settings });
        let (more, advice, _) = flood(&cluster, leader, 2_000, 1_000).await;
        assert_eq!(more, 1_000);
        assert!(!advice.is_empty());
        cluster.agree(1_200).await;
        cluster.stop().await;
    });
}
