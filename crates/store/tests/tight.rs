//! A disk with little room, and one that fails: the reserve, the standings, and what the engine in memory does after an
//! error.

#[path = "support/dial.rs"]
mod dial;

use dial::DialDisk;
use reeve_store::disk::real::RealDisk;
use reeve_store::disk::{Disk, Space};
use reeve_store::engine::memory::Memory;
use reeve_store::engine::{Batch, Engine, Family, Room, Write};
use reeve_store::fault::FaultKind;
use reeve_store::reserve::{Reserve, Standing, Thresholds};

const MIB: u64 = 1 << 20;

#[test]
fn a_reserve_is_kept_released_and_restored() {
    let disk = DialDisk::new(100);
    let mut reserve = Reserve::keep(disk.clone(), 30).unwrap();
    assert!(reserve.is_kept());
    assert_eq!(disk.space().unwrap().free, 70);
    disk.write_at("log", 0, &[1; 70]).unwrap();
    disk.write_at("log", 70, &[1]).expect_err("the disk is full");
    reserve.release().unwrap();
    assert!(!reserve.is_kept());
    disk.write_at("log", 70, &[1; 10]).unwrap();

    assert!(!reserve.restore().unwrap(), "there is no room");
    assert_eq!(disk.space().unwrap().free, 20, "and nothing of it is held");
    disk.truncate("log", 50).unwrap();
    assert!(reserve.restore().unwrap());
    assert!(reserve.restore().unwrap(), "it is kept already");
    assert_eq!(disk.space().unwrap().free, 20);
}

#[test]
fn a_reserve_is_found_again_and_has_the_size_that_is_asked_for() {
    let disk = DialDisk::new(100);
    for bytes in [30, 30, 50, 20] {
        assert!(Reserve::keep(disk.clone(), bytes).unwrap().is_kept());
        assert_eq!(disk.space().unwrap().free, 100 - bytes);
    }
    assert!(!Reserve::keep(disk.clone(), 0).unwrap().is_kept(), "of size 0, none");
    assert_eq!(disk.space().unwrap().free, 100);
    disk.write_at("log", 0, &[1; 90]).unwrap();
    assert!(!Reserve::keep(disk.clone(), 30).unwrap().is_kept(), "a full disk is no reason not to start");
    assert_eq!(disk.space().unwrap().free, 10);
}

#[test]
fn a_disk_that_does_not_answer_is_told() {
    let disk = DialDisk::new(100);
    disk.dials().fails = Some("sync");
    assert_eq!(Reserve::keep(disk.clone(), 30).err().unwrap().kind, FaultKind::Io);
}

#[test]
fn a_reserve_on_a_file_system_has_its_blocks() {
    let folder = tempfile::tempdir().unwrap();
    let disk = RealDisk::open(folder.path()).unwrap();
    let mut reserve = Reserve::keep(disk.clone(), 4 * MIB).unwrap();
    let blocks = |name| {
        use std::os::unix::fs::MetadataExt;
        std::fs::metadata(folder.path().join(name)).map(|metadata| metadata.blocks() * 512)
    };
    assert!(blocks("reserve").unwrap() >= 4 * MIB);
    reserve.release().unwrap();
    assert!(blocks("reserve").is_err());
}

#[test]
fn a_released_reserve_makes_nothing_look_better() {
    let disk = DialDisk::new(100);
    let mut reserve = Reserve::keep(disk.clone(), 30).unwrap();
    disk.write_at("log", 0, &[1; 65]).unwrap();
    let before = reserve.space().unwrap();
    assert_eq!(before, Space { free: 5, total: 100 });
    reserve.release().unwrap();
    assert_eq!(reserve.space().unwrap(), before);
    disk.write_at("log", 65, &[1; 20]).unwrap();
    assert_eq!(reserve.space().unwrap().free, 0, "it owes more than there is");
}

#[test]
fn standings_get_worse_at_once_and_better_by_a_margin() {
    let thresholds = Thresholds { low: 100, critical: 20, margin: 10 };
    let mut standing = Standing::default();
    for (free, expected) in [
        (1_000, Standing::Plenty),
        (100, Standing::Plenty),
        (99, Standing::Low),
        (100, Standing::Low),
        (109, Standing::Low),
        (110, Standing::Plenty),
        (100, Standing::Plenty),
        (19, Standing::Critical),
        (29, Standing::Critical),
        (30, Standing::Low),
        (20, Standing::Low),
        (19, Standing::Critical),
        (109, Standing::Low),
        (0, Standing::Critical),
        (110, Standing::Plenty),
    ] {
        let before = standing;
        standing = standing.next(Space { free, total: 10_000 }, &thresholds);
        assert_eq!(standing, expected, "{free} free after {before:?}");
    }
}

