//! The work of one entry is bounded, however large the family of a task is.

use reeve_core::class::{Requirements, Selector, Test};
use reeve_core::command::{Batch, Cancel, Command, Submit};
use reeve_core::entry::{Entry, Proposal};
use reeve_core::intern::Meant;
use reeve_core::name::{Era, Name, Ref, Revision, TaskId};
use reeve_core::task::{ContentType, Dependency, Otherwise, Priority, QueueName, Rule, TaskSpec, Terms};
use reeve_core::{LAW, Refusal, Reply, State, apply, limits};

fn spec(terms: Terms) -> TaskSpec {
    TaskSpec {
        queue: Meant::Words(QueueName { namespace: "default".into(), queue: "default".into() }),
        class: Meant::Words(Box::new(Requirements::of_kind("echo"))),
        priority: Priority::default(),
        payload: None,
        content_type: ContentType::Opaque,
        labels: Vec::new(),
        terms: Some(Box::new(terms)),
    }
}

fn entry(state: &State, time_ms: u64, sweep: u32, command: impl Into<Command>) -> Entry {
    let proposals = vec![Proposal::of_office(command.into())];
    let revision = Revision(state.revision().0 + 1);
    Entry { revision, law: LAW, time_ms, sweep, proposals, bodies: Vec::new() }
}

fn after(on: Ref<TaskId>) -> Terms {
    let dependency = Dependency { on, rule: Rule::Succeeded, otherwise: Otherwise::Cancel, seen: None };
    Terms { dependencies: vec![dependency], ..Terms::default() }
}

/// A chain of tasks, each after the one before, longer than one entry may walk; returns the last.
fn chain(state: &mut State) -> TaskId {
    let mut last: Option<TaskId> = None;
    while (state.live() as usize) <= limits::WALK_PER_ENTRY {
        let count = u32::try_from(limits::SUBMIT_TASKS_MAX).expect("a small bound");
        let link = |position: u32| match (position, last) {
            (0, None) => Terms::default(),
            (0, Some(last)) => after(Ref::Id(last)),
            _ => after(Ref::Here(position - 1)),
        };
        let tasks = (0..count).map(|position| spec(link(position))).collect();
        let submit = entry(state, 1_000, 0, Submit { key: None, batch: Batch::Alone, tasks });
        let outcome = apply(state, submit);
        assert!(matches!(outcome.replies[0].reply, Reply::Submitted { .. }), "{:?}", outcome.replies);
        last = Some(TaskId(Name::new(Era::default(), outcome.revision, count - 1)));
    }
    last.expect("the chain has a last link")
}

#[test]
fn a_verb_does_not_walk_through_a_family_without_end() {
    let mut state = State::new(Era::default());
    let last = chain(&mut state);
    let doomed = spec(Terms { must_start_by_ms: Some(2_000), ..Terms::default() });
    let submit = entry(&state, 1_000, 0, Submit { key: None, batch: Batch::Alone, tasks: vec![doomed] });
    apply(&mut state, submit);
    let cancel = Cancel { task: Ref::Id(last), grace_ms: None, children: false, dependents: false };
    // Something is due and is not swept: whether it concerns the task cannot be seen from here.
    let asked = entry(&state, 3_000, 0, cancel.clone());
    assert_eq!(apply(&mut state, asked).replies[0].reply, Reply::Refused(Refusal::Backlog));
    // Once it is swept there is nothing to walk for.
    let asked = entry(&state, 3_000, 1, cancel);
    assert_eq!(apply(&mut state, asked).replies[0].reply, Reply::Done);
    state.check().unwrap();
}

/// Requirements of this kind, with sixteen label keys of their own.
fn picky(number: u32) -> Requirements {
    let key = |at: u32| Selector { key: format!("key{number}-{at}").into(), test: Test::Exists };
    Requirements { selector: (0..16).map(key).collect(), ..Requirements::of_kind("echo") }
}

#[test]
fn words_that_nothing_refers_to_give_way() {
    let mut state = State::new(Era::default());
    // Far more label keys than there may be at once, but never more than sixteen in use.
    for number in 0..2 * limits::LABEL_KEYS_MAX / 16 {
        let task = TaskSpec { class: Meant::Words(Box::new(picky(number))), ..spec(Terms::default()) };
        let submit = entry(&state, 1_000, 0, Submit { key: None, batch: Batch::Alone, tasks: vec![task] });
        let reply = apply(&mut state, submit).replies[0].reply;
        let Reply::Submitted { first, .. } = reply else { panic!("class {number}: {reply:?}") };
        let cancel = Cancel { task: Ref::Id(first), grace_ms: None, children: false, dependents: false };
        let cancel = entry(&state, 1_000, 0, cancel);
        assert_eq!(apply(&mut state, cancel).replies[0].reply, Reply::Done);
    }
    state.check().unwrap();
    let records = state.records().into_iter().map(Ok);
    let rebuilt = State::from_records(state.revision(), state.digest(), records).unwrap();
    rebuilt.check().unwrap();
    assert_eq!(rebuilt.records(), state.records());
}

#[test]
fn what_a_small_entry_leaves_stays_in_bounds() {
    let mut state = State::new(Era::default());
    let values = vec!["x".repeat(200).into(); 9];
    let wordy = Requirements {
        selector: vec![Selector { key: "zone".into(), test: Test::In(values) }],
        ..Requirements::of_kind("echo")
    };
    let task = TaskSpec { class: Meant::Words(Box::new(wordy.clone())), ..spec(Terms::default()) };
    let submit =
        entry(&state, 1_000, 0, Submit { key: None, batch: Batch::Alone, tasks: vec![task.clone()] });
    assert!(matches!(apply(&mut state, submit).replies[0].reply, Reply::Submitted { .. }));
    let class = state.mean_class(&wordy).expect("the class is known now");
    let tasks = vec![TaskSpec { class, ..task }; limits::SUBMIT_TASKS_MAX];
    let submit = entry(&state, 1_000, 0, Submit { key: None, batch: Batch::Alone, tasks });
    let outcome = apply(&mut state, submit);
    assert!(matches!(outcome.replies[0].reply, Reply::Submitted { .. }), "{:?}", outcome.replies);
    let left = outcome.changes.canonical_bytes().len();
    assert!(left < 32 << 20, "ten thousand tasks of a wordy class left {left} bytes");
}
