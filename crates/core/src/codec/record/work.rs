//! What is stored of a cascade.

use crate::codec::record::record;
use crate::work::WorkRecord;

record!(16 "work" WorkRecord);
