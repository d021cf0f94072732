//! What replicas say to each other, in words of our own: neither openraft's types nor those of any wire.
//!
//! Each letter names its sender and whom it is for. A replica of another cluster, group or era, and one that took the
//! address of another, is refused before anything else is read.

use bytes::Bytes;
use reeve_core::name::Revision;
use reeve_store::log::{LogEntry, LogId, Vote};
use reeve_store::reserve::Standing;

use crate::member::{Member, Wish};
use crate::platform::Lane;

/// A message with its envelope.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Letter<T> {
    /// Who writes.
    pub from: Identity,
    /// Who is meant.
    pub to: u64,
    /// What is written.
    pub body: T,
}

/// Who a replica is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Identity {
    /// The cluster: drawn once, when it began.
    pub cluster: u128,
    /// The Raft group.
    pub group: u16,
    /// The era of its history.
    pub era: u16,
    /// The node.
    pub node: u64,
}

/// What one replica asks another.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Question {
    /// Will you vote for me?
    Vote(Ballot),
    /// Would you?
    PreVote(Ballot),
    /// Lead, please: I am stepping down.
    Lead {
        /// The vote under which I led.
        vote: Vote,
        /// What you must have.
        last: Option<LogId>,
    },
    /// Will you take this snapshot? Its manifest, in the store's encoding.
    Offer {
        /// The manifest.
        manifest: Bytes,
    },
    /// A piece of one of its files.
    Piece {
        /// Which file, by its place in the manifest.
        file: u32,
        /// Where in the file.
        offset: u64,
        /// The bytes.
        bytes: Bytes,
    },
    /// That was all; install it, under this vote.
    Install {
        /// The leader's vote.
        vote: Vote,
    },
    /// Propose this for me; I do not lead.
    Propose {
        /// A group of proposals, in core's encoding.
        group: Bytes,
        /// How long the asker waits, in milliseconds.
        patience_ms: u64,
    },
    /// From which revision on do I read everything that was acknowledged before I asked?
    ReadIndex,
    /// Change the membership for me; I do not lead.
    Members(Change),
    /// Take me in: I am nobody yet.
    Admit(Member),
    /// Am I a member? I hear of no leader.
    StillMember,
    /// Which member is called this? I am nobody yet.
    NumberOf(String),
}

impl Question {
    /// The lane on which it goes.
    #[must_use]
    pub const fn lane(&self) -> Lane {
        match self {
            Self::Vote(_) | Self::PreVote(_) | Self::Lead { .. } => Lane::Pulse,
            Self::Offer { .. } | Self::Piece { .. } | Self::Install { .. } => Lane::Bulk,
            Self::Propose { .. }
            | Self::ReadIndex
            | Self::Members(_)
            | Self::Admit(_)
            | Self::StillMember
            | Self::NumberOf(_) => Lane::Desk,
        }
    }
}

/// A candidate's question.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Ballot {
    /// The vote asked for.
    pub vote: Vote,
    /// The candidate's last entry.
    pub last: Option<LogId>,
    /// The old leader asked for this election.
    pub transfer: bool,
}

/// What is answered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Answer {
    /// To [`Question::Vote`] and [`Question::PreVote`].
    Vote {
        /// The vote that the voter holds now.
        vote: Vote,
        /// Its last entry.
        last: Option<LogId>,
        /// Whether it said yes.
        granted: bool,
    },
    /// To [`Question::Lead`]; or why not.
    Lead(Result<(), String>),
    /// To [`Question::Offer`] and [`Question::Piece`]: for each file, how much of it is there.
    Have(Vec<u64>),
    /// To [`Question::Install`]: the vote held now.
    Installed(Vote),
    /// To [`Question::Propose`]: one answer for each proposal of the group.
    Proposed(Result<Vec<reeve_core::Answer>, Refused>),
    /// To [`Question::ReadIndex`].
    ReadFrom(Result<Revision, Refused>),
    /// To [`Question::Members`].
    Members(Result<Revision, Refused>),
    /// To [`Question::Admit`]: who the newcomer is from now on.
    Admitted(Identity),
    /// To [`Question::StillMember`].
    StillMember {
        /// The entry that made the membership in which the asker is not, if it is not in the last one that was applied.
        without: Option<u64>,
    },
    /// To [`Question::NumberOf`].
    Number(u64),
    /// To anything: I could not.
    Refused(Refused),
}

