//! What is stored of a dependency that is still open. Its key says who waits, and for whom.

use crate::codec::record::record;
use crate::task::{Otherwise, Rule};

/// An open dependency.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct WaitsRecord {
    pub rule: Rule,
    pub otherwise: Otherwise,
}

record!(12 "waits" WaitsRecord { rule, otherwise });
