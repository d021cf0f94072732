//! Prints of what passes: enough of each message that two histories which differ in it differ in their trace.

use reeve_node::message::{Answer, Append, Appended, Letter, Question, Received};
use reeve_store::log::{LogId, Vote};
use xxhash_rust::xxh3::{xxh3_64, xxh3_64_with_seed};

/// What passes.
pub(super) trait Print {
    /// What it is.
    fn kind(&self) -> &'static str;

    /// A hash of what it says.
    fn print(&self) -> u64;

    /// How long it is, about.
    fn bytes(&self) -> u64;

    /// The term as whose leader its sender speaks.
    fn leads(&self) -> Option<u64> {
        None
    }

    /// What its sender says to have.
    fn acknowledges(&self) -> Option<LogId> {
        None
    }
}

fn mix(numbers: &[u64]) -> u64 {
    numbers.iter().fold(0, |hash, number| xxh3_64_with_seed(&number.to_le_bytes(), hash))
}

fn id(id: Option<LogId>) -> u64 {
    id.map_or(0, |id| mix(&[1, id.term, id.index]))
}

fn vote(vote: Vote) -> u64 {
    mix(&[vote.term, vote.node, u64::from(vote.committed)])
}

/// What people would read.
fn told(value: &impl std::fmt::Debug) -> u64 {
    xxh3_64(format!("{value:?}").as_bytes())
}

impl<T: Print> Print for Letter<T> {
    fn kind(&self) -> &'static str {
        self.body.kind()
    }

    fn print(&self) -> u64 {
        mix(&[self.from.node, u64::from(self.from.era), self.to, self.body.print()])
    }

    fn bytes(&self) -> u64 {
        self.body.bytes()
    }

    fn leads(&self) -> Option<u64> {
        self.body.leads()
    }
}

impl Print for Question {
    fn kind(&self) -> &'static str {
        "question"
    }

    fn print(&self) -> u64 {
        match self {
            Self::Offer { manifest } => mix(&[1, xxh3_64(manifest)]),
            Self::Piece { file, offset, bytes } => mix(&[2, u64::from(*file), *offset, xxh3_64(bytes)]),
            Self::Propose { group, patience_ms } => mix(&[3, xxh3_64(group), *patience_ms]),
            Self::Vote(_)
            | Self::PreVote(_)
            | Self::Lead { .. }
            | Self::Install { .. }
            | Self::ReadIndex
            | Self::Members(_)
            | Self::Admit(_)
            | Self::StillMember
            | Self::NumberOf(_) => told(self),
        }
    }

    fn bytes(&self) -> u64 {
        match self {
            Self::Offer { manifest: bytes }
            | Self::Piece { bytes, .. }
            | Self::Propose { group: bytes, .. } => bytes.len() as u64,
            Self::Vote(_)
            | Self::PreVote(_)
            | Self::Lead { .. }
            | Self::Install { .. }
            | Self::ReadIndex
            | Self::Members(_)
            | Self::Admit(_)
            | Self::StillMember
            | Self::NumberOf(_) => 0,
        }
    }
}

impl Print for Answer {
    fn kind(&self) -> &'static str {
        "answer"
    }

    fn print(&self) -> u64 {
        told(self)
    }

    fn bytes(&self) -> u64 {
        0
    }
}

impl Print for Append {
    fn kind(&self) -> &'static str {
        "append"
    }

    fn print(&self) -> u64 {
        let Self { vote: of, previous, entries, committed, pulse } = self;
        let entries = entries.iter().map(|entry| mix(&[id(Some(entry.id)), xxh3_64(&entry.payload)]));
        let entries: Vec<u64> = entries.collect();
        mix(&[vote(*of), id(*previous), mix(&entries), id(*committed), pulse.log_ms])
    }

    fn bytes(&self) -> u64 {
        self.entries.iter().map(|entry| entry.payload.len() as u64).sum()
    }

    fn leads(&self) -> Option<u64> {
        self.vote.committed.then_some(self.vote.term)
    }
}

impl Print for Appended {
    fn kind(&self) -> &'static str {
        "appended"
    }

    fn print(&self) -> u64 {
        let received = match self.received {
            Received::Through(last) => mix(&[1, id(last)]),
            Received::Conflict(at) => mix(&[2, id(Some(at))]),
            Received::Outvoted(by) => mix(&[3, vote(by)]),
        };
        let digest = (self.report.digest as u64) ^ ((self.report.digest >> 64) as u64);
        mix(&[received, self.report.applied.0, digest])
    }

    fn bytes(&self) -> u64 {
        0
    }
}

impl<E: std::fmt::Debug> Print for Result<Appended, E> {
    fn kind(&self) -> &'static str {
        "appended"
    }

    fn print(&self) -> u64 {
        self.as_ref().map_or_else(told, Print::print)
    }

    fn bytes(&self) -> u64 {
        0
    }

    fn acknowledges(&self) -> Option<LogId> {
        match self.as_ref().ok()?.received {
            Received::Through(last) => last,
            Received::Conflict(_) | Received::Outvoted(_) => None,
        }
    }
}
