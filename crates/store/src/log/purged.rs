//! The purge mark: what was purged last, and with which hash the chain goes on.

use serde::{Deserialize, Serialize};

use super::chain::Chain;
use super::{FOLDER, LogId, Place};
use crate::engine::{Engine, Family, Write};
use crate::fault::Fault;
use crate::frame::{self, Framed};

/// The first shape of the mark.
#[derive(Serialize, Deserialize)]
struct Mark {
    term: u64,
    index: u64,
    chain: [u8; 16],
}

impl Framed for Mark {
    const MAGIC: [u8; 4] = *b"RVpm";
    const VERSION: u16 = 1;
}

/// Under which name it stands in its family.
fn key(group: u16) -> Vec<u8> {
    let mut key = group.to_be_bytes().to_vec();
    key.extend_from_slice(b"purged");
    key
}

/// What remembers this place as purged.
pub(super) fn write(group: u16, place: Place) -> Write {
    let mark = Mark { term: place.id.term, index: place.id.index, chain: place.chain.0 };
    Write::Put(Family::LogMarks, key(group), frame::encode(&mark))
}

/// What was purged last.
pub(super) fn read<E: Engine>(engine: &E, group: u16) -> Result<Option<Place>, Fault> {
    let Some(bytes) = engine.get(Family::LogMarks, &key(group))? else { return Ok(None) };
    let Mark { term, index, chain } = frame::decode(&bytes, &format!("{FOLDER}: the purge mark"))?;
    Ok(Some(Place { id: LogId { term, index }, chain: Chain(chain) }))
}
