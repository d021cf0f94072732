//! Words into wire messages and back. Total and exact: whatever one side can say, the other reads as the same, and what
//! cannot be read is an error that names the field. Nothing missing is ever taken for a zero.

mod answer;
mod question;
mod stream;
#[cfg(test)]
mod tests;

use bytes::Bytes;
use reeve_proto::internal::v1 as wire;
use reeve_store::log::{LogId, Vote};

use crate::member::{Member, Wish};
use crate::message::{Identity, Letter, Refused};

pub(super) use answer::{answer_in, answer_out};
pub(super) use question::{question_in, question_out};
pub(super) use stream::{append_in, append_out, appended_in, appended_out, follow_in, follow_out};

/// A message that means nothing here.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(super) enum Misread {
    #[error("the message lacks `{0}`, or has there what this build does not know")]
    Missing(&'static str),
    #[error("`{0}` is out of range")]
    OutOfRange(&'static str),
    #[error("the letter lacks `{0}`")]
    Unaddressed(&'static str),
}

impl From<Misread> for Refused {
    fn from(misread: Misread) -> Self {
        match misread {
            Misread::Unaddressed(_) => Self::Stranger(misread.to_string()),
            Misread::Missing(_) | Misread::OutOfRange(_) => Self::Impossible(misread.to_string()),
        }
    }
}

type Read<T> = Result<T, Misread>;

fn given<T>(field: Option<T>, name: &'static str) -> Read<T> {
    field.ok_or(Misread::Missing(name))
}

fn envelope_out<T>(letter: &Letter<T>) -> wire::Envelope {
    wire::Envelope { from: Some(identity_out(letter.from)), to: Some(letter.to) }
}

/// Who writes, and who is meant.
fn envelope_in(envelope: Option<wire::Envelope>) -> Read<(Identity, u64)> {
    let envelope = envelope.ok_or(Misread::Unaddressed("envelope"))?;
    let from = envelope.from.ok_or(Misread::Unaddressed("from"))?;
    let from = identity_in(&from).map_err(Misread::Unaddressed)?;
    Ok((from, envelope.to.ok_or(Misread::Unaddressed("to"))?))
}

fn identity_out(identity: Identity) -> wire::Identity {
    let Identity { cluster, group, era, node } = identity;
    wire::Identity {
        cluster: Some(wide_out(cluster)),
        group: Some(group.into()),
        era: Some(era.into()),
        node: Some(node),
    }
}

/// An identity, or the name of what it lacks.
fn identity_in(identity: &wire::Identity) -> Result<Identity, &'static str> {
    let short = |number: Option<u32>| number.and_then(|number| u16::try_from(number).ok());
    Ok(Identity {
        cluster: identity.cluster.as_deref().and_then(wide_in).ok_or("cluster")?,
        group: short(identity.group).ok_or("group")?,
        era: short(identity.era).ok_or("era")?,
        node: identity.node.ok_or("node")?,
    })
}

fn wide_out(number: u128) -> Bytes {
    Bytes::copy_from_slice(&number.to_be_bytes())
}

fn wide_in(bytes: &[u8]) -> Option<u128> {
    bytes.try_into().ok().map(u128::from_be_bytes)
}

const fn log_id_out(id: LogId) -> wire::LogId {
    wire::LogId { term: Some(id.term), index: Some(id.index) }
}

fn log_id_in(id: wire::LogId) -> Read<LogId> {
    Ok(LogId { term: given(id.term, "log_id.term")?, index: given(id.index, "log_id.index")? })
}

fn last_in(id: Option<wire::LogId>) -> Read<Option<LogId>> {
    id.map(log_id_in).transpose()
}

const fn vote_out(vote: Vote) -> wire::Vote {
    wire::Vote { term: Some(vote.term), node: Some(vote.node), committed: Some(vote.committed) }
}

fn vote_in(vote: Option<wire::Vote>) -> Read<Vote> {
    let vote = given(vote, "vote")?;
    Ok(Vote {
        term: given(vote.term, "vote.term")?,
        node: given(vote.node, "vote.node")?,
        committed: given(vote.committed, "vote.committed")?,
    })
}

const fn wish_out(wish: Wish) -> wire::member::Wish {
    use wire::member::Wish as Wished;
    match wish {
        Wish::Listen => Wished::Listen(wire::Nothing {}),
        Wish::Vote => Wished::Vote(wire::Nothing {}),
        Wish::VoteAnyway => Wished::VoteAnyway(wire::Nothing {}),
        Wish::Replace(node) => Wished::Replace(node),
        Wish::Leave => Wished::Leave(wire::Nothing {}),
    }
}

const fn wish_in(wish: wire::member::Wish) -> Wish {
    use wire::member::Wish as Wished;
    match wish {
        Wished::Listen(wire::Nothing {}) => Wish::Listen,
        Wished::Vote(wire::Nothing {}) => Wish::Vote,
        Wished::VoteAnyway(wire::Nothing {}) => Wish::VoteAnyway,
        Wished::Replace(node) => Wish::Replace(node),
        Wished::Leave(wire::Nothing {}) => Wish::Leave,
    }
}

fn member_out(member: Member) -> wire::Member {
    let Member { name, peer, public, wish, drawn } = member;
    let (wish, drawn) = (Some(wish_out(wish)), Some(wide_out(drawn)));
    wire::Member { name: Some(name), peer: Some(peer), public: Some(public), wish, drawn }
}

fn member_in(member: Option<wire::Member>) -> Read<Member> {
    let member = given(member, "member")?;
    Ok(Member {
        name: given(member.name, "member.name")?,
        peer: given(member.peer, "member.peer")?,
        public: given(member.public, "member.public")?,
        wish: wish_in(given(member.wish, "member.wish")?),
        drawn: given(member.drawn.as_deref().and_then(wide_in), "member.drawn")?,
    })
}

fn refused_out(refused: Refused) -> wire::Refused {
    use wire::refused::Why;
    let why = match refused {
        Refused::NotLeader { leader } => Why::NotLeader(wire::NotLeader { leader }),
        Refused::Closed => Why::Closed(wire::Nothing {}),
        Refused::Busy { retry_ms } => Why::BusyRetryMs(retry_ms),
        Refused::Stopped { retry_ms } => Why::StoppedRetryMs(retry_ms),
        Refused::Unknown => Why::Unknown(wire::Nothing {}),
        Refused::Stranger(text) => Why::Stranger(text),
        Refused::Amnesia(index) => Why::Amnesia(index),
        Refused::Impossible(text) => Why::Impossible(text),
    };
    wire::Refused { why: Some(why) }
}

fn refused_in(refused: wire::Refused) -> Read<Refused> {
    use wire::refused::Why;
    Ok(match given(refused.why, "refused.why")? {
        Why::NotLeader(not_leader) => Refused::NotLeader { leader: not_leader.leader },
        Why::Closed(wire::Nothing {}) => Refused::Closed,
        Why::BusyRetryMs(retry_ms) => Refused::Busy { retry_ms },
        Why::StoppedRetryMs(retry_ms) => Refused::Stopped { retry_ms },
        Why::Unknown(wire::Nothing {}) => Refused::Unknown,
        Why::Stranger(text) => Refused::Stranger(text),
        Why::Amnesia(index) => Refused::Amnesia(index),
        Why::Impossible(text) => Refused::Impossible(text),
    })
}
