//! A state in which tasks wait, and entries for it that leave as many waiting as there were. It plays the leader's part with
//! names that it knows beforehand, so that making entries asks the state nothing.

use std::collections::VecDeque;
use std::hint::black_box;
use std::time::{Duration, Instant};

use reeve_core::class::{Requirements, Resources};
use reeve_core::command::{Batch, Command, Complete, Grant, OpenWorker, Submit};
use reeve_core::effect::Holding;
use reeve_core::entry::{Actor, Entry, Proposal};
use reeve_core::intern::Meant;
use reeve_core::limits::SUBMIT_TASKS_MAX;
use reeve_core::name::{Name, Ref, Revision, TaskId, Token, WorkerId};
use reeve_core::task::{ContentType, Priority, QueueName, TaskSpec};
use reeve_core::worker::Offer;
use reeve_core::{LAW, Reply, State, apply};

use super::nanos;
use crate::Fault;
use crate::limits::{LAW_AHEAD, LAW_BATCH};

/// How the cycles of a batch are put into entries.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Form {
    /// Three entries: all submits, all grants, all completions.
    Apart,
    /// One entry: the former batch is completed, a new one is submitted and granted at once.
    Merged,
}

/// A state with tasks that wait.
pub(super) struct Backlog {
    state: State,
    worker: WorkerId,
    task: TaskSpec,
    /// The revision of the last entry that was made.
    revision: u64,
    /// Waiting tasks in the order of their queue: (revision, first position, how many).
    waiting: VecDeque<(u64, u32, u32)>,
    /// The leases that the merged form completes with its next entry.
    held: Vec<Holding>,
    /// How many tasks wait between two measurements.
    size: u32,
}

const fn name(revision: u64, position: u32) -> Name {
    Name { group: 0, era: 0, revision: Revision(revision), position }
}

impl Backlog {
    /// So many tasks that wait, one at the least.
    pub(super) fn of(size: u32) -> Result<Self, Fault> {
        let mut state = State::new(Default::default());
        let queue = QueueName { namespace: "default".into(), queue: "plain".into() };
        let class = Requirements::of_kind("sum");
        let words = TaskSpec {
            queue: Meant::Words(queue.clone()),
            class: Meant::Words(Box::new(class.clone())),
            priority: Priority::default(),
            payload: None,
            content_type: ContentType::Opaque,
            labels: Vec::new(),
            terms: None,
        };
        let submit = Submit { key: None, batch: Batch::Alone, tasks: vec![words.clone()] };
        let offer = Offer {
            kinds: vec!["sum".into()],
            labels: Vec::new(),
            resources: Resources::default(),
            slots: 1_000,
        };
        let open = OpenWorker { name: "hand".into(), offer, ttl_ms: 10_000, secret: None };
        let opened = apply(&mut state, entry(1, [submit.into(), open.into()]));
        let Some(Reply::WorkerOpened(worker)) = opened.replies.last().map(|answer| &answer.reply) else {
            return Err(Fault::Wrong(format!("a worker was not let in: {:?}", opened.replies)));
        };
        let worker = *worker;
        let queue = state.mean_queue(&queue.namespace, &queue.queue).expect("the queue came into being");
        let class = state.mean_class(&class).expect("the class came into being");
        let task = TaskSpec { queue, class, ..words };
        let waiting = VecDeque::from([(1, 0, 1)]);
        let mut backlog = Self { state, worker, task, revision: 1, waiting, held: Vec::new(), size: 1 };
        backlog.fill(size);
        backlog.check()?;
        Ok(backlog)
    }

    fn fill(&mut self, size: u32) {
        let most = u32::try_from(SUBMIT_TASKS_MAX).unwrap_or(u32::MAX);
        while self.size < size {
            let count = most.min(size - self.size);
            self.size += count;
            self.revision += 1;
            let tasks = (0..count).map(|_| self.task.clone()).collect();
            let submit = Submit { key: None, batch: Batch::Alone, tasks };
            drop(apply(&mut self.state, entry(self.revision, [submit.into()])));
            self.waiting.push_back((self.revision, 0, count));
        }
    }

    /// The state as it is.
    pub(super) const fn state(&self) -> &State {
        &self.state
    }

    /// How many tasks wait.
    pub(super) const fn size(&self) -> u32 {
        self.size
    }

