//! Checkpoints: what is served, received and installed is the state, whole, or is refused.

#[path = "../../core/tests/chance/dice.rs"]
mod dice;
#[path = "support/history.rs"]
mod history;
#[path = "../../core/tests/chance/play.rs"]
mod play;
#[path = "support/stopping.rs"]
mod stopping;

use dice::for_seeds;
use history::{History, Records, assert_same, assert_shows, note};
use reeve_core::State;
use reeve_sim::cluster::disk::SimDisk;
use reeve_store::book::{Applied, Book};
use reeve_store::checkpoint::{Checkpoint, FileOf, Incoming, Manifest, Received};
use reeve_store::disk::Disk;
use reeve_store::disk::memory::MemoryDisk;
use reeve_store::disk::real::RealDisk;
use reeve_store::engine::memory::Memory;
use reeve_store::engine::rocks::Rocks;
use reeve_store::engine::{Batch, Engine, Family, Room, Write};
use reeve_store::fault::FaultKind;
use stopping::Stopping;
use tempfile::TempDir;
use xxhash_rust::xxh3::xxh3_128;

type Plain = Memory<MemoryDisk>;
type Stoppable = Memory<Stopping>;

const CLUSTER: u128 = 7;

/// A book with so many entries in it.
fn book<E: Engine>(disk: &E::Disk, history: &mut History, entries: usize) -> Book<E> {
    let (book, applied) = Book::open(disk, CLUSTER).expect("no fault");
    assert_eq!(applied, None);
    history.begin(&book);
    for _ in 0..entries {
        history.step(&book);
    }
    book
}

/// Sends what the other does not have yet.
fn send<E: Engine, F: Engine>(checkpoint: &Checkpoint<E>, incoming: &mut Incoming<F>) {
    for file in &checkpoint.manifest().files {
        loop {
            let have = incoming.have(&file.name).expect("no fault");
            let piece = checkpoint.chunk(&file.name, have, 1_000).expect("no fault");
            if piece.is_empty() {
                break;
            }
            incoming.write(&file.name, have, &piece).expect("no fault");
        }
    }
}

fn receive<E: Engine, F: Engine>(checkpoint: &Checkpoint<E>, disk: &F::Disk) -> Received<F> {
    let wire = checkpoint.manifest().to_bytes();
    let mut incoming =
        Incoming::<F>::begin(disk, Manifest::from_bytes(&wire).expect("no fault")).expect("no fault");
    send(checkpoint, &mut incoming);
    incoming.finish().expect("no fault")
}

fn names<D: Disk>(disk: &D, folder: &str) -> Vec<String> {
    disk.list(folder).expect("no fault").into_iter().map(|item| item.name).collect()
}

/// Whoever installs a checkpoint is where its maker was, and goes on from there like everybody else.
fn an_install_equals_the_history<E: Engine>(disk: &E::Disk, other: &E::Disk, seed: u64) {
    let mut history = History::new(seed);
    let source = book::<E>(disk, &mut history, 150);
    let mut behind = History::new(seed + 1_000);
    let target = book::<E>(other, &mut behind, 20);
    target.flush().expect("no fault");
    let (before, records) = (target.view(), behind.records.clone());
    let checkpoint = source.checkpoint().expect("no fault");
    let then = (history.applied.clone(), history.records.clone());
    assert_eq!(checkpoint.manifest().applied, then.0);
    let (state, at) = (history.state.clone(), history.done.len());
    for _ in 0..60 {
        history.step(&source);
    }
    source.flush().expect("no fault");
    let received = receive(&checkpoint, other);
    assert_eq!(target.install(received).expect("no fault"), then.0);
    assert_eq!((target.applied(), target.flushed()), (then.0.clone(), then.0.clone()));
    assert_shows(&target.view(), &then.1, &state);
    // A view of the old state outlives it, and its folder goes with it.
    assert_shows(&before, &records, &behind.state);
    assert_eq!(names(other, "incoming"), Vec::<String>::new());
    assert!(names(other, "").contains(&"state.1".to_owned()));
    drop(before);
    assert!(!names(other, "").contains(&"state.1".to_owned()));
    for done in &history.done[at..] {
        note(&target, done);
    }
    assert_shows(&target.view(), &history.records, &history.state);
    target.flush().expect("no fault");
    drop(target);
    let (target, applied) = Book::<E>::open(other, CLUSTER).expect("no fault");
    assert_eq!(applied.as_ref(), Some(&history.applied));
    history.replay(&target, &history.applied);
}

