//! A recovery on a disk that loses its power in the midst of it: afterwards the folder is what it was, or is recovered.

use std::collections::{BTreeMap, BTreeSet};

use bytes::Bytes;
use reeve_core::LAW;
use reeve_core::command::{Command, OpenClient};
use reeve_core::entry::{Actor, Entry, Proposal};
use reeve_core::name::Revision;
use reeve_node::member::{Member, Membership};
use reeve_node::recover::{prospect, recover};
use reeve_store::book::Noted;
use reeve_store::engine::memory::Memory;
use reeve_store::hard::{Hard, Identity, Standing};
use reeve_store::limits::MARK_TRAIL_MS;
use reeve_store::log::{EntryKind, LogEntry, LogId, Verdict, Vote};
use reeve_store::look::look;
use reeve_store::start::{self, Found, Remembered};

use super::*;

type Engine = Memory<SimDisk>;

const NODE: u64 = 2;
const LAST: LogId = LogId { term: 3, index: 30 };

/// A drive on which a voter of three has lived; of its thirty entries its state has written the first ten.
fn lived_on(seed: u64) -> Drive {
    let drive = Drive::new(1, Chance::of(seed), Trace::default());
    let disk = drive.mount(&life(1));
    let Ok(Found::Nothing(lock)) = start::open::<Engine>(&disk) else { panic!("it is new") };
    let identity = Identity { cluster: 7, node: NODE, era: 0, group: 0 };
    let memory = start::create::<Engine>(&disk, lock, identity).unwrap();
    let Remembered { log, mut writer, book, lock, .. } = memory;
    let vote = Vote { term: 3, node: 1, committed: true };
    let entries: Vec<LogEntry> = (0..=LAST.index).map(entry).collect();
    let first = entries[0].clone();
    let mut applied = book.applied();
    (applied.id, applied.chain) = (Some(first.id), applied.chain.link(&first));
    (applied.membership_id, applied.membership) = (Some(first.id), first.payload);
    let changes = Default::default();
    book.note(Noted { applied, now_ms: 0, changes: &changes, bodies: &[], events: &[] });
    book.flush().unwrap();
    writer.carry_out(vec![log.vote(vote), log.append(entries).unwrap()], 0).unwrap();
    writer.rest(MARK_TRAIL_MS).unwrap();
    assert_eq!(writer.hard().mark, Some(LAST));
    drop((log, writer, book, lock));
    drive
}

fn entry(index: u64) -> LogEntry {
    let id = LogId { term: 1 + index / 11, index };
    if index > 0 {
        let proposal =
            Proposal { request: None, actor: Actor::Anyone, command: Command::OpenClient(OpenClient) };
        let (revision, proposals) = (Revision(index), vec![proposal]);
        let entry = Entry { revision, law: LAW, time_ms: index, sweep: 10, proposals, bodies: Vec::new() };
        let payload = reeve_core::codec::entry::encode(&entry).into();
        return LogEntry { id, kind: EntryKind::Normal, payload };
    }
    let members = (1..=3).map(|node| (node, Member { name: format!("n{node}"), ..Member::default() }));
    let membership = Membership { voters: vec![BTreeSet::from([1, 2, 3])], members: members.collect() };
    LogEntry { id, kind: EntryKind::Membership, payload: Bytes::from(membership.encode()) }
}

fn life(run: u32) -> Life {
    Life::new(1, run, Chance::of(1), 0)
}

/// The folder is whole, and what it was or what it should be. Its era.
fn examined(disk: &SimDisk, told: &str) -> u16 {
    let looked = look::<Engine>(disk).unwrap().unwrap();
    assert_eq!(looked.judgement.as_ref().unwrap().verdict, Verdict::Whole, "{told}");
    let reach = prospect(&looked).unwrap().reach;
    let hard = looked.hard;
    assert!(looked.verify(|_| std::ops::ControlFlow::Continue(())).unwrap(), "{told}");
    let Ok(Found::Replica(memory)) = start::open::<Engine>(disk) else { panic!("{told}: it is gone") };
    let Hard { identity, standing, vote, .. } = memory.hard;
    assert_eq!(
        (memory.verdict, identity, standing),
        (Verdict::Whole, hard.identity, Standing::Whole),
        "{told}"
    );
    let (applied, state) = (memory.book.applied(), memory.book.load().unwrap());
    state.check().unwrap();
    assert_eq!(state.era().era, identity.era, "{told}");
    if identity.era == 0 {
        assert_eq!((reach, memory.log.state()), (Some(LAST), (None, Some(LAST))), "{told}");
        assert_eq!((applied.index(), vote.map(|vote| vote.term)), (0, Some(3)), "{told}");
    } else {
        let id = LogId { term: LAST.term + 1, index: LAST.index + 1 };
        assert_eq!((reach, memory.log.state()), (Some(id), (Some(id), Some(id))), "{told}");
        assert_eq!(
            (applied.id, state.revision().0, state.clients().count()),
            (Some(id), id.index, 30),
            "{told}"
        );
        let alone = Membership::decode(&applied.membership).unwrap();
        assert_eq!(alone.voters, [BTreeSet::from([NODE])], "{told}");
        assert!(vote.is_some_and(|vote| vote.term == id.term && !vote.committed), "{told}: {vote:?}");
    }
    identity.era
}

#[test]
fn a_power_cut_within_a_recovery_leaves_the_old_folder_or_the_new() {
    let mut seen: BTreeMap<(bool, u16), u32> = BTreeMap::new();
    for how in Crash::ALL {
        for at in 1.. {
            let (drive, life) = (lived_on(at), self::life(2));
            drive.die_at(at, *how);
            let done = recover::<Engine>(&drive.mount(&life), Member::default());
            drive.disarm();
            let told = format!("{} at the change {at}", how.name());
            let disk = drive.mount(&self::life(3));
            let era = examined(&disk, &told);
            *seen.entry((done.is_ok(), era)).or_default() += 1;
            if !life.is_over() {
                assert_eq!((done.unwrap().last, era), (LAST, 1), "{told}");
                assert!(at > 5, "{told}: there are changes to die at");
                break;
            }
            if era == 0 {
                // Whoever tries again comes through.
                assert_eq!(recover::<Engine>(&disk, Member::default()).unwrap().last, LAST, "{told}");
                assert_eq!(examined(&disk, &told), 1);
            }
        }
    }
    assert!(
        seen.get(&(false, 0)) > Some(&10) && seen.get(&(false, 1)) > Some(&10),
        "both were met: {seen:?}"
    );
    assert_eq!(seen.get(&(true, 0)), None, "what was done is done: {seen:?}");
}
