//! Fossils: for each shape that is ever written, bytes that were written once, and what they meant.
//!
//! A fossil is never edited: old logs and disks hold such bytes. Each shape has its samples in one place below, each
//! sample has its fossil in `fossils/`, and each fossil must decode to what it meant and encode to what it was. A new
//! shape gets its fossils by `REEVE_BLESS=1 cargo test --release -p reeve-core fossil`.

mod choices;
mod commands;
mod names;
mod records;
#[path = "../../tests/fossils/stones.rs"]
mod stones;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Debug;

use bytes::Bytes;
use stones::Stone;

use crate::assembly::Shift;
use crate::change::Key;
use crate::codec::entry;
use crate::codec::wire::{Reader, Wire};
use crate::command::Command;
use crate::fault::Fault;
use crate::name::Revision;
use crate::state::LAW;

/// What bytes mean, and the bytes that this meaning has.
type Again = Result<(String, Vec<u8>), Fault>;

/// The samples of one file of fossils, and how its bytes are read.
struct Family {
    file: String,
    samples: Vec<Stone>,
    again: fn(&[u8]) -> Again,
}

impl Family {
    /// Samples in their order; a name that comes again gets a number.
    fn new(file: &str, again: fn(&[u8]) -> Again, samples: Vec<(&str, u8, Vec<u8>)>) -> Self {
        let mut seen: BTreeMap<&str, u32> = BTreeMap::new();
        let samples = samples.into_iter().map(|(name, version, bytes)| {
            let count = seen.entry(name).or_default();
            *count += 1;
            let (meaning, _) = again(&bytes).unwrap_or_else(|fault| panic!("the sample {name}: {fault}"));
            let name = if *count == 1 { name.to_owned() } else { format!("{name} {count}") };
            Stone { name, version, bytes, meaning }
        });
        Self { file: file.to_owned(), samples: samples.collect(), again }
    }

    /// Samples of a shape that is not framed: named by `name`, in version 1 for ever.
    fn plain<T: Wire + Debug>(file: &str, samples: Vec<T>, name: fn(&T) -> &'static str) -> Self {
        Self::new(file, again::<T>, samples.iter().map(|sample| (name(sample), 1, written(sample))).collect())
    }
}

fn written<T: Wire>(value: &T) -> Vec<u8> {
    let mut bytes = Vec::new();
    value.put(&mut bytes);
    bytes
}

fn again<T: Wire + Debug>(bytes: &[u8]) -> Again {
    let value: T = Reader::whole(bytes)?;
    Ok((format!("{value:#?}"), written(&value)))
}

fn entry_again(bytes: &[u8]) -> Again {
    let entry = entry::decode(Revision(48_213), &Bytes::copy_from_slice(bytes), LAW)?;
    Ok((format!("{entry:#?}"), entry::encode(&entry)))
}

/// Everything that is ever written to a log or a disk, or remembered as bytes.
fn families() -> Vec<Family> {
    let mut verbs: BTreeMap<&str, Vec<_>> = BTreeMap::new();
    for command in commands::samples() {
        // A frame begins with tag and version.
        let bytes = written(&command);
        verbs.entry(command.verb()).or_default().push((command.verb(), bytes[1], bytes));
    }
    let mut all: Vec<Family> = Vec::new();
    for (verb, samples) in verbs {
        all.push(Family::new(&format!("command.{verb}"), again::<Command>, samples));
    }
    let entries =
        commands::entries().iter().map(entry::encode).map(|bytes| ("Entry", bytes[1], bytes)).collect();
    all.push(Family::new("entry", entry_again, entries));
    all.extend(records::families());
    all.extend(choices::families());
    all
}

#[test]
fn every_shape_has_a_sample() {
    let families = families();
    let sampled: BTreeSet<(&str, &str)> = families
        .iter()
        .flat_map(|family| family.samples.iter().map(|stone| (&*family.file, &*stone.name)))
        .collect();
    for (_, verb, _) in Command::ORDINALS {
        let has = sampled.contains(&(&*format!("command.{verb}"), verb));
        assert!(has, "the verb {verb} has no sample: add one to codec/fossil/commands.rs");
    }
    for (_, key, tag) in Key::ORDINALS {
        // A body is opaque: it has no shape.
        let has = *key == "Body" || families.iter().any(|family| family.file == format!("record.{key}"));
        assert!(has, "the record of {key} has no sample: add one to codec/fossil/records.rs");
        let tagged = families.iter().filter(|family| family.file == format!("record.{key}"));
        assert!(
            tagged.flat_map(|family| &family.samples).all(|stone| stone.bytes[0] == *tag),
            "{key}: not its tag"
        );
    }
    for (family, variant, _) in choices::ordinals() {
        let has = sampled.contains(&(family, variant));
        assert!(has, "{family} {variant} has no sample: add one to codec/fossil/choices.rs");
    }
}

