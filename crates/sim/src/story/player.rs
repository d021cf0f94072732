//! The player: it lets lines happen to a state, and watches the law while it does.
//!
//! Every entry goes through its bytes and back, as the log would take it. After every entry the laws of the state
//! are checked and a model store takes the changes, from which a restart rebuilds the state.

use std::collections::{BTreeMap, VecDeque};
use std::fmt;
use std::sync::Arc;

use bytes::Bytes;
use reeve_core::check::Broken;
use reeve_core::codec::entry::{decode, encode};
use reeve_core::command::Found;
use reeve_core::effect::{Effect, outstanding};
use reeve_core::entry::{Entry, Proposal};
use reeve_core::event::{Event, Step};
use reeve_core::name::{Era, Name, Revision, TaskId};
use reeve_core::view::Known;
use reeve_core::{Fault, LAW, Outcome, Reply, State, apply, defaults};

use crate::story::line::{Line, Read};
use crate::story::memory::Memory;
use crate::story::names::Names;
use crate::story::office;
use crate::story::verb::{Proposed, Verb};
use crate::story::word::{ClientNo, ReadNo};
use crate::story::wording::{Born, Wording};

/// The true time at which every story begins.
pub const START_MS: u64 = 1_700_000_000_000;

/// How many entries with proposals may be replayed.
const REMEMBERED: usize = 64;

/// What was proposed in one entry.
#[derive(Clone, Debug)]
pub struct Said {
    /// The entry.
    pub entry: Entry,
    /// What it gives birth to, if all goes well, by position.
    pub births: Vec<Born>,
}

/// What came of a line.
#[derive(Clone, Debug)]
pub enum Heard {
    /// Nothing happened to the state.
    Nothing,
    /// The line waits for the end of its entry.
    Kept,
    /// An entry was applied.
    Applied(Arc<Said>, Outcome),
    /// Another leader took over, and these are the orders it finds.
    Orders(Vec<Effect>),
    /// The replica was rebuilt from this many records.
    Rebuilt(usize),
    /// The replica cannot go on with this, and stops.
    Fault(Fault),
    /// An archive read found this, or nothing.
    Found(Option<Found>),
}

/// Why a line could not be played, or what is wrong with the law.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Trouble {
    /// A law of the state does not hold.
    Broken(Broken),
    /// An entry is not what its bytes say.
    Codec,
    /// A rebuilt state differs, in this.
    Rebuilt(String),
    /// The archive does not read.
    Archive(Fault),
    /// The line does not fit here.
    Unfit(&'static str),
}

impl fmt::Display for Trouble {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Broken(broken) => write!(f, "a law is broken: {broken}"),
            Self::Codec => f.write_str("an entry does not survive its own bytes"),
            Self::Rebuilt(what) => write!(f, "a rebuilt state differs: {what}"),
            Self::Archive(fault) => write!(f, "the archive does not read: {fault}"),
            Self::Unfit(what) => write!(f, "this line does not fit here: {what}"),
        }
    }
}

impl std::error::Error for Trouble {}

/// A state, the world around it, and what a story calls the things in it.
#[derive(Clone, Debug)]
pub struct Player {
    pub(crate) state: State,
    pub(crate) memory: Memory,
    pub(crate) names: Names,
    reads: BTreeMap<ReadNo, (TaskId, Option<Found>)>,
    sequences: BTreeMap<ClientNo, u64>,
    open: Option<Vec<Proposed>>,
    said: VecDeque<Arc<Said>>,
    true_ms: u64,
    skew_ms: i64,
    sweep: u32,
    under: Option<u32>,
    knows: u32,
    check_every: u64,
}

impl Default for Player {
    fn default() -> Self {
        Self::new()
    }
}

impl Player {
    /// The beginning of all stories.
    #[must_use]
    pub fn new() -> Self {
        let state = State::new(Era::default());
        Self {
            memory: Memory::of(&state),
            state,
            names: Names::new(),
            reads: BTreeMap::new(),
            sequences: BTreeMap::new(),
            open: None,
            said: VecDeque::new(),
            true_ms: START_MS,
            skew_ms: 0,
            sweep: defaults::SWEEP,
            under: None,
            knows: LAW,
            check_every: 1,
        }
    }

    /// Checks the laws of the state after every so-many-th entry only; never if zero.
    pub fn check_every(&mut self, entries: u64) {
        self.check_every = entries;
    }

    /// The state.
    #[must_use]
    pub fn state(&self) -> &State {
        &self.state
    }

    /// What the story calls the things in it.
    #[must_use]
    pub fn names(&self) -> &Names {
        &self.names
    }

    /// The model store.
    #[must_use]
    pub fn memory(&self) -> &Memory {
        &self.memory
    }

    /// The time that the next entry brings the state to.
    #[must_use]
    pub fn now_ms(&self) -> u64 {
        self.state.now_ms().max(self.clock_ms())
    }

