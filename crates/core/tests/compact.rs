//! Compactness: what a waiting task costs in memory, and that the path of a plain task takes nothing per task.

#[path = "chance/tally.rs"]
mod tally;

use reeve_core::class::Requirements;
use reeve_core::command::{Batch, Command, Complete, Grant, OpenWorker, Submit};
use reeve_core::effect::Holding;
use reeve_core::entry::{Actor, Entry, Proposal};
use reeve_core::intern::Meant;
use reeve_core::name::{Name, Ref, Revision, TaskId, Token, WorkerId};
use reeve_core::task::{ContentType, Priority, QueueName, TaskSpec};
use reeve_core::worker::Offer;
use reeve_core::{Outcome, Reply, State, apply};
use tally::{Tally, tally};

/// Most bytes of heap that one waiting task with default policies may cost, all indexes included.
const BYTES_PER_TASK: i64 = 120;

fn entry(state: &State, commands: impl IntoIterator<Item = Command>) -> Entry {
    let propose = |command| Proposal { request: None, actor: Actor::Anyone, command };
    Entry {
        revision: Revision(state.revision().0 + 1),
        law: 1,
        time_ms: 1_000_000,
        sweep: 1_000,
        proposals: commands.into_iter().map(propose).collect(),
        bodies: Vec::new(),
    }
}

/// Applies an entry, of whose commands none is refused.
fn act(state: &mut State, commands: impl IntoIterator<Item = Command>) -> Outcome {
    let entry = entry(state, commands);
    let outcome = apply(state, entry);
    let refused = outcome.replies.iter().find(|answer| matches!(answer.reply, Reply::Refused(_)));
    assert!(refused.is_none(), "{refused:?}");
    outcome
}

/// A state with one task of a class and a queue that stay, and that task as it is submitted.
fn prepared() -> (State, TaskSpec) {
    let mut state = State::new(Default::default());
    let (queue, class) = (("default", "plain"), Requirements::of_kind("sum"));
    let words = TaskSpec {
        queue: Meant::Words(QueueName { namespace: queue.0.into(), queue: queue.1.into() }),
        class: Meant::Words(Box::new(class.clone())),
        priority: Priority::default(),
        payload: None,
        content_type: ContentType::Opaque,
        labels: Vec::new(),
        terms: None,
    };
    act(&mut state, [submit(vec![words.clone()])]);
    let known = TaskSpec {
        queue: state.mean_queue(queue.0, queue.1).expect("the queue came into being"),
        class: state.mean_class(&class).expect("the class came into being"),
        ..words
    };
    (state, known)
}

fn submit(tasks: Vec<TaskSpec>) -> Command {
    Submit { key: None, batch: Batch::Alone, tasks }.into()
}

#[test]
fn a_million_waiting_tasks_are_small() {
    let (mut state, task) = prepared();
    let count = 1_000_000;
    let ((), tally) = tally(|| {
        for _ in 0..count / 10_000 {
            act(&mut state, [submit(vec![task.clone(); 10_000])]);
        }
    });
    assert_eq!(i64::from(state.live()), count + 1);
    let each = tally.kept / count;
    eprintln!("a waiting task costs {each} bytes");
    assert!(each <= BYTES_PER_TASK, "a waiting task costs {each} bytes: {tally}");
}

/// Submits, grants and completes so many tasks in three entries; counts what applying them took.
fn cycle(state: &mut State, task: &TaskSpec, worker: WorkerId, count: u32) -> [Tally; 3] {
    let name = |revision: u64, position| Name { group: 0, era: 0, revision: Revision(revision), position };
    let first = state.revision().0 + 1;
    let submits = entry(state, (0..count).map(|_| submit(vec![task.clone()])));
    let (submitted, one) = tally(|| apply(state, submits));
    let grant = |at| Grant { task: Ref::Id(TaskId(name(first, at))), worker: Ref::Id(worker) };
    let grants = entry(state, (0..count).map(|at| grant(at).into()));
    let (granted, two) = tally(|| apply(state, grants));
    let holding = |at| Holding { worker, task: TaskId(name(first, at)), token: Token(name(first + 1, at)) };
    let completes = entry(state, (0..count).map(|at| Complete { holding: holding(at), result: None }.into()));
    let (completed, three) = tally(|| apply(state, completes));
    let alike =
        |outcome: &Outcome, reply: fn(&Reply) -> bool| outcome.replies.iter().all(|own| reply(&own.reply));
    assert!(alike(&submitted, |reply| matches!(reply, Reply::Submitted { .. })));
    assert!(alike(&granted, |reply| matches!(reply, Reply::Granted { .. })));
    assert!(alike(&completed, |reply| matches!(reply, Reply::Done)));
    [one, two, three]
}

#[test]
fn a_plain_task_allocates_nothing_of_its_own() {
    let (mut state, task) = prepared();
    let resources = Default::default();
    let offer = Offer { kinds: vec!["sum".into()], labels: Vec::new(), resources, slots: 1_000 };
    let open = OpenWorker { name: "hand".into(), offer, ttl_ms: 10_000, secret: None };
    let opened = act(&mut state, [open.into()]);
    let Reply::WorkerOpened(worker) = opened.replies[0].reply else { panic!("{opened:?}") };
    // Tables and slots that the state keeps are grown once.
    for _ in 0..500 {
        cycle(&mut state, &task, worker, 256);
    }
    let few = cycle(&mut state, &task, worker, 64);
    let many = cycle(&mut state, &task, worker, 256);
    for (step, (few, many)) in ["submit", "grant", "complete"].iter().zip(few.iter().zip(&many)) {
        eprintln!("{step}: for 64 tasks {few}, for 256 tasks {many}");
        // Each list of the outcome may double twice more, and a table of the state may grow now and then.
        assert!(many.count <= few.count + 24, "{step}: for 64 tasks {few}, for 256 tasks {many}");
    }
}