#[test]
fn every_sample_has_its_fossil() {
    for Family { file, samples, .. } in families() {
        let kept = stones::read(&file);
        for sample in samples {
            match kept.iter().find(|stone| stone.name == sample.name && stone.version == sample.version) {
                Some(stone) => assert!(
                    *stone == sample,
                    "{file}.txt: {} is not what it was. Fossils are never edited: restore its shape and its sample, \
                     or give the new shape a new version. (If only a field has a better name: delete the file and \
                     bless it again; the bytes must be the same.)\nwas {stone}\nis {sample}",
                    sample.name
                ),
                None if stones::blesses() => stones::add(&file, &sample),
                None => panic!(
                    "{file}.txt: no fossil of {}, version {}. If it is new: \
                     REEVE_BLESS=1 cargo test --release -p reeve-core fossil",
                    sample.name, sample.version
                ),
            }
        }
    }
}

#[test]
fn every_fossil_means_what_it_meant() {
    let families = families();
    for file in stones::files() {
        let family = families.iter().find(|family| family.file == file);
        let family = family.unwrap_or_else(|| panic!("{file}.txt: nobody can read these fossils any more"));
        for Stone { name, bytes, meaning, .. } in stones::read(&file) {
            let expected = Ok((meaning, bytes.clone()));
            assert_eq!((family.again)(&bytes), expected, "{file}.txt: {name} no longer means what it meant");
        }
    }
}

/// A text with every number behind `mark` greater by `more`.
fn moved(text: &str, mark: &str, more: u64) -> String {
    let mut parts = text.split(mark);
    let first = parts.next().unwrap_or_default().to_owned();
    parts.fold(first, |out, part| {
        let digits = part.chars().take_while(char::is_ascii_digit).count();
        let number: u64 = part[..digits].parse().expect("a number behind the mark");
        format!("{out}{mark}{}{}", number + more, &part[digits..])
    })
}

/// Whatever holds a position, of a body or of a name in the same entry, moves with its group: no verb is forgotten.
#[test]
fn every_position_moves_with_its_group() {
    let (names, bodies) = (1_000, 7);
    let shift = Shift::new((names, 1 << 20), (bodies, 1 << 20));
    let mut seen = BTreeSet::new();
    for mut command in commands::samples() {
        let before = format!("{command:?}");
        let expected = moved(&before, "Here(", names.into());
        let expected = moved(&expected, "BodyRef { position: ", bodies.into());
        command.relocate(&shift).expect("samples reach no further");
        assert_eq!(format!("{command:?}"), expected);
        if expected != before {
            seen.insert(command.verb());
        }
    }
    // Fossils are never edited, so not every reference has a sample of its own; its shape moves it all the same.
    for verb in ["Submit", "Grant", "Complete", "Fail", "Partial", "Checkpoint", "Update"] {
        assert!(seen.contains(verb), "the samples of {verb} hold no position");
    }
}

/// Damaged fossils are refused, or are the one canonical form of something else.
#[test]
fn no_damaged_fossil_is_read_loosely() {
    for Family { samples, again, .. } in families() {
        for Stone { name, bytes, .. } in samples {
            let canonical = |bytes: &[u8]| match again(bytes) {
                Ok((meaning, written)) => assert_eq!(written, bytes, "{name}: {meaning}"),
                Err(Fault::Dangling(_) | Fault::Broken(_)) => panic!("{name}: the codec knows no state"),
                Err(_) => {}
            };
            (0..bytes.len())
                .for_each(|length| assert!(again(&bytes[..length]).is_err(), "{name}: cut to {length}"));
            assert!(again(&[&bytes[..], &[0]].concat()).is_err(), "{name}: with a byte more");
            for at in 0..bytes.len() {
                for byte in [0, 1, 2, 0x7f, 0x80, 0xff, bytes[at] ^ 1, bytes[at].wrapping_add(1)] {
                    let mut damaged = bytes.clone();
                    damaged[at] = byte;
                    canonical(&damaged);
                }
                canonical(&[&bytes[..at], &bytes[at + 1..]].concat());
                canonical(&[&bytes[..at], &[0x80], &bytes[at..]].concat());
            }
        }
    }
}