    fn submit(&self) -> Command {
        Submit { key: None, batch: Batch::Alone, tasks: vec![self.task.clone()] }.into()
    }

    /// The next task in the order of the queue. What is touched lies far apart, as it does in a backlog.
    fn head(&mut self) -> TaskId {
        let (revision, first, count) = self.waiting.front_mut().expect("more tasks wait than are granted");
        let id = TaskId(name(*revision, *first));
        (*first, *count) = (*first + 1, *count - 1);
        if *count == 0 {
            self.waiting.pop_front();
        }
        id
    }

    /// One batch in three entries: new tasks; grants of those at the head; their completion.
    pub(super) fn apart(&mut self) -> [Entry; 3] {
        self.revision += 3;
        let (first, worker) = (self.revision - 2, self.worker);
        let submits: Vec<Command> = (0..LAW_BATCH).map(|_| self.submit()).collect();
        self.waiting.push_back((first, 0, LAW_BATCH));
        let tasks: Vec<TaskId> = (0..LAW_BATCH).map(|_| self.head()).collect();
        let grant = |task: &TaskId| Grant { task: Ref::Id(*task), worker: Ref::Id(worker) }.into();
        let complete = |(at, task): (u32, &TaskId)| {
            let holding = Holding { worker, task: *task, token: Token(name(first + 1, at)) };
            Complete { holding, result: None }.into()
        };
        [
            entry(first, submits),
            entry(first + 1, tasks.iter().map(grant)),
            entry(first + 2, (0..).zip(&tasks).map(complete)),
        ]
    }

    /// One batch in one entry: the former batch is completed, and new tasks are submitted and granted at once.
    fn merged(&mut self) -> Entry {
        self.revision += 1;
        let (revision, worker) = (self.revision, self.worker);
        let completes = self.held.iter().map(|holding| Complete { holding: *holding, result: None }.into());
        let submits = (0..LAW_BATCH).map(|_| self.submit());
        let grants = (0..LAW_BATCH).map(|at| Grant { task: Ref::Here(at), worker: Ref::Id(worker) }.into());
        let commands: Vec<Command> = completes.chain(submits).chain(grants).collect();
        let holding = |at| Holding {
            worker,
            task: TaskId(name(revision, at)),
            token: Token(name(revision, LAW_BATCH + at)),
        };
        self.held = (0..LAW_BATCH).map(holding).collect();
        entry(revision, commands)
    }

    /// How many nanoseconds one of at least so many cycles took, on average: `apply`, and dropping what it returned. Entries
    /// are made while no clock runs.
    pub(super) fn cycles(&mut self, form: Form, cycles: u32) -> f64 {
        let batches = cycles.div_ceil(LAW_BATCH).max(1);
        let (mut left, mut spent) = (batches, Duration::ZERO);
        while left > 0 {
            let now = left.min(LAW_AHEAD);
            left -= now;
            let mut entries = Vec::new();
            for _ in 0..now {
                match form {
                    Form::Apart => entries.extend(self.apart()),
                    Form::Merged => entries.push(self.merged()),
                }
            }
            let start = Instant::now();
            for entry in entries {
                drop(black_box(apply(&mut self.state, entry)));
            }
            spent += start.elapsed();
        }
        nanos(spent, u64::from(batches) * u64::from(LAW_BATCH))
    }

    /// Nothing was refused: as many wait as in the beginning, and the merged form holds its last batch.
    ///
    /// # Errors
    /// It is not so, and what was timed is something else than cycles.
    pub(super) fn check(&self) -> Result<(), Fault> {
        let (live, meant) = (u64::from(self.state.live()), u64::from(self.size) + self.held.len() as u64);
        if live == meant {
            return Ok(());
        }
        Err(Fault::Wrong(format!("{live} tasks live where {meant} should: something was refused")))
    }
}

fn entry(revision: u64, commands: impl IntoIterator<Item = Command>) -> Entry {
    let propose = |command| Proposal { request: None, actor: Actor::Anyone, command };
    Entry {
        revision: Revision(revision),
        law: LAW,
        // As much log time as 200,000 cycles in a second take.
        time_ms: 1_000_000_000 + revision / 9,
        sweep: 1_000,
        proposals: commands.into_iter().map(propose).collect(),
        bodies: Vec::new(),
    }
}
