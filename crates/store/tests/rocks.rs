//! What is asked of RocksDB alone: who may open a database, what a creation that was cut off leaves, and what a killed
//! process has kept. The suite for all engines is in `engine.rs`, damage in `rocks_damage.rs`.

use std::io::{self, BufRead, BufReader, Write as _};
use std::ops::ControlFlow;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use reeve_store::disk::Disk;
use reeve_store::disk::real::RealDisk;
use reeve_store::engine::rocks::Rocks;
use reeve_store::engine::{Batch, Engine, Family, Room, View, Way, Write};
use reeve_store::fault::FaultKind;

fn put(engine: &Rocks, family: Family, number: u64) {
    let write = |key: &[u8]| Write::Put(family, key.to_vec(), number.to_string().into_bytes());
    let batch = Batch { writes: vec![write(&number.to_be_bytes()), write(b"last")] };
    engine.write(batch).expect("a disk with room");
}

/// The number of the last write, all before which must be there too.
fn last(engine: &Rocks, family: Family) -> u64 {
    let get = |key: &[u8]| engine.get(family, key).expect("it can be read");
    let Some(last) = get(b"last") else { return 0 };
    let last: u64 = String::from_utf8(last).expect("a number").parse().expect("a number");
    for number in 1..=last {
        assert_eq!(
            get(&number.to_be_bytes()),
            Some(number.to_string().into_bytes()),
            "{family:?} {number} of {last}"
        );
    }
    last
}

#[test]
fn a_database_is_opened_once() {
    let folder = tempfile::tempdir().unwrap();
    let disk = RealDisk::open(folder.path()).unwrap();
    let engine = Rocks::open(&disk, "raft", Room::Log).unwrap();
    put(&engine, Family::Log, 1);
    let fault = Rocks::open(&disk, "raft", Room::Log).err().unwrap();
    assert_eq!(fault.kind, FaultKind::Locked, "{fault}");
    let view = engine.view();
    drop(engine);
    let fault = Rocks::open(&disk, "raft", Room::Log).err().unwrap();
    assert_eq!(fault.kind, FaultKind::Locked, "a view holds it open: {fault}");
    drop(view);
    assert_eq!(last(&Rocks::open(&disk, "raft", Room::Log).unwrap(), Family::Log), 1);
}

/// Makes a database with other families than it should have.
fn with_families(path: &Path, families: &[&str]) {
    let mut options = rocksdb::Options::default();
    options.create_if_missing(true);
    options.create_missing_column_families(true);
    let db = rocksdb::DB::open_cf(&options, path, families).expect("a new database");
    db.put("something", "was written").expect("a disk with room");
}

#[test]
fn a_family_of_a_newer_build_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let disk = RealDisk::open(folder.path()).unwrap();
    with_families(&disk.path("raft").unwrap(), &["log", "marks", "of-tomorrow"]);
    let fault = Rocks::open(&disk, "raft", Room::Log).err().unwrap();
    assert_eq!(fault.kind, FaultKind::Newer, "{fault}");
    assert!(
        fault.to_string().contains("of-tomorrow") && fault.to_string().contains("newer build"),
        "{fault}"
    );
}

#[test]
fn a_family_that_is_missing_is_damage() {
    let folder = tempfile::tempdir().unwrap();
    let disk = RealDisk::open(folder.path()).unwrap();
    with_families(&disk.path("raft").unwrap(), &["log"]);
    for _ in 0..2 {
        let fault = Rocks::open(&disk, "raft", Room::Log).err().unwrap();
        assert_eq!(fault.kind, FaultKind::Damaged, "{fault}");
        assert!(fault.to_string().contains("`marks`"), "{fault}");
    }
}