/// How a file can be wrong.
const DAMAGES: [&str; 4] = ["flipped", "short", "missing", "extra"];

fn damage<D: Disk>(disk: &D, folder: &str, how: &str) {
    let name = names(disk, folder).pop().expect("no fault");
    let path = format!("{folder}/{name}");
    let bytes = disk.read(&path).expect("no fault").expect("no fault");
    match how {
        "flipped" => {
            disk.write_at(&path, bytes.len() as u64 / 2, &[bytes[bytes.len() / 2] ^ 4]).expect("no fault")
        }
        "short" => disk.truncate(&path, bytes.len() as u64 - 1).expect("no fault"),
        "missing" => disk.remove(&path).expect("no fault"),
        _ => disk.write_at(&format!("{folder}/extra"), 0, b"more").expect("no fault"),
    }
}

fn a_damaged_checkpoint_is_not_served<E: Engine>(disk: &E::Disk) {
    let mut history = History::new(1);
    let book = book::<E>(disk, &mut history, 50);
    for how in DAMAGES {
        let checkpoint = book.checkpoint().expect("no fault");
        let folder = format!("checkpoints/{}/files", names(disk, "checkpoints")[0]);
        let file = names(disk, &folder).pop().expect("no fault");
        damage(disk, &folder, how);
        let fault = checkpoint.chunk(&file, 0, 100).expect_err("a fault");
        assert_eq!(fault.kind, FaultKind::Damaged, "{how}: {fault}");
        assert!(fault.at.starts_with(&folder), "{how}: {fault}");
    }
    assert_eq!(names(disk, "checkpoints"), Vec::<String>::new());
}

fn a_damaged_checkpoint_is_not_installed<E: Engine>(disk: &E::Disk, other: &E::Disk) {
    let mut history = History::new(2);
    let source = book::<E>(disk, &mut history, 50);
    let target = Book::<E>::open(other, CLUSTER).expect("no fault").0;
    let checkpoint = source.checkpoint().expect("no fault");
    for how in DAMAGES {
        let mut incoming = Incoming::<E>::begin(other, checkpoint.manifest().clone()).expect("no fault");
        send(&checkpoint, &mut incoming);
        let folder = format!("incoming/{}/files", names(other, "incoming")[0]);
        damage(other, &folder, how);
        let Err(fault) = incoming.finish() else { panic!("{how}: it was taken") };
        assert_eq!(fault.kind, FaultKind::Damaged, "{how}: {fault}");
        // The next attempt finds out what is missing, and heals.
        drop(receive::<E, E>(&checkpoint, other));
    }
    target.install(receive(&checkpoint, other)).expect("no fault");
    assert_shows(&target.view(), &history.records, &history.state);
}

/// An interrupted transfer goes on where it was durable; one that has nothing in common with it begins anew.
fn an_interrupted_transfer_goes_on<E: Engine>(disk: &E::Disk) {
    let bytes: Vec<u8> = (0..40_u32 << 18).flat_map(u32::to_le_bytes).collect();
    let length = bytes.len() as u64;
    let file = FileOf { name: "big".into(), length, hash: xxh3_128(&bytes) };
    let empty = FileOf { name: "empty".into(), length: 0, hash: xxh3_128(&[]) };
    let manifest = Manifest { cluster: CLUSTER, applied: Applied::default(), files: vec![file, empty] };
    let piece = 1 << 20;
    let mut incoming = Incoming::<E>::begin(disk, manifest.clone()).expect("no fault");
    for at in (0..20 * piece).step_by(piece) {
        incoming.write("big", at as u64, &bytes[at..at + piece]).expect("no fault");
    }
    let twice = incoming.write("big", 0, &bytes[..piece]).expect_err("a fault");
    assert_eq!(twice.kind, FaultKind::Gone);
    let path = format!("incoming/{}/files/big", names(disk, "incoming")[0]);
    drop(incoming);
    // What was not synced may be anything after a power cut.
    disk.write_at(&path, 16 << 20, &[0; 4 << 20]).expect("no fault");
    let mut incoming = Incoming::<E>::begin(disk, manifest.clone()).expect("no fault");
    assert_eq!(incoming.have("big").expect("no fault"), 16 << 20);
    assert_eq!(incoming.have("none").expect_err("a fault").kind, FaultKind::Gone);
    incoming.write("big", 16 << 20, &bytes[16 << 20..]).expect("no fault");
    assert_eq!(incoming.write("big", length, b"x").expect_err("a fault").kind, FaultKind::Gone);
    incoming.finish().expect("no fault");
    let mut another = manifest;
    another.files[0].hash += 1;
    let incoming = Incoming::<E>::begin(disk, another).expect("no fault");
    assert_eq!(incoming.have("big").expect("no fault"), 0);
    assert_eq!(names(disk, "incoming").len(), 1);
}

