//! What is stored of an interned requirement class.

use crate::class::{Requirements, Resources};
use crate::codec::record::record;
use crate::codec::wire::shape;
use crate::name::Revision;

/// A requirement class.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct ClassRecord {
    pub born: Revision,
    pub requirements: Requirements,
}

shape!(Resources { millicpu, memory_bytes, custom });
shape!(Requirements { kind, also, selector, resources });
record!(6 "class" ClassRecord { born, requirements });
