//! The types with which openraft is set up.
//!
//! A log id is (term, index): one leader per term, so that the term fences. An entry's payload is core's bytes, opaque.

use std::cmp::Ordering;
use std::fmt;
use std::marker::PhantomData;

use bytes::Bytes;
use openraft::{AsyncRuntime, OptionalSend, RaftTypeConfig};
use reeve_core::Answer;

use crate::member::Member;

/// Openraft's settings for a runtime.
pub(crate) struct Types<R>(PhantomData<fn() -> R>);

pub(crate) type LeaderId = openraft::impls::leader_id_std::LeaderId<u64, u64>;
pub(crate) type LogId<R> = openraft::type_config::alias::LogIdOf<Types<R>>;
pub(crate) type Vote = openraft::impls::Vote<LeaderId>;
pub(crate) type RaftEntry<R> = openraft::type_config::alias::EntryOf<Types<R>>;
pub(crate) type Payload = openraft::EntryPayload<Batch, u64, Member>;
pub(crate) type RaftMembership = openraft::Membership<u64, Member>;
pub(crate) type StoredMembership<R> = openraft::type_config::alias::StoredMembershipOf<Types<R>>;
pub(crate) type SnapshotMeta<R> = openraft::type_config::alias::SnapshotMetaOf<Types<R>>;

/// What a normal entry holds: one of core's entries, encoded.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Batch(pub Bytes);

impl fmt::Display for Batch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} bytes", self.0.len())
    }
}

/// What became of an entry: an answer for each of its proposals.
#[derive(Clone, Debug)]
pub(crate) struct Applied {
    pub answers: Vec<Answer>,
}

impl<R: AsyncRuntime> RaftTypeConfig for Types<R> {
    type D = Batch;
    type R = Applied;
    type NodeId = u64;
    type Node = Member;
    type Term = u64;
    type LeaderId = LeaderId;
    type Vote = Vote;
    type Payload = Payload;
    type Entry = openraft::impls::Entry<<LeaderId as openraft::vote::RaftLeaderId>::Committed, Self::Payload>;
    type AsyncRuntime = R;
    type Responder<T>
        = openraft::impls::OneshotResponder<Self, T>
    where
        T: OptionalSend + 'static;
    type Batch<T>
        = openraft::impls::InlineBatch<T>
    where
        T: OptionalSend + 'static;
    type ErrorSource = openraft::impls::BoxedErrorSource;
}

// Openraft asks all of this of a marker that has no content; derived, each would ask it of the runtime too.
impl<R> Clone for Types<R> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<R> Copy for Types<R> {}

impl<R> Default for Types<R> {
    fn default() -> Self {
        Self(PhantomData)
    }
}

impl<R> fmt::Debug for Types<R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Types")
    }
}

impl<R> PartialEq for Types<R> {
    fn eq(&self, _other: &Self) -> bool {
        true
    }
}

impl<R> Eq for Types<R> {}

impl<R> PartialOrd for Types<R> {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl<R> Ord for Types<R> {
    fn cmp(&self, _other: &Self) -> Ordering {
        Ordering::Equal
    }
}
