//! The fleet: what the leader's hands know of workers beyond the replicated state, and what was chosen and is not
//! settled.
//!
//! A session is here while its stream is attached. Credits come by the worker's word alone; a grant that is chosen
//! spends one. What is chosen counts as charged, and the tasks as given, until the entry that carries it has been
//! applied; what reports in such an entry free counts as free in the same way. A fleet belongs to one term of one
//! leader: on lost leadership it is dropped whole.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Bound;

use reeve_core::class::{Burden, Resources};
use reeve_core::intern::{ClassId, QueueId};
use reeve_core::name::{TaskId, Token, WorkerId};
use reeve_core::{Answer, Reply};

use crate::matcher::limits;

/// One attached session.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Session {
    /// How many more offers it wants.
    pub credits: u32,
    /// How busy it says it is.
    pub load: u16,
    /// The number of the last grant chosen for it; zero is none.
    pub last_grant: u64,
    /// Which attachment this is: a credit goes back to the one it came from, or to none.
    stint: u64,
}

/// A grant that was chosen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Chosen {
    /// Its place among the answers of its entry.
    pub answer: usize,
    /// The task; none if it is born in the same entry.
    pub task: Option<TaskId>,
    pub worker: WorkerId,
    pub queue: QueueId,
    pub resources: Resources,
}

/// A lease that a report in the entry ends.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Freed {
    pub token: Token,
    pub worker: WorkerId,
    pub queue: QueueId,
    pub resources: Resources,
}

/// What one entry carries of the matcher's.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Load {
    chosen: Vec<(Chosen, u64)>,
    freed: Vec<Freed>,
}

/// An entry that was proposed, as its grants are settled by.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Flight {
    term: u64,
    number: u64,
}

/// What became of an entry.
#[derive(Clone, Copy, Debug)]
pub enum Fate<'a> {
    /// It was applied to the state, and answered like this.
    Applied(&'a [Answer]),
    /// It is certain that it never will be.
    Lost,
}

/// What is decided beside the state, over all entries that are not settled.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Tally {
    /// Charged more, and less, to each worker.
    workers: BTreeMap<WorkerId, (Burden, Burden)>,
    /// Leased more, and less, of each queue.
    queues: BTreeMap<QueueId, (u32, u32)>,
    tasks: BTreeMap<TaskId, WorkerId>,
    freed: BTreeSet<Token>,
    grants: usize,
}

/// Where the windows of a choice begin. None is the start.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Windows {
    pub worker: Option<WorkerId>,
    pub lane: Option<(ClassId, QueueId)>,
}

/// The attached sessions, and what is decided and not settled. See the module.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fleet {
    term: u64,
    sessions: BTreeMap<WorkerId, Session>,
    /// The sessions that have credits.
    willing: BTreeSet<WorkerId>,
    tally: Tally,
    /// Of the entry that is being put together.
    draft: Load,
    flights: BTreeMap<Flight, Load>,
    /// How many grants were ever chosen, sessions attached, and entries sealed.
    grants: u64,
    stints: u64,
    sealed: u64,
    pub(super) windows: Windows,
}

impl Fleet {
    /// The fleet of a leader whose term has begun: nobody is attached yet.
    #[must_use]
    pub fn new(term: u64) -> Self {
        Self {
            term,
            sessions: BTreeMap::new(),
            willing: BTreeSet::new(),
            tally: Tally::default(),
            draft: Load::default(),
            flights: BTreeMap::new(),
            grants: 0,
            stints: 0,
            sealed: 0,
            windows: Windows::default(),
        }
    }

    /// A worker's stream is attached. It has no credits yet. Returns whether there was room for it: there is for as
    /// many as may live.
    pub fn attach(&mut self, worker: WorkerId) -> bool {
        let full = self.sessions.len() >= reeve_core::limits::WORKERS_MAX as usize;
        if full && !self.sessions.contains_key(&worker) {
            return false;
        }
        self.stints += 1;
        let session = Session { credits: 0, load: 0, last_grant: 0, stint: self.stints };
        self.sessions.insert(worker, session);
        self.willing.remove(&worker);
        true
    }

    /// A worker's stream is gone, and its credits with it.
    pub fn detach(&mut self, worker: WorkerId) {
        self.sessions.remove(&worker);
        self.willing.remove(&worker);
    }

    /// A worker says that it wants so many offers more. Nothing happens if it is not attached.
    pub fn credit(&mut self, worker: WorkerId, more: u32) {
        if let Some(session) = self.sessions.get_mut(&worker) {
            session.credits = session.credits.saturating_add(more).min(limits::CREDITS_MAX);
            if session.credits > 0 {
                self.willing.insert(worker);
            }
        }
    }

    /// A worker says how busy it is, in thousandths. Nothing happens if it is not attached.
    pub fn report_load(&mut self, worker: WorkerId, load: u16) {
        if let Some(session) = self.sessions.get_mut(&worker) {
            session.load = load.min(limits::LOAD_MAX);
        }
    }

    /// How many more offers a worker wants, if it is attached.
    #[must_use]
    pub fn credits(&self, worker: WorkerId) -> Option<u32> {
        self.sessions.get(&worker).map(|session| session.credits)
    }

    /// For whom a grant of this task is on its way.
    #[must_use]
    pub fn chosen_for(&self, task: TaskId) -> Option<WorkerId> {
        self.tally.tasks.get(&task).copied()
    }

