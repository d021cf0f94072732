//! What a simulated disk promises, and what it does not.

use std::collections::BTreeSet;
use std::ops::ControlFlow;

use reeve_store::engine::memory::Memory;
use reeve_store::engine::{Batch, Engine, Family, Room, View, Way, Write};

use super::*;
use crate::cluster::limits;

fn drive(seed: u64) -> Drive {
    Drive::new(1, Chance::of(seed), Trace::default())
}

fn life(run: u32) -> Life {
    Life::new(1, run, Chance::of(1), 0)
}

fn power(drive: &Drive, how: Crash) -> SimDisk {
    drive.crash(how);
    drive.mount(&life(2))
}

fn names(disk: &SimDisk, folder: &str) -> Vec<String> {
    disk.list(folder).unwrap().into_iter().map(|item| item.name).collect()
}

/// A file whose name is durable and whose bytes are `old`.
fn with_old(drive: &Drive) -> SimDisk {
    let disk = drive.mount(&life(1));
    disk.write_at("a/f", 0, &[1; 2_048]).unwrap();
    disk.sync("a/f").unwrap();
    disk.sync_folder("a").unwrap();
    disk.sync_folder("").unwrap();
    disk
}

/// All that different seeds leave of the same history.
fn outcomes<T: Ord>(how: Crash, history: impl Fn(&Drive), look: impl Fn(&SimDisk) -> T) -> BTreeSet<T> {
    let each = (0..400).map(|seed| {
        let drive = drive(seed);
        history(&drive);
        look(&power(&drive, how))
    });
    each.collect()
}

#[test]
fn only_what_was_synced_survives_for_certain() {
    let drive = drive(1);
    let disk = with_old(&drive);
    disk.write_at("a/f", 100, &[2; 100]).unwrap();
    disk.truncate("a/f", 150).unwrap();
    disk.write_at("a/g", 0, b"new").unwrap();
    assert_eq!(disk.read("a/f").unwrap().unwrap().len(), 150, "the process sees what it wrote");
    let disk = power(&drive, Crash::Lost);
    assert_eq!(disk.read("a/f").unwrap().unwrap(), [1; 2_048]);
    assert_eq!(names(&disk, "a"), ["f"]);
}

#[test]
fn a_file_needs_its_own_sync_and_that_of_its_folder() {
    let drive = drive(1);
    let disk = with_old(&drive);
    disk.write_at("a/named", 0, b"x").unwrap();
    disk.sync_folder("a").unwrap();
    disk.write_at("a/synced", 0, b"x").unwrap();
    disk.sync("a/synced").unwrap();
    disk.write_at("b/deep", 0, b"x").unwrap();
    disk.sync("b/deep").unwrap();
    disk.sync_folder("b").unwrap();
    let disk = power(&drive, Crash::Lost);
    assert_eq!(disk.read("a/named").unwrap().unwrap(), b"", "the name is there, the bytes are not");
    assert_eq!(disk.read("a/synced").unwrap(), None, "the bytes have no name");
    assert_eq!(disk.read("b/deep").unwrap(), None, "the folder itself has no name");
}

#[test]
fn names_survive_or_not_each_for_itself() {
    let history = |drive: &Drive| {
        let disk = with_old(drive);
        disk.write_at("a/new", 0, b"x").unwrap();
        disk.remove("a/f").unwrap();
    };
    let seen = outcomes(Crash::Scattered, history, |disk| names(disk, "a"));
    let all: BTreeSet<Vec<String>> = [vec![], vec!["f"], vec!["new"], vec!["f", "new"]]
        .into_iter()
        .map(|names| names.into_iter().map(String::from).collect())
        .collect();
    assert_eq!(seen, all);
    let seen = outcomes(Crash::Prefix, history, |disk| names(disk, "a"));
    assert!(!seen.contains(&Vec::new()), "in order, the file cannot be gone before the other is there");
}

