//! Names: how a story calls what the log gives birth to, in both directions.

use std::collections::BTreeMap;

use reeve_core::name::{ClientId, Name, Revision, TaskId, Token, WorkerId};

use crate::story::word::{ClientNo, TaskNo, WorkerNo};

/// A name that no entry ever minted.
fn nobody(number: u32) -> Name {
    Name { group: 0, era: 0, revision: Revision(0), position: number }
}

/// One family of names.
#[derive(Clone, Debug)]
struct Family<Id> {
    ids: BTreeMap<u32, Id>,
    numbers: BTreeMap<Id, u32>,
}

impl<Id: Copy + Ord> Family<Id> {
    const fn new() -> Self {
        Self { ids: BTreeMap::new(), numbers: BTreeMap::new() }
    }

    /// Gives a number to a thing; returns the thing that no longer has a number.
    fn bind(&mut self, number: u32, id: Id) -> Option<Id> {
        let former = self.ids.insert(number, id).filter(|former| *former != id);
        let nameless = former.filter(|former| self.numbers.get(former) == Some(&number));
        if let Some(former) = nameless {
            self.numbers.remove(&former);
        }
        self.numbers.entry(id).or_insert(number);
        nameless
    }
}

/// All names of a story, and the tokens that it has seen.
#[derive(Clone, Debug)]
pub struct Names {
    tasks: Family<TaskId>,
    workers: Family<WorkerId>,
    clients: Family<ClientId>,
    tokens: BTreeMap<TaskId, Vec<(Token, WorkerId)>>,
    /// The next number for a task that lost its own.
    spare: u32,
}

/// Where spare numbers begin.
const SPARE: u32 = 1_000_000;

impl Names {
    pub(crate) const fn new() -> Self {
        Self {
            tasks: Family::new(),
            workers: Family::new(),
            clients: Family::new(),
            tokens: BTreeMap::new(),
            spare: SPARE,
        }
    }

    /// The task, or one that never was.
    #[must_use]
    pub fn task(&self, task: TaskNo) -> TaskId {
        self.tasks.ids.get(&task.0).copied().unwrap_or(TaskId(nobody(task.0)))
    }

    /// The worker session, or one that never was.
    #[must_use]
    pub fn worker(&self, worker: WorkerNo) -> WorkerId {
        self.workers.ids.get(&worker.0).copied().unwrap_or(WorkerId(nobody(worker.0)))
    }

    /// The client session, or one that never was.
    #[must_use]
    pub fn client(&self, client: ClientNo) -> ClientId {
        self.clients.ids.get(&client.0).copied().unwrap_or(ClientId(nobody(client.0)))
    }

    /// What the story calls a task.
    #[must_use]
    pub fn of_task(&self, task: TaskId) -> Option<TaskNo> {
        self.tasks.numbers.get(&task).copied().map(TaskNo)
    }

    /// What the story calls a worker session.
    #[must_use]
    pub fn of_worker(&self, worker: WorkerId) -> Option<WorkerNo> {
        self.workers.numbers.get(&worker).copied().map(WorkerNo)
    }

    /// What the story calls a client session.
    #[must_use]
    pub fn of_client(&self, client: ClientId) -> Option<ClientNo> {
        self.clients.numbers.get(&client).copied().map(ClientNo)
    }

    /// The leases that a task had, oldest first.
    #[must_use]
    pub fn tokens(&self, task: TaskId) -> &[(Token, WorkerId)] {
        self.tokens.get(&task).map_or(&[], Vec::as_slice)
    }

    /// Which task's token this is, and the how-manieth, from one. Walks over all: for printing.
    #[must_use]
    pub fn of_token(&self, token: Token) -> Option<(TaskId, usize)> {
        self.tokens.iter().find_map(|(task, tokens)| {
            tokens.iter().position(|(one, _)| *one == token).map(|at| (*task, at + 1))
        })
    }

    /// Names a task. One that had the name before, because the same was said twice, gets a spare one.
    pub(crate) fn bind_task(&mut self, number: TaskNo, task: TaskId) {
        if let Some(nameless) = self.tasks.bind(number.0, task) {
            self.tasks.bind(self.spare, nameless);
            self.spare += 1;
        }
    }

    pub(crate) fn bind_worker(&mut self, number: WorkerNo, worker: WorkerId) {
        self.workers.bind(number.0, worker);
    }

    pub(crate) fn bind_client(&mut self, number: ClientNo, client: ClientId) {
        self.clients.bind(number.0, client);
    }

    pub(crate) fn saw_token(&mut self, task: TaskId, token: Token, worker: WorkerId) {
        let tokens = self.tokens.entry(task).or_default();
        if tokens.last().is_none_or(|(last, _)| *last < token) {
            tokens.push((token, worker));
        }
    }

    /// A token that never was.
    pub(crate) fn no_token() -> Token {
        Token(nobody(u32::MAX))
    }
}
