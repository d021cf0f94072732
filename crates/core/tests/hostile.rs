//! Hostile bytes: whatever is read, nothing panics, no claim of a length is believed, and what is accepted is canonical.
//!
//! `REEVE_FUZZ=100` looks a hundred times as long.

#[path = "chance/dice.rs"]
mod dice;
#[path = "chance/play.rs"]
mod play;
#[path = "chance/tally.rs"]
mod tally;

use std::collections::BTreeMap;
use std::fs;

use bytes::Bytes;
use dice::{Dice, for_seeds};
use play::Play;
use reeve_core::change::{Key, decode_key};
use reeve_core::codec::entry::{decode, encode};
use reeve_core::codec::record::{
    self, AlarmRecord, AmendmentRecord, ArchiveRecord, AttemptRecord, ProgressRecord, Record, SpecRecord,
};
use reeve_core::codec::wire::Wire;
use reeve_core::intern::{ClassId, KindId, LabelKeyId, NamespaceId, QueueId};
use reeve_core::name::Revision;
use reeve_core::{Fault, LAW, State, apply};
use tally::tally;

/// Reading may take this many times the bytes that are read: the smallest proposal has five bytes and lives in a value
/// of 240, in a list that doubles as it grows, while its former half is still there.
const FACTOR: usize = 160;
/// And this much beside, for what every state has from the start.
const ROOM: usize = 128 << 10;

/// Does something with `length` bytes of input; it may take memory in proportion.
fn in_proportion<T>(length: usize, read: impl FnOnce() -> T) -> T {
    let (value, tally) = tally(read);
    let bound = FACTOR * length + ROOM;
    assert!(tally.peak <= bound as i64, "{length} bytes took more than {bound}: {tally}");
    value
}

/// The bytes of all fossils in files whose names begin like this.
fn fossils(family: &str) -> Vec<Vec<u8>> {
    let folder =
        fs::read_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/src/codec/fossils")).expect("a folder of fossils");
    let mut fossils = Vec::new();
    for file in folder {
        let file = file.expect("a file");
        if !file.file_name().to_string_lossy().starts_with(family) {
            continue;
        }
        let text = fs::read_to_string(file.path()).expect("text");
        for block in text.split("\n\n") {
            let hex: String = block.lines().filter_map(|line| line.strip_prefix("| ")).collect();
            let byte = |at: usize| u8::from_str_radix(&hex[at..at + 2], 16).expect("hex");
            fossils.push((0..hex.len()).step_by(2).map(byte).collect());
        }
    }
    // A folder has no order of its own.
    fossils.sort();
    assert!(!fossils.is_empty(), "no fossils of {family}");
    fossils
}

/// Commands as the only ones of their entries.
fn entry_of(command: &[u8]) -> Vec<u8> {
    [&[0xee, 1, 1, 0, 0, 1, 0, 1], command, &[0]].concat()
}

/// Damages bytes: flips, cuts, repeats, replaces and inserts; `other` is what a piece may come from.
fn damage(dice: &mut Dice, bytes: &mut Vec<u8>, other: &[u8]) {
    for _ in 0..dice.pick(&[1, 1, 1, 2, 4]) {
        let at = dice.below(bytes.len() + 1);
        let piece = if other.is_empty() { 0..0 } else { dice.below(other.len())..other.len() };
        match dice.below(14) {
            0 => bytes.truncate(at),
            1 => bytes.extend((0..dice.below(9)).map(|_| dice.roll() as u8)),
            2 => drop(bytes.splice(at.., other[piece].iter().copied())),
            3 => drop(bytes.splice(at..at, other[piece].iter().take(16).copied())),
            4 => drop(bytes.splice(at..at, [0xff, 0xff, 0xff, 0xff, 0x0f])),
            _ if at < bytes.len() => {
                bytes[at] = match dice.below(4) {
                    0 => dice.roll() as u8,
                    1 => bytes[at].wrapping_add(1),
                    2 => dice.pick(&[0, 1, 2, 0x7f, 0x80, 0xff]),
                    _ => bytes[at] ^ (1 << dice.below(8)),
                }
            }
            _ => {}
        }
    }
}

/// A state that has lived a little, and the play that made it so.
fn lived(seed: u64, absurd: bool, entries: usize) -> (State, Play) {
    let (mut state, mut play) = (State::new(Default::default()), Play::new(seed, absurd));
    for _ in 0..entries {
        let entry = play.entry(&state);
        play.learn(&apply(&mut state, entry));
    }
    (state, play)
}

