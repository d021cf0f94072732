//! What a start makes of a damaged folder, as one table: either everything acknowledged is there; or it is known, and
//! stays known, that something is not; or there is a fault that says where. Never anything else.

use std::collections::BTreeMap;
use std::ops::ControlFlow;
use std::panic::{AssertUnwindSafe, catch_unwind};

use super::harm::{
    Elsewhere, Harm, Slot, cut, flip, garble, later, lose, nothing, put_back, remove, stranger, swap, write,
    zeros,
};
use super::life::{Acknowledged, Is, Live, Replica, bytes, copy, entry, identity, live, looked, outcome};
use reeve_core::State;
use reeve_core::change::Changes;
use reeve_core::name::{Era, Revision};
use reeve_store::book::{Applied, Noted};
use reeve_store::checkpoint::Incoming;
use reeve_store::disk::Disk;
use reeve_store::disk::memory::MemoryDisk;
use reeve_store::disk::real::RealDisk;
use reeve_store::engine::memory::Memory;
use reeve_store::engine::rocks::Rocks;
use reeve_store::engine::{Batch, Engine, Family, Room, Write};
use reeve_store::fault::FaultKind::{Damaged, Foreign, Locked, Misused, Newer};
use reeve_store::hard::Standing;
use reeve_store::limits::LOG_OPEN_ENTRIES;
use reeve_store::log::{Chain, LogId, Verdict};
use reeve_store::look::{Progress, What, look};
use reeve_store::start::{self, Found};
use tempfile::TempDir;
use xxhash_rust::xxh3::xxh3_64;

pub(super) type Row<D> = (&'static str, Harm<D>, &'static [Is]);

pub(super) const WAL: (&str, &str) = ("", ".log");
pub(super) const TABLE: (&str, &str) = ("", ".sst");
pub(super) const MANIFEST: (&str, &str) = ("MANIFEST-", "");
pub(super) const CURRENT: (&str, &str) = ("CURRENT", "");
const JOURNAL: (&str, &str) = ("journal", "");

const WHOLE: &[Is] = &[Is::Whole];
const AMNESIA: &[Is] = &[Is::Amnesia];
const FORSWORN: &[Is] = &[Is::Forsworn];
const RAFT: &[Is] = &[Is::Fault(Damaged, "raft")];
const STATE: &[Is] = &[Is::Fault(Damaged, "state.1")];
const HARD: &[Is] = &[Is::Fault(Damaged, "hard-state")];
const ALIEN: &[Is] = &[Is::Fault(Foreign, "state.1")];

/// What can happen on every engine.
pub(super) fn common<D: Disk>() -> Vec<Row<D>> {
    vec![
        ("nothing", nothing(), WHOLE),
        ("one more entry that nobody was told of", later(nothing()), WHOLE),
        ("hard state: lost", remove("hard-state"), HARD),
        ("hard state: older slot torn", garble(Slot::Older, 512), WHOLE),
        ("hard state: newest slot rots in its first half", garble(Slot::Newest, 256), WHOLE),
        ("hard state: newest slot lost, it held the mark", garble(Slot::Newest, 512), WHOLE),
        ("hard state: newest slot lost, it held a promise", later(garble(Slot::Newest, 512)), FORSWORN),
        ("hard state: cut to one slot and a half", cut("", ("hard-state", ""), 25, 0), WHOLE),
        ("hard state: emptied", cut("", ("hard-state", ""), 100, 0), HARD),
        ("hard state: as it was earlier", put_back("hard-state"), FORSWORN),
        ("hard state: of another cluster", swap("hard-state"), ALIEN),
        ("raft: lost", remove("raft"), AMNESIA),
        ("raft: as it was earlier", put_back("raft"), AMNESIA),
        ("raft: of another cluster", swap("raft"), RAFT),
        ("state: lost", remove("state.1"), AMNESIA),
        ("state: as it was earlier", put_back("state.1"), AMNESIA),
        ("state: of another cluster", swap("state.1"), ALIEN),
        ("a file of somebody else", stranger("notes.txt"), WHOLE),
        ("a folder with nearly the name of a state", stranger("state.02/x"), WHOLE),
        ("a creation left something", stranger("hard-state.new"), WHOLE),
        ("a snapshot that came in was cut off", stranger("incoming/7-x/files/y"), WHOLE),
        ("a snapshot that went out was left", stranger("checkpoints/7-0/files/y"), WHOLE),
    ]
}

