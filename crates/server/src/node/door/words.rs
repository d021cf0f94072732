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

pub(super) const fn role(status: &Status) -> &'static str {
    if status.removed.is_some() {
        return "removed";
    }
    match status.role {
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
        leader: status.leads_still(),
        office: status.office,
        committed: status.committed.map(|id| id.index),
        applied: Some(status.applied.0),
        flushed: Some(status.flushed.0),
        digest: Some(hex(status.digest)),
        disk: Some(disk(status.disk).into()),
        disk_sync_us: Some(u64::try_from(sync.as_micros()).unwrap_or(u64::MAX)),
        disk_damage: status.damage.clone(),
        era: Some(status.identity.era.into()),
        last_leader: status.last_leader,
        leader_heard_ms: status.last_leader.and_then(|leader| status.heard.get(&leader).copied()),
    }
}

pub(super) fn member_out(status: &Status, node: u64, member: &Member) -> wire::Member {
    let Member { name, peer, public, wish, drawn: _ } = member.clone();
    let own = node == status.identity.node;
    // Followers report to their leader alone; what they told this one when it led is past.
    let reported = status.peers.get(&node).filter(|_| status.leads()).map(|report| report.applied);
    let applied = if own { Some(status.applied) } else { reported };
    let is_heard = !own && (status.leads() || status.last_leader == Some(node));
    wire::Member {
        node: Some(node),
        name: Some(name),
        peer: Some(peer),
        public: Some(public),
        votes: Some(status.membership.voters.iter().any(|set| set.contains(&node))),
        leads: Some(status.leads_still() == Some(node)),
        wish: Some(wish_out(wish)),
        applied: applied.map(|revision| revision.0),
        heard_ms: status.heard.get(&node).filter(|_| is_heard).copied(),
        silent: (own || is_heard).then(|| status.silent.contains(&node)),
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

/// A wish; `replace` knows which node is meant by a word.
pub(super) fn wish_in<W: From<Wish>>(
    wish: Option<wire::Wish>,
    replace: impl FnOnce(&str) -> Result<W, Refusal>,
) -> Result<W, Refusal> {
    use wire::wish::Wish as Wished;
    let wish = wish.and_then(|wish| wish.wish);
    Ok(match wish.ok_or_else(|| Refusal::Argument("the request lacks `wish`".into()))? {
        Wished::Listen(wire::Plain {}) => Wish::Listen.into(),
        Wished::Vote(wire::Plain {}) => Wish::Vote.into(),
        Wished::VoteAnyway(wire::Plain {}) => Wish::VoteAnyway.into(),
        Wished::Replace(word) => replace(&word)?,
        Wished::Leave(wire::Plain {}) => {
            let how = "nobody asks to leave: have it removed with `reeve cluster remove`";
            return Err(Refusal::Argument(how.into()));
        }
    })
}
