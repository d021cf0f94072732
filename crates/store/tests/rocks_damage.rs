//! What RocksDB does with damage, as facts. Those about its write-ahead log are why the memory keeps a mark of its own: a
//! database that has lost what it was told to keep opens without a word. Should one of these fail after an upgrade, the
//! promises above RocksDB are to be thought through anew.

use std::fs::{self, OpenOptions};
use std::ops::ControlFlow;
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};

use reeve_store::Fault;
use reeve_store::disk::Disk;
use reeve_store::disk::real::RealDisk;
use reeve_store::engine::rocks::Rocks;
use reeve_store::engine::{Batch, Engine, Family, Room, View, Way, Write};
use reeve_store::fault::FaultKind;
use tempfile::TempDir;

/// Records in a database that is about to be damaged.
const RECORDS: u32 = 1_000;

struct Victim {
    disk: RealDisk,
    folder: TempDir,
    room: Room,
    family: Family,
}

impl Victim {
    /// A log of synced records, each written by itself.
    fn log() -> Self {
        let victim = Self::new(Room::Log, Family::Log);
        let engine = victim.open().expect("a new database");
        for number in 0..RECORDS {
            victim.put(&engine, number);
        }
        victim
    }

    /// A state in three tables, flushed.
    fn state() -> Self {
        let victim = Self::new(Room::State, Family::History);
        let engine = victim.open().expect("a new database");
        for number in 0..RECORDS {
            victim.put(&engine, number);
            if number % 400 == 399 {
                engine.flush().expect("a disk with room");
            }
        }
        engine.flush().expect("a disk with room");
        victim
    }

    fn new(room: Room, family: Family) -> Self {
        let folder = tempfile::tempdir().expect("a folder for a test");
        let disk = RealDisk::open(folder.path()).expect("a data folder");
        Self { disk, folder, room, family }
    }

    fn open(&self) -> Result<Rocks, Fault> {
        Rocks::open(&self.disk, "db", self.room)
    }

    fn put(&self, engine: &Rocks, number: u32) {
        let value = number.to_be_bytes().repeat(25);
        let write = Write::Put(self.family, number.to_be_bytes().to_vec(), value);
        engine.write(Batch { writes: vec![write] }).expect("a disk with room");
    }

    /// The one file with this ending that is not empty, or the first of several.
    fn file(&self, matches: impl Fn(&str) -> bool) -> PathBuf {
        let mut files: Vec<PathBuf> = fs::read_dir(self.folder.path().join("db"))
            .expect("a database")
            .map(|entry| entry.expect("a name").path())
            .filter(|path| matches(&path.file_name().expect("a name").to_string_lossy()))
            .filter(|path| length(path) > 0)
            .collect();
        files.sort();
        files.first().expect("there is such a file").clone()
    }

    fn wal(&self) -> PathBuf {
        self.file(|name| name.ends_with(".log"))
    }

    fn table(&self) -> PathBuf {
        self.file(|name| name.ends_with(".sst"))
    }

    fn manifest(&self) -> PathBuf {
        self.file(|name| name.starts_with("MANIFEST-"))
    }

    fn current(&self) -> PathBuf {
        self.file(|name| name == "CURRENT")
    }

    /// How many records there are after opening: the first so many, or the test fails.
    fn records(&self) -> u32 {
        let engine = self.open().unwrap_or_else(|fault| panic!("it opens: {fault}"));
        let mut records = 0;
        let scanned = engine.view().scan(self.family, b"", b"", Way::Up, &mut |key, _| {
            assert_eq!(key, u32::to_be_bytes(records), "no record is missing but at the end");
            records += 1;
            ControlFlow::Continue(())
        });
        scanned.expect("what is there is whole");
        records
    }

    /// Whether opening it or asking for each record tells of damage. Whatever is answered must be right.
    fn is_told_of_damage(&self, what: &str) -> bool {
        let engine = match self.open() {
            Ok(engine) => engine,
            Err(fault) => {
                assert_eq!(fault.kind, FaultKind::Damaged, "{what}: {fault}");
                return true;
            }
        };
        let mut told = false;
        for key in (0..RECORDS).map(u32::to_be_bytes) {
            match engine.get(self.family, &key) {
                Ok(value) => assert_eq!(value, Some(key.repeat(25)), "{what}"),
                Err(fault) => {
                    assert_eq!(fault.kind, FaultKind::Damaged, "{what}: {fault}");
                    told = true;
                }
            }
        }
        told
    }

    #[track_caller]
    fn refuses_to_open(&self, kind: FaultKind) {
        let fault = self.open().err().expect("it must not open");
        assert_eq!(fault.kind, kind, "{fault}");
    }
}

