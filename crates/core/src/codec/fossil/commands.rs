//! Samples of all commands, and of entries that hold them. Where a shape has options, the second sample has none.

use bytes::Bytes;

use super::names::{
    BODY, CLIENT, HASH, HOLDING, LIMITS, NOW_MS, OTHER, RETRY, TASK, THIRD, WORKER, known_class, known_queue,
    labels, offer, priority, queue, requirements,
};
use crate::alarm::{Alarm, AlarmKind};
use crate::class::{Requirements, Resources};
use crate::codec::record::Failure;
use crate::command::{
    Amendment, AnswerUpdate, Batch, Cancel, Checkpoint, ClearAlarm, CloseClient, CloseWorker, Command,
    Complete, ConfigureNamespace, ConfigureQueue, CreateNamespace, CreateQueue, DeleteNamespace, DeleteQueue,
    DrainWorker, ExpireClient, ExpireWorker, Extend, Fail, Forget, Found, Grant, IdempotencyKey, OpenClient,
    OpenWorker, Partial, Pause, PauseNamespace, PauseQueue, Progress, RaiseLaw, Recall, Release, Resume,
    ResumeNamespace, ResumeQueue, ResumeWorker, Retry, SetAlarm, Stopped, Submit, Suspended, Update,
};
use crate::entry::{Actor, Entry, Proposal, RequestId};
use crate::intern::Meant;
use crate::name::{Ref, Revision};
use crate::place::{NamespaceSettings, QueueSettings};
use crate::task::{ContentType, Dependency, Ending, Otherwise, Rule, Seen, TaskSpec, Terms};
use crate::worker::{Departure, Offer};

fn terms() -> Terms {
    let dependency = |on, rule, otherwise, seen| Dependency { on, rule, otherwise, seen };
    Terms {
        not_before_ms: Some(NOW_MS + 1_000),
        must_start_by_ms: Some(NOW_MS + 2_000),
        attempt_timeout_ms: Some(60_000),
        retry: Some(RETRY),
        dependencies: vec![
            dependency(Ref::Id(OTHER), Rule::Succeeded, Otherwise::Cancel, None),
            dependency(Ref::Here(3), Rule::Finished, Otherwise::Run, None),
            dependency(
                Ref::Id(THIRD),
                Rule::Failed,
                Otherwise::Cancel,
                Some(Seen { at: Revision(48_200), ending: Ending::Dead }),
            ),
        ],
        parent: Some(Ref::Id(THIRD)),
        retention_ms: Some(86_400_000),
        trace: b"00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01".to_vec(),
    }
}

fn full_task() -> TaskSpec {
    TaskSpec {
        queue: Meant::Words(queue()),
        class: Meant::Words(Box::new(requirements())),
        priority: priority(9),
        payload: Some(BODY),
        content_type: ContentType::Other("text/x-plan".into()),
        labels: labels(),
        terms: Some(Box::new(terms())),
    }
}

fn plain_task() -> TaskSpec {
    TaskSpec {
        queue: known_queue(),
        class: known_class(),
        priority: priority(0),
        payload: None,
        content_type: ContentType::Json,
        labels: Vec::new(),
        terms: None,
    }
}

fn of_tasks() -> Vec<Command> {
    let key = IdempotencyKey { key: "wall-7".into(), hash: HASH, lifetime_ms: Some(3_600_000) };
    let bare = TaskSpec { content_type: ContentType::Opaque, terms: Some(Box::default()), ..plain_task() };
    let found = Found {
        read_at: Revision(48_205),
        ending: Ending::Failed,
        generation: 2,
        attempts: 11,
        queue: Meant::Words(queue()),
        class: Meant::Words(Box::new(Requirements::of_kind("shell"))),
        priority: priority(4),
        attempt_timeout_ms: Some(60_000),
        retry: Some(RETRY),
        updates: 3,
        parent: Some(THIRD),
    };
    let least = Found {
        queue: known_queue(),
        class: known_class(),
        attempt_timeout_ms: None,
        retry: None,
        updates: 0,
        parent: None,
        ..found.clone()
    };
    vec![
        Submit { key: Some(key), batch: Batch::Of(OTHER), tasks: vec![full_task(), plain_task()] }.into(),
        Submit { key: None, batch: Batch::Alone, tasks: vec![plain_task()] }.into(),
        Submit { key: None, batch: Batch::Own, tasks: vec![bare] }.into(),
        Cancel { task: Ref::Id(TASK), grace_ms: Some(5_000), children: true, dependents: false }.into(),
        Cancel { task: Ref::Here(2), grace_ms: None, children: false, dependents: true }.into(),
        Pause { task: Ref::Id(TASK), grace_ms: Some(5_000) }.into(),
        Pause { task: Ref::Here(2), grace_ms: None }.into(),
        Resume { task: Ref::Id(TASK) }.into(),
        Update { task: Ref::Id(TASK), amendment: amendment() }.into(),
        Update { task: Ref::Here(2), amendment: Amendment::default() }.into(),
        Update {
            task: Ref::Id(TASK),
            amendment: Amendment { not_before_ms: Some(None), ..Amendment::default() },
        }
        .into(),
        Retry { task: TASK, found: Some(Box::new(found)) }.into(),
        Retry { task: TASK, found: Some(Box::new(least)) }.into(),
        Retry { task: TASK, found: None }.into(),
        Forget { task: TASK, found: Some((2, Revision(48_205))) }.into(),
        Forget { task: TASK, found: None }.into(),
    ]
}