pub(super) fn on_rocks() -> Vec<Row<RealDisk>> {
    vec![
        ("raft: a bit in the log", flip("raft", WAL, 50), AMNESIA),
        ("raft: a bit at the head of the log", flip("raft", WAL, 0), AMNESIA),
        ("raft: the log's tail cut in a record", cut("raft", WAL, 0, 3), AMNESIA),
        ("raft: half a log", cut("raft", WAL, 50, 0), AMNESIA),
        ("raft: zeros in the log", zeros("raft", WAL, 33), AMNESIA),
        ("raft: the log emptied", cut("raft", WAL, 100, 0), AMNESIA),
        ("raft: the log deleted", lose("raft", WAL), AMNESIA),
        ("raft: a torn record that nobody was promised", later(cut("raft", WAL, 0, 3)), WHOLE),
        ("raft: a record that nobody was promised is gone", later(cut("raft", WAL, 0, 60)), WHOLE),
        ("raft: a bit in a table", flip("raft", TABLE, 40), RAFT),
        ("raft: a bit in the foot of a table", flip("raft", TABLE, 100), RAFT),
        ("raft: a table cut", cut("raft", TABLE, 10, 0), RAFT),
        ("raft: a table deleted", lose("raft", TABLE), RAFT),
        ("raft: a bit in the manifest", flip("raft", MANIFEST, 50), RAFT),
        ("raft: the manifest deleted", lose("raft", MANIFEST), RAFT),
        ("raft: a bit in CURRENT", flip("raft", CURRENT, 50), RAFT),
        ("raft: CURRENT emptied", cut("raft", CURRENT, 100, 0), RAFT),
        ("raft: CURRENT deleted", lose("raft", CURRENT), RAFT),
        ("raft: a file of somebody else", stranger("raft/notes.txt"), WHOLE),
        ("state: a bit in the foot of a table", flip("state.1", TABLE, 100), STATE),
        ("state: a table cut", cut("state.1", TABLE, 10, 0), STATE),
        ("state: a table deleted", lose("state.1", TABLE), STATE),
        ("state: a bit in the manifest", flip("state.1", MANIFEST, 50), STATE),
        ("state: the manifest deleted", lose("state.1", MANIFEST), STATE),
        ("state: a bit in CURRENT", flip("state.1", CURRENT, 50), STATE),
        ("state: CURRENT emptied", cut("state.1", CURRENT, 100, 0), STATE),
        ("state: CURRENT deleted", lose("state.1", CURRENT), STATE),
    ]
}

pub(super) fn on_memory() -> Vec<Row<MemoryDisk>> {
    vec![
        ("raft: a bit in the journal", flip("raft", JOURNAL, 50), AMNESIA),
        ("raft: its tail cut", cut("raft", JOURNAL, 0, 3), AMNESIA),
        ("raft: cut to half", cut("raft", JOURNAL, 50, 0), AMNESIA),
        ("raft: zeros in it", zeros("raft", JOURNAL, 33), AMNESIA),
        ("raft: emptied", cut("raft", JOURNAL, 100, 0), AMNESIA),
        ("raft: deleted", lose("raft", JOURNAL), AMNESIA),
        ("raft: a torn frame that nobody was promised", later(cut("raft", JOURNAL, 0, 3)), WHOLE),
        ("state: its last flush torn: the log has it", cut("state.1", JOURNAL, 0, 3), WHOLE),
        ("state: a bit in an early flush", flip("state.1", JOURNAL, 5), AMNESIA),
        ("state: emptied", cut("state.1", JOURNAL, 100, 0), AMNESIA),
        ("state: deleted", lose("state.1", JOURNAL), AMNESIA),
    ]
}

