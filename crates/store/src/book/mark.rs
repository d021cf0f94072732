//! Marks: what a database of records says of itself, in the family `state-marks`.

use bytes::Bytes;
use reeve_core::name::{Era, Revision};
use serde::{Deserialize, Serialize};

use super::Applied;
use crate::engine::{Engine, Family, Write};
use crate::fault::{Fault, FaultKind};
use crate::frame::{self, Framed};
use crate::log::{Chain, LogId};

const APPLIED: &[u8] = b"applied";
const EVENTS: &[u8] = b"events";

/// How an [`Applied`] is written, in version 1 for ever.
#[derive(Serialize, Deserialize)]
pub(crate) struct AppliedV1 {
    id: Option<(u64, u64)>,
    revision: u64,
    digest: u128,
    chain: u128,
    membership_id: Option<(u64, u64)>,
    membership: Vec<u8>,
    era: (u16, u16),
}

impl Framed for AppliedV1 {
    const MAGIC: [u8; 4] = *b"RVap";
    const VERSION: u16 = 1;
}

impl From<&Applied> for AppliedV1 {
    fn from(applied: &Applied) -> Self {
        let Applied { id, revision, digest, chain, membership_id, membership, era } = applied;
        Self {
            id: id.map(|id| (id.term, id.index)),
            revision: revision.0,
            digest: *digest,
            chain: u128::from_be_bytes(chain.0),
            membership_id: membership_id.map(|id| (id.term, id.index)),
            membership: membership.to_vec(),
            era: (era.group, era.era),
        }
    }
}

impl From<AppliedV1> for Applied {
    fn from(written: AppliedV1) -> Self {
        let AppliedV1 { id, revision, digest, chain, membership_id, membership, era } = written;
        let log_id = |(term, index)| LogId { term, index };
        Self {
            id: id.map(log_id),
            revision: Revision(revision),
            digest,
            chain: Chain(chain.to_be_bytes()),
            membership_id: membership_id.map(log_id),
            membership: Bytes::from(membership),
            era: Era { group: era.0, era: era.1 },
        }
    }
}

/// The first shape of the mark of what was applied: whose state it is, too.
#[derive(Serialize, Deserialize)]
struct OwnedV1 {
    cluster: u128,
    applied: AppliedV1,
}

impl Framed for OwnedV1 {
    const MAGIC: [u8; 4] = *b"RVst";
    const VERSION: u16 = 1;
}

/// What is left of the events, and how much room they take.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Kept {
    /// There are none below this revision.
    pub below: u64,
    /// The bytes of all packed events.
    pub bytes: u64,
}

impl Framed for Kept {
    const MAGIC: [u8; 4] = *b"RVev";
    const VERSION: u16 = 1;
}

/// The writes that set both marks.
pub(super) fn put(cluster: u128, applied: &Applied, kept: Kept) -> [Write; 2] {
    let framed = frame::encode(&OwnedV1 { cluster, applied: applied.into() });
    [
        Write::Put(Family::StateMarks, APPLIED.to_vec(), framed),
        Write::Put(Family::StateMarks, EVENTS.to_vec(), frame::encode(&kept)),
    ]
}

/// Both marks of the database in `folder`, which must be of this cluster; `None` if nothing was ever flushed to it.
pub(super) fn get<E: Engine>(
    engine: &E,
    folder: &str,
    cluster: u128,
) -> Result<Option<(Applied, Kept)>, Fault> {
    let read = |key: &[u8]| engine.get(Family::StateMarks, key);
    let at = |name| format!("{folder} (mark {name})");
    match (read(APPLIED)?, read(EVENTS)?) {
        (None, None) => Ok(None),
        (Some(applied), Some(kept)) => {
            let owned: OwnedV1 = frame::decode(&applied, &at("applied"))?;
            if owned.cluster != cluster {
                let what =
                    format!("it belongs to cluster {:032x}, and this is {cluster:032x}", owned.cluster);
                return Err(Fault::new(FaultKind::Foreign, folder, what));
            }
            Ok(Some((owned.applied.into(), frame::decode(&kept, &at("events"))?)))
        }
        (Some(_), None) | (None, Some(_)) => Err(Fault::damaged(folder, "one of its two marks is missing")),
    }
}
