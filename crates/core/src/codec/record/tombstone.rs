//! What is stored of a tombstone.

use crate::codec::record::record;
use crate::tombstone::Tombstone;

record!(13 "tombstone" Tombstone);
