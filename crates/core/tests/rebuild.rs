//! Rebuilding: what storage keeps of the changes is the whole state, and a rebuilt state goes on like the original.
//!
//! Entries of chance are applied to an original and to its twins: states that were rebuilt from records at some point
//! before, once with everything that was ever written, once without what storage may delete.

#[path = "chance/dice.rs"]
mod dice;
#[path = "chance/play.rs"]
mod play;

use std::collections::BTreeMap;

use dice::for_seeds;
use play::Play;
use reeve_core::change::{Key, Written};
use reeve_core::codec::record::{
    self, AmendmentRecord, ArchiveRecord, AttemptRecord, ProgressRecord, Record, SpecRecord,
};
use reeve_core::codec::wire::{Reader, Wire};
use reeve_core::command::OpenClient;
use reeve_core::entry::{Actor, Entry, Proposal};
use reeve_core::name::{ClientId, Era, Revision};
use reeve_core::{Fault, Outcome, State, apply, effect};

/// What a storage keeps.
#[derive(Default)]
struct Store {
    records: BTreeMap<Key, Vec<u8>>,
    /// Replies below these sequences are received and may be deleted.
    floors: BTreeMap<ClientId, u64>,
}

impl Store {
    fn keep(&mut self, entry: &Entry, outcome: &Outcome) {
        for (key, written) in outcome.changes.iter() {
            match &written {
                Written::Put(bytes) => {
                    is_readable(key, bytes);
                    self.records.insert(key, bytes.to_vec());
                }
                Written::Deleted => drop(self.records.remove(&key)),
                Written::Body(body) => {
                    let bytes = &entry.bodies[body.position as usize];
                    assert_eq!(bytes.len(), body.length as usize, "{key:?}");
                    self.records.insert(key, bytes.to_vec());
                }
            }
            if let (Key::Reply(client, _), Written::Put(bytes)) = (key, written) {
                let floor = self.floors.entry(client).or_default();
                *floor = (*floor).max(acked_below(bytes));
            }
        }
    }

    /// Everything that makes up the state.
    fn all(&self) -> Vec<(Key, Vec<u8>)> {
        let state = self.records.iter().filter(|(key, _)| key.is_state());
        state.map(|(key, bytes)| (*key, bytes.clone())).collect()
    }

    /// The same without what no longer counts: received replies, those of closed sessions, old tombstones.
    fn trimmed(&self, first_stone: Option<u64>) -> Vec<(Key, Vec<u8>)> {
        let mut kept = self.all();
        kept.retain(|(key, _)| {
            if let Key::Reply(client, sequence) = key {
                return self.records.contains_key(&Key::Client(*client)) && *sequence >= self.floors[client];
            }
            stone(key).is_none_or(|number| first_stone.is_some_and(|first| number >= first))
        });
        kept
    }
}

/// A reply's record begins with what its request acknowledged.
fn acked_below(bytes: &[u8]) -> u64 {
    let mut from = Reader::new(&bytes[2..]);
    let fields = from.span().expect("a framed record");
    u64::get(&mut Reader::new(fields)).expect("a number")
}

/// Records of history are never read by the law, so they are read here.
fn is_readable(key: Key, bytes: &[u8]) {
    fn again<R: Record>(bytes: &[u8]) -> Result<Vec<u8>, Fault> {
        let mut written = Vec::new();
        record::put(&record::get::<R>(bytes)?, &mut written);
        Ok(written)
    }
    let again = match key {
        Key::Spec(_) => again::<SpecRecord>(bytes),
        Key::Amendment(..) => again::<AmendmentRecord>(bytes),
        Key::Attempt(..) => again::<AttemptRecord>(bytes),
        Key::Archive(_) => again::<ArchiveRecord>(bytes),
        Key::Progress(_) => again::<ProgressRecord>(bytes),
        // The law reads these itself, when it is rebuilt; and a body says nothing to it.
        Key::Meta | Key::Namespace(_) | Key::Queue(_) | Key::Kind(_) | Key::LabelKey(_) | Key::Class(_) => {
            return;
        }
        Key::Client(_) | Key::Reply(..) | Key::Worker(_) | Key::Alarm(..) | Key::Task(_) => {
            return;
        }
        Key::Waits(..)
        | Key::Drain(_)
        | Key::Tombstone(_)
        | Key::Remembered(_)
        | Key::Work(_)
        | Key::Body(..) => return,
    };
    assert_eq!(again.as_deref(), Ok(bytes), "{key:?}");
}

fn rebuilt(original: &State, records: Vec<(Key, Vec<u8>)>) -> State {
    let state = State::from_records(original.revision(), original.digest(), records.into_iter().map(Ok));
    let state = state.unwrap_or_else(|fault| panic!("{fault}"));
    state.check().expect("a sound state");
    assert_same(original, &state);
    state
}

fn assert_same(one: &State, other: &State) {
    assert_eq!((one.revision(), one.digest()), (other.revision(), other.digest()));
    for (one, other) in one.records().into_iter().zip(other.records()) {
        assert_eq!(one, other, "a record differs");
    }
    assert_eq!(one.records().len(), other.records().len());
    assert_eq!(effect::outstanding(one), effect::outstanding(other));
    assert_eq!((one.next_deadline(), one.has_backlog()), (other.next_deadline(), other.has_backlog()));
    assert!(
        one.tasks().eq(other.tasks()) && one.workers().eq(other.workers()) && one.lanes().eq(other.lanes())
    );
    assert!(one.queues().map(|id| one.queue_view(id)).eq(other.queues().map(|id| other.queue_view(id))));
}

