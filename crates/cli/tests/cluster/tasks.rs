//! What programs ask about tasks, through the client and real servers.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use reeve_client::words::{
    Dependency, GetRequest, Key, Label, NewTask, SubmitManyRequest, SubmitRequest, Task, TaskRef, TaskState,
    task_ref::Task as Meant,
};
use reeve_client::{Client, Timestamp, Trouble};
use tokio::runtime::{Builder, Runtime};

use super::three;
use super::town::Town;

fn runtime() -> Runtime {
    Builder::new_current_thread().enable_all().build().expect("there is room for a runtime")
}

/// A client of these servers.
fn client(town: &Town, numbers: &[usize]) -> Client {
    Client::of(numbers.iter().map(|number| town.public(*number))).expect("these are addresses")
}

fn task(kind: &str) -> NewTask {
    NewTask { kind: Some(kind.into()), ..NewTask::default() }
}

fn one(task: NewTask) -> SubmitRequest {
    SubmitRequest { task: Some(task), key: None }
}

fn keyed(task: NewTask, key: &str) -> SubmitRequest {
    SubmitRequest { task: Some(task), key: Some(Key { key: Some(key.into()), lifetime: None }) }
}

fn of(id: &str) -> GetRequest {
    GetRequest { task: Some(id.into()), ..GetRequest::default() }
}

async fn seen(client: &Client, id: &str) -> Task {
    client.get(of(id)).await.expect("it is there").task.expect("it is answered")
}

fn three_with_a_leader() -> Town {
    let town = three();
    town.until("somebody leads", |town| town.leader().is_some());
    town.until("all are ready", |town| (1..=3).all(|number| town.health(number, "/readyz").0 == 200));
    town
}

#[test]
fn a_task_is_submitted_and_seen_at_any_node() {
    let town = three_with_a_leader();
    runtime().block_on(async {
        for number in 1..=3 {
            let here = client(&town, &[number]);
            let label = Label { key: Some("team".into()), value: Some("red".into()) };
            let asked = NewTask {
                queue: Some("mail".into()),
                payload: Some(format!("from {number}").into()),
                content_type: Some("application/json".into()),
                priority: Some(7),
                labels: vec![label.clone()],
                ..task("echo")
            };
            let done = here.submit(one(asked)).await.expect("it is done");
            assert_eq!(done.existing, Some(false));
            let id = done.task.expect("it has an id");
            // Whoever is asked, and however far it had come: what was acknowledged is seen.
            for other in 1..=3 {
                let there = client(&town, &[other]);
                let seen = seen(&there, &id).await;
                assert_eq!(
                    (seen.state(), seen.held, seen.priority),
                    (TaskState::Ready, Some(false), Some(7))
                );
                assert_eq!((seen.namespace(), seen.queue(), seen.kind()), ("default", "mail", "echo"));
                assert_eq!(
                    (seen.labels.as_slice(), seen.content_type()),
                    ([label.clone()].as_slice(), "application/json")
                );
                assert_eq!((seen.payload_bytes, seen.payload, seen.attempts), (Some(6), None, Some(0)));
                assert!(
                    seen.created_time.is_some()
                        && seen.started_time.is_none()
                        && seen.finished_time.is_none()
                );
                let whole = GetRequest {
                    at_least_revision: done.revision,
                    with_payload: Some(true),
                    with_result: Some(true),
                    ..of(&id)
                };
                let answer = there.get(whole).await.expect("it is there");
                assert!(answer.revision >= done.revision);
                let seen = answer.task.expect("it is answered");
                assert_eq!((seen.payload, seen.result), (Some(format!("from {number}").into()), None));
            }
        }
        let here = client(&town, &[1]).with_patience(Duration::from_millis(500));
        for (id, code) in
            [("1-4000000000", "TASK_NOT_FOUND"), ("7", "BAD_TASK_ID"), ("0.9.1-0", "TASK_NOT_FOUND")]
        {
            let trouble = here.get(of(id)).await.expect_err("there is none");
            assert_eq!(trouble.code(), code, "{trouble}");
        }
        let future = GetRequest { at_least_revision: Some(1 << 40), ..of("1-0") };
        let trouble = here.get(future).await.expect_err("it is not here");
        assert_eq!(trouble.code(), "NODE_BEHIND", "{trouble}");
    });
}