/// A file of so many mebibytes, and its bytes.
fn file(name: &str, mebibytes: u32, salt: u32) -> (FileOf, Vec<u8>) {
    let bytes: Vec<u8> = (0..mebibytes << 18).flat_map(|word| (word ^ salt << 24).to_le_bytes()).collect();
    (FileOf { name: name.into(), length: bytes.len() as u64, hash: xxh3_128(&bytes) }, bytes)
}

fn of_files(files: &[(FileOf, Vec<u8>)]) -> Manifest {
    let files = files.iter().map(|(file, _)| file.clone()).collect();
    Manifest { cluster: CLUSTER, applied: Applied::default(), files }
}

/// Sends what is missing of a file, up to there. How many bytes that were.
fn fill<E: Engine>(incoming: &mut Incoming<E>, (file, bytes): &(FileOf, Vec<u8>), up_to: usize) -> usize {
    let mut sent = 0;
    loop {
        let have = usize::try_from(incoming.have(&file.name).expect("no fault")).expect("it is short");
        if have >= up_to {
            return sent;
        }
        let piece = &bytes[have..up_to.min(have + (1 << 20))];
        incoming.write(&file.name, have as u64, piece).expect("no fault");
        sent += piece.len();
    }
}

/// What is left of another checkpoint is used where it is the same, whatever it is called, and nowhere else.
fn what_is_the_same_is_taken_over<E: Engine>(disk: &E::Disk) {
    let old = [file("a", 10, 1), file("b", 20, 2), file("c", 3, 3)];
    let mut incoming = Incoming::<E>::begin(disk, of_files(&old)).expect("no fault");
    assert_eq!(fill(&mut incoming, &old[0], 10 << 20), 10 << 20);
    assert_eq!(fill(&mut incoming, &old[1], 7 << 20), 7 << 20);
    let rotten = format!("incoming/{}/files/a", names(disk, "incoming")[0]);
    drop(incoming);
    disk.write_at(&rotten, 5 << 20, b"rot").expect("no fault");
    // Another has got the name of one of them, and one of them another name.
    let new = [old[0].clone(), file("b", 20, 4), file("d", 20, 2), file("e", 1, 5)];
    let mut incoming = Incoming::<E>::begin(disk, of_files(&new)).expect("no fault");
    let sent = new.each_ref().map(|file| fill(&mut incoming, file, file.1.len()) >> 20);
    assert_eq!(sent, [0, 20, 14, 1], "what was durable was not sent again");
    assert_eq!(names(disk, "incoming").len(), 1);
    let Err(fault) = incoming.finish() else { panic!("it is rotten") };
    assert!(fault.kind == FaultKind::Damaged && fault.at.ends_with("/a"), "{fault}");
    let mut incoming = Incoming::<E>::begin(disk, of_files(&new)).expect("no fault");
    let sent = new.each_ref().map(|file| fill(&mut incoming, file, file.1.len()) >> 20);
    assert_eq!(sent, [10, 0, 0, 0]);
    incoming.finish().expect("no fault");
}

