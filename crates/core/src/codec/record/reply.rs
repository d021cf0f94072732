//! What is stored of a remembered reply.

use crate::codec::record::record;
use crate::codec::wire::shape;
use crate::reply::Answer;

/// A reply in a client session's window, and what its request said of the window.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct ReplyRecord {
    pub acked_below: u64,
    pub answer: Answer,
}

shape!(Answer { revision, reply });
record!(8 "reply" ReplyRecord { acked_below, answer });