#[test]
fn many_are_submitted_together_or_not_at_all() {
    let town = three_with_a_leader();
    runtime().block_on(async {
        let cluster = client(&town, &[1, 2, 3]);
        let on =
            |meant| vec![Dependency { on: Some(TaskRef { task: Some(meant) }), rule: None, otherwise: None }];
        let second = NewTask { dependencies: on(Meant::Place(0)), ..task("b") };
        let tasks = vec![task("a"), second, task("c")];
        let done = cluster.submit_many(SubmitManyRequest { tasks, key: None }).await.expect("it is done");
        let [a, b, c] = &done.tasks[..] else { panic!("three tasks: {done:?}") };
        let (first, blocked, third) =
            (seen(&cluster, a).await, seen(&cluster, b).await, seen(&cluster, c).await);
        assert_eq!((first.kind(), blocked.kind(), third.kind()), ("a", "b", "c"));
        assert_eq!((first.state(), blocked.state()), (TaskState::Ready, TaskState::Blocked));
        assert_eq!((&blocked.waits_for, blocked.batch()), (&vec![a.clone()], a.as_str()));
        let after = NewTask { dependencies: on(Meant::Id(c.clone())), ..task("d") };
        let after = cluster.submit(one(after)).await.expect("it is done").task.expect("it has an id");
        assert_eq!(&seen(&cluster, &after).await.waits_for, std::slice::from_ref(c));
        // One that is wrong keeps all of them out.
        let before = cluster.submit(one(task("e"))).await.expect("it is done");
        let wrong = NewTask { dependencies: on(Meant::Place(1)), ..task("f") };
        let refused =
            cluster.submit_many(SubmitManyRequest { tasks: vec![task("e"), wrong], key: None }).await;
        assert_eq!(refused.expect_err("it refers to itself").code(), "FORWARD_REFERENCE");
        let next = format!("{}-0", before.revision.expect("it has a revision") + 1);
        assert_eq!(cluster.get(of(&next)).await.expect_err("nothing was done").code(), "TASK_NOT_FOUND");
    });
}

#[test]
fn a_key_makes_it_happen_once() {
    let town = three_with_a_leader();
    runtime().block_on(async {
        let everywhere: Vec<Client> = (1..=3).map(|number| client(&town, &[number])).collect();
        let asked = |text: &str| NewTask { payload: Some(text.to_owned().into()), ..task("echo") };
        // All at once, at every node.
        let calls = (0..30).map(|call| {
            let client = everywhere[call % 3].clone();
            tokio::spawn(async move { client.submit(keyed(asked("once"), "k1")).await.expect("it is done") })
        });
        let calls: Vec<_> = calls.collect();
        let (mut ids, mut fresh) = (std::collections::BTreeSet::new(), 0);
        for call in calls {
            let done = call.await.expect("it does not panic");
            ids.insert(done.task.expect("it has an id"));
            fresh += usize::from(done.existing == Some(false));
        }
        assert_eq!((ids.len(), fresh), (1, 1), "{ids:?}");
        for client in &everywhere {
            let other = client.submit(keyed(asked("twice"), "k1")).await.expect_err("the key is taken");
            assert_eq!(other.code(), "KEY_MISMATCH", "{other}");
        }
        let tasks = || vec![asked("a"), asked("b")];
        let key = || Some(Key { key: Some("k2".into()), lifetime: None });
        let first = everywhere[0]
            .submit_many(SubmitManyRequest { tasks: tasks(), key: key() })
            .await
            .expect("it is done");
        let again = everywhere[1]
            .submit_many(SubmitManyRequest { tasks: tasks(), key: key() })
            .await
            .expect("it is done");
        assert_eq!((&first.tasks, first.existing, again.existing), (&again.tasks, Some(false), Some(true)));
        let fewer = SubmitManyRequest { tasks: tasks().split_off(1), key: key() };
        assert_eq!(everywhere[2].submit_many(fewer).await.expect_err("it is another").code(), "KEY_MISMATCH");
    });
}

