//! Anything that replicas may say, from dice: each variant, and the edges of each number.

use bytes::Bytes;
use rand_pcg::Pcg64Mcg;
use rand_pcg::rand_core::{Rng, SeedableRng};
use reeve_core::name::{ClientId, Era, Name, Revision, TaskId, Token, WorkerId};
use reeve_core::{Refusal, Reply};
use reeve_node::member::{Member, Wish};
use reeve_node::message::{
    Answer, Append, Appended, Ballot, Change, Identity, Letter, Pulse, Question, Received, Refused, Report,
};
use reeve_store::log::{EntryKind, LogEntry, LogId, Vote};
use reeve_store::reserve::Standing;

/// The variants of a question, counting those of a change.
pub(crate) const QUESTIONS: u64 = 14;
/// The variants of an answer, counting results.
pub(crate) const ANSWERS: u64 = 15;
/// The variants of what a stream answers, counting refusals.
pub(crate) const APPENDED: u64 = 3 + REFUSED;
/// The variants of a refusal.
pub(crate) const REFUSED: u64 = 7;

pub(crate) struct Dice(Pcg64Mcg);

impl Dice {
    pub(crate) fn of(seed: u64) -> Self {
        Self(Pcg64Mcg::seed_from_u64(seed))
    }

    pub(crate) fn below(&mut self, end: u64) -> u64 {
        self.0.next_u64() % end
    }

    /// A number with a taste for the edges.
    fn number(&mut self) -> u64 {
        match self.below(4) {
            0 => 0,
            1 => u64::MAX,
            2 => self.below(200),
            _ => self.0.next_u64(),
        }
    }

    fn wide(&mut self) -> u128 {
        u128::from(self.number()) << 64 | u128::from(self.number())
    }

    fn short(&mut self) -> u16 {
        u16::try_from(self.number() & 0xffff).expect("it works")
    }

    fn coin(&mut self) -> bool {
        self.below(2) == 0
    }

    fn maybe<T>(&mut self, make: impl FnOnce(&mut Self) -> T) -> Option<T> {
        self.coin().then(|| make(self))
    }

    fn several<T>(&mut self, most: u64, mut make: impl FnMut(&mut Self) -> T) -> Vec<T> {
        (0..self.below(most + 1)).map(|_| make(self)).collect()
    }

    pub(crate) fn bytes(&mut self) -> Bytes {
        self.several(300, |dice| dice.below(256) as u8).into()
    }

    fn text(&mut self) -> String {
        let words = ["", "node-1", "Grüße, 世界", "\0\n\u{202e}", "127.0.0.1:7001"];
        words[self.below(words.len() as u64) as usize].into()
    }

    fn log_id(&mut self) -> LogId {
        LogId { term: self.number(), index: self.number() }
    }

    fn vote(&mut self) -> Vote {
        Vote { term: self.number(), node: self.number(), committed: self.coin() }
    }

    fn wish(&mut self) -> Wish {
        match self.below(5) {
            0 => Wish::Listen,
            1 => Wish::Vote,
            2 => Wish::VoteAnyway,
            3 => Wish::Leave,
            _ => Wish::Replace(self.number()),
        }
    }

    fn member(&mut self) -> Member {
        let wish = self.wish();
        Member { name: self.text(), peer: self.text(), public: self.text(), wish, drawn: self.wide() }
    }

    fn ballot(&mut self) -> Ballot {
        Ballot { vote: self.vote(), last: self.maybe(Self::log_id), transfer: self.coin() }
    }

    fn identity(&mut self) -> Identity {
        let (cluster, group, era, node) = (self.wide(), self.short(), self.short(), self.number());
        Identity { cluster, group, era, node }
    }

    pub(crate) fn letter<T>(&mut self, body: T) -> Letter<T> {
        Letter { from: self.identity(), to: self.number(), body }
    }

    pub(crate) fn question(&mut self, variant: u64) -> Question {
        match variant % QUESTIONS {
            0 => Question::Vote(self.ballot()),
            1 => Question::PreVote(self.ballot()),
            2 => Question::Lead { vote: self.vote(), last: self.maybe(Self::log_id) },
            3 => Question::Offer { manifest: self.bytes() },
            4 => Question::Piece { file: self.number() as u32, offset: self.number(), bytes: self.bytes() },
            5 => Question::Install { vote: self.vote() },
            6 => Question::Propose { group: self.bytes(), patience_ms: self.number() },
            7 => Question::ReadIndex,
            8 => Question::Admit(self.member()),
            11 => Question::NumberOf(self.text()),
            9 => Question::Members(Change::Remove { node: self.number(), anyway: self.coin() }),
            10 => Question::Members(Change::Move {
                node: self.number(),
                name: self.maybe(Self::text),
                peer: self.maybe(Self::text),
                public: self.maybe(Self::text),
                wish: self.maybe(Self::wish),
            }),
            12 => Question::StillMember,
            _ => Question::Members(Change::Transfer { to: self.maybe(Self::number) }),
        }
    }

