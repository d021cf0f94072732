//! One verdict for a folder: whoever only looks is told what a start would do, of every life and after every harm.

use std::panic::{AssertUnwindSafe, catch_unwind};

use super::harm::{Harm, both, cut, flip, lose, lose_all, remove, zeros};
use super::life::{Is, live, live_and_stop, live_briefly};
use super::table::{CURRENT, Ground, MANIFEST, Row, Scene, TABLE, WAL, common, on_memory, on_rocks};
use reeve_store::disk::Disk;
use reeve_store::disk::memory::MemoryDisk;
use reeve_store::disk::real::RealDisk;
use reeve_store::engine::memory::Memory;
use reeve_store::engine::rocks::Rocks;
use reeve_store::fault::{Fault, FaultKind};
use reeve_store::log::{Course, LogId, Verdict};
use reeve_store::look::look;
use reeve_store::start::{self, Found};

type InMemory = Memory<MemoryDisk>;

/// What becomes of a start.
#[derive(Debug, PartialEq)]
enum Start {
    /// It refuses, with a fault of this kind at this place.
    Refuses(FaultKind, String),
    /// It opens what is there; the log begins anew behind an entry, if one is named.
    Opens(Verdict, Option<LogId>),
}

impl Start {
    fn refused(fault: &Fault) -> Self {
        Self::Refuses(fault.kind, fault.at.clone())
    }
}

/// What a look says that a start will do, and what it then does.
fn foretold_and_done<E: Ground>(disk: &E::Disk) -> [Start; 2] {
    let (foretold, before) = match look::<E>(disk) {
        Err(fault) => (Start::refused(&fault), None),
        Ok(looked) => {
            let looked = looked.expect("there is a replica");
            let before = looked.log.as_ref().ok().and_then(Option::as_ref).map(|log| log.state());
            let foretold = match &looked.judgement {
                Err(fault) => Start::refused(fault),
                Ok(judgement) => Start::Opens(
                    judgement.verdict,
                    match (judgement.verdict, judgement.course) {
                        (Verdict::Whole, Course::Reset(id)) => Some(id),
                        (Verdict::Whole, Course::Replay | Course::Reseed)
                        | (Verdict::Amnesia { .. } | Verdict::Forsworn { .. }, _) => None,
                    },
                ),
            };
            (foretold, before)
        }
    };
    let done = match start::open::<E>(disk) {
        Err(fault) => Start::refused(&fault),
        Ok(Found::Nothing(_)) => panic!("there is a replica"),
        Ok(Found::Replica(memory)) => {
            let after = memory.log.state();
            Start::Opens(memory.verdict, after.1.filter(|_| after != before.unwrap_or_default()))
        }
    };
    [foretold, done]
}

/// What else can happen to a folder of RocksDB, mostly to more than one file.
fn more_on_rocks() -> Vec<(&'static str, Harm<RealDisk>)> {
    vec![
        ("state: all tables deleted", lose_all("state.1", TABLE)),
        ("state: all tables and CURRENT deleted", both(lose_all("state.1", TABLE), lose("state.1", CURRENT))),
        (
            "state: all tables deleted, CURRENT emptied",
            both(lose_all("state.1", TABLE), cut("state.1", CURRENT, 100, 0)),
        ),
        ("state: everything in it deleted", lose_all("state.1", ("", ""))),
        ("raft: everything in it deleted", lose_all("raft", ("", ""))),
        ("raft: all tables and logs deleted", both(lose_all("raft", TABLE), lose_all("raft", WAL))),
        ("raft: logs and manifest deleted", both(lose_all("raft", WAL), lose("raft", MANIFEST))),
        ("raft: logs deleted, CURRENT emptied", both(lose_all("raft", WAL), cut("raft", CURRENT, 100, 0))),
        ("both: a table and a manifest", both(lose("state.1", TABLE), lose("raft", MANIFEST))),
        ("both: lost", both(remove("state.1"), remove("raft"))),
    ]
}

/// Looks and starts after each harm.
fn agree<E: Ground>(scene: &Scene<E>, harms: impl IntoIterator<Item = (&'static str, Harm<E::Disk>)>) {
    let mut apart = Vec::new();
    for (name, harm) in harms {
        let agreed = catch_unwind(AssertUnwindSafe(|| {
            let (disk, _folder) = scene.after(&harm);
            foretold_and_done::<E>(&disk)
        }));
        match agreed {
            Ok([foretold, done]) if foretold == done => {}
            Ok(seen) => apart.push(format!("{name}: foretold and done: {seen:?}")),
            Err(_) => apart.push(format!("{name}: see above")),
        }
    }
    assert!(apart.is_empty(), "{apart:#?}");
}

fn harms<D: Disk>(rows: Vec<Row<D>>) -> impl Iterator<Item = (&'static str, Harm<D>)> {
    rows.into_iter().map(|(name, harm, _)| (name, harm))
}

#[test]
fn a_look_and_a_start_agree_in_memory() {
    for live in [live::<InMemory>, live_and_stop::<InMemory>, live_briefly::<InMemory>] {
        agree(&Scene::<InMemory>::of(live), harms(common()).chain(harms(on_memory())));
    }
}

/// The table of harms has the other rows of a long life.
#[test]
fn a_look_and_a_start_agree_on_rocksdb() {
    agree(&Scene::<Rocks>::of(live::<Rocks>), more_on_rocks());
    // It has no table of its log yet.
    let few = harms(on_rocks()).filter(|(name, _)| !(name.starts_with("raft") && name.contains("table")));
    agree(&Scene::<Rocks>::of(live_briefly::<Rocks>), few.chain(more_on_rocks()));
}

#[test]
fn a_look_and_a_start_agree_on_rocksdb_after_a_stop_in_order() {
    agree(&Scene::<Rocks>::of(live_and_stop::<Rocks>), harms(on_rocks()).chain(more_on_rocks()));
}

/// The state has everything up to the mark: what became of the log is no loss, and its end is said.
#[test]
fn a_log_that_is_gone_behind_a_state_that_has_everything_begins_anew() {
    let scene = Scene::<Rocks>::of(live_and_stop::<Rocks>);
    let last = scene.acknowledged.last;
    let harms: [(&str, Harm<RealDisk>); 6] = [
        ("lost", remove("raft")),
        ("its log deleted", lose("raft", WAL)),
        ("half a log", cut("raft", WAL, 50, 0)),
        ("a bit in the log", flip("raft", WAL, 50)),
        ("zeros in the log", zeros("raft", WAL, 33)),
        ("everything in it deleted", lose_all("raft", ("", ""))),
    ];
    for (name, harm) in harms {
        let (disk, _folder) = scene.after(&harm);
        let anew = || Start::Opens(Verdict::Whole, Some(last));
        assert_eq!(foretold_and_done::<Rocks>(&disk), [anew(), anew()], "{name}");
        assert_eq!(scene.seen(&harm), [Is::Whole; 2], "{name}");
    }
}

#[test]
fn a_state_whose_tables_are_gone_is_damaged() {
    for live in [live::<Rocks>, live_and_stop::<Rocks>, live_briefly::<Rocks>] {
        let (disk, _folder) = Scene::<Rocks>::of(live).after(&lose_all("state.1", TABLE));
        let refuses = || Start::Refuses(FaultKind::Damaged, "state.1".into());
        assert_eq!(foretold_and_done::<Rocks>(&disk), [refuses(), refuses()]);
    }
}