#[test]
fn a_rename_within_a_folder_happens_at_once() {
    let history = |drive: &Drive| {
        let disk = with_old(drive);
        disk.write_at("a/fresh", 0, b"fresh").unwrap();
        disk.sync("a/fresh").unwrap();
        disk.sync_folder("a").unwrap();
        disk.rename("a/fresh", "a/f").unwrap();
        assert_eq!(disk.read("a/f").unwrap().unwrap(), b"fresh");
    };
    for how in [Crash::Torn, Crash::Scattered, Crash::Prefix] {
        let seen =
            outcomes(how, history, |disk| (names(disk, "a"), disk.read("a/f").unwrap().unwrap().len()));
        let (before, after) = (vec!["f".to_string(), "fresh".into()], vec!["f".to_string()]);
        assert_eq!(seen, BTreeSet::from([(before, 2_048), (after, 5)]));
    }
}

#[test]
fn a_rename_between_folders_needs_both_syncs() {
    let history = |drive: &Drive| {
        let disk = with_old(drive);
        disk.write_at("b/x", 0, b"x").unwrap();
        disk.sync_folder("").unwrap();
        disk.rename("a/f", "b/f").unwrap();
    };
    let look = |disk: &SimDisk| (disk.read("a/f").unwrap().is_some(), disk.read("b/f").unwrap().is_some());
    let seen = outcomes(Crash::Scattered, history, look);
    assert_eq!(seen.len(), 4, "both names, one of them, or none: {seen:?}");
    let both = |drive: &Drive| {
        history(drive);
        let disk = drive.mount(&life(1));
        disk.sync_folder("a").unwrap();
        disk.sync_folder("b").unwrap();
    };
    assert_eq!(outcomes(Crash::Scattered, both, look), BTreeSet::from([(false, true)]));
}

#[test]
fn folders_move_with_all_that_is_in_them() {
    let drive = drive(1);
    let disk = with_old(&drive);
    disk.rename("a", "z").unwrap();
    assert_eq!(disk.read("z/f").unwrap().unwrap().len(), 2_048);
    disk.write_at("z/g", 0, b"g").unwrap();
    assert_eq!(disk.rename("z", "z").map_err(|error| error.kind()), Ok(()));
    disk.write_at("y/h", 0, b"h").unwrap();
    assert_eq!(disk.rename("y", "z").unwrap_err().kind(), io::ErrorKind::DirectoryNotEmpty);
    disk.sync_folder("").unwrap();
    let disk = power(&drive, Crash::Lost);
    assert_eq!(names(&disk, ""), ["y", "z"]);
    assert_eq!(names(&disk, "z"), ["f"], "what was not synced in it is lost all the same");
    disk.remove("z").unwrap();
    assert_eq!(names(&disk, ""), ["y"]);
    disk.remove("z").unwrap();
    assert_eq!(names(&power(&drive, Crash::Lost), "z"), ["f"], "a removal too waits for its folder's sync");
}

#[test]
fn a_prefix_of_the_writes_survives() {
    let history = |drive: &Drive| {
        let disk = with_old(drive);
        for at in 0..4 {
            disk.write_at("a/f", at * 512, &[2; 512]).unwrap();
        }
    };
    let look = |disk: &SimDisk| {
        let bytes = disk.read("a/f").unwrap().unwrap();
        let new = bytes.iter().take_while(|byte| **byte == 2).count();
        assert!(bytes[new..].iter().all(|byte| *byte == 1));
        new
    };
    assert_eq!(outcomes(Crash::Prefix, history, look), BTreeSet::from([0, 512, 1_024, 1_536, 2_048]));
}