/// Makes folders, and removes them in the end.
pub(super) trait Ground: Engine {
    fn disk() -> (Self::Disk, Option<TempDir>);
}

impl Ground for Memory<MemoryDisk> {
    fn disk() -> (MemoryDisk, Option<TempDir>) {
        (MemoryDisk::default(), None)
    }
}

impl Ground for Rocks {
    fn disk() -> (RealDisk, Option<TempDir>) {
        let folder = tempfile::tempdir().unwrap();
        (RealDisk::open(folder.path()).unwrap(), Some(folder))
    }
}

/// A replica that has lived, and what may be mixed with it.
pub(super) struct Scene<E: Ground> {
    disk: E::Disk,
    elsewhere: Elsewhere<E::Disk>,
    pub(super) acknowledged: Acknowledged,
    _folders: Vec<Option<TempDir>>,
}

impl<E: Ground> Scene<E> {
    fn new() -> Self {
        Self::of(live::<E>)
    }

    pub(super) fn of(live: Live<E>) -> Self {
        let grounds: Vec<_> = (0..5).map(|_| E::disk()).collect();
        let (disks, folders): (Vec<E::Disk>, Vec<_>) = grounds.into_iter().unzip();
        let [disk, earlier, foreign, later, nobody] = <[E::Disk; 5]>::try_from(disks).ok().expect("five");
        let acknowledged = live(&disk, 1, &earlier);
        live(&foreign, 2, &nobody);
        copy(&disk, "", &later);
        let mut replica = Replica::<E>::open(&later).unwrap();
        replica.promise(4);
        replica.append(4, 401);
        drop(replica);
        Self { disk, elsewhere: Elsewhere { earlier, foreign, later }, acknowledged, _folders: folders }
    }

    /// The folder after this has happened to it.
    pub(super) fn after(&self, harm: &Harm<E::Disk>) -> (E::Disk, Option<TempDir>) {
        let (disk, folder) = E::disk();
        copy(&self.disk, "", &disk);
        harm(&disk, &self.elsewhere);
        (disk, folder)
    }

    fn judge(&self, rows: &[Row<E::Disk>]) {
        let mut wrong = Vec::new();
        for (name, harm, expected) in rows {
            match catch_unwind(AssertUnwindSafe(|| self.seen(harm))) {
                Ok([looked, is]) if looked == is && expected.contains(&is) => {}
                Ok(seen) => {
                    wrong.push(format!("{name}: looked and started: {seen:?} instead of {expected:?}"))
                }
                Err(_) => wrong.push(format!("{name}: see above")),
            }
        }
        assert!(wrong.is_empty(), "{wrong:#?}");
    }

    /// What a look and a start make of it. A look leaves no trace.
    pub(super) fn seen(&self, harm: &Harm<E::Disk>) -> [Is; 2] {
        let (disk, _folder) = self.after(harm);
        let [mut before, mut after] = [BTreeMap::new(), BTreeMap::new()];
        bytes(&disk, "", &mut before);
        let looked = looked::<E>(&disk);
        bytes(&disk, "", &mut after);
        assert!(before.keys().eq(after.keys()), "{:?} {:?}", before.keys(), after.keys());
        assert!(before == after, "not a byte is changed");
        [looked, outcome::<E>(&disk, self.acknowledged)]
    }
}

#[test]
fn each_harm_to_memory_is_known_for_what_it_is() {
    let scene = Scene::<Memory<MemoryDisk>>::new();
    scene.judge(&common());
    scene.judge(&on_memory());
}

#[test]
fn each_harm_to_rocksdb_is_known_for_what_it_is() {
    let scene = Scene::<Rocks>::new();
    scene.judge(&common());
    scene.judge(&on_rocks());
}