fn length(path: &Path) -> u64 {
    fs::metadata(path).expect("a file").len()
}

fn flip_a_bit(path: &Path, offset: u64) {
    let file = OpenOptions::new().read(true).write(true).open(path).expect("a file");
    let mut byte = [0];
    file.read_exact_at(&mut byte, offset).expect("inside the file");
    file.write_all_at(&[byte[0] ^ 0x10], offset).expect("inside the file");
}

fn cut(path: &Path, length: u64) {
    OpenOptions::new().write(true).open(path).expect("a file").set_len(length).expect("a cut");
}

#[test]
fn an_undamaged_log_is_whole() {
    let victim = Victim::log();
    assert_eq!(victim.records(), RECORDS);
    assert_eq!(victim.records(), RECORDS, "and at the next opening, from tables");
}

#[test]
fn one_bit_in_the_log_forgets_all_that_follows() {
    let victim = Victim::log();
    flip_a_bit(&victim.wal(), length(&victim.wal()) / 2);
    let left = victim.records();
    assert!((400..600).contains(&left), "{left}");
    assert_eq!(victim.records(), left, "for ever");
}

#[test]
fn zeros_in_the_log_forget_all_that_follows() {
    let victim = Victim::log();
    let wal = OpenOptions::new().write(true).open(victim.wal()).unwrap();
    wal.write_all_at(&[0; 4096], length(&victim.wal()) / 3).unwrap();
    let left = victim.records();
    assert!((200..400).contains(&left), "{left}");
}

#[test]
fn a_log_without_its_tail_forgets_the_last() {
    let victim = Victim::log();
    cut(&victim.wal(), length(&victim.wal()) - 3);
    assert_eq!(victim.records(), RECORDS - 1);
}

#[test]
fn half_a_log_is_half_forgotten() {
    let victim = Victim::log();
    cut(&victim.wal(), length(&victim.wal()) / 2);
    let left = victim.records();
    assert!((400..600).contains(&left), "{left}");
}

#[test]
fn an_emptied_log_forgets_everything() {
    let victim = Victim::log();
    cut(&victim.wal(), 0);
    assert_eq!(victim.records(), 0);
}

#[test]
fn a_deleted_log_forgets_everything() {
    let victim = Victim::log();
    fs::remove_file(victim.wal()).unwrap();
    assert_eq!(victim.records(), 0);
}

#[test]
fn a_damaged_log_takes_new_records_where_it_ended() {
    let victim = Victim::log();
    flip_a_bit(&victim.wal(), length(&victim.wal()) / 2);
    let left = victim.records();
    let engine = victim.open().unwrap();
    victim.put(&engine, left);
    drop(engine);
    assert_eq!(
        victim.records(),
        left + 1,
        "what was forgotten does not come back in the place of what is new"
    );
}

#[test]
fn a_log_file_written_over_shows_nothing_of_its_former_life() {
    let victim = Victim::new(Room::Log, Family::Log);
    let engine = victim.open().unwrap();
    // Enough for several log files, each of which is done with when its memtable is flushed.
    let great = vec![7; 4 << 20];
    for _ in 0..60 {
        let write = Write::Put(Family::Log, b"great".to_vec(), great.clone());
        engine.write(Batch { writes: vec![write] }).unwrap();
    }
    engine.write(Batch { writes: vec![Write::Delete(Family::Log, b"great".to_vec())] }).unwrap();
    for number in 0..50 {
        victim.put(&engine, number);
    }
    drop(engine);
    let diary = fs::read_to_string(victim.file(|name| name == "LOG")).unwrap();
    assert!(diary.contains("reusing log"), "log files are written over");
    assert_eq!(victim.records(), 50);
}

#[test]
fn damage_to_a_table_is_told_by_whoever_reads_it() {
    let victim = Victim::state();
    flip_a_bit(&victim.table(), length(&victim.table()) / 2);
    let engine = victim.open().expect("nobody has read it yet");
    let view = engine.view();
    let mut found = 0;
    for number in 0..RECORDS {
        let key = number.to_be_bytes();
        match (engine.get(victim.family, &key), view.get(victim.family, &key)) {
            (Ok(Some(value)), Ok(Some(same))) => {
                assert!(value == same && value == key.repeat(25));
                found += 1;
            }
            (Err(one), Err(other)) => assert_eq!([one.kind, other.kind], [FaultKind::Damaged; 2], "{one}"),
            other => panic!("{number}: {other:?}"),
        }
    }
    assert!((RECORDS / 2..RECORDS).contains(&found), "{found}");

    for way in [Way::Up, Way::Down] {
        let mut seen = 0;
        let fault = view
            .scan(victim.family, b"", b"", way, &mut |_, _| {
                seen += 1;
                ControlFlow::Continue(())
            })
            .expect_err("an error in the midst is no end");
        assert_eq!(fault.kind, FaultKind::Damaged, "{fault}");
        assert!(seen < RECORDS, "{seen}");
    }
}

