//! What is stored of the state as a whole.

use crate::codec::record::record;
use crate::codec::wire::shape;
use crate::name::{Era, Revision};

/// Clock, law, era, counters and floors.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct MetaRecord {
    pub era: Era,
    pub law: u32,
    pub now_ms: u64,
    /// The order key that the next task at a tail gets, and the one that the next at a head gets.
    pub tail: i64,
    pub head: i64,
    /// The number of the next cascade.
    pub next_work: u64,
    /// The number of the oldest tombstone that counts.
    pub tombstones_first: u64,
    /// No tombstone is missing of tasks that ended after this revision.
    pub tombstones_floor: Revision,
}

shape!(Era { group, era });
record!(1 "meta" MetaRecord {
    era, law, now_ms, tail, head, next_work, tombstones_first, tombstones_floor,
});
