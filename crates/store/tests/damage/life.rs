//! A replica that has lived, and what a start finds of it.

use std::collections::BTreeMap;
use std::ops::ControlFlow;

use bytes::Bytes;
use reeve_core::LAW;
use reeve_core::State;
use reeve_core::change::Changes;
use reeve_core::class::Requirements;
use reeve_core::codec::entry::{decode, encode};
use reeve_core::command::{Batch, Submit};
use reeve_core::entry::{Actor, Entry, Proposal};
use reeve_core::intern::Meant;
use reeve_core::name::Revision;
use reeve_core::task::{ContentType, Priority, QueueName, TaskSpec};
use reeve_store::Fault;
use reeve_store::book::{Applied, Noted};
use reeve_store::disk::Disk;
use reeve_store::engine::Engine;
use reeve_store::fault::FaultKind;
use reeve_store::hard::{Identity, Standing};
use reeve_store::limits::MARK_TRAIL_MS;
use reeve_store::log::{Chain, EntryKind, LogEntry, LogId, Verdict, Vote, Write};
use reeve_store::look::look;
use reeve_store::start::{self, Found, Remembered};

use super::harm::within;

/// What a replica has told others that it has.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Acknowledged {
    pub(super) last: LogId,
    pub(super) chain: Chain,
    pub(super) digest: u128,
    pub(super) vote: Option<Vote>,
}

/// What a start makes of a folder.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Is {
    /// Everything acknowledged is there.
    Whole,
    /// Something is missing, which is known for ever.
    Amnesia,
    /// A promise is missing, which is known for ever.
    Forsworn,
    /// A fault of this kind, at a place that begins so.
    Fault(FaultKind, &'static str),
}

pub(super) fn identity(cluster: u128) -> Identity {
    Identity { cluster, node: 2, era: 0, group: 0 }
}

/// A replica at work: its memory, and the state that it has in its head.
pub(super) struct Replica<E: Engine> {
    pub(super) memory: Remembered<E>,
    pub(super) state: State,
    pub(super) applied: Applied,
    now_ms: u64,
}

impl<E: Engine> Replica<E> {
    pub(super) fn create(disk: &E::Disk, cluster: u128) -> Self {
        let Ok(Found::Nothing(lock)) = start::open::<E>(disk) else { panic!("the folder is new") };
        Self::of(start::create(disk, lock, identity(cluster)).unwrap()).unwrap()
    }

    pub(super) fn open(disk: &E::Disk) -> Result<Self, Fault> {
        let Found::Replica(memory) = start::open::<E>(disk)? else { panic!("there is a replica") };
        Self::of(*memory)
    }

    fn of(memory: Remembered<E>) -> Result<Self, Fault> {
        let (state, applied) = (memory.book.load()?, memory.book.applied());
        Ok(Self { memory, state, applied, now_ms: 0 })
    }

    pub(super) fn carry(&mut self, write: Write) {
        self.memory.writer.carry_out(vec![write], self.now_ms).unwrap();
    }

    pub(super) fn vote(&mut self, term: u64) {
        self.promise(term);
        self.carry(self.memory.log.vote(Vote { term, node: 2, committed: true }));
    }

    pub(super) fn promise(&mut self, term: u64) {
        self.carry(self.memory.log.vote(Vote { term, node: 2, committed: false }));
    }

    /// Adds entries of this term up to an index, this one too.
    pub(super) fn append(&mut self, term: u64, upto: u64) {
        let from = self.memory.log.state().1.map_or(0, |last| last.index + 1);
        for index in from..=upto {
            let entry = entry(self.memory.hard.identity.cluster, LogId { term, index });
            self.carry(self.memory.log.append(vec![entry]).unwrap());
        }
    }

    /// Applies everything that the log has.
    pub(super) fn apply(&mut self) -> Result<(), Fault> {
        let from = self.applied.id.map_or(0, |id| id.index + 1);
        for entry in self.memory.log.read(from, u64::MAX, u64::MAX)? {
            self.apply_one(&entry);
        }
        Ok(())
    }

    fn apply_one(&mut self, entry: &LogEntry) {
        let revision = Revision(entry.id.index);
        self.applied.chain = self.applied.chain.link(entry);
        self.applied.id = Some(entry.id);
        if entry.kind != EntryKind::Normal {
            let (applied, changes) = (self.applied.clone(), Changes::default());
            let noted = Noted { applied, now_ms: 0, changes: &changes, bodies: &[], events: &[] };
            return self.memory.book.note(noted);
        }
        let outcome = reeve_core::apply(&mut self.state, decode(revision, &entry.payload, LAW).unwrap());
        (self.applied.digest, self.applied.revision) = (self.state.digest(), outcome.revision);
        let (applied, now_ms) = (self.applied.clone(), outcome.now_ms);
        let (changes, events) = (&outcome.changes, &outcome.events);
        self.memory.book.note(Noted { applied, now_ms, changes, bodies: &[], events });
    }

