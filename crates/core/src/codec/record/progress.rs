//! What is stored of a task's progress.

use crate::codec::record::record;

/// How far a task said to be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProgressRecord {
    /// When it said so.
    pub at_ms: u64,
    /// In which attempt.
    pub attempt: u32,
    /// The share that is done, in thousandths.
    pub permille: u16,
    /// For people.
    pub message: Box<str>,
}

record!(21 "progress" ProgressRecord { at_ms, attempt, permille, message });