#[test]
fn a_torn_write_is_there_in_part() {
    let history = |drive: &Drive| with_old(drive).write_at("a/f", 0, &[2; 2_048]).unwrap();
    let look = |disk: &SimDisk| {
        let bytes = disk.read("a/f").unwrap().unwrap();
        (0..4).map(|sector| bytes[sector * 512..][..512].iter().filter(|byte| **byte == 2).count()).collect()
    };
    let seen: BTreeSet<Vec<usize>> = outcomes(Crash::Torn, history, look);
    assert!(seen.contains(&vec![512; 4]) && seen.contains(&vec![0; 4]));
    assert!(seen.contains(&vec![0, 512, 0, 512]), "sectors in any order");
    assert!(seen.iter().any(|sectors| sectors[1] > 0 && sectors[1] < 512), "or as far as some byte");
}

#[test]
fn sectors_of_many_writes_land_in_any_order() {
    let history = |drive: &Drive| {
        let disk = with_old(drive);
        disk.write_at("a/f", 2_048, &[2; 600]).unwrap();
        disk.write_at("a/f", 2_648, &[3; 600]).unwrap();
    };
    let look = |disk: &SimDisk| disk.read("a/f").unwrap().unwrap();
    let seen = outcomes(Crash::Scattered, history, look);
    assert!(seen.iter().all(|bytes| bytes[..2_048] == [1; 2_048]), "what was synced is never touched");
    assert!(seen.iter().any(|bytes| bytes.contains(&3) && !bytes.contains(&2)), "the later one alone");
    assert!(seen.iter().any(|bytes| bytes.len() == 3_248 && bytes[2_048..].iter().all(|byte| *byte == 0)));
}

#[test]
fn a_killed_process_leaves_everything_to_the_system() {
    let drive = drive(1);
    let disk = with_old(&drive);
    disk.write_at("a/f", 0, &[2; 2_048]).unwrap();
    disk.remove("a/none").unwrap();
    disk.write_at("a/g", 0, b"g").unwrap();
    let disk = power(&drive, Crash::Process);
    assert_eq!(disk.read("a/f").unwrap().unwrap(), [2; 2_048]);
    assert_eq!(names(&disk, "a"), ["f", "g"]);
    let disk = power(&drive, Crash::Lost);
    assert_eq!(disk.read("a/f").unwrap().unwrap(), [1; 2_048], "and a power cut after it may still lose it");
    assert_eq!(names(&disk, "a"), ["f"]);
}

#[test]
fn the_dead_change_nothing() {
    let drive = drive(1);
    let first = life(1);
    let disk = drive.mount(&first);
    disk.write_at("f", 0, b"first").unwrap();
    let lock = disk.lock().unwrap();
    let second = drive.mount(&life(2));
    assert_eq!(second.lock().map(|_| ()).unwrap_err().kind(), io::ErrorKind::WouldBlock);
    first.end();
    disk.write_at("f", 0, b"ghost").unwrap_err();
    disk.read("f").unwrap_err();
    disk.sync("f").unwrap_err();
    assert_eq!(second.read("f").unwrap().unwrap(), b"first");
    let held = second.lock().unwrap();
    drop(lock);
    assert!(drive.mount(&life(3)).lock().is_err(), "what the dead let go of is not theirs");
    drop(held);
    drive.mount(&life(3)).lock().unwrap();
}

#[test]
fn a_process_dies_at_its_fuse() {
    let mut lengths = BTreeSet::new();
    for seed in 0..50 {
        let (drive, life) = (drive(seed), life(1));
        let disk = drive.mount(&life);
        drive.die_at(3, Crash::Process);
        disk.write_at("f", 0, b"a").unwrap();
        disk.write_at("f", 1, b"b").unwrap();
        disk.write_at("f", 2, b"c").unwrap_err();
        assert!(life.is_over());
        disk.write_at("f", 3, b"d").unwrap_err();
        lengths.insert(drive.mount(&self::life(2)).read("f").unwrap().unwrap().len());
    }
    assert_eq!(lengths, BTreeSet::from([2, 3]), "shortly before, or shortly after");
}