/// What belongs to others, or is behind, is refused, and nothing is changed.
fn what_is_foreign_or_behind_is_refused<E: Engine>(disk: &E::Disk, other: &E::Disk) {
    let mut history = History::new(3);
    let target = book::<E>(disk, &mut history, 30);
    let early = target.checkpoint().expect("no fault");
    history.step(&target);
    // Applied counts, flushed or not.
    let refused = target.install(receive(&early, disk)).expect_err("a fault");
    assert_eq!(refused.kind, FaultKind::Gone, "{refused}");
    let stranger = Book::<E>::open(other, CLUSTER + 1).expect("no fault").0;
    let refused = stranger.install(receive(&early, other)).expect_err("a fault");
    assert_eq!(refused.kind, FaultKind::Foreign, "{refused}");
    assert_eq!(target.flush().expect("no fault"), history.applied);
    assert_shows(&target.view(), &history.records, &history.state);
    assert_eq!(names(disk, "").iter().filter(|name| name.starts_with("state.")).count(), 1);
}

/// Checkpoints live as long as somebody holds them, and never past an opening.
fn unused_checkpoints_are_removed<E: Engine>(disk: &E::Disk) {
    let mut history = History::new(4);
    let source = book::<E>(disk, &mut history, 10);
    let one = source.checkpoint().expect("no fault");
    let (other, same) = (source.checkpoint().expect("no fault"), one.clone());
    assert_eq!(names(disk, "checkpoints").len(), 2);
    drop(one);
    assert_eq!(names(disk, "checkpoints").len(), 2);
    drop(same);
    assert_eq!(names(disk, "checkpoints").len(), 1);
    drop(source);
    // As after a crash.
    Book::<E>::open(disk, CLUSTER).expect("no fault");
    assert_eq!(names(disk, "checkpoints").len(), 0);
    drop(other);
}

#[test]
fn a_manifest_from_elsewhere_is_not_trusted() {
    let of = |name: &str| {
        let file = FileOf { name: name.into(), length: 1, hash: 1 };
        let applied = Applied { digest: 5, ..Applied::default() };
        Manifest { cluster: CLUSTER, applied, files: vec![file] }
    };
    let good = of("000012.sst");
    assert_eq!(Manifest::from_bytes(&good.to_bytes()).expect("no fault"), good);
    for name in ["", ".", "..", "../x", "a/b", "/x", "a\\b", "a\0b", "é", &"x".repeat(256)] {
        assert_eq!(
            Manifest::from_bytes(&of(name).to_bytes()).expect_err("a fault").kind,
            FaultKind::Damaged,
            "{name}"
        );
    }
    let bytes = good.to_bytes();
    for at in 0..bytes.len() {
        let mut flipped = bytes.clone();
        flipped[at] ^= 1;
        assert!(Manifest::from_bytes(&flipped).is_err());
        assert!(Manifest::from_bytes(&bytes[..at]).is_err());
    }
}

/// One attempt to install with a disk that stops after so many changes. Whether it was done before that.
fn install_and_stop(changes: u64, records: &mut (Records, Records)) -> bool {
    let mut history = History::new(5);
    let source = book::<Plain>(&MemoryDisk::default(), &mut history, 60);
    let checkpoint = source.checkpoint().expect("no fault");
    let mut behind = History::new(6);
    let disk = Stopping::default();
    let target = book::<Stoppable>(&disk, &mut behind, 20);
    target.flush().expect("no fault");
    let received = receive(&checkpoint, &disk);
    disk.stop_after(changes);
    let result = target.install(received);
    let is_done = !disk.has_stopped();
    assert!(result.is_ok() || !is_done, "{result:?}");
    if result.is_err() {
        // The disk answers again: nobody may flush to a state that no longer counts.
        disk.revive();
        behind.step(&target);
        let flushed = target.flush();
        assert!(flushed.is_err() || !names(&disk.disk, "").contains(&"state.2".to_owned()));
    }
    drop(target);
    let (book, applied) = Book::<Plain>::open(&disk.disk, CLUSTER).expect("no fault");
    let applied = applied.expect("no fault");
    let is_new = applied == history.applied;
    assert!(is_new || !is_done, "what is installed stays");
    if is_new {
        assert_same(&book.load().expect("no fault"), &history.state);
        records.1.clone_from(&history.records);
    } else {
        behind.replay(&book, &applied);
        records.0.clone_from(&behind.records);
        book.install(receive(&checkpoint, &disk.disk)).expect("no fault");
    }
    let state: State = book.load().expect("no fault");
    assert_same(&state, &history.state);
    drop(book);
    let states = names(&disk.disk, "").into_iter().filter(|name| name.starts_with("state.")).count();
    assert_eq!(states, 1, "an old state is left");
    is_done
}

