//! What is stored of an attempt that has ended.

use crate::codec::record::record;
use crate::codec::wire::shape;
use crate::event::AttemptEnd;
use crate::name::{Token, WorkerId};

/// What a holder says of its failure. Details are a body.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failure {
    /// The type of error, for rules and filters.
    pub error: Box<str>,
    /// What happened, for people.
    pub message: Box<str>,
}

/// One attempt.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AttemptRecord {
    /// Its token.
    pub token: Token,
    /// Its worker.
    pub worker: WorkerId,
    /// In which generation of the task.
    pub generation: u16,
    /// When it was granted.
    pub granted_ms: u64,
    /// When it ended.
    pub ended_ms: u64,
    /// How it ended.
    pub how: AttemptEnd,
    /// What its holder said, if it failed.
    pub failure: Option<Failure>,
    /// The shortest wait that it asked for.
    pub retry_after_ms: Option<u64>,
}

shape!(Failure { error, message });
record!(19 "attempt" AttemptRecord { token, worker, generation, granted_ms, ended_ms, how, failure, retry_after_ms });