    pub(crate) fn refused(&mut self, variant: u64) -> Refused {
        match variant % REFUSED {
            0 => Refused::NotLeader { leader: self.maybe(Self::number) },
            1 => Refused::Closed,
            2 => Refused::Busy { retry_ms: self.number() },
            3 => Refused::Unknown,
            4 => Refused::Stranger(self.text()),
            5 => Refused::Amnesia(self.number()),
            6 => Refused::Stopped { retry_ms: self.number() },
            _ => Refused::Impossible(self.text()),
        }
    }

    fn name(&mut self) -> Name {
        let era = Era { group: self.short(), era: self.short() };
        Name::new(era, Revision(self.number()), self.number() as u32)
    }

    fn reply(&mut self) -> Reply {
        match self.below(12) {
            0 => Reply::Done,
            1 => Reply::Refused(Refusal::Backlog),
            2 => Reply::Refused(Refusal::BadName),
            3 => Reply::Refused(Refusal::NamespaceExists),
            4 => Reply::Submitted {
                first: TaskId(self.name()),
                count: self.number() as u32,
                existing: self.coin(),
            },
            5 => Reply::Granted { token: Token(self.name()), deadline_ms: self.maybe(Self::number) },
            6 => Reply::AlreadyAccepted,
            7 => Reply::Retrying { until_ms: self.number() },
            8 => Reply::Died,
            9 => Reply::Extended { deadline_ms: self.maybe(Self::number) },
            10 => Reply::ClientOpened(ClientId(self.name())),
            _ => Reply::WorkerOpened(WorkerId(self.name())),
        }
    }

    fn law_answer(&mut self) -> reeve_core::Answer {
        reeve_core::Answer { revision: Revision(self.number()), reply: self.reply() }
    }

    pub(crate) fn answer(&mut self, variant: u64) -> Answer {
        let refusal = self.below(REFUSED);
        match variant % ANSWERS {
            0 => Answer::Vote { vote: self.vote(), last: self.maybe(Self::log_id), granted: self.coin() },
            1 => Answer::Lead(Ok(())),
            2 => Answer::Lead(Err(self.text())),
            3 => Answer::Have(self.several(5, Self::number)),
            4 => Answer::Installed(self.vote()),
            5 => Answer::Proposed(Ok(self.several(20, |dice| dice.law_answer()))),
            6 => Answer::Proposed(Err(self.refused(refusal))),
            7 => Answer::ReadFrom(Ok(Revision(self.number()))),
            8 => Answer::ReadFrom(Err(self.refused(refusal))),
            9 => Answer::Members(Ok(Revision(self.number()))),
            10 => Answer::Members(Err(self.refused(refusal))),
            11 => Answer::Admitted(self.identity()),
            12 => Answer::StillMember { without: self.maybe(Self::number) },
            13 => Answer::Number(self.number()),
            _ => Answer::Refused(self.refused(refusal)),
        }
    }

    fn entry(&mut self) -> LogEntry {
        let kinds = [EntryKind::Blank, EntryKind::Normal, EntryKind::Membership];
        let kind = kinds[self.below(3) as usize];
        LogEntry { id: self.log_id(), kind, payload: self.bytes() }
    }

    pub(crate) fn append(&mut self) -> Append {
        Append {
            vote: self.vote(),
            previous: self.maybe(Self::log_id),
            entries: self.several(5, Self::entry),
            committed: self.maybe(Self::log_id),
            pulse: Pulse { log_ms: self.number(), quarantined: self.several(3, Self::number) },
        }
    }

    pub(crate) fn appended(&mut self, variant: u64) -> Result<Appended, Refused> {
        let received = match variant % APPENDED {
            0 => Received::Through(self.maybe(Self::log_id)),
            1 => Received::Conflict(self.log_id()),
            2 => Received::Outvoted(self.vote()),
            refused => return Err(self.refused(refused - 3)),
        };
        let report = Report {
            wall_ms: self.number(),
            applied: Revision(self.number()),
            digest: self.wide(),
            common: self.maybe(|dice| (Revision(dice.number()), dice.wide())),
            disk: [Standing::Plenty, Standing::Low, Standing::Critical][self.below(3) as usize],
            slow: self.coin(),
        };
        Ok(Appended { received, report })
    }
}
