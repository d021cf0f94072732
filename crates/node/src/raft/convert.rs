//! Between openraft's words and ours. Only shapes change here, never meaning.

use std::io;

use openraft::AsyncRuntime;
use openraft::vote::{RaftLeaderId, RaftVote};
use reeve_store::Fault;
use reeve_store::log::{EntryKind, LogEntry, LogId, Vote};

use super::types::{self, Batch, LeaderId, Payload, RaftEntry, RaftMembership, StoredMembership};
use crate::member::Membership;

pub(crate) fn log_id_out<R: AsyncRuntime>(id: LogId) -> types::LogId<R> {
    openraft::LogId::new(LeaderId::new(id.term, 0).to_committed(), id.index)
}

pub(crate) fn log_id_in<R: AsyncRuntime>(id: &types::LogId<R>) -> LogId {
    LogId { term: id.committed_leader_id().term, index: id.index() }
}

pub(crate) fn vote_out(vote: Vote) -> types::Vote {
    types::Vote::from_leader_id(LeaderId::new(vote.term, vote.node), vote.committed)
}

pub(crate) fn vote_in(vote: &types::Vote) -> Vote {
    Vote { term: vote.leader_id.term, node: vote.leader_id.voted_for, committed: vote.committed }
}

pub(crate) fn membership_out(membership: &Membership) -> Result<RaftMembership, Fault> {
    RaftMembership::new(membership.voters.clone(), membership.members.clone())
        .map_err(|error| Fault::damaged("log", format!("a membership that cannot be: {error}")))
}

pub(crate) fn membership_in(membership: &RaftMembership) -> Membership {
    Membership {
        voters: membership.get_joint_config().clone(),
        members: membership.nodes().map(|(node, member)| (*node, member.clone())).collect(),
    }
}

pub(crate) fn stored_membership<R: AsyncRuntime>(
    id: Option<LogId>,
    bytes: &[u8],
) -> Result<StoredMembership<R>, Fault> {
    if bytes.is_empty() {
        return Ok(StoredMembership::<R>::default());
    }
    let membership = membership_out(&Membership::decode(bytes)?)?;
    Ok(openraft::StoredMembership::new(id.map(log_id_out::<R>), membership))
}

pub(crate) fn entry_out<R: AsyncRuntime>(entry: LogEntry) -> io::Result<RaftEntry<R>> {
    let payload = match entry.kind {
        EntryKind::Blank => Payload::Blank,
        EntryKind::Normal => Payload::Normal(Batch(entry.payload)),
        EntryKind::Membership => Payload::Membership(membership_out(&Membership::decode(&entry.payload)?)?),
    };
    Ok(openraft::impls::Entry { log_id: log_id_out::<R>(entry.id), payload })
}

pub(crate) fn entry_in<R: AsyncRuntime>(entry: RaftEntry<R>) -> LogEntry {
    let id = log_id_in::<R>(&entry.log_id);
    let (kind, payload) = match entry.payload {
        Payload::Blank => (EntryKind::Blank, bytes::Bytes::new()),
        Payload::Normal(Batch(bytes)) => (EntryKind::Normal, bytes),
        Payload::Membership(membership) => {
            (EntryKind::Membership, membership_in(&membership).encode().into())
        }
    };
    LogEntry { id, kind, payload }
}
