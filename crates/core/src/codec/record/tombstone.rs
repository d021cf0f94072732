//! What is stored of a tombstone.

use crate::codec::record::record;
use crate::tombstone::Tombstone;

record!(14 "tombstone" Tombstone);