#[test]
fn a_failed_sync_may_have_done_anything_and_the_next_does_not_mend_it() {
    let mut seen = BTreeSet::new();
    for seed in 0..200 {
        let drive = drive(seed);
        let disk = with_old(&drive);
        drive.fail_sync(2);
        disk.write_at("a/f", 0, &[2; 512]).unwrap();
        disk.sync("a/f").unwrap();
        disk.write_at("a/f", 512, &[2; 512]).unwrap();
        disk.sync("a/f").unwrap_err();
        assert_eq!(disk.read("a/f").unwrap().unwrap()[..1_024], [2; 1_024], "a read does not show it");
        disk.sync("a/f").unwrap();
        let bytes = power(&drive, Crash::Lost).read("a/f").unwrap().unwrap();
        assert_eq!(bytes[..512], [2; 512]);
        seen.insert(bytes[512..1_024].iter().filter(|byte| **byte == 2).count());
    }
    assert!(seen.contains(&0) && seen.contains(&512) && seen.len() > 2, "{seen:?}");
}

#[test]
fn a_disk_is_sound_again_when_nothing_is_left_of_its_trouble() {
    let drive = drive(1);
    let disk = with_old(&drive);
    drive.set_capacity(1_000);
    assert!(!drive.is_sound(), "it is small");
    drive.set_capacity(limits::DISK_BYTES);
    assert!(drive.is_sound());
    drive.fail_sync(1);
    assert!(!drive.is_sound(), "a sync will fail");
    disk.sync("a/f").unwrap_err();
    drive.crash(Crash::Process);
    assert!(!drive.is_sound(), "a sync has failed, and the system remembers otherwise");
    drive.crash(Crash::Lost);
    assert!(drive.is_sound());
    drive.fail_sync(1);
    drive.crash(Crash::Process);
    assert!(drive.is_sound(), "it never failed");
}

#[test]
fn a_full_disk_takes_what_fits() {
    let drive = drive(1);
    let disk = drive.mount(&life(1));
    drive.set_capacity(1_000);
    disk.allocate("reserve", 400).unwrap();
    assert_eq!(disk.allocate("more", 700).unwrap_err().kind(), io::ErrorKind::StorageFull);
    disk.write_at("f", 0, &[1; 500]).unwrap();
    assert_eq!(disk.space().unwrap(), Space { free: 100, total: 1_000 });
    assert_eq!(disk.write_at("f", 500, &[1; 200]).unwrap_err().kind(), io::ErrorKind::StorageFull);
    assert_eq!(disk.read("f").unwrap().unwrap().len(), 600, "some of it is there");
    disk.write_at("reserve", 0, &[3; 400]).unwrap();
    disk.write_at("f", 0, &[2; 600]).unwrap();
    disk.remove("reserve").unwrap();
    disk.write_at("f", 600, &[1; 400]).unwrap();
    drive.set_capacity(limits::DISK_BYTES);
    disk.write_at("f", 1_000, &[1; 400]).unwrap();
}

#[test]
fn rot_is_seen_at_once_and_survives() {
    let drive = drive(1);
    let disk = with_old(&drive);
    assert_eq!(drive.rot("b/"), None);
    let rot = drive.rot("a/").unwrap();
    assert_eq!(rot.path, "a/f");
    let seen = disk.read("a/f").unwrap().unwrap();
    assert_eq!(seen.iter().filter(|byte| **byte != 1).count(), 1);
    assert_ne!(seen[rot.offset as usize], 1);
    assert_eq!(power(&drive, Crash::Lost).read("a/f").unwrap().unwrap(), seen);
}