#[test]
fn the_other_database_of_a_replica_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let disk = RealDisk::open(folder.path()).unwrap();
    put(&Rocks::open(&disk, "raft", Room::Log).unwrap(), Family::Log, 1);
    assert!(Rocks::open(&disk, "raft", Room::State).is_err());
    assert_eq!(last(&Rocks::open(&disk, "raft", Room::Log).unwrap(), Family::Log), 1);
}

#[test]
fn a_creation_that_was_cut_off_is_begun_again() {
    let folder = tempfile::tempdir().unwrap();
    let disk = RealDisk::open(folder.path()).unwrap();
    let path = disk.path("state.0").unwrap();
    let mut options = rocksdb::Options::default();
    options.create_if_missing(true);
    options.create_missing_column_families(true);
    // Some families were not made yet.
    drop(rocksdb::DB::open_cf(&options, &path, ["live", "history"]).unwrap());
    drop(Rocks::open(&disk, "state.0", Room::State).unwrap());
    // The first manifest was not named yet.
    for item in disk.list("state.0").unwrap() {
        if item.name == "CURRENT" || item.name.ends_with(".log") {
            disk.remove(&format!("state.0/{}", item.name)).unwrap();
        }
    }
    let engine = Rocks::open(&disk, "state.0", Room::State).unwrap();
    put(&engine, Family::StateMarks, 1);
    engine.flush().unwrap();
    drop(engine);
    assert_eq!(last(&Rocks::open(&disk, "state.0", Room::State).unwrap(), Family::StateMarks), 1);
}

#[test]
fn figures_say_how_it_stands() {
    let folder = tempfile::tempdir().unwrap();
    let disk = RealDisk::open(folder.path()).unwrap();
    let engine = Rocks::open(&disk, "state.0", Room::State).unwrap();
    let figure = |name: &str| {
        let figures = engine.figures();
        figures.iter().find(|(known, _)| *known == name).expect("a figure").1
    };
    engine.write(Batch { writes: vec![Write::Put(Family::Live, b"a".to_vec(), vec![1; 1 << 20])] }).unwrap();
    assert!(figure("memtable-bytes") >= 1 << 20);
    assert_eq!(figure("sst-files"), 0);
    engine.flush().unwrap();
    assert_eq!(figure("sst-files"), 1);
    assert!(figure("sst-bytes") > 0);
    for quiet in ["stopped", "slowed-to-bytes-per-second", "background-errors", "compaction-debt-bytes"] {
        assert_eq!(figure(quiet), 0, "{quiet}");
    }
}

/// Where a child process finds its data folder; without it, it is no child.
const FOLDER: &str = "REEVE_TEST_FOLDER";

/// The part of the child: opens both databases, says how far it finds them written, and writes on until it is killed,
/// saying after each write what was promised by then.
#[test]
fn child() {
    let Ok(folder) = std::env::var(FOLDER) else { return };
    let disk = RealDisk::open(folder).unwrap();
    let _lock = disk.lock().unwrap();
    let log = Rocks::open(&disk, "raft", Room::Log).unwrap();
    let state = Rocks::open(&disk, "state.0", Room::State).unwrap();
    let (mut logged, mut applied) = (last(&log, Family::Log), last(&state, Family::Bodies));
    assert_eq!(applied, last(&state, Family::StateMarks), "families are flushed together");
    let mut out = io::stdout();
    // Ends the line that the test runner has begun.
    writeln!(out).unwrap();
    loop {
        writeln!(out, "kept {logged} {applied}").unwrap();
        for _ in 0..10 {
            logged += 1;
            put(&log, Family::Log, logged);
            writeln!(out, "log {logged}").unwrap();
            put(&state, Family::Bodies, applied + 1);
            put(&state, Family::StateMarks, applied + 1);
            applied += 1;
        }
        // Not all of it, so that there is always something to lose.
        state.flush().unwrap();
        writeln!(out, "state {applied}").unwrap();
    }
}