#[test]
fn a_crash_in_an_install_leaves_the_old_or_the_new() {
    let mut seen = (Records::new(), Records::new());
    let mut changes = 1;
    while !install_and_stop(changes, &mut seen) {
        changes += 1;
    }
    assert!(changes > 4, "it stopped only {changes} times");
    assert!(!seen.0.is_empty() && !seen.1.is_empty(), "both must have been seen");
}

/// The files of an engine as they are now, and what a manifest says of them.
fn cut(engine: &Rocks, disk: &RealDisk, folder: &str) -> Vec<(FileOf, Vec<u8>)> {
    engine.checkpoint(folder).expect("no fault");
    let file = |name: String| {
        let bytes = disk.read(&format!("{folder}/{name}")).expect("no fault").expect("no fault");
        (FileOf { name, length: bytes.len() as u64, hash: xxh3_128(&bytes) }, bytes)
    };
    names(disk, folder).into_iter().map(file).collect()
}

#[test]
fn under_writes_a_later_attempt_sends_only_what_is_new() {
    let (disk, _folder) = real();
    let engine = Rocks::open(&disk, "state.1", Room::State).expect("no fault");
    let mut state = 1_u64;
    let mut put = |kibibytes: u32| {
        for _ in 0..kibibytes {
            // Nothing that could be compressed.
            let mut word = || {
                state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
                (state >> 32) as u32
            };
            let value: Vec<u8> = (0..256).flat_map(|_| word().to_le_bytes()).collect();
            let write = Write::Put(Family::Live, word().to_le_bytes().to_vec(), value);
            engine.write(Batch { writes: vec![write] }).expect("no fault");
        }
    };
    put(20 << 10);
    let first = cut(&engine, &disk, "cut/1");
    let mut incoming = Incoming::<Rocks>::begin(&disk, of_files(&first)).expect("no fault");
    let sent: usize = first.iter().map(|file| fill(&mut incoming, file, file.1.len())).sum();
    assert!(sent > 20 << 20, "{sent}");
    drop(incoming);
    put(1 << 10);
    let second = cut(&engine, &disk, "cut/2");
    let mut incoming = Incoming::<Rocks>::begin(&disk, of_files(&second)).expect("no fault");
    let sent: usize = second.iter().map(|file| fill(&mut incoming, file, file.1.len())).sum();
    // What is new, and what was not yet durable.
    assert!(sent < (1 << 20) + 6 * (1 << 20), "{sent}");
    incoming.finish().expect("no fault");
}

/// Runs every test on an engine.
macro_rules! on {
    ($engine:ident: $type:ty, $disk:expr) => {
        mod $engine {
            use super::*;

            #[test]
            fn an_install_equals_the_history() {
                for_seeds(12, |seed| super::an_install_equals_the_history::<$type>(&$disk, &$disk, seed));
            }

            #[test]
            fn a_damaged_checkpoint_is_not_served() {
                super::a_damaged_checkpoint_is_not_served::<$type>(&$disk);
            }

            #[test]
            fn a_damaged_checkpoint_is_not_installed() {
                super::a_damaged_checkpoint_is_not_installed::<$type>(&$disk, &$disk);
            }

            #[test]
            fn an_interrupted_transfer_goes_on() {
                super::an_interrupted_transfer_goes_on::<$type>(&$disk);
            }

            #[test]
            fn what_is_the_same_is_taken_over() {
                super::what_is_the_same_is_taken_over::<$type>(&$disk);
            }

            #[test]
            fn what_is_foreign_or_behind_is_refused() {
                super::what_is_foreign_or_behind_is_refused::<$type>(&$disk, &$disk);
            }

            #[test]
            fn unused_checkpoints_are_removed() {
                super::unused_checkpoints_are_removed::<$type>(&$disk);
            }
        }
    };
}

on!(memory: Plain, MemoryDisk::default());
on!(simulated: Memory<SimDisk>, SimDisk::fresh());
on!(rocks: Rocks, real().0);

/// A real disk, and the folder that goes when it is dropped.
fn real() -> (RealDisk, TempDir) {
    let folder = tempfile::tempdir().expect("a folder");
    (RealDisk::open(folder.path()).expect("a folder"), folder)
}