#[test]
fn reads_say_what_is_there() {
    let drive = drive(1);
    let disk = with_old(&drive);
    disk.write_at("a/sub/deep", 3, b"x").unwrap();
    assert_eq!(disk.read("a/sub/deep").unwrap().unwrap(), [0, 0, 0, b'x']);
    assert_eq!(disk.read_at("a/f", 2_040, 100).unwrap().len(), 8);
    assert_eq!(disk.read_at("a/f", 5_000, 1).unwrap(), []);
    assert_eq!(disk.read_at("a/none", 0, 1).unwrap_err().kind(), io::ErrorKind::NotFound);
    assert_eq!(disk.truncate("a/none", 0).unwrap_err().kind(), io::ErrorKind::NotFound);
    assert_eq!(disk.sync("a/none").unwrap_err().kind(), io::ErrorKind::NotFound);
    let item = |name: &str, length| Item { name: name.into(), length };
    assert_eq!(disk.list("a").unwrap(), [item("f", Some(2_048)), item("sub", None)]);
    assert_eq!(disk.list("none").unwrap(), []);
}

#[test]
fn what_has_no_name_is_thrown_away() {
    let drive = drive(1);
    let disk = with_old(&drive);
    for at in 0..2_000 {
        disk.write_at("a/f.new", 0, &[at as u8; 100]).unwrap();
        disk.sync("a/f.new").unwrap();
        disk.rename("a/f.new", "a/f").unwrap();
        disk.sync_folder("a").unwrap();
    }
    assert!(held(&drive.0).things_kept() < 2 * limits::SWEEP_EVERY as usize);
    assert_eq!(disk.read("a/f").unwrap().unwrap(), [1_999_u32 as u8; 100]);
}

/// Every batch whose write came back is there after any crash at any operation, whole, and none after a missing one.
#[test]
fn an_engine_on_it_keeps_its_word() {
    let mut kept_more = 0;
    for seed in 0..600 {
        let (drive, life) = (drive(seed), life(1));
        let mut chance = Chance::of(seed);
        let how = *chance.among(Crash::ALL).unwrap();
        drive.die_at(chance.between(1, 40), how);
        let done = acknowledged(&drive.mount(&life), &mut chance);
        assert!(life.is_over(), "seed {seed}");
        let engine = Memory::open(&drive.mount(&self::life(2)), "raft", Room::Log).unwrap();
        let (mut found, mut last) = (0, None);
        let mut visit = |key: &[u8], value: &[u8]| {
            assert_eq!(value, [key[0]; 700], "seed {seed}");
            assert_eq!(last.replace(key[0]).map_or(0, |last| last + 1), key[0], "seed {seed}: a hole");
            found += 1;
            ControlFlow::Continue(())
        };
        engine.view().scan(Family::Log, &[], &[], Way::Up, &mut visit).unwrap();
        assert!(found >= done && found <= done + 1, "seed {seed}: {done} acknowledged, {found} found");
        kept_more += usize::from(found > done);
    }
    assert!(kept_more > 10, "sometimes what nobody acknowledged is there: {kept_more}");
}

/// How many batches an engine acknowledges until it dies.
fn acknowledged(disk: &SimDisk, chance: &mut Chance) -> u8 {
    let Ok(engine) = Memory::open(disk, "raft", Room::Log) else { return 0 };
    for at in 0_u8.. {
        let put = Write::Put(Family::Log, vec![at], vec![at; 700]);
        if engine.write(Batch { writes: vec![put] }).is_err() {
            return at;
        }
        if chance.percent(20) && engine.checkpoint(&format!("checkpoints/{at}")).is_err() {
            return at + 1;
        }
    }
    unreachable!("it dies long before")
}

#[test]
fn the_same_seed_leaves_the_same_bytes() {
    let run = |seed| {
        let trace = Trace::default();
        let drive = Drive::new(1, Chance::of(seed), trace.clone());
        let disk = with_old(&drive);
        disk.write_at("a/f", 0, &[2; 2_048]).unwrap();
        let disk = power(&drive, Crash::Scattered);
        (disk.read("a/f").unwrap(), trace.hash())
    };
    assert_eq!(run(1), run(1));
    assert_ne!(run(1), run(2));
}