#[test]
fn what_is_wrong_with_a_request_is_said_with_its_code() {
    let town = Town::of(1, &[]);
    let before = runtime().block_on(async {
        client(&town, &[1]).with_patience(Duration::from_millis(300)).submit(one(task("a"))).await
    });
    assert_eq!(before.expect_err("it has no cluster").code(), "NODE_NOT_READY");
    town.do_at(1, &["init"]);
    town.until("it leads", |town| town.leader().is_some());
    let label = |key: &str| Label { key: Some(key.into()), value: Some("v".into()) };
    let soon = |seconds| Some(Timestamp { seconds, nanos: 0 });
    let wrong: Vec<(&str, NewTask)> = vec![
        ("BAD_ARGUMENT", NewTask::default()),
        ("BAD_NAME", task("")),
        ("BAD_NAME", task(&"x".repeat(129))),
        ("BAD_NAME", NewTask { queue: Some("no room".into()), ..task("a") }),
        ("NAMESPACE_NOT_FOUND", NewTask { namespace: Some("nowhere".into()), ..task("a") }),
        ("BAD_ARGUMENT", NewTask { priority: Some(10), ..task("a") }),
        ("BAD_ARGUMENT", NewTask { not_before_time: soon(-1), ..task("a") }),
        ("OUT_OF_BOUNDS", NewTask { not_before_time: soon(1 << 40), ..task("a") }),
        ("OUT_OF_BOUNDS", NewTask { labels: vec![label("a"), label("a")], ..task("a") }),
        (
            "OUT_OF_BOUNDS",
            NewTask { labels: (0..33).map(|n| label(&format!("l{n}"))).collect(), ..task("a") },
        ),
        ("OUT_OF_BOUNDS", NewTask { content_type: Some("x".repeat(300)), ..task("a") }),
        ("PAYLOAD_TOO_LARGE", NewTask { payload: Some(vec![0; (1 << 20) + 1].into()), ..task("a") }),
    ];
    runtime().block_on(async {
        let here = client(&town, &[1]);
        for (code, task) in wrong {
            let kind = task.kind.clone();
            let trouble = here.submit(one(task)).await.expect_err("it is wrong");
            assert!(matches!(trouble, Trouble::Refused(_)) && trouble.code() == code, "{kind:?}: {trouble}");
        }
        let many = |tasks| SubmitManyRequest { tasks, key: None };
        let large = || NewTask { payload: Some(vec![0; 1 << 20].into()), ..task("a") };
        let wrong = [
            ("BAD_TASK_COUNT", Vec::new()),
            ("BAD_TASK_COUNT", vec![task("a"); 10_001]),
            ("REQUEST_TOO_LARGE", vec![large(); 5]),
            ("CLIENT_TOO_LARGE", vec![large(); 7]),
            ("CLIENT_TOO_LARGE", vec![large(); 9]),
        ];
        for (code, tasks) in wrong {
            let trouble = here.submit_many(many(tasks)).await.expect_err("it is wrong");
            assert_eq!(trouble.code(), code, "{trouble}");
        }
        for (code, key) in [
            ("BAD_ARGUMENT", None),
            ("OUT_OF_BOUNDS", Some(String::new())),
            ("OUT_OF_BOUNDS", Some("k".repeat(257))),
        ] {
            let request = SubmitRequest { key: Some(Key { key, lifetime: None }), ..one(task("a")) };
            assert_eq!(here.submit(request).await.expect_err("it is wrong").code(), code);
        }
        // The largest that there may be.
        let most = here.submit_many(many(vec![task("a"); 10_000])).await.expect("it is done");
        assert_eq!(most.tasks.len(), 10_000);
        here.submit_many(many(vec![large(); 3])).await.expect("it is done");
    });
}