    /// The clock of the present leader.
    #[must_use]
    pub fn clock_ms(&self) -> u64 {
        self.true_ms.saturating_add_signed(self.skew_ms)
    }

    /// The next request number of a client session, if nobody says another.
    #[must_use]
    pub fn next_sequence(&self, client: ClientNo) -> u64 {
        self.sequences.get(&client).copied().unwrap_or(0)
    }

    /// The name that the next entry mints at this position.
    pub(crate) fn next_name(&self, position: u32) -> Name {
        Name::new(Era::default(), self.next_revision(), position)
    }

    fn next_revision(&self) -> Revision {
        Revision(self.state.revision().0 + 1)
    }

    /// Whether a task lives in memory.
    pub(crate) fn lives(&self, task: TaskId) -> bool {
        matches!(self.state.task(task), Known::Live(_))
    }

    /// What an earlier read found of this task. Of another task it says nothing: reads are by task.
    pub(crate) fn read(&self, read: ReadNo, task: TaskId) -> Result<Option<Found>, Trouble> {
        let (of, found) = self.reads.get(&read).ok_or(Trouble::Unfit("no such read was taken"))?;
        Ok(found.clone().filter(|_| *of == task))
    }

    /// Whether an entry was begun and not ended.
    #[must_use]
    pub fn is_open(&self) -> bool {
        self.open.is_some()
    }

    /// Plays one line.
    ///
    /// # Errors
    /// A broken law, or a line that does not fit.
    pub fn play(&mut self, line: &Line) -> Result<Heard, Trouble> {
        if self.open.is_some() && !matches!(line, Line::Propose(_) | Line::End) {
            return Err(Trouble::Unfit("an entry is open"));
        }
        match line {
            Line::Propose(proposed) => match &mut self.open {
                Some(open) => {
                    open.push((**proposed).clone());
                    return Ok(Heard::Kept);
                }
                None => return self.propose(std::slice::from_ref(proposed)),
            },
            Line::Entry => self.open = Some(Vec::new()),
            Line::End => {
                let open = self.open.take().ok_or(Trouble::Unfit("no entry is open"))?;
                return self.propose(&open);
            }
            Line::Tick => return self.commit(Vec::new(), Vec::new(), Vec::new()),
            Line::Assign(assign) => {
                let grants = office::assign(self, assign.most.unwrap_or(u32::MAX));
                let births = vec![Born::Lease; grants.len()];
                return self.commit(grants, Vec::new(), births);
            }
            Line::Again => return self.replay(1),
            Line::Replay(replay) => return self.replay(replay.back as usize),
            Line::Sleep(sleep) => self.true_ms += sleep.span.0,
            Line::Clock(clock) => self.skew_ms += clock.shift.0,
            Line::Leader(leader) => {
                self.skew_ms = leader.skew.unwrap_or_default().0;
                return Ok(Heard::Orders(outstanding(&self.state)));
            }
            Line::Sweep(sweep) => self.sweep = sweep.bound,
            Line::Under(under) => self.under = under.law,
            Line::Knows(knows) => self.knows = knows.law,
            Line::Restart => return self.restart(),
            Line::Read(read) => return self.take_read(read),
            Line::Show(_) => {}
        }
        Ok(Heard::Nothing)
    }

    fn propose(&mut self, sentences: &[impl std::borrow::Borrow<Proposed>]) -> Result<Heard, Trouble> {
        let mut born = Vec::new();
        for sentence in sentences {
            sentence.borrow().verb.births(&mut born);
        }
        let mut wording = Wording { player: self, births: &born, bodies: Vec::new() };
        let mut proposals = Vec::with_capacity(sentences.len());
        let mut sequences = Vec::new();
        for sentence in sentences {
            let sentence: &Proposed = sentence.borrow();
            let mut proposal = wording.proposal(sentence)?;
            if let (Some(client), Some(request)) = (sentence.requested.client, &mut proposal.request) {
                // Requests of one entry that say no number take one after the other.
                let earlier = sequences.iter().rev().find(|(one, _)| *one == client).map(|(_, next)| *next);
                if let (None, Some(next)) = (sentence.requested.seq, earlier) {
                    request.sequence = next;
                }
                sequences.push((client, request.sequence.saturating_add(1)));
            }
            if let Verb::OpenClient(open) = &sentence.verb {
                sequences.push((open.client, 0));
            }
            proposals.push(proposal);
        }
        let bodies = wording.bodies;
        for (client, next) in sequences {
            let known = self.sequences.entry(client).or_default();
            *known = if next == 0 { 0 } else { next.max(*known) };
        }
        self.commit(proposals, bodies, born)
    }

    fn replay(&mut self, back: usize) -> Result<Heard, Trouble> {
        let at = self.said.len().checked_sub(back).filter(|_| back > 0);
        let said = at.and_then(|at| self.said.get(at)).cloned().ok_or(Trouble::Unfit("nothing to repeat"))?;
        self.commit(said.entry.proposals.clone(), said.entry.bodies.clone(), said.births.clone())
    }

