//! What one task costs the law: a whole cycle of submit, grant and complete, beside many that wait.
//!
//! Cycles run in batches of 64. Each grant takes the task at the head of its queue, so that what is touched lies far
//! apart, as it does in a backlog. Entries are made outside of the timing; dropping what apply returns is inside.

use std::collections::VecDeque;
use std::hint::black_box;
use std::time::{Duration, Instant};

use bytes::Bytes;
use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use reeve_core::change::Key;
use reeve_core::class::{Requirements, Resources};
use reeve_core::codec::entry::{decode, encode};
use reeve_core::command::{Batch, Command, Complete, Grant, OpenWorker, Submit};
use reeve_core::effect::Holding;
use reeve_core::entry::{Actor, Entry, Proposal};
use reeve_core::intern::Meant;
use reeve_core::limits::{SUBMIT_TASKS_MAX, TOMBSTONES_MAX};
use reeve_core::name::{Name, Ref, Revision, TaskId, Token, WorkerId};
use reeve_core::task::{ContentType, Priority, QueueName, TaskSpec};
use reeve_core::worker::Offer;
use reeve_core::{LAW, Reply, State, apply};

/// Tasks in one batch.
const BATCH: u32 = 64;
/// Batches whose entries are made at once, before the clock runs.
const AHEAD: usize = 128;

const fn name(revision: u64, position: u32) -> Name {
    Name { group: 0, era: 0, revision: Revision(revision), position }
}

/// A state with tasks that wait, and entries that keep their number.
struct Office {
    state: State,
    worker: WorkerId,
    task: TaskSpec,
    /// The revision of the last entry that was made.
    revision: u64,
    /// Waiting tasks in the order of their queue: (revision, first position, how many).
    waiting: VecDeque<(u64, u32, u32)>,
    /// The leases that the merged form completes with its next entry.
    held: Vec<Holding>,
}

impl Office {
    /// An office with this many waiting tasks.
    fn new(waiting: usize) -> Self {
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
        let Reply::WorkerOpened(worker) = opened.replies[1].reply else { panic!("{opened:?}") };
        let queue = state.mean_queue(&queue.namespace, &queue.queue).expect("the queue came into being");
        let class = state.mean_class(&class).expect("the class came into being");
        let task = TaskSpec { queue, class, ..words };
        let mut office =
            Self { state, worker, task, revision: 1, waiting: VecDeque::from([(1, 0, 1)]), held: Vec::new() };
        office.fill(waiting);
        office
    }

    fn fill(&mut self, waiting: usize) {
        let mut left = waiting - 1;
        while left > 0 {
            let count = left.min(SUBMIT_TASKS_MAX);
            left -= count;
            self.revision += 1;
            let submit = Submit { key: None, batch: Batch::Alone, tasks: vec![self.task.clone(); count] };
            apply(&mut self.state, entry(self.revision, [submit.into()]));
            self.waiting.push_back((self.revision, 0, count as u32));
        }
    }

    /// Fills the field of tombstones, as it is when many tasks have passed.
    fn bury(mut self) -> Self {
        for _ in 0..TOMBSTONES_MAX / BATCH as usize {
            self.apart().into_iter().for_each(|entry| drop(apply(&mut self.state, entry)));
        }
        self
    }

    fn submit(&self) -> Command {
        Submit { key: None, batch: Batch::Alone, tasks: vec![self.task.clone()] }.into()
    }

    /// The next task in the order of the queue.
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
    fn apart(&mut self) -> [Entry; 3] {
        self.revision += 3;
        let (first, worker) = (self.revision - 2, self.worker);
        let submits: Vec<Command> = (0..BATCH).map(|_| self.submit()).collect();
        self.waiting.push_back((first, 0, BATCH));
        let tasks: Vec<TaskId> = (0..BATCH).map(|_| self.head()).collect();
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
        let mut commands: Vec<Command> = Vec::with_capacity(3 * BATCH as usize);
        commands.extend(self.held.iter().map(|holding| Complete { holding: *holding, result: None }.into()));
        commands.extend((0..BATCH).map(|_| self.submit()));
        commands.extend((0..BATCH).map(|at| Grant { task: Ref::Here(at), worker: Ref::Id(worker) }.into()));
        let holding = |at| Holding {
            worker,
            task: TaskId(name(revision, at)),
            token: Token(name(revision, BATCH + at)),
        };
        self.held = (0..BATCH).map(holding).collect();
        entry(revision, commands)
    }