#[test]
fn damaged_entries_are_refused_or_canonical_and_the_law_takes_them_all() {
    let mut fossils: Vec<Vec<u8>> = fossils("command.").iter().map(|bytes| entry_of(bytes)).collect();
    fossils.extend(self::fossils("entry"));
    for_seeds(150, |seed| {
        let (mut state, mut play) = lived(seed, false, 40);
        let mut accepted = 0;
        for round in 0..200 {
            let mut bytes =
                if round % 3 == 0 { play.dice.pick(&fossils) } else { encode(&play.entry(&state)) };
            let other = play.dice.pick(&fossils);
            damage(&mut play.dice, &mut bytes, &other);
            let bytes = Bytes::from(bytes);
            let revision = Revision(state.revision().0 + 1);
            if let Ok(entry) = in_proportion(bytes.len(), || decode(revision, &bytes, LAW)) {
                assert_eq!(encode(&entry), bytes, "not canonical: {entry:?}");
                accepted += 1;
                play.learn(&apply(&mut state, entry));
            }
        }
        state.check().unwrap();
        assert!(accepted > 10, "only {accepted} were accepted: damage is too coarse");
    });
}

#[test]
fn bytes_of_mere_chance_and_great_claims_are_refused_cheaply() {
    for_seeds(40, |seed| {
        let mut dice = Dice::new(seed);
        for _ in 0..300 {
            let magic = dice.pick(&[&[][..], &[0xee, 1], &[0xee, 1, 1, 0, 0], &[16, 1], &[11, 1]]);
            let byte = dice.pick(&[None, Some(0), Some(1), Some(0xff)]);
            let length = dice.below(1_500);
            let tail: Vec<u8> = (0..length).map(|_| byte.unwrap_or(dice.roll() as u8)).collect();
            let bytes = Bytes::from([magic, &tail].concat());
            if let Ok(entry) = in_proportion(bytes.len(), || decode(Revision(1), &bytes, LAW)) {
                assert_eq!(encode(&entry), bytes);
            }
            read_all(&bytes);
        }
    });
}

/// The densest lists: what takes the most memory for its bytes.
#[test]
fn the_densest_lists_stay_in_proportion() {
    let head = |count: u64| {
        let mut bytes = vec![0xee, 1, 1, 0, 0];
        count.put(&mut bytes);
        bytes
    };
    // One more than a list has room for before it doubles.
    let count = 16_385;
    // The smallest proposal: no request, anyone, open a client session, which has no fields.
    let mut proposals = head(count);
    (0..count).for_each(|_| proposals.extend([0, 1, 30, 1, 0]));
    proposals.push(0);
    // The smallest tasks, in one submit.
    let mut fields = vec![0, 1];
    count.put(&mut fields);
    (0..count).for_each(|_| fields.extend([1, 0, 0, 1, 0, 0, 0, 0, 1, 0, 0]));
    let mut tasks = head(1);
    tasks.extend([0, 1, 1, 1]);
    (fields.len() as u64).put(&mut tasks);
    tasks.extend(fields);
    tasks.push(0);
    // Empty bodies.
    let mut bodies = head(0);
    count.put(&mut bodies);
    bodies.resize(bodies.len() + count as usize, 0);
    for bytes in [proposals, tasks, bodies].map(Bytes::from) {
        let entry = in_proportion(bytes.len(), || decode(Revision(1), &bytes, LAW)).unwrap();
        assert_eq!(encode(&entry), bytes);
        let refused = decode(Revision(1), &bytes.slice(..bytes.len() - 1), LAW);
        assert_eq!(refused, Err(Fault::Truncated));
    }
    // A list that claims to be as long as what follows, and is not.
    let mut claim = head(count);
    claim.resize(claim.len() + count as usize, 0xff);
    let claim = Bytes::from(claim);
    assert!(in_proportion(claim.len(), || decode(Revision(1), &claim, LAW)).is_err());
}

/// Reads bytes as everything that they are not.
fn read_all(bytes: &[u8]) {
    fn one<R: Record>(bytes: &[u8]) {
        if let Ok(record) = in_proportion(bytes.len(), || record::get::<R>(bytes)) {
            let mut written = Vec::new();
            record::put(&record, &mut written);
            assert_eq!(written, bytes, "a {} is not canonical", R::NAME);
        }
    }
    one::<SpecRecord>(bytes);
    one::<AmendmentRecord>(bytes);
    one::<AttemptRecord>(bytes);
    one::<ArchiveRecord>(bytes);
    one::<ProgressRecord>(bytes);
    one::<AlarmRecord>(bytes);
    if let Ok(key) = in_proportion(bytes.len(), || decode_key(bytes)) {
        let mut written = Vec::new();
        key.put(&mut written);
        assert_eq!(written, bytes, "{key:?} is not canonical");
    }
}