    /// Appends and applies up to an index, and flushes.
    pub(super) fn flush_at(&mut self, term: u64, index: u64) {
        self.append(term, index);
        self.apply().unwrap();
        assert_eq!(self.memory.book.flush().unwrap().index(), index);
    }

    pub(super) fn purge(&mut self, upto: u64) {
        let upto = self.memory.log.id_at(upto).unwrap().unwrap();
        self.carry(self.memory.log.purge(upto).unwrap());
    }

    /// Lets the mark follow.
    pub(super) fn settle(&mut self) {
        self.memory.writer.rest(self.now_ms).unwrap();
        self.now_ms += MARK_TRAIL_MS;
        self.memory.writer.rest(self.now_ms).unwrap();
        assert_eq!(self.memory.writer.hard().mark, self.memory.log.state().1);
    }

    pub(super) fn acknowledged(&mut self) -> Acknowledged {
        self.apply().unwrap();
        let last = self.applied.id.unwrap();
        let (chain, digest) = (self.applied.chain, self.applied.digest);
        Acknowledged { last, chain, digest, vote: self.memory.writer.hard().vote }
    }
}

/// An entry of this cluster: what the law makes of it differs from all others.
pub(super) fn entry(cluster: u128, id: LogId) -> LogEntry {
    let (kind, payload) = match id.index {
        0 => (EntryKind::Membership, Bytes::from(format!("the voters of {cluster}"))),
        index if index.is_multiple_of(50) => (EntryKind::Blank, Bytes::new()),
        index => (EntryKind::Normal, encode(&submit(index)).into()),
    };
    LogEntry { id, kind, payload }
}

fn submit(index: u64) -> Entry {
    let queue = format!("queue-{}", index % 7).as_str().into();
    let spec = TaskSpec {
        queue: Meant::Words(QueueName { namespace: "default".into(), queue }),
        class: Meant::Words(Box::new(Requirements::of_kind("echo"))),
        priority: Priority::default(),
        payload: None,
        content_type: ContentType::Opaque,
        labels: Vec::new(),
        terms: None,
    };
    let submit = Submit { key: None, batch: Batch::Alone, tasks: vec![spec; 3] };
    let proposal = Proposal { request: None, actor: Actor::Anyone, command: submit.into() };
    let (revision, time_ms) = (Revision(index), 1_000_000 + index);
    Entry { revision, law: LAW, time_ms, sweep: 10, proposals: vec![proposal], bodies: Vec::new() }
}

/// How a replica lives: in its folder, for this cluster, with a copy of what there was at an earlier time.
pub(super) type Live<E> =
    fn(&<E as Engine>::Disk, cluster: u128, earlier: &<E as Engine>::Disk) -> Acknowledged;

/// A short life in one sitting: a flush at 100, nothing purged, 120 acknowledged. `earlier` gets what there was at the flush.
pub(super) fn live_briefly<E: Engine>(disk: &E::Disk, cluster: u128, earlier: &E::Disk) -> Acknowledged {
    let mut replica = Replica::<E>::create(disk, cluster);
    replica.vote(1);
    replica.flush_at(1, 100);
    copy(disk, "", earlier);
    replica.append(1, 120);
    replica.settle();
    replica.acknowledged()
}

/// The long life, and in the end the state has everything, as after a stop in order.
pub(super) fn live_and_stop<E: Engine>(disk: &E::Disk, cluster: u128, earlier: &E::Disk) -> Acknowledged {
    let mut replica = lived::<E>(disk, cluster, earlier);
    replica.flush_at(3, 400);
    replica.acknowledged()
}

/// A life in two sittings and three terms: flushes at 100, 160, 240 and 300, all below 221 purged, 400 acknowledged.
/// `earlier` gets a copy of what there was between the sittings.
pub(super) fn live<E: Engine>(disk: &E::Disk, cluster: u128, earlier: &E::Disk) -> Acknowledged {
    lived::<E>(disk, cluster, earlier).acknowledged()
}

fn lived<E: Engine>(disk: &E::Disk, cluster: u128, earlier: &E::Disk) -> Replica<E> {
    let mut replica = Replica::<E>::create(disk, cluster);
    replica.vote(1);
    replica.flush_at(1, 100);
    replica.purge(60);
    replica.vote(2);
    replica.flush_at(2, 160);
    drop(replica.memory.book.checkpoint().unwrap());
    replica.append(2, 200);
    replica.settle();
    drop(replica);
    copy(disk, "", earlier);
    let mut replica = Replica::<E>::open(disk).unwrap();
    assert_eq!(replica.memory.verdict, Verdict::Whole);
    replica.apply().unwrap();
    replica.flush_at(2, 240);
    replica.vote(3);
    replica.flush_at(3, 300);
    replica.purge(220);
    replica.append(3, 400);
    replica.settle();
    replica
}