    /// How many grants are chosen and not settled.
    #[must_use]
    pub const fn unsettled(&self) -> usize {
        self.tally.grants
    }

    /// The entry that is being put together is proposed with everything that was chosen for it.
    pub fn seal(&mut self) -> Flight {
        self.sealed += 1;
        let flight = Flight { term: self.term, number: self.sealed };
        let load = std::mem::take(&mut self.draft);
        if !load.chosen.is_empty() || !load.freed.is_empty() {
            self.flights.insert(flight, load);
        }
        flight
    }

    /// An entry's outcome is known. To be called after the state that is asked next has applied it: from then on the
    /// state itself says what is charged. While the outcome is unknown, nothing is given back.
    ///
    /// A grant that was refused was never offered, so its credit is the worker's again.
    pub fn settled(&mut self, flight: Flight, fate: Fate<'_>) {
        let Some(Load { chosen, freed }) = self.flights.remove(&flight) else { return };
        for (one, stint) in chosen {
            let granted = match fate {
                Fate::Applied(answers) => {
                    let answer = answers.get(one.answer);
                    answer.is_some_and(|answer| matches!(answer.reply, Reply::Granted { .. }))
                }
                Fate::Lost => false,
            };
            if !granted && self.sessions.get(&one.worker).is_some_and(|session| session.stint == stint) {
                self.credit(one.worker, 1);
            }
            self.tally.forget_chosen(&one);
        }
        freed.iter().for_each(|one| self.tally.forget_freed(one));
    }

    pub(super) fn session(&self, worker: WorkerId) -> Option<&Session> {
        self.sessions.get(&worker)
    }

    /// The workers with credits behind this one, by id; all of them behind none.
    pub(super) fn willing_after(
        &self,
        worker: Option<WorkerId>,
    ) -> impl Iterator<Item = (WorkerId, &Session)> {
        let from = worker.map_or(Bound::Unbounded, Bound::Excluded);
        let behind = self.willing.range((from, Bound::Unbounded));
        behind.filter_map(|worker| self.sessions.get(worker).map(|session| (*worker, session)))
    }

    /// What is charged more, and less, to a worker than the state says.
    pub(super) fn burdens(&self, worker: WorkerId) -> Option<&(Burden, Burden)> {
        self.tally.workers.get(&worker)
    }

    /// How many are leased more, and fewer, of a queue than the state says.
    pub(super) fn leased_beside(&self, queue: QueueId) -> (u32, u32) {
        self.tally.queues.get(&queue).copied().unwrap_or_default()
    }

    /// The number that the next grant will have.
    pub(super) const fn next_grant(&self) -> u64 {
        self.grants + 1
    }

    pub(super) fn note_chosen(&mut self, one: Chosen) {
        self.grants += 1;
        let session = self.sessions.get_mut(&one.worker).expect("only attached sessions are chosen");
        session.credits -= 1;
        session.last_grant = self.grants;
        if session.credits == 0 {
            self.willing.remove(&one.worker);
        }
        self.tally.note_chosen(&one);
        self.draft.chosen.push((one, session.stint));
    }

    /// Whether a lease is noted as freed already.
    pub(super) fn is_freed(&self, token: Token) -> bool {
        self.tally.freed.contains(&token)
    }

    pub(super) fn note_freed(&mut self, one: Freed) {
        self.tally.freed.insert(one.token);
        self.tally.workers.entry(one.worker).or_default().1.add(&one.resources);
        self.tally.queues.entry(one.queue).or_default().1 += 1;
        self.draft.freed.push(one);
    }
}

impl Tally {
    fn note_chosen(&mut self, one: &Chosen) {
        self.workers.entry(one.worker).or_default().0.add(&one.resources);
        self.queues.entry(one.queue).or_default().0 += 1;
        self.tasks.extend(one.task.map(|task| (task, one.worker)));
        self.grants += 1;
    }

    fn forget_chosen(&mut self, one: &Chosen) {
        self.forget(one.worker, one.queue, |(more, _)| more.subtract(&one.resources), |(more, _)| *more -= 1);
        if let Some(task) = one.task {
            self.tasks.remove(&task);
        }
        self.grants -= 1;
    }

    fn forget_freed(&mut self, one: &Freed) {
        self.forget(one.worker, one.queue, |(_, less)| less.subtract(&one.resources), |(_, less)| *less -= 1);
        self.freed.remove(&one.token);
    }

    /// Takes something off a worker and a queue, and forgets those of which nothing is left.
    fn forget(
        &mut self,
        worker: WorkerId,
        queue: QueueId,
        off_worker: impl Fn(&mut (Burden, Burden)),
        off_queue: impl Fn(&mut (u32, u32)),
    ) {
        let burdens = self.workers.get_mut(&worker).expect("what is forgotten was noted");
        off_worker(burdens);
        if burdens.0.is_nothing() && burdens.1.is_nothing() {
            self.workers.remove(&worker);
        }
        let leased = self.queues.get_mut(&queue).expect("what is forgotten was noted");
        off_queue(leased);
        if *leased == (0, 0) {
            self.queues.remove(&queue);
        }
    }
}

impl Windows {
    /// The windows of the next choice, when this one stopped at this worker and at this lane. Workers move first: each
    /// lane meets all of them.
    pub(super) const fn after(self, worker: Option<WorkerId>, lane: Option<(ClassId, QueueId)>) -> Self {
        if worker.is_some() { Self { worker, lane: self.lane } } else { Self { worker, lane } }
    }
}