fn amendment() -> Amendment {
    Amendment {
        priority: Some(priority(8)),
        payload: Some(BODY),
        not_before_ms: Some(Some(NOW_MS + 1_000)),
        must_start_by_ms: Some(Some(NOW_MS + 2_000)),
        attempt_timeout_ms: Some(Some(60_000)),
        class: Some(Meant::Words(Box::new(requirements()))),
    }
}

fn of_leases() -> Vec<Command> {
    let holding = HOLDING;
    let failure = Failure { error: "NoPaint".into(), message: "the bucket is empty".into() };
    let silent = Failure { error: "".into(), message: "".into() };
    vec![
        Grant { task: Ref::Id(TASK), worker: Ref::Id(WORKER) }.into(),
        Grant { task: Ref::Here(0), worker: Ref::Here(128) }.into(),
        Recall { holding }.into(),
        Extend { holding, by_ms: 30_000 }.into(),
        Progress { holding, permille: 375, message: "three of eight walls".into() }.into(),
        Partial { holding, index: 4, body: BODY }.into(),
        Checkpoint { holding, body: BODY }.into(),
        Complete { holding, result: Some(BODY) }.into(),
        Complete { holding, result: None }.into(),
        Fail { holding, retryable: true, failure, details: Some(BODY), retry_after_ms: Some(7_000) }.into(),
        Fail { holding, retryable: false, failure: silent, details: None, retry_after_ms: None }.into(),
        Release { holding }.into(),
        Stopped { holding }.into(),
        Suspended { holding }.into(),
        AnswerUpdate { holding, number: 5, accepted: true }.into(),
    ]
}

fn of_places() -> Vec<Command> {
    let (name, settings) = ("paint", NamespaceSettings { queues_on_first_use: false });
    vec![
        CreateNamespace { name: name.into(), settings }.into(),
        ConfigureNamespace { name: name.into(), settings }.into(),
        PauseNamespace { name: name.into() }.into(),
        ResumeNamespace { name: name.into() }.into(),
        DeleteNamespace { name: name.into() }.into(),
        CreateQueue { queue: queue(), settings: LIMITS }.into(),
        CreateQueue { queue: queue(), settings: QueueSettings::default() }.into(),
        ConfigureQueue { queue: queue(), settings: LIMITS }.into(),
        PauseQueue { queue: queue() }.into(),
        ResumeQueue { queue: queue() }.into(),
        DeleteQueue { queue: queue() }.into(),
    ]
}

fn of_sessions() -> Vec<Command> {
    let (worker, name) = (Ref::Id(WORKER), "brush-17");
    let bare = Offer { kinds: Vec::new(), labels: Vec::new(), resources: Resources::default(), slots: 1 };
    let alarm = Alarm { kind: AlarmKind::ClockGap, node: 3 };
    vec![
        OpenClient.into(),
        CloseClient { client: CLIENT }.into(),
        ExpireClient { client: CLIENT, idle_since: Revision(48_200) }.into(),
        OpenWorker { name: name.into(), offer: offer(), ttl_ms: 15_000, secret: Some(HASH) }.into(),
        OpenWorker { name: name.into(), offer: bare, ttl_ms: 15_000, secret: None }.into(),
        ResumeWorker { worker, offer: Some(offer()) }.into(),
        ResumeWorker { worker: Ref::Here(9), offer: None }.into(),
        DrainWorker { worker }.into(),
        CloseWorker { worker }.into(),
        ExpireWorker { worker: WORKER, departure: Departure::Evicted, charged: true }.into(),
        SetAlarm { alarm, message: "node 3 is 90 s ahead".into() }.into(),
        ClearAlarm { alarm }.into(),
        RaiseLaw { law: 2 }.into(),
    ]
}

/// At least one of each verb.
pub(super) fn samples() -> Vec<Command> {
    [of_tasks(), of_leases(), of_places(), of_sessions()].concat()
}

/// A full entry, and an empty one.
pub(super) fn entries() -> Vec<Entry> {
    let request = Some(RequestId { client: CLIENT, sequence: 1_024, acked_below: 1_020 });
    let submit = Submit { key: None, batch: Batch::Alone, tasks: vec![full_task()] };
    let full = Entry {
        revision: Revision(48_213),
        law: 1,
        time_ms: NOW_MS,
        sweep: 1_000,
        proposals: vec![
            Proposal { request, actor: Actor::Subject("ada@example.org".into()), command: submit.into() },
            Proposal { request: None, actor: Actor::Anyone, command: Resume { task: Ref::Id(TASK) }.into() },
            Proposal::of_office(Grant { task: Ref::Here(0), worker: Ref::Id(WORKER) }.into()),
        ],
        bodies: vec![Bytes::new(), Bytes::from(vec![0xAB; 130]), Bytes::from_static(b"{\"wall\":7}")],
    };
    let empty = Entry {
        revision: full.revision,
        law: 0,
        time_ms: 0,
        sweep: 0,
        proposals: Vec::new(),
        bodies: Vec::new(),
    };
    vec![full, empty]
}
