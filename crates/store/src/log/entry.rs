//! How an entry stands on the disk: under (group, index), with a checksum over all of it and its key, and the chain up to it.

use bytes::Bytes;
use xxhash_rust::xxh3::Xxh3;

use super::chain::Chain;
use super::{EntryKind, FOLDER, LogEntry, LogId, Place};
use crate::fault::{Fault, FaultKind};

/// The form of a value.
const VERSION: u8 = 1;
/// Term, kind and length of the payload.
const HEAD: usize = 13;
const CHAIN: usize = 16;
const CHECKSUM: usize = 8;
/// The length of a key.
const KEY: usize = 10;

/// An entry with the chain up to it.
#[derive(Clone, Debug)]
pub(super) struct Kept {
    pub(super) entry: LogEntry,
    pub(super) chain: Chain,
}

impl Kept {
    pub(super) fn place(&self) -> Place {
        Place { id: self.entry.id, chain: self.chain }
    }

    /// Faults if this entry does not follow the one whose chain this is.
    pub(super) fn check_link(&self, before: Chain) -> Result<(), Fault> {
        if before.link(&self.entry) == self.chain {
            return Ok(());
        }
        Err(Fault::damaged(FOLDER, format!("the chain is broken at entry {}", self.entry.id.index)))
    }
}

/// The key of an entry.
pub(super) fn key(group: u16, index: u64) -> Vec<u8> {
    let mut key = Vec::with_capacity(KEY);
    key.extend_from_slice(&group.to_be_bytes());
    key.extend_from_slice(&index.to_be_bytes());
    key
}

/// What stands before the payload, on the disk and in the chain.
pub(super) fn head(entry: &LogEntry) -> [u8; HEAD] {
    let mut head = [0; HEAD];
    head[..8].copy_from_slice(&entry.id.term.to_be_bytes());
    head[8] = match entry.kind {
        EntryKind::Blank => 1,
        EntryKind::Normal => 2,
        EntryKind::Membership => 3,
    };
    let length = u32::try_from(entry.payload.len()).expect("an append checks the length");
    head[9..].copy_from_slice(&length.to_be_bytes());
    head
}

fn checksum(key: &[u8], value: &[u8]) -> [u8; CHECKSUM] {
    let mut hash = Xxh3::new();
    hash.update(key);
    hash.update(value);
    hash.digest().to_be_bytes()
}

/// The value of an entry.
pub(super) fn encode(key: &[u8], kept: &Kept) -> Vec<u8> {
    let payload = &kept.entry.payload;
    let mut value = Vec::with_capacity(1 + HEAD + payload.len() + CHAIN + CHECKSUM);
    value.push(VERSION);
    value.extend_from_slice(&head(&kept.entry));
    value.extend_from_slice(payload);
    value.extend_from_slice(&kept.chain.0);
    let checksum = checksum(key, &value);
    value.extend_from_slice(&checksum);
    value
}

/// The entry under a key.
pub(super) fn decode(key: &[u8], value: &[u8]) -> Result<Kept, Fault> {
    let Some((_, index)) = key.split_last_chunk::<8>().filter(|_| key.len() == KEY) else {
        return Err(Fault::damaged(FOLDER, "a key has the wrong length"));
    };
    let index = u64::from_be_bytes(*index);
    let damaged = |what: &str| Fault::damaged(FOLDER, format!("entry {index}: {what}"));
    let (checked, sum) = value.split_last_chunk::<CHECKSUM>().ok_or_else(|| damaged("it is cut short"))?;
    if checksum(key, checked) != *sum {
        return Err(damaged("its checksum is wrong"));
    }
    match checked.first() {
        Some(&VERSION) => {}
        Some(&newer) if newer > VERSION => {
            return Err(Fault::new(FaultKind::Newer, FOLDER, format!("entry {index} has format {newer}")));
        }
        Some(_) | None => return Err(damaged("its format was never written")),
    }
    shape(index, &checked[1..]).ok_or_else(|| damaged("it does not have its shape"))
}

fn shape(index: u64, value: &[u8]) -> Option<Kept> {
    let (term, rest) = value.split_first_chunk::<8>()?;
    let (kind, rest) = rest.split_first()?;
    let (length, rest) = rest.split_first_chunk::<4>()?;
    let (payload, chain) = rest.split_at_checked(u32::from_be_bytes(*length) as usize)?;
    let kind = match kind {
        1 => EntryKind::Blank,
        2 => EntryKind::Normal,
        3 => EntryKind::Membership,
        _ => return None,
    };
    let id = LogId { term: u64::from_be_bytes(*term), index };
    let chain = Chain(chain.try_into().ok()?);
    Some(Kept { entry: LogEntry { id, kind, payload: Bytes::copy_from_slice(payload) }, chain })
}
