//! Members: who belongs to a cluster, and where they are. A node's number is its identity and is never used again; its
//! address is only where it is today.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use bytes::{Buf, BufMut};
use reeve_store::Fault;

/// One member, as the membership knows it.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Member {
    /// What people call it.
    pub name: String,
    /// Where replicas reach it, as `host:port`.
    pub peer: String,
    /// Where clients reach it, as `host:port`.
    pub public: String,
    /// What it is to become.
    pub wish: Wish,
    /// What it drew before it first asked to be let in, by which one who asks twice is known; 0 if it never asked.
    pub drawn: u128,
}

/// What a member is to become. The leader sees to it as soon as the member has caught up.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Wish {
    /// Only listen.
    Listen,
    /// Vote, when that makes an odd number of voters.
    #[default]
    Vote,
    /// Vote, even if that makes an even number.
    VoteAnyway,
    /// Vote in the place of this one, who leaves.
    Replace(u64),
    /// Be no member any more.
    Leave,
}

impl Wish {
    const fn encode(self) -> (u8, u64) {
        match self {
            Self::Listen => (1, 0),
            Self::Vote => (2, 0),
            Self::VoteAnyway => (3, 0),
            Self::Replace(node) => (4, node),
            Self::Leave => (5, 0),
        }
    }

    const fn decode(tag: u8, node: u64) -> Option<Self> {
        match (tag, node) {
            (1, 0) => Some(Self::Listen),
            (2, 0) => Some(Self::Vote),
            (3, 0) => Some(Self::VoteAnyway),
            (4, node) => Some(Self::Replace(node)),
            (5, 0) => Some(Self::Leave),
            _ => None,
        }
    }
}

impl fmt::Display for Member {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} at {}", self.name, self.peer)
    }
}

/// Who votes, who only listens. Two sets of voters while a change is under way: both must agree.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Membership {
    /// The sets of voters: one, or two during a change.
    pub voters: Vec<BTreeSet<u64>>,
    /// Everybody, learners too.
    pub members: BTreeMap<u64, Member>,
}

/// Why nobody is meant by a name.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Misnamed {
    /// Nobody is called that.
    #[error("no member is called `{0}`")]
    Nobody(String),
    /// More than one is.
    #[error("`{name}` is the name of nodes {}: say the number of the one that is meant", and(.nodes))]
    Several {
        /// What all of them are called.
        name: String,
        /// Their numbers.
        nodes: Vec<u64>,
    },
}

/// Numbers, as people list them.
fn and(numbers: &[u64]) -> String {
    let numbers: Vec<String> = numbers.iter().map(u64::to_string).collect();
    match numbers.split_last() {
        Some((last, others)) if !others.is_empty() => format!("{} and {last}", others.join(", ")),
        Some(_) | None => numbers.concat(),
    }
}

/// The version of the encoding below: what is in the log is for ever.
const VERSION: u8 = 1;

impl Membership {
    /// The number of the one member that is called this.
    ///
    /// # Errors
    /// Nobody is, or several are.
    pub fn called(&self, name: &str) -> Result<u64, Misnamed> {
        match *self.namesakes(name).as_slice() {
            [] => Err(Misnamed::Nobody(name.into())),
            [node] => Ok(node),
            ref nodes => Err(Misnamed::Several { name: name.into(), nodes: nodes.to_vec() }),
        }
    }

    /// The numbers of all members that are called this.
    #[must_use]
    pub fn namesakes(&self, name: &str) -> Vec<u64> {
        let named = self.members.iter().filter(|(_, member)| member.name == name);
        named.map(|(node, _)| *node).collect()
    }

    /// Its bytes, for the log and the wire.
    #[must_use]
    pub fn encode(&self) -> Vec<u8> {
        let mut out = vec![VERSION];
        out.put_u16(short(self.voters.len()));
        for set in &self.voters {
            out.put_u16(short(set.len()));
            for node in set {
                out.put_u64(*node);
            }
        }
        out.put_u16(short(self.members.len()));
        for (node, member) in &self.members {
            out.put_u64(*node);
            for text in [&member.name, &member.peer, &member.public] {
                out.put_u16(short(text.len()));
                out.put_slice(text.as_bytes());
            }
            let (tag, other) = member.wish.encode();
            out.put_u8(tag);
            out.put_u64(other);
            out.put_u128(member.drawn);
        }
        out
    }

    /// Reads it back.
    ///
    /// # Errors
    /// Damaged or newer bytes.
    pub fn decode(bytes: &[u8]) -> Result<Self, Fault> {
        let damaged = || Fault::damaged("log", "a membership that cannot be read");
        let mut rest = bytes;
        match rest.try_get_u8() {
            Ok(VERSION) => {}
            Ok(version) => {
                let what = format!("a membership of version {version}, and this build knows {VERSION}");
                return Err(Fault::new(reeve_store::fault::FaultKind::Newer, "log", what));
            }
            Err(_) => return Err(damaged()),
        }
        let membership = Self::read(&mut rest).ok_or_else(damaged)?;
        // One encoding for each membership: its bytes are part of the log's chain.
        if rest.is_empty() && membership.encode() == bytes { Ok(membership) } else { Err(damaged()) }
    }

    fn read(rest: &mut &[u8]) -> Option<Self> {
        let mut membership = Self::default();
        for _ in 0..rest.try_get_u16().ok()? {
            let count = rest.try_get_u16().ok()?;
            membership.voters.push((0..count).map(|_| rest.try_get_u64().ok()).collect::<Option<_>>()?);
        }
        for _ in 0..rest.try_get_u16().ok()? {
            let node = rest.try_get_u64().ok()?;
            let (name, peer, public) = (text(rest)?, text(rest)?, text(rest)?);
            let wish = Wish::decode(rest.try_get_u8().ok()?, rest.try_get_u64().ok()?)?;
            let drawn = rest.try_get_u128().ok()?;
            let member = Member { name, peer, public, wish, drawn };
            membership.members.insert(node, member);
        }
        Some(membership)
    }
}

fn text(rest: &mut &[u8]) -> Option<String> {
    let length = usize::from(rest.try_get_u16().ok()?);
    let (text, after) = rest.split_at_checked(length)?;
    *rest = after;
    String::from_utf8(text.to_vec()).ok()
}

/// Counts and lengths here are bounded where members are admitted.
fn short(length: usize) -> u16 {
    u16::try_from(length).expect("a membership is small")
}