    /// Commits one entry: through its bytes, into the state, and into the store.
    fn commit(
        &mut self,
        proposals: Vec<Proposal>,
        bodies: Vec<Bytes>,
        births: Vec<Born>,
    ) -> Result<Heard, Trouble> {
        let revision = self.next_revision();
        let law = self.under.unwrap_or(self.state.law());
        let entry = Entry { revision, law, time_ms: self.clock_ms(), sweep: self.sweep, proposals, bodies };
        let bytes = Bytes::from(encode(&entry));
        let decoded = match decode(revision, &bytes, self.knows) {
            Ok(decoded) => decoded,
            Err(fault @ Fault::UnknownLaw { .. }) => return Ok(Heard::Fault(fault)),
            Err(_) => return Err(Trouble::Codec),
        };
        if decoded != entry {
            return Err(Trouble::Codec);
        }
        let outcome = apply(&mut self.state, decoded);
        if self.check_every > 0 && revision.0.is_multiple_of(self.check_every) {
            self.state.check().map_err(Trouble::Broken)?;
        }
        self.memory.write(&outcome.changes, &entry.bodies);
        self.memory.tidy(&self.state);
        let said = Arc::new(Said { entry, births });
        self.learn(&said, &outcome);
        if !said.entry.proposals.is_empty() {
            if self.said.len() == REMEMBERED {
                self.said.pop_front();
            }
            self.said.push_back(Arc::clone(&said));
        }
        Ok(Heard::Applied(said, outcome))
    }

    /// Learns the names of what was born.
    fn learn(&mut self, said: &Said, outcome: &Outcome) {
        let mut base = 0;
        for (proposal, answer) in said.entry.proposals.iter().zip(&outcome.replies) {
            let width = proposal.command.width() as usize;
            let born = &said.births[base..base + width];
            base += width;
            self.bind(born, answer.reply);
        }
        for event in &outcome.events {
            if let Event::Task { task, step: Step::Leased { token, worker, .. }, .. } = *event {
                self.names.saw_token(task, token, worker);
            }
        }
    }

    fn bind(&mut self, born: &[Born], reply: Reply) {
        if let Reply::Submitted { first, count, .. } = reply {
            for (offset, born) in (0..count).zip(born) {
                let task = TaskId(Name { position: first.0.position + offset, ..first.0 });
                if let Born::Task(number) = *born {
                    self.names.bind_task(number, task);
                }
            }
        } else if let (Reply::WorkerOpened(id), Some(Born::Worker(number))) = (reply, born.first()) {
            self.names.bind_worker(*number, id);
        } else if let (Reply::ClientOpened(id), Some(Born::Client(number))) = (reply, born.first()) {
            self.names.bind_client(*number, id);
        }
    }

    /// The replica is rebuilt from its records, and must be the same.
    fn restart(&mut self) -> Result<Heard, Trouble> {
        let records = self.state.records();
        if let Some(key) = self.memory.lacks(&records) {
            return Err(Trouble::Rebuilt(format!("the store has not, or otherwise, {key:?}")));
        }
        let rebuilt = match self.memory.rebuild(self.state.revision(), self.state.digest()) {
            Ok(rebuilt) => rebuilt,
            Err(fault @ Fault::UnknownLaw { .. }) => return Ok(Heard::Fault(fault)),
            Err(fault) => return Err(Trouble::Rebuilt(fault.to_string())),
        };
        rebuilt.check().map_err(Trouble::Broken)?;
        let again = rebuilt.records();
        if let Some(at) = (0..records.len().max(again.len())).find(|at| records.get(*at) != again.get(*at)) {
            let key = records.get(at).or(again.get(at)).map(|(key, _)| *key);
            return Err(Trouble::Rebuilt(format!("record {key:?}")));
        }
        let same = rebuilt.digest() == self.state.digest()
            && rebuilt.next_deadline() == self.state.next_deadline()
            && outstanding(&rebuilt) == outstanding(&self.state);
        if !same {
            return Err(Trouble::Rebuilt("its digest, its deadline or its orders".to_owned()));
        }
        self.state = rebuilt;
        Ok(Heard::Rebuilt(records.len()))
    }

    fn take_read(&mut self, read: &Read) -> Result<Heard, Trouble> {
        let task = self.names.task(read.task);
        let mut found = self.memory.found(task, self.state.revision()).map_err(Trouble::Archive)?;
        if let Some(found) = &mut found {
            found.read_at = read.at.map_or(found.read_at, Revision);
            found.ending = read.ending.unwrap_or(found.ending);
            found.generation = read.generation.unwrap_or(found.generation);
        }
        self.reads.insert(read.read, (task, found.clone()));
        Ok(Heard::Found(found))
    }
}