#[test]
fn a_task_that_ended_is_still_seen() {
    let town = Town::of(1, &[]);
    town.do_at(1, &["init"]);
    town.until("it leads", |town| town.leader().is_some());
    runtime().block_on(async {
        let here = client(&town, &[1]);
        let now = SystemTime::now().duration_since(UNIX_EPOCH).expect("it is after 1970").as_secs();
        let soon = Timestamp { seconds: i64::try_from(now).expect("it fits") + 1, nanos: 0 };
        let late = NewTask { must_start_by_time: Some(soon), ..task("a") };
        let late = here.submit(one(late)).await.expect("it is done").task.expect("it has an id");
        let on = Dependency {
            on: Some(TaskRef { task: Some(Meant::Id(late.clone())) }),
            rule: None,
            otherwise: None,
        };
        let after = NewTask { dependencies: vec![on.clone()], ..task("b") };
        let after = here.submit(one(after)).await.expect("it is done").task.expect("it has an id");
        let begin = std::time::Instant::now();
        let ended = loop {
            let seen = seen(&here, &late).await;
            if seen.state() != TaskState::Ready {
                break seen;
            }
            assert!(begin.elapsed() < super::town::LONG, "it waits for ever");
        };
        assert_eq!((ended.state(), ended.attempts, ended.error), (TaskState::Expired, Some(0), None));
        assert!(
            ended.finished_time.is_some_and(|time| time.seconds >= soon.seconds),
            "{:?}",
            ended.finished_time
        );
        let after = seen(&here, &after).await;
        assert_eq!((after.state(), after.finished_time.is_some()), (TaskState::Cancelled, true));
        let too_late = NewTask { dependencies: vec![on], ..task("c") };
        let too_late = here.submit(one(too_late)).await.expect("it is done").task.expect("it has an id");
        assert_eq!(seen(&here, &too_late).await.state(), TaskState::Cancelled);
    });
}

/// Without a majority nobody can tell what becomes of a submission; with a key it is asked again until somebody can.
#[test]
fn what_nobody_knows_is_told_apart_from_what_was_not_done() {
    let mut town = three_with_a_leader();
    let leader = town.leader().expect("somebody leads");
    let others: Vec<usize> = (1..=3).filter(|number| *number != leader).collect();
    let runtime = runtime();
    let _inside = runtime.enter();
    let (alone, all) = (client(&town, &[leader]), client(&town, &[1, 2, 3]));
    others.iter().for_each(|number| town.kill(*number));
    let impatient = alone.with_patience(Duration::from_secs(2));
    let trouble = runtime.block_on(impatient.submit(one(task("a")))).expect_err("there is no majority");
    assert!(matches!(trouble, Trouble::NoAnswer { .. }), "{trouble}");
    // By now its office is closed, and it says so.
    let impatient = alone.with_patience(Duration::from_millis(500));
    let trouble = runtime.block_on(impatient.submit(one(task("b")))).expect_err("there is no majority");
    assert_eq!((trouble.code(), matches!(trouble, Trouble::Refused(_))), ("NO_LEADER", true), "{trouble}");
    let trouble = runtime.block_on(impatient.get(of("1-0"))).expect_err("there is no majority");
    assert_eq!(trouble.code(), "NO_LEADER", "{trouble}");
    let gone = client(&town, &[others[0]]).with_patience(Duration::from_millis(500));
    let trouble = runtime.block_on(gone.submit(one(task("c")))).expect_err("it is dead");
    assert!(matches!(trouble, Trouble::Unreachable { .. }), "{trouble}");
    // Asked while nobody can answer; done when the others are back.
    let patient = all.with_patience(Duration::from_secs(30));
    let calls: Vec<_> = (0..10)
        .map(|call| {
            let patient = patient.clone();
            runtime.spawn(async move { patient.submit(keyed(task("d"), &format!("k{}", call / 2))).await })
        })
        .collect();
    runtime.block_on(tokio::time::sleep(Duration::from_millis(300)));
    others.iter().for_each(|number| town.start(*number));
    let mut ids = std::collections::BTreeSet::new();
    for call in calls {
        let done = runtime.block_on(call).expect("it does not panic").expect("it is done");
        ids.insert(done.task.expect("it has an id"));
    }
    assert_eq!(ids.len(), 5);
}