#[test]
fn damage_to_the_foot_of_a_table_is_told_at_opening() {
    let victim = Victim::state();
    flip_a_bit(&victim.table(), length(&victim.table()) - 5);
    victim.refuses_to_open(FaultKind::Damaged);
}

#[test]
fn a_table_that_is_gone_or_cut_is_told_at_opening() {
    let victim = Victim::state();
    cut(&victim.table(), length(&victim.table()) - 100);
    victim.refuses_to_open(FaultKind::Damaged);
    for _ in 0..3 {
        fs::remove_file(victim.table()).unwrap();
        victim.refuses_to_open(FaultKind::Damaged);
    }
}

#[test]
fn a_table_in_the_place_of_another_is_told_at_opening() {
    let victim = Victim::state();
    let first = victim.table();
    let second = victim.file(|name| name.ends_with(".sst") && !first.ends_with(name));
    fs::copy(second, first).unwrap();
    victim.refuses_to_open(FaultKind::Damaged);
}

#[test]
fn damage_to_the_manifest_is_told_at_opening() {
    let victim = Victim::state();
    flip_a_bit(&victim.manifest(), length(&victim.manifest()) / 2);
    victim.refuses_to_open(FaultKind::Damaged);
    fs::remove_file(victim.manifest()).unwrap();
    victim.refuses_to_open(FaultKind::Damaged);
}

#[test]
fn a_manifest_without_its_tail_is_an_earlier_state() {
    let mut seen = Vec::new();
    for part in 1..12 {
        let victim = Victim::state();
        let manifest = victim.manifest();
        cut(&manifest, length(&manifest) * part / 12);
        match victim.open() {
            Ok(engine) => {
                drop(engine);
                let left = victim.records();
                assert!([0, 400, 800, RECORDS].contains(&left), "as it was after some flush: {left}");
                seen.push(left);
            }
            Err(fault) => assert_eq!(fault.kind, FaultKind::Damaged, "{fault}"),
        }
    }
    assert!(seen.contains(&0) && seen.contains(&800), "without a word: {seen:?}");
}

#[test]
fn no_bit_makes_a_wrong_answer() {
    let victim = Victim::state();
    let damaged = victim.folder.path().join("db");
    let whole = victim.folder.path().join("whole");
    fs::rename(&damaged, &whole).unwrap();
    let parts = 40;
    let (mut files, mut told) = (0, 0);
    for file in fs::read_dir(&whole).unwrap().map(|entry| entry.unwrap().path()) {
        let name = file.file_name().unwrap().to_str().unwrap();
        if !(name.ends_with(".sst") || name.starts_with("MANIFEST-") || name == "CURRENT") {
            continue;
        }
        files += 1;
        for part in 0..parts {
            copy(&whole, &damaged);
            flip_a_bit(&damaged.join(name), (length(&file) - 1) * part / (parts - 1));
            told += u64::from(victim.is_told_of_damage(&format!("{name} {part}")));
        }
    }
    assert_eq!(files, 5);
    // The others are in parts of a table that nobody reads.
    assert!(told > files * parts * 9 / 10, "{told}");
}

fn copy(from: &Path, to: &Path) {
    if to.exists() {
        fs::remove_dir_all(to).expect("a folder");
    }
    fs::create_dir(to).expect("a new folder");
    for entry in fs::read_dir(from).expect("a folder") {
        let entry = entry.expect("a name");
        fs::copy(entry.path(), to.join(entry.file_name())).expect("a file");
    }
}

#[test]
fn damage_to_what_names_the_manifest_is_told_at_opening() {
    for garbage in ["", "MANIFEST-000001", "garbage\n", "MANIFEST-999999\n"] {
        let victim = Victim::state();
        fs::write(victim.current(), garbage).unwrap();
        victim.refuses_to_open(FaultKind::Damaged);
    }
    for victim in [Victim::state(), Victim::log()] {
        fs::remove_file(victim.current()).unwrap();
        victim.refuses_to_open(FaultKind::Damaged);
        assert!(victim.open().err().unwrap().to_string().contains("CURRENT"));
    }
}

#[test]
fn nothing_is_made_anew_where_something_was() {
    let victim = Victim::state();
    fs::remove_file(victim.current()).unwrap();
    let before = victim.disk.list("db").unwrap();
    victim.refuses_to_open(FaultKind::Damaged);
    assert_eq!(victim.disk.list("db").unwrap(), before, "and nothing is touched");
}