    /// The time of so many cycles.
    fn time(&mut self, cycles: u64, mut batch: impl FnMut(&mut Self) -> Vec<Entry>) -> Duration {
        let batches = cycles.div_ceil(u64::from(BATCH)).max(1);
        let (mut left, mut spent) = (batches, Duration::ZERO);
        while left > 0 {
            let now = left.min(AHEAD as u64);
            left -= now;
            let entries: Vec<Entry> = (0..now).flat_map(|_| batch(self)).collect();
            let start = Instant::now();
            for entry in entries {
                drop(black_box(apply(&mut self.state, entry)));
            }
            spent += start.elapsed();
        }
        spent.mul_f64(cycles as f64 / (batches * u64::from(BATCH)) as f64)
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

fn cycles(c: &mut Criterion) {
    let mut group = c.benchmark_group("cycle");
    group.throughput(Throughput::Elements(1)).sample_size(20);
    group.warm_up_time(Duration::from_secs(1)).measurement_time(Duration::from_secs(5));
    for waiting in [10_000, 1_000_000, 10_000_000] {
        // Made on first use: a filter may pass over it.
        let mut office: Option<Office> = None;
        group.bench_function(BenchmarkId::new("apart", waiting), |b| {
            let office = office.get_or_insert_with(|| Office::new(waiting).bury());
            b.iter_custom(|cycles| office.time(cycles, |office| office.apart().into()));
        });
        group.bench_function(BenchmarkId::new("merged", waiting), |b| {
            let office = office.get_or_insert_with(|| Office::new(waiting).bury());
            b.iter_custom(|cycles| office.time(cycles, |office| vec![office.merged()]));
        });
        // Nothing was refused: as many wait as in the beginning, and the merged form still holds its last batch.
        let office =
            office.iter().filter(|office| office.state.live() as usize != waiting + office.held.len());
        assert_eq!(office.count(), 0);
    }
    group.finish();
}

fn codec(c: &mut Criterion) {
    let mut office = Office::new(1_000);
    let entries = office.apart();
    let mut group = c.benchmark_group("codec");
    group.throughput(Throughput::Elements(u64::from(BATCH)));
    group.warm_up_time(Duration::from_secs(1)).measurement_time(Duration::from_secs(2));
    for (verb, entry) in ["submit", "grant", "complete"].iter().zip(entries) {
        let bytes = Bytes::from(encode(&entry));
        group.bench_function(BenchmarkId::new("encode", verb), |b| b.iter(|| encode(black_box(&entry))));
        group.bench_function(BenchmarkId::new("decode", verb), |b| {
            b.iter(|| decode(entry.revision, black_box(&bytes), LAW).expect("its own bytes"));
        });
    }
    group.finish();
}

fn rebuild(c: &mut Criterion) {
    let mut office: Option<Office> = None;
    let mut group = c.benchmark_group("rebuild");
    group.sample_size(10).warm_up_time(Duration::from_millis(1)).measurement_time(Duration::from_secs(5));
    group.bench_function("records of 1 million tasks", |b| {
        let state = &office.get_or_insert_with(|| Office::new(1_000_000)).state;
        b.iter(|| state.records());
    });
    group.bench_function("state of 1 million tasks", |b| {
        let state = &office.get_or_insert_with(|| Office::new(1_000_000)).state;
        let records = state.records();
        let given = || records.iter().map(|(key, bytes): &(Key, Vec<u8>)| Ok((*key, bytes)));
        b.iter(|| State::from_records(state.revision(), state.digest(), given()).expect("its own records"));
    });
    group.finish();
}

criterion_group!(benches, cycles, codec, rebuild);
criterion_main!(benches);