/// Copies a file or a folder, with what is in it, to the same place of another disk.
pub(super) fn copy<D: Disk>(from: &D, path: &str, to: &D) {
    if !path.is_empty()
        && let Some(bytes) = from.read(path).ok().flatten()
    {
        to.write_at(path, 0, &bytes).unwrap();
        to.sync(path).unwrap();
        return;
    }
    for item in from.list(path).unwrap() {
        copy(from, &within(path, &item.name), to);
    }
}

/// What a start makes of this folder, which was checked in every way that there is.
pub(super) fn outcome<E: Engine>(disk: &E::Disk, acknowledged: Acknowledged) -> Is {
    let mut replica = match Replica::<E>::open(disk) {
        Ok(replica) => replica,
        Err(fault) => return of_fault(&fault),
    };
    match replica.memory.verdict {
        Verdict::Whole => {
            if let Err(fault) = replica.apply() {
                return of_fault(&fault);
            }
            has_all(&mut replica, acknowledged);
            Is::Whole
        }
        Verdict::Amnesia { .. } | Verdict::Forsworn { .. } => {
            let is = match replica.memory.verdict {
                Verdict::Forsworn { .. } => Is::Forsworn,
                Verdict::Whole | Verdict::Amnesia { .. } => Is::Amnesia,
            };
            stays_so(disk, replica);
            is
        }
    }
}

fn of_fault(fault: &Fault) -> Is {
    assert!(fault.to_string().contains(fault.remedy()), "{fault}");
    let places = ["hard-state", "lock", "raft", "state.1", "the records of the state"];
    let place = places.into_iter().find(|place| fault.at.starts_with(place));
    Is::Fault(fault.kind, place.unwrap_or_else(|| panic!("where is that? {fault}")))
}

/// The same, for one who only looks, and reads everything.
pub(super) fn looked<E: Engine>(disk: &E::Disk) -> Is {
    let looked = match look::<E>(disk) {
        Ok(looked) => looked.expect("there is a replica"),
        Err(fault) => return of_fault(&fault),
    };
    match looked.judgement.as_ref().map(|judgement| judgement.verdict) {
        Ok(Verdict::Amnesia { .. }) => Is::Amnesia,
        Ok(Verdict::Forsworn { .. }) => Is::Forsworn,
        Err(fault) => of_fault(fault),
        Ok(Verdict::Whole) => match looked.verify(|_| ControlFlow::Continue(())) {
            Ok(all) => {
                assert!(all);
                Is::Whole
            }
            Err(fault) => of_fault(&fault),
        },
    }
}

/// Everything in a folder.
pub(super) fn bytes<D: Disk>(disk: &D, folder: &str, all: &mut BTreeMap<String, Vec<u8>>) {
    for item in disk.list(folder).unwrap() {
        let path = within(folder, &item.name);
        match item.length {
            Some(_) => drop(all.insert(path.clone(), disk.read(&path).unwrap().unwrap())),
            None => bytes(disk, &path, all),
        }
    }
}

fn has_all<E: Engine>(replica: &mut Replica<E>, acknowledged: Acknowledged) {
    assert!(replica.memory.hard.vote >= acknowledged.vote, "a promise is missing");
    assert_eq!(replica.memory.hard.standing, Standing::Whole);
    let last = acknowledged.last;
    assert!(replica.applied.id >= Some(last), "{:?} of {last:?}", replica.applied.id);
    assert_eq!(replica.memory.log.chain_at(last.index).unwrap(), Some(acknowledged.chain));
    if replica.applied.id == Some(last) {
        assert_eq!(replica.applied.chain, acknowledged.chain);
        assert_eq!(replica.applied.digest, acknowledged.digest);
    }
    replica.state.check().unwrap();
    // And it goes on from there.
    let next = last.index + 10;
    replica.vote(20);
    replica.append(20, next);
    replica.settle();
}

fn stays_so<E: Engine>(disk: &E::Disk, mut replica: Replica<E>) {
    // More than what is missing.
    replica.vote(20);
    replica.append(20, 450);
    replica.settle();
    drop(replica);
    for _ in 0..2 {
        let Ok(Found::Replica(memory)) = start::open::<E>(disk) else { panic!("it can still be opened") };
        assert!(matches!(memory.verdict, Verdict::Amnesia { .. }), "{:?}", memory.verdict);
        assert_eq!(memory.hard.standing, Standing::Amnesiac);
    }
}
