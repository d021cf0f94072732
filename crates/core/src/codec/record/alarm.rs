//! What is stored of an alarm.

use crate::codec::record::record;

/// An alarm that is set.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AlarmRecord {
    /// Since when.
    pub since_ms: u64,
    /// What the node said.
    pub message: Box<str>,
}

record!(10 "alarm" AlarmRecord { since_ms, message });