#[test]
fn damaged_records_and_keys_are_refused_or_canonical() {
    let fossils = fossils("");
    for_seeds(20, |seed| {
        let mut dice = Dice::new(seed);
        for fossil in &fossils {
            let (mut bytes, other) = (fossil.clone(), dice.pick(&fossils));
            damage(&mut dice, &mut bytes, &other);
            read_all(&bytes);
        }
    });
}

/// Damages a few of the records of a state, or their keys, or leaves some out.
fn damage_records(dice: &mut Dice, records: &mut BTreeMap<Key, Vec<u8>>) {
    for _ in 0..=dice.below(2) {
        let keys: Vec<Key> = records.keys().copied().collect();
        let Some(key) = dice.any(&keys) else { return };
        let mut bytes = records.remove(&key).expect("a key of these");
        let other = records.get(&dice.pick(&keys)).cloned().unwrap_or_default();
        let mut name = Vec::new();
        key.put(&mut name);
        match dice.below(6) {
            0 => {}
            1 => {
                damage(dice, &mut name, &[]);
                records.insert(decode_key(&name).unwrap_or(key), bytes);
            }
            2 => drop(records.insert(key, other)),
            _ if bytes.is_empty() => {}
            _ => {
                let at = dice.below(bytes.len());
                let byte = dice.pick(&[0, 1, 2, 0x7f, bytes[at].wrapping_add(1), bytes[at] ^ 0x40]);
                bytes[at] = byte;
                if dice.chance(20) {
                    damage(dice, &mut bytes, &other);
                }
                records.insert(key, bytes);
            }
        }
    }
}

/// What the numbers in keys alone may take: rows of places and of interned words have gaps.
fn sparse(records: &BTreeMap<Key, Vec<u8>>) -> usize {
    let room = |key: &Key| {
        let number = match *key {
            Key::Namespace(NamespaceId(number))
            | Key::Queue(QueueId(number))
            | Key::Kind(KindId(number))
            | Key::LabelKey(LabelKeyId(number))
            | Key::Class(ClassId(number)) => number,
            Key::Meta
            | Key::Client(_)
            | Key::Reply(..)
            | Key::Worker(_)
            | Key::Alarm(..)
            | Key::Task(_)
            | Key::Waits(..)
            | Key::Drain(_)
            | Key::Tombstone(_)
            | Key::Remembered(_)
            | Key::Work(_)
            | Key::Spec(_)
            | Key::Amendment(..)
            | Key::Attempt(..)
            | Key::Archive(_)
            | Key::Progress(_)
            | Key::Body(..) => 0,
        };
        number as usize * 1_024
    };
    // Numbers beyond the limits are refused before they take anything.
    records.keys().map(room).filter(|room| *room <= 1_024 * 100_000).sum()
}

#[test]
fn damaged_states_are_refused_or_can_be_checked() {
    for_seeds(120, |seed| {
        let (state, mut play) = lived(seed, seed % 2 == 1, 60);
        let whole: BTreeMap<Key, Vec<u8>> = state.records().into_iter().collect();
        let mut sound = 0;
        for _ in 0..60 {
            let mut records = whole.clone();
            damage_records(&mut play.dice, &mut records);
            let length = records.values().map(|bytes| bytes.len() + 8).sum::<usize>();
            let given = records.iter().map(|(key, bytes)| Ok((*key, bytes)));
            let rebuilt = in_proportion(length + sparse(&records) / FACTOR, || {
                State::from_records(state.revision(), state.digest(), given)
            });
            if let Ok(rebuilt) = rebuilt
                && rebuilt.check().is_ok()
            {
                sound += 1;
                let again: BTreeMap<Key, Vec<u8>> = rebuilt.records().into_iter().collect();
                for (key, bytes) in records {
                    // What is below a floor, or history, is passed over; a reply is written with its session's floor.
                    let passed = matches!(key, Key::Reply(..) | Key::Tombstone(_)) || !key.is_state();
                    let kept = again.get(&key) == Some(&bytes);
                    assert!(passed || kept, "{key:?} is not what it was read from, and nothing was noticed");
                }
            }
        }
        assert!(sound < 60, "damage was never found");
    });
}

/// Every number, name and text may be absurd: the law has an answer to all of it, and stays sound.
#[test]
fn the_law_is_total() {
    for_seeds(150, |seed| {
        let (mut state, mut play) = lived(seed, true, 0);
        for round in 0..400 {
            let entry = play.entry(&state);
            let bytes = Bytes::from(encode(&entry));
            let read = in_proportion(bytes.len(), || decode(entry.revision, &bytes, LAW)).unwrap();
            assert_eq!(read, entry);
            let outcome = apply(&mut state, read);
            assert_eq!(outcome.replies.len(), entry.proposals.len());
            play.learn(&outcome);
            if round % 20 == 0 {
                state.check().unwrap();
            }
        }
        state.check().unwrap();
    });
}
