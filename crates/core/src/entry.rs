//! An entry: everything that `apply` receives, and all that it may depend on.
//!
//! One Raft log entry is a batch: one leader time and many proposals, each with a request id, an actor and a command.
//! Bodies (payloads, results, checkpoints) travel beside them as opaque bytes: the client's bytes are the log's.

use bytes::Bytes;
use xxhash_rust::xxh3::xxh3_128;

use crate::command::Command;
use crate::name::{ClientId, Revision};

/// The identity of a request within its client session.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RequestId {
    /// The session.
    pub client: ClientId,
    /// The request's number in it.
    pub sequence: u64,
    /// Replies below this number have been received and may be forgotten.
    pub acked_below: u64,
}

/// On whose behalf a command is proposed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Actor {
    /// Nobody known: there is no authentication, or none was asked for.
    Anyone,
    /// The leader's own office.
    Office,
    /// An authenticated subject.
    Subject(Box<str>),
}

/// One command and who asks for it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Proposal {
    /// Which request this is, if it must happen exactly once.
    pub request: Option<RequestId>,
    /// Who asks.
    pub actor: Actor,
    /// What is asked.
    pub command: Command,
}

impl Proposal {
    /// A proposal of the leader's own office.
    #[must_use]
    pub const fn of_office(command: Command) -> Self {
        Self { request: None, actor: Actor::Office, command }
    }
}

/// One Raft log entry.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// Its place in the log. Not part of its bytes: the log knows it.
    pub revision: Revision,
    /// The law under which the leader made it.
    pub law: u32,
    /// The leader's time, in milliseconds since 1970: the only clock that the law ever sees.
    pub time_ms: u64,
    /// How much due work it settles before its proposals speak.
    pub sweep: u32,
    /// The batch.
    pub proposals: Vec<Proposal>,
    /// The bodies that its commands name by position.
    pub bodies: Vec<Bytes>,
}

/// A body of the entry, as a command names it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BodyRef {
    /// Its position in the entry's side table.
    pub position: u32,
    /// Its length in bytes.
    pub length: u32,
    /// Its hash, made where it entered the cluster.
    pub hash: u128,
}

impl BodyRef {
    /// These bytes, at this position of the side table. To be made once, where they enter the cluster.
    #[must_use]
    pub fn of(position: u32, bytes: &[u8]) -> Self {
        let length = u32::try_from(bytes.len()).expect("a body is far smaller than four gigabytes");
        Self { position, length, hash: xxh3_128(bytes) }
    }
}
