//! What a replica says, in the words of the public interface.

use std::time::Duration;

use reeve_node::member::{Member, Wish};
use reeve_node::status::{Role, Status};
use reeve_node::store::reserve::Standing;
use reeve_proto::v1 as wire;

use super::Refusal;

/// A wide number, as it is written everywhere.
pub(super) fn hex(number: u128) -> String {
    format!("{number:032x}")
}

pub(super) const fn role(role: Role) -> &'static str {
    match role {
        Role::Learner => "learner",
        Role::Follower => "follower",
        Role::Candidate => "candidate",
        Role::Leader => "leader",
        Role::Stopping => "stopping",
    }
}

const fn disk(disk: Standing) -> &'static str {
    match disk {
        Standing::Plenty => "plenty",
        Standing::Low => "low",
        Standing::Critical => "critical",
    }
}

pub(super) fn standing_out(status: &Status, sync: Duration) -> wire::Standing {
    wire::Standing {
        cluster: Some(hex(status.identity.cluster)),
        node: Some(status.identity.node),
        term: Some(status.term),
        leader: status.leader,
        office: status.office,
        committed: status.committed.map(|id| id.index),
        applied: Some(status.applied.0),
        flushed: Some(status.flushed.0),
        digest: Some(hex(status.digest)),
        disk: Some(disk(status.disk).into()),
        disk_sync_us: Some(u64::try_from(sync.as_micros()).unwrap_or(u64::MAX)),
        disk_damage: status.damage.clone(),
        era: Some(status.identity.era.into()),
    }
}

pub(super) fn member_out(status: &Status, node: u64, member: &Member) -> wire::Member {
    let Member { name, peer, public, wish, drawn: _ } = member.clone();
    let own = (node == status.identity.node).then_some(status.applied);
    let applied = own.or_else(|| status.peers.get(&node).map(|report| report.applied));
    wire::Member {
        node: Some(node),
        name: Some(name),
        peer: Some(peer),
        public: Some(public),
        votes: Some(status.membership.voters.iter().any(|set| set.contains(&node))),
        leads: Some(status.leader == Some(node)),
        wish: Some(wish_out(wish)),
        applied: applied.map(|revision| revision.0),
    }
}

fn wish_out(wish: Wish) -> wire::Wish {
    use wire::wish::Wish as Wished;
    let wish = match wish {
        Wish::Listen => Wished::Listen(wire::Plain {}),
        Wish::Vote => Wished::Vote(wire::Plain {}),
        Wish::VoteAnyway => Wished::VoteAnyway(wire::Plain {}),
        Wish::Replace(node) => Wished::Replace(node.to_string()),
        Wish::Leave => Wished::Leave(wire::Plain {}),
    };
    wire::Wish { wish: Some(wish) }
}

/// A wish; `node` knows which node is meant by a word.
pub(super) fn wish_in(
    wish: Option<wire::Wish>,
    node: impl FnOnce(&str) -> Result<u64, Refusal>,
) -> Result<Wish, Refusal> {
    use wire::wish::Wish as Wished;
    let wish = wish.and_then(|wish| wish.wish);
    Ok(match wish.ok_or_else(|| Refusal::Argument("the request lacks `wish`".into()))? {
        Wished::Listen(wire::Plain {}) => Wish::Listen,
        Wished::Vote(wire::Plain {}) => Wish::Vote,
        Wished::VoteAnyway(wire::Plain {}) => Wish::VoteAnyway,
        Wished::Replace(word) => Wish::Replace(node(&word)?),
        Wished::Leave(wire::Plain {}) => {
            let how = "nobody asks to leave: have it removed with `reeve cluster remove`";
            return Err(Refusal::Argument(how.into()));
        }
    })
}