/// What stands in the store is what the state says of itself.
fn assert_kept(state: &State, store: &Store) {
    let records: BTreeMap<Key, Vec<u8>> = state.records().into_iter().collect();
    for (key, bytes) in &records {
        // A reply's record has the floor of its own request.
        let kept = store.records.get(key).unwrap_or_else(|| panic!("{key:?} was never written"));
        assert!(matches!(key, Key::Reply(..)) || kept == bytes, "{key:?} is not as it was written");
    }
    for (key, _) in store.trimmed(records.keys().find_map(stone)) {
        assert!(records.contains_key(&key), "{key:?} was not deleted");
    }
}

fn stone(key: &Key) -> Option<u64> {
    if let Key::Tombstone(number) = key { Some(*number) } else { None }
}

fn assert_alike(one: &Outcome, other: &Outcome) {
    assert_eq!((one.revision, one.now_ms), (other.revision, other.now_ms));
    assert_eq!(one.replies, other.replies);
    assert_eq!(one.events, other.events);
    assert_eq!(one.effects, other.effects);
    let (changes, others) = (one.changes.iter(), other.changes.iter());
    changes.zip(others).for_each(|(one, other)| assert_eq!(one, other, "a change differs"));
    assert_eq!(one.changes.canonical_bytes(), other.changes.canonical_bytes());
}

/// What was recovered is the same state in another era.
fn begin_era(state: &mut State, store: &mut Store) {
    let (before, digest) = (state.records(), state.digest());
    let changes = state.begin_era(Revision(state.revision().0 + 7)).expect("eras are left");
    let [(Key::Meta, Written::Put(bytes))] = changes.iter().collect::<Vec<_>>()[..] else {
        panic!("nothing else changes")
    };
    store.records.insert(Key::Meta, bytes.to_vec());
    assert_eq!(state.era(), Era { group: 0, era: 1 });
    assert_ne!(state.digest(), digest);
    assert_eq!(state.records()[1..], before[1..]);
    state.check().expect("a sound state");
}

/// One life of a state and its twins.
fn live(seed: u64) {
    let mut play = Play::new(seed, seed % 4 == 3);
    let mut original = State::new(Era { group: 0, era: 0 });
    let mut store = Store::default();
    store.records.extend(original.records());
    let mut twins: Vec<State> = Vec::new();
    for turn in 0..300 {
        if turn == 150 {
            begin_era(&mut original, &mut store);
            twins = vec![rebuilt(&original, store.all())];
        }
        let entry = play.entry(&original);
        let outcome = apply(&mut original, entry.clone());
        store.keep(&entry, &outcome);
        for twin in &mut twins {
            assert_alike(&outcome, &apply(twin, entry.clone()));
            assert_eq!(original.digest(), twin.digest());
        }
        play.learn(&outcome);
        if play.dice.chance(8) {
            original.check().expect("a sound state");
            assert_kept(&original, &store);
            let first = original.records().iter().find_map(|(key, _)| stone(key));
            twins = vec![
                rebuilt(&original, store.all()),
                rebuilt(&original, store.trimmed(first)),
                rebuilt(&original, original.records()),
            ];
        }
    }
    original.check().expect("a sound state");
    twins.iter().for_each(|twin| assert_same(&original, twin));
}

#[test]
fn a_rebuilt_state_goes_on_like_the_original() {
    for_seeds(60, live);
}

#[test]
fn names_of_the_next_era_never_came_before_and_are_the_last_in_order() {
    let mut state = State::new(Era::default());
    let open = |revision| Entry {
        revision: Revision(revision),
        law: 1,
        time_ms: 0,
        sweep: 0,
        proposals: vec![Proposal { request: None, actor: Actor::Anyone, command: OpenClient.into() }],
        bodies: Vec::new(),
    };
    apply(&mut state, open(5));
    let mut lost = state.clone();
    // What was lost went on, further than what is left of it.
    apply(&mut lost, open(7));
    state.begin_era(Revision(6)).expect("eras are left");
    apply(&mut state, open(7));
    let last = |state: &State| state.clients().map(|(id, _)| id).max().expect("there is one");
    assert_ne!(last(&lost), last(&state));
    assert!(last(&lost) < last(&state));
    assert_ne!(lost.digest(), state.digest());
    let mut state = State::new(Era { group: 0, era: u16::MAX });
    let before = state.records();
    assert!(state.begin_era(Revision(1)).is_none(), "there is none after the last");
    assert_eq!(state.records(), before);
}

#[test]
fn records_that_do_not_begin_with_the_whole_are_refused() {
    let records = State::new(Era::default()).records();
    let from = |records: &[(Key, Vec<u8>)]| {
        State::from_records(Default::default(), 0, records.iter().cloned().map(Ok)).map(|_| ())
    };
    assert_eq!(from(&records), Ok(()));
    assert_eq!(from(&[]), Err(Fault::Dangling("meta record")));
    assert_eq!(from(&records[1..]), Err(Fault::Dangling("meta record")));
    let doubled = [&records[..], &records[1..]].concat();
    assert_eq!(from(&doubled), Err(Fault::NotCanonical("the order of records")));
}