fn start(child: &str, folder: &Path) -> Child {
    Command::new(std::env::current_exe().expect("this is a program"))
        .args(["--exact", child, "--nocapture", "--test-threads=1"])
        .env(FOLDER, folder)
        .stdout(Stdio::piped())
        .spawn()
        .expect("it can be started again")
}

#[test]
fn what_was_promised_survives_a_kill() {
    let folder = tempfile::tempdir().unwrap();
    let (mut logged, mut applied) = (0, 0);
    for life in 0..12_u64 {
        let mut child = start("child", folder.path());
        let output = child.stdout.take().unwrap();
        // Some are killed while they create or open, others while they write.
        let flushes = if life % 3 == 0 { 0 } else { life };
        std::thread::sleep(Duration::from_millis(life * 5));
        let mut flushed = 0;
        let mut killed = false;
        let mut lines = BufReader::new(output).lines();
        loop {
            if flushed == flushes && !killed {
                child.kill().unwrap();
                killed = true;
            }
            let Some(line) = lines.next() else { break };
            let line = line.unwrap();
            let words: Vec<&str> = line.split(' ').collect();
            match words.as_slice() {
                ["kept", log, state] => {
                    assert!(
                        log.parse::<u64>().unwrap() >= logged,
                        "life {life} found {line}, promised {logged}"
                    );
                    assert!(
                        state.parse::<u64>().unwrap() >= applied,
                        "life {life} found {line}, promised {applied}"
                    );
                }
                ["log", number] => logged = number.parse().unwrap(),
                ["state", number] => {
                    applied = number.parse().unwrap();
                    flushed += 1;
                }
                _ => {}
            }
        }
        child.wait().unwrap();
    }
    assert!(logged > 100 && applied > 100, "there was something to lose: {logged}, {applied}");
    let disk = RealDisk::open(folder.path()).unwrap();
    let _lock = disk.lock().unwrap();
    assert!(last(&Rocks::open(&disk, "raft", Room::Log).unwrap(), Family::Log) >= logged);
    let state = Rocks::open(&disk, "state.0", Room::State).unwrap();
    assert!(last(&state, Family::Bodies) >= applied);
    assert_eq!(last(&state, Family::Bodies), last(&state, Family::StateMarks));
}

/// A child that never flushes, but writes so much to one family that RocksDB must.
#[test]
fn great_child() {
    let Ok(folder) = std::env::var(FOLDER) else { return };
    let disk = RealDisk::open(folder).unwrap();
    let state = Rocks::open(&disk, "state.0", Room::State).unwrap();
    let mut out = io::stdout();
    for number in 1_u64.. {
        let body = Write::Put(Family::Bodies, number.to_be_bytes().to_vec(), vec![1; 1 << 20]);
        let mark = Write::Put(Family::StateMarks, b"last".to_vec(), number.to_be_bytes().to_vec());
        state.write(Batch { writes: vec![body, mark] }).unwrap();
        writeln!(out, "written {number}").unwrap();
    }
}

#[test]
fn families_are_never_flushed_one_without_another() {
    let folder = tempfile::tempdir().unwrap();
    let mut child = start("great_child", folder.path());
    let mut output = BufReader::new(child.stdout.take().unwrap()).lines();
    assert!(output.any(|line| line.unwrap().ends_with("written 200")));
    child.kill().unwrap();
    child.wait().unwrap();

    let disk = RealDisk::open(folder.path()).unwrap();
    let state = Rocks::open(&disk, "state.0", Room::State).unwrap();
    let mark =
        state.get(Family::StateMarks, b"last").unwrap().expect("much more was written than fits in memory");
    let mut bodies = Vec::new();
    let all = state.view().scan(Family::Bodies, b"", b"", Way::Up, &mut |key, _| {
        bodies.push(key.to_vec());
        ControlFlow::Continue(())
    });
    all.unwrap();
    assert_eq!(bodies.last(), Some(&mark));
    assert_eq!(bodies.len() as u64, u64::from_be_bytes(mark.try_into().unwrap()));
}