type At = fn(&'static str, (&'static str, &'static str), u64) -> Harm<RealDisk>;

#[test]
fn harm_anywhere_in_a_file_is_known_for_what_it_is() {
    let cut: At = |folder, name, percent| cut(folder, name, percent, 0);
    let scene = Scene::<Rocks>::new();
    // Some parts of a table or a manifest are read by nobody; what is acknowledged is there all the same.
    for (folder, name, harm, expected) in [
        ("raft", WAL, flip as At, AMNESIA),
        ("raft", TABLE, flip, [WHOLE, RAFT].concat().leak()),
        ("raft", MANIFEST, cut, [WHOLE, RAFT, AMNESIA].concat().leak()),
        ("state.1", TABLE, flip, [WHOLE, STATE].concat().leak()),
        ("state.1", MANIFEST, cut, [WHOLE, STATE, AMNESIA].concat().leak()),
    ] {
        for percent in [1, 12, 27, 43, 71, 88, 97] {
            let [looked, is] = scene.seen(&harm(folder, name, percent));
            assert!(looked == is && expected.contains(&is), "{folder} {name:?} {percent}: {looked:?} {is:?}");
        }
    }
}

/// A frame of a later build.
fn later_frame(magic: &[u8; 4]) -> Vec<u8> {
    let mut frame = [&magic[..], &[0, 2, 0, 0, 0, 3, 7, 7, 7]].concat();
    frame.extend_from_slice(&xxh3_64(&frame).to_be_bytes());
    frame
}

/// An entry of a later build, with its key.
fn later_entry() -> (Vec<u8>, Vec<u8>) {
    let (key, mut value) = ([&[0, 0][..], &300_u64.to_be_bytes()].concat(), vec![2, 7, 7]);
    value.extend_from_slice(&xxh3_64(&[&key[..], &value[..]].concat()).to_be_bytes());
    (key, value)
}

fn put<E: Engine>(disk: &E::Disk, folder: &str, room: Room, write: Write) {
    let engine = E::open(disk, folder, room).unwrap();
    engine.write(Batch { writes: vec![write] }).unwrap();
    engine.flush().unwrap();
}

/// A row of either database is another.
fn edited<E: Engine>(folder: &'static str, room: Room, write: Write) -> Harm<E::Disk> {
    Box::new(move |disk, _| put::<E>(disk, folder, room, write.clone()))
}

fn what_a_newer_build_wrote_is_left_alone<E: Ground>() {
    let [mark, purged] = [later_frame(b"RVst"), later_frame(b"RVpm")];
    let (key, value) = later_entry();
    let slot: Harm<E::Disk> = Box::new(|disk, _| write(disk, "hard-state", 0, &later_frame(b"RVhs")));
    Scene::<E>::new().judge(&[
        ("hard state", slot, &[Is::Fault(Newer, "hard-state")]),
        ("an entry", edited::<E>("raft", Room::Log, Write::Put(Family::Log, key, value)), NEWER_LOG),
        (
            "the purge mark",
            edited::<E>("raft", Room::Log, Write::Put(Family::LogMarks, b"\0\0purged".to_vec(), purged)),
            NEWER_LOG,
        ),
        (
            "the state's mark",
            edited::<E>("state.1", Room::State, Write::Put(Family::StateMarks, b"applied".to_vec(), mark)),
            &[Is::Fault(Newer, "state.1")],
        ),
    ]);
}

const NEWER_LOG: &[Is] = &[Is::Fault(Newer, "raft")];

fn a_second_process_is_refused<E: Ground>() {
    let (disk, _folder) = E::disk();
    let replica = Replica::<E>::create(&disk, 1);
    let fault = start::open::<E>(&disk).err().unwrap();
    assert_eq!((fault.kind, fault.at.as_str()), (Locked, "lock"), "{fault}");
    drop(replica);
    Replica::<E>::open(&disk).unwrap();
}

fn a_folder_of_somebody_else_is_refused<E: Ground>() {
    let (disk, _folder) = E::disk();
    for trace in ["lock", "hard-state.new", "reserve", "lost+found/x"] {
        write(&disk, trace, 0, b"?");
    }
    assert!(matches!(start::open::<E>(&disk), Ok(Found::Nothing(_))), "a creation that was cut off");
    write(&disk, "thesis.tex", 0, b"mine");
    let fault = start::open::<E>(&disk).err().unwrap();
    assert_eq!((fault.kind, fault.at.as_str()), (Foreign, "thesis.tex"), "{fault}");
    assert!(disk.list("raft").unwrap().is_empty(), "and nothing is begun");
}

/// Puts the state of one replica in the place of the other's, as far as the book goes.
fn install<E: Engine>(from: &Replica<E>, to: &Replica<E>) {
    let sent = from.memory.book.checkpoint().unwrap();
    let mut incoming = Incoming::<E>::begin(&to.memory.disk, sent.manifest().clone()).unwrap();
    for file in &sent.manifest().files {
        while incoming.have(&file.name).unwrap() < file.length {
            let offset = incoming.have(&file.name).unwrap();
            incoming.write(&file.name, offset, &sent.chunk(&file.name, offset, 1 << 20).unwrap()).unwrap();
        }
    }
    to.memory.book.install(incoming.finish().unwrap()).unwrap();
}

fn an_install_that_was_cut_off_is_finished_at_the_start<E: Ground>() {
    let [(ours, _a), (theirs, _b)] = [E::disk(), E::disk()];
    let mut leader = Replica::<E>::create(&theirs, 1);
    leader.vote(3);
    leader.flush_at(3, 300);
    // A branch that died: as long as the state, and longer.
    for end in [50, 100, 299] {
        let mut follower = Replica::<E>::create(&ours, 1);
        follower.vote(2);
        follower.append(2, end);
        follower.settle();
        follower.vote(3);
        install(&leader, &follower);
        drop(follower);
        let mut follower = Replica::<E>::open(&ours).unwrap();
        assert_eq!(follower.memory.verdict, Verdict::Whole);
        let last = Some(LogId { term: 3, index: 300 });
        assert_eq!(follower.memory.log.state(), (last, last));
        let applied = follower.memory.book.applied();
        assert_eq!((applied.id, applied.digest), (last, leader.applied.digest));
        assert_eq!(follower.memory.log.chain_at(300).unwrap(), Some(leader.applied.chain));
        follower.append(3, 320);
        follower.settle();
        let acknowledged = follower.acknowledged();
        drop(follower);
        assert_eq!(outcome::<E>(&ours, acknowledged), Is::Whole);
        for item in ours.list("").unwrap() {
            ours.remove(&item.name).unwrap();
        }
    }
}

fn a_state_that_applied_something_else_is_told<E: Ground>() {
    for honest in [true, false] {
        let (disk, _folder) = E::disk();
        let mut replica = Replica::<E>::create(&disk, 1);
        replica.vote(2);
        replica.flush_at(2, 149);
        replica.append(2, 200);
        let id = LogId { term: 2, index: 150 };
        let mut chain = replica.applied.chain.link(&entry(1, id));
        if !honest {
            chain = Chain([7; 16]);
        }
        let applied = Applied { id: Some(id), chain, ..replica.applied.clone() };
        let changes = Changes::default();
        replica.memory.book.note(Noted { applied, now_ms: 0, changes: &changes, bodies: &[], events: &[] });
        replica.memory.book.flush().unwrap();
        replica.settle();
        drop(replica);
        let fault = start::open::<E>(&disk).err().map(|fault| (fault.kind, fault.at));
        assert_eq!(fault, (!honest).then(|| (Damaged, "raft".into())));
    }
}

fn a_look_tells_what_is_there<E: Ground>() {
    let scene = Scene::<E>::new();
    let (disk, _folder) = scene.after(&stranger("notes.txt"));
    write(&disk, "incoming/7-x/files/y", 0, b"1234");
    let found = look::<E>(&disk).unwrap().unwrap();
    let id = |term, index| LogId { term, index };
    assert_eq!(found.hard.identity, identity(1));
    assert_eq!((found.hard.mark, found.hard.vote), (Some(id(3, 400)), scene.acknowledged.vote));
    assert_eq!(found.ends().unwrap(), Some((id(2, 221), id(3, 400))));
    assert_eq!(found.log.as_ref().unwrap().as_ref().unwrap().state().0, Some(id(2, 220)));
    let applied = found.applied().unwrap();
    assert_eq!((applied.id, &applied.membership[..]), (Some(id(3, 300)), &b""[..]));
    let item = |name: &str| found.items.iter().find(|item| item.name == name).unwrap();
    assert_eq!((item("notes.txt").bytes, item("notes.txt").what), (4, What::Stranger));
    assert_eq!((item("incoming").bytes, item("incoming").what), (4, What::Leftover));
    for own in ["hard-state", "raft", "state.1"] {
        assert_eq!(item(own).what, What::Own);
        assert!(item(own).bytes > 0);
    }
    let mut last = Progress::default();
    let told = found.verify(|progress| {
        last = progress;
        ControlFlow::Continue(())
    });
    assert!(told.unwrap());
    assert_eq!(last.entries, 180);
    assert!(last.records > 1_000 && last.bytes > 10_000, "{last:?}");
    let found = look::<E>(&disk).unwrap().unwrap();
    assert!(!found.verify(|_| ControlFlow::Break(())).unwrap(), "it stops when it is told to");

    let engine = E::open_to_read(&disk, "raft", Room::Log).unwrap().unwrap();
    let write = Write::Delete(Family::Log, b"x".to_vec());
    let refused = [
        engine.write(Batch { writes: vec![write] }).unwrap_err().kind,
        engine.flush().unwrap_err().kind,
        engine.checkpoint("checkpoints/x").unwrap_err().kind,
    ];
    assert_eq!(refused, [Misused; 3]);
    assert!(E::open_to_read(&disk, "nowhere", Room::Log).unwrap().is_none());
    assert!(disk.list("nowhere").unwrap().is_empty());
}

fn a_verification_reads_the_whole_log<E: Ground>() {
    let (disk, _folder) = E::disk();
    let mut replica = Replica::<E>::create(&disk, 1);
    replica.vote(1);
    let ids = (0..LOG_OPEN_ENTRIES + 200).map(|index| LogId { term: 1, index });
    let write = replica.memory.log.append(ids.map(|id| entry(1, id)).collect()).unwrap();
    replica.carry(write);
    replica.settle();
    drop(replica);
    assert_eq!(looked::<E>(&disk), Is::Whole);
    let key = [&[0, 0][..], &100_u64.to_be_bytes()].concat();
    put::<E>(&disk, "raft", Room::Log, Write::Put(Family::Log, key, b"?".to_vec()));
    // A start looks at the ends only; whoever reads that entry is told.
    assert_eq!(look::<E>(&disk).unwrap().unwrap().judgement.unwrap().verdict, Verdict::Whole);
    assert_eq!(looked::<E>(&disk), Is::Fault(Damaged, "raft"));
}

/// The state begins the next era at this place, and the crash comes before anything else is written.
fn recovered_by_half<E: Engine>(replica: &mut Replica<E>, id: LogId) -> Applied {
    let changes = replica.state.begin_era(Revision(id.index)).unwrap();
    let entry = entry(1, id);
    let applied = Applied {
        id: Some(id),
        revision: Revision(id.index),
        digest: replica.state.digest(),
        chain: replica.applied.chain.link(&entry),
        membership_id: Some(id),
        membership: "one voter".into(),
        era: replica.state.era(),
    };
    let noted = applied.clone();
    replica.memory.book.note(Noted {
        applied: noted,
        now_ms: 0,
        changes: &changes,
        bodies: &[],
        events: &[],
    });
    replica.memory.book.flush().unwrap();
    applied
}

fn a_recovery_that_was_cut_off_is_finished_at_the_start<E: Ground>() {
    let id = LogId { term: 9, index: 70 };
    for forgotten in [false, true] {
        let (disk, _folder) = E::disk();
        let mut replica = Replica::<E>::create(&disk, 1);
        replica.vote(3);
        replica.append(3, 50);
        replica.settle();
        replica.apply().unwrap();
        if forgotten {
            replica.carry(replica.memory.log.stand(Standing::Amnesiac));
        }
        let applied = recovered_by_half(&mut replica, id);
        let before = disk.read("hard-state").unwrap().unwrap();
        drop(replica);
        let found = look::<E>(&disk).unwrap().unwrap();
        assert_eq!((found.hard.identity.era, found.judgement.unwrap().verdict), (1, Verdict::Whole));
        assert_eq!(disk.read("hard-state").unwrap().unwrap(), before, "a look changes nothing");
        let mut replica = Replica::<E>::open(&disk).unwrap();
        let hard = *replica.memory.writer.hard();
        assert_eq!((hard.identity.era, hard.standing, hard.mark), (1, Standing::Whole, Some(id)));
        assert!(hard.vote.is_some_and(|vote| vote.term == id.term && !vote.committed), "{hard:?}");
        assert_eq!(replica.memory.log.state(), (Some(id), Some(id)), "the log begins anew");
        assert_eq!((replica.memory.verdict, replica.applied.clone()), (Verdict::Whole, applied));
        // It lives on; then its hard state is put back.
        replica.vote(10);
        replica.flush_at(10, 80);
        replica.vote(11);
        replica.settle();
        drop(replica);
        assert_eq!(looked::<E>(&disk), Is::Whole);
        write(&disk, "hard-state", 0, &before);
        assert_eq!(looked::<E>(&disk), if forgotten { Is::Amnesia } else { Is::Forsworn });
        let Ok(Found::Replica(memory)) = start::open::<E>(&disk) else { panic!("it can be opened") };
        assert_ne!(memory.verdict, Verdict::Whole, "what it promised in the new era is forgotten");
    }
}

fn a_newcomer_is_the_same_until_it_is_a_replica<E: Ground>() {
    let (disk, _folder) = E::disk();
    assert_eq!((start::newcomer(&disk, 5).unwrap(), start::newcomer(&disk, 6).unwrap()), (5, 5));
    write(&disk, "newcomer", 3, b"?");
    assert_eq!((start::newcomer(&disk, 7).unwrap(), start::newcomer(&disk, 8).unwrap()), (7, 7), "cut off");
    assert!(look::<E>(&disk).unwrap().is_none());
    drop(Replica::<E>::create(&disk, 1));
    assert_eq!(disk.read("newcomer").unwrap(), None, "its name is used up");
}

fn a_state_of_another_era_than_its_mark_is_told<E: Ground>() {
    let scene = Scene::<E>::new();
    let other = State::new(Era { group: 0, era: 4 }).records().swap_remove(0);
    let write = Write::Put(Family::Live, other.0.to_bytes(), other.1);
    let (disk, _folder) = scene.after(&edited::<E>("state.1", Room::State, write));
    assert_eq!(looked::<E>(&disk), Is::Fault(Damaged, "the records of the state"));
}

macro_rules! on_every_engine {
    ($($test:ident),* $(,)?) => {
        mod memory {
            $(#[test] fn $test() { super::$test::<super::Memory<super::MemoryDisk>>(); })*
        }
        mod rocks {
            $(#[test] fn $test() { super::$test::<super::Rocks>(); })*
        }
    };
}

on_every_engine!(
    what_a_newer_build_wrote_is_left_alone,
    a_second_process_is_refused,
    a_folder_of_somebody_else_is_refused,
    an_install_that_was_cut_off_is_finished_at_the_start,
    a_state_that_applied_something_else_is_told,
    a_look_tells_what_is_there,
    a_verification_reads_the_whole_log,
    a_recovery_that_was_cut_off_is_finished_at_the_start,
    a_newcomer_is_the_same_until_it_is_a_replica,
    a_state_of_another_era_than_its_mark_is_told,
);
