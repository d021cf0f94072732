//! Disks that are full, and logs that are damaged.

use std::thread::sleep;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use reeve_town::Town;
use reeve_trials::Trial;
use reeve_trials::damage::Damage;
use reeve_trials::disk::SmallDisk;
use reeve_trials::limits::MARK_TRAILS;

use super::{plan, trial, trial_of};

/// The size of a small disk: RocksDB recovers from a full one only when as much is free again as a memtable holds, 64 MiB.
const DISK_BYTES: u64 = 384 << 20;
/// How long a disk is kept full: longer than its server takes to notice.
const FULL: Duration = Duration::from_secs(4);

/// A server that comes back with a damaged log knows whether it lost something; it never goes on with less than it had.
#[test]
fn a_damaged_log_is_whole_or_known_to_be_short() {
    // What is in the state already cannot be lost with the log, so the state is written seldom.
    trial(&plan().set("store.flush_interval=8s"), |trial| {
        let mut forgetful = 0;
        for damage in Damage::ALL {
            let victim = trial.follower()?;
            trial.rest()?;
            sleep(MARK_TRAILS);
            let before = trial.town.standing(victim).context("it answers")?;
            trial.kill(victim)?;
            let what = damage.strike(&trial.town.data(victim)?)?;
            trial.note(&what, victim);
            // Nobody can tell it anything meanwhile: what it has is what it remembers.
            let others: Vec<usize> = trial.town.numbers().filter(|number| *number != victim).collect();
            for other in &others {
                trial.pause(*other)?;
            }
            trial.start(victim)?;
            let status = trial.town.status(victim).context("it answers")?;
            let last = gauge(trial, victim, "reeve_raft_last_index")?;
            for other in &others {
                trial.resume(*other)?;
            }
            trial.work()?;
            trial.flows()?;
            match last {
                None => ensure!(status.role() == "amnesiac", "{what}: {status:?}"),
                Some(last) => {
                    ensure!(
                        last >= before.applied(),
                        "{what}: it had {}, and goes on with {last}",
                        before.applied()
                    );
                }
            }
            trial.note(&format!("is {}", status.role()), victim);
            eprintln!("{what}: {}", status.role());
            if last.is_none() {
                forgetful += 1;
                // The way out that it names.
                trial.stop(victim)?;
                trial.wipe(victim)?;
                trial.start(victim)?;
                let leader = trial.town.led()?;
                trial.replace(victim, before.node(), leader)?;
            }
            trial.flows()?;
        }
        ensure!(forgetful > 0, "no damage was met that mattered");
        Ok(())
    });
}

/// A disk that fills up keeps new tasks out, and one that is full may end its server; the cluster goes on as soon as there is
/// room, with everything that was promised.
#[test]
fn a_disk_is_full_and_free_again() {
    let mut town = Town::of(2, &plan()).expect("servers start");
    let victim = town.build().expect("there is an address");
    let at = town.folder().join("disk");
    let disk = SmallDisk::new(&at, DISK_BYTES).expect("a small disk is mounted");
    town.set_data(victim, at.join("data")).expect("it is built");
    town.set_through(victim, disk.through()).expect("it is built");
    town.set(victim, "disk.reserve=8MiB").expect("it is built");
    town.start(victim).expect("it starts");
    town.found().expect("they make a cluster");
    trial_of(town, |trial| {
        trial.found_at(victim, disk.outside().join("data"));
        trial.lead(victim)?;
        trial.flows()?;
        trial.note("disk nearly full", victim);
        disk.fill(1 << 20)?;
        trial.town.until("the disk is nearly full", |town| {
            town.standing(victim).is_some_and(|now| now.disk() == "critical")
        })?;
        trial.town.until("new tasks are kept out", |_| {
            let a_while_ago = trial.now().saturating_sub(Duration::from_millis(500));
            trial.ledger.new_since(a_while_ago) == 0
        })?;
        trial.note("disk free", victim);
        disk.free()?;
        trial.flows()?;
        trial.note("disk full", victim);
        let begin = Instant::now();
        let mut ended = None;
        while ended.is_none() && begin.elapsed() < FULL {
            disk.fill(0)?;
            ended = trial.town.has_ended(victim)?;
        }
        trial.note(&format!("disk free; ended with {ended:?}"), victim);
        disk.free()?;
        if ended.is_some() {
            trial.start(victim)?;
        }
        trial.flows()?;
        trial.ready(victim)
    });
}

/// What a server says of itself, if it says that at all.
fn gauge(trial: &Trial, server: usize, name: &str) -> Result<Option<u64>> {
    let (_, text) = trial.town.health(server, "/metrics")?;
    let line = text.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(' '));
    line.map(|value| Ok(value.parse()?)).transpose()
}
