//! What is stored of an idempotency key.

use crate::codec::record::record;
use crate::remembered::RememberedRecord;

record!(15 "remembered key" RememberedRecord);