#[test]
fn thresholds_fit_small_disks_and_stop_growing_with_great_ones() {
    let gib = 1 << 30;
    for total in [gib / 4, gib, 10 * gib, 100 * gib, 10_000 * gib] {
        let thresholds = Thresholds::of(total, 2 * gib, gib / 2);
        assert!(thresholds.margin <= thresholds.critical, "{thresholds:?}");
        assert!(thresholds.critical + thresholds.margin < thresholds.low, "{thresholds:?}");
        assert!(thresholds.low + thresholds.margin < total / 4, "{thresholds:?}");
    }
    let great = |total| Thresholds::of(total, 2 * gib, gib / 2);
    assert_eq!(great(1_000 * gib), great(10_000 * gib));
    assert_eq!(Thresholds::of(1_000 * gib, 50 * gib, gib).low, 50 * gib, "what is asked for");
}

fn put(engine: &Memory<DialDisk>, family: Family, key: &str) -> Result<(), FaultKind> {
    let write = Write::Put(family, key.into(), vec![1; 100]);
    engine.write(Batch { writes: vec![write] }).map_err(|fault| fault.kind)
}

#[test]
fn a_log_that_failed_once_takes_nothing_more() {
    let disk = DialDisk::new(10_000);
    let engine: Memory<DialDisk> = Memory::open(&disk, "raft", Room::Log).unwrap();
    put(&engine, Family::Log, "a").unwrap();
    disk.dials().fails = Some("sync");
    assert_eq!(put(&engine, Family::Log, "b"), Err(FaultKind::Io));
    assert_eq!(put(&engine, Family::Log, "c"), Err(FaultKind::Io), "though the disk is well again");
    drop(engine);
    let engine: Memory<DialDisk> = Memory::open(&disk, "raft", Room::Log).unwrap();
    let there = |key: &str| engine.get(Family::Log, key.as_bytes()).unwrap().is_some();
    assert!(there("a") && !there("c"));
}

#[test]
fn a_flush_that_failed_is_tried_again() {
    let disk = DialDisk::new(1_000);
    let engine: Memory<DialDisk> = Memory::open(&disk, "state.0", Room::State).unwrap();
    put(&engine, Family::Live, "a").unwrap();
    engine.flush().unwrap();
    for key in ["b", "c", "d", "e", "f", "g", "h", "i", "j"] {
        put(&engine, Family::Live, key).unwrap();
    }
    disk.write_at("others", 0, &[0; 300]).unwrap();
    assert_eq!(engine.flush().unwrap_err().kind, FaultKind::Full);
    assert_eq!(engine.flush().unwrap_err().kind, FaultKind::Full, "it is not done because it was tried");
    disk.dials().fails = Some("sync");
    disk.remove("others").unwrap();
    disk.dials().total = 10_000;
    assert_eq!(engine.flush().unwrap_err().kind, FaultKind::Io);
    engine.flush().unwrap();
    drop(engine);
    let engine: Memory<DialDisk> = Memory::open(&disk, "state.0", Room::State).unwrap();
    for key in ["a", "b", "j"] {
        assert!(engine.get(Family::Live, key.as_bytes()).unwrap().is_some(), "{key}");
    }
}

#[test]
fn a_write_that_this_build_does_not_know_is_refused() {
    let disk = DialDisk::new(10_000);
    let engine: Memory<DialDisk> = Memory::open(&disk, "raft", Room::Log).unwrap();
    put(&engine, Family::Log, "a").unwrap();
    drop(engine);
    // A state's journal in the place of a log's is as foreign as that of a later build.
    let journal = disk.read("raft/journal").unwrap().unwrap();
    disk.write_at("state.0/journal", 0, &journal).unwrap();
    let fault = Memory::open(&disk, "state.0", Room::State).err().unwrap();
    assert_eq!(fault.kind, FaultKind::Newer, "{fault}");
}

#[test]
fn a_disk_is_measured_by_the_median_and_not_for_long() {
    use std::cell::Cell;
    use std::time::Duration;

    use reeve_store::limits::{PROBE_MS, PROBE_WRITES};
    use reeve_store::probe::median_sync;

    let disk = DialDisk::new(MIB);
    let clock = |step_ms: fn(u64) -> u64| {
        let (asked, now_ms) = (Cell::new(0), Cell::new(0));
        move || {
            asked.set(asked.get() + 1);
            now_ms.set(now_ms.get() + step_ms(asked.get()));
            Duration::from_millis(now_ms.get())
        }
    };
    // One write in all takes long.
    let odd = clock(|asked| if asked == 7 { 900 } else { 2 });
    assert_eq!(median_sync(&disk, odd).unwrap(), Duration::from_millis(2));
    let asked = Cell::new(0_u64);
    let slow = || {
        asked.set(asked.get() + 1);
        Duration::from_millis(asked.get() * PROBE_MS / 4)
    };
    assert_eq!(median_sync(&disk, slow).unwrap(), Duration::from_millis(PROBE_MS / 4));
    assert!(asked.get() < PROBE_WRITES as u64, "it ends soon");
    assert_eq!(disk.list("").unwrap(), [], "nothing is left");
    disk.dials().fails = Some("sync");
    assert_eq!(median_sync(&disk, || Duration::ZERO).unwrap_err().kind, FaultKind::Io);
}
