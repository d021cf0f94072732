//! What is stored of a finished task.

use crate::codec::record::{Failure, record};
use crate::event::Cancelled;
use crate::name::{Token, WorkerId};
use crate::task::Ending;

/// How a task ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ArchiveRecord {
    /// How.
    pub ending: Ending,
    /// Why, if it was cancelled.
    pub cancelled: Option<Cancelled>,
    /// When.
    pub ended_ms: u64,
    /// In which generation.
    pub generation: u16,
    /// After how many attempts, over all generations.
    pub attempts: u32,
    /// The lease under which it ended.
    pub last: Option<(Token, WorkerId)>,
    /// What its last holder said, if it failed.
    pub failure: Option<Failure>,
    /// Length and hash of its result.
    pub result: Option<(u32, u128)>,
}

record!(20 "archive" ArchiveRecord { ending, cancelled, ended_ms, generation, attempts, last, failure, result });