impl Answer {
    /// Why this is not the answer that was asked for. Whatever was asked may have happened.
    #[must_use]
    pub fn amiss(self) -> Refused {
        if let Self::Refused(refused) = self { refused } else { Refused::Unknown }
    }
}

/// A change of the membership.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Change {
    /// Somebody leaves for good.
    Remove {
        /// Who.
        node: u64,
        /// Even though an even number would vote afterwards.
        anyway: bool,
    },
    /// A member has moved, is called something else, or is to become something else. What is not named stays as it is.
    Move {
        /// Who.
        node: u64,
        /// What people call it from now on.
        name: Option<String>,
        /// Where replicas reach it from now on.
        peer: Option<String>,
        /// Where clients reach it from now on.
        public: Option<String>,
        /// What it is to become.
        wish: Option<Wish>,
    },
    /// Another shall lead.
    Transfer {
        /// Who; the one that is furthest if nobody is named.
        to: Option<u64>,
    },
}

/// Why nothing was done. Nothing has happened, unless [`Refused::Unknown`] says so.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refused {
    /// This node does not lead; that one may.
    #[error("this node does not lead")]
    NotLeader {
        /// Who leads, as far as is known.
        leader: Option<u64>,
    },
    /// The leader's office is not open yet, or no more.
    #[error("the office is not open")]
    Closed,
    /// Too much waits.
    #[error("too much is waiting; try again in {retry_ms} ms")]
    Busy {
        /// When to try again.
        retry_ms: u64,
    },
    /// An alarm of the cluster stops new tasks.
    #[error("an alarm stops new tasks until a disk has room, or replicas agree; try again in {retry_ms} ms")]
    Stopped {
        /// When to try again.
        retry_ms: u64,
    },
    /// Nobody knows whether it happened: ask again with the same request id, or look.
    #[error("whether it happened is unknown")]
    Unknown,
    /// The letter came from, or was meant for, somebody else.
    #[error("this letter is not for this replica: {0}")]
    Stranger(String),
    /// You have forgotten entries that you once acknowledged to me.
    #[error("this replica acknowledged entries up to {0} and has them no more")]
    Amnesia(u64),
    /// It cannot be done, and why.
    #[error("{0}")]
    Impossible(String),
}

/// Entries of the log, or none: a heartbeat.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Append {
    /// The leader's vote.
    pub vote: Vote,
    /// What comes right before them.
    pub previous: Option<LogId>,
    /// Consecutive entries.
    pub entries: Vec<LogEntry>,
    /// What the leader knows to be committed.
    pub committed: Option<LogId>,
    /// What rides along.
    pub pulse: Pulse,
}

/// What a leader tells with every message of the log.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Pulse {
    /// Its log time.
    pub log_ms: u64,
    /// Nodes whose state differs from that of the majority.
    pub quarantined: Vec<u64>,
}

/// How a message of the log was received.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Appended {
    /// What came of it.
    pub received: Received,
    /// What rides along.
    pub report: Report,
}

/// What came of entries.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Received {
    /// All up to this one are on disk.
    Through(Option<LogId>),
    /// The entry before them is not here, or another is.
    Conflict(LogId),
    /// Somebody else was voted for since.
    Outvoted(Vote),
}

/// What a follower tells with every answer.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Report {
    /// Its wall clock.
    pub wall_ms: u64,
    /// The last revision it applied, and the digest there.
    pub applied: Revision,
    /// The digest of its state at that revision.
    pub digest: u128,
    /// The last revision at which all replicas take a digest, and its own: there those that lag can be compared too.
    pub common: Option<(Revision, u128)>,
    /// How much room its disk has.
    pub disk: Standing,
    /// Its disk syncs too slowly to lead with.
    pub slow: bool,
}

/// No answer, and why.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NoAnswer {
    /// There was no connection to send the question on: it was not asked, and may be asked again.
    #[error("no answer: {0}")]
    NeverSent(String),
    /// The question is too large for the wire: it was not asked, and never will be.
    #[error("no answer: {0}")]
    TooLarge(String),
    /// Nobody knows whether the question arrived.
    #[error("no answer: {0}")]
    Silent(String),
}
