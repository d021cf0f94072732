//! Samples of all stored records. Where a shape has options, the second sample has none.

use std::fmt::Debug;

use super::names::{
    BODY, HASH, LIMITS, NOW_MS, OTHER, RETRY, TASK, THIRD, TOKEN, WORKER, labels, priority, queue,
    requirements, resources,
};
use super::{Again, Family};
use crate::class::{Requirements, Resources};
use crate::codec::record::{
    self, AlarmRecord, AmendmentRecord, ArchiveRecord, AttemptRecord, ClassRecord, ClientRecord, DrainRecord,
    Failure, MetaRecord, PhaseRecord, ProgressRecord, Record, ReplyRecord, SpecRecord, TaskRecord,
    TextRecord, WaitsFor, WaitsRecord,
};
use crate::entry::Actor;
use crate::event::{AttemptEnd, Cancelled};
use crate::intern::{ClassId, KindId, LabelKeyId, NamespaceId, QueueId};
use crate::lease::Grip;
use crate::name::{Era, Revision};
use crate::place::{NamespaceRecord, NamespaceSettings, QueueRecord, QueueSettings};
use crate::remembered::RememberedRecord;
use crate::reply::{Answer, Reply};
use crate::task::{Cold, ContentType, Ending, Otherwise, Rule};
use crate::tombstone::Tombstone;
use crate::work::{Spread, Work, WorkRecord};
use crate::worker::{Death, Departure, WorkerRecord};

fn again<R: Record + Debug>(bytes: &[u8]) -> Again {
    let record: R = record::get(bytes)?;
    let mut written = Vec::new();
    record::put(&record, &mut written);
    Ok((format!("{record:#?}"), written))
}

/// The samples of the record under `key`.
fn of<R: Record + Debug>(key: &'static str, records: Vec<R>) -> Family {
    let written = records.iter().map(|record| {
        let mut bytes = Vec::new();
        record::put(record, &mut bytes);
        (key, R::VERSION, bytes)
    });
    Family::new(&format!("record.{key}"), again::<R>, written.collect())
}

pub(super) fn families() -> Vec<Family> {
    let mut all = of_the_whole();
    all.extend(of_sessions());
    all.extend(of_tasks());
    all.extend(of_history());
    all
}

fn of_the_whole() -> Vec<Family> {
    let born = Revision(47_000);
    let meta = MetaRecord {
        era: Era { group: 3, era: 1 },
        law: 1,
        now_ms: NOW_MS,
        tail: 90_000,
        head: -77,
        next_work: 41,
        tombstones_first: 1_234,
        tombstones_floor: Revision(46_000),
    };
    let settings = NamespaceSettings { queues_on_first_use: false };
    let walls =
        QueueRecord { namespace: NamespaceId(4), name: "walls".into(), born, settings: LIMITS, paused: true };
    let bare = QueueRecord { settings: QueueSettings::default(), paused: false, ..walls.clone() };
    let plain = ClassRecord { born, requirements: Requirements::of_kind("shell") };
    vec![
        of("Meta", vec![meta, MetaRecord::default()]),
        of("Namespace", vec![NamespaceRecord { name: "paint".into(), settings, paused: true }]),
        of("Queue", vec![walls, bare]),
        of("Kind", vec![TextRecord::<4> { born, text: "paint.wall".into() }]),
        of("LabelKey", vec![TextRecord::<5> { born, text: "colour".into() }]),
        of("Class", vec![ClassRecord { born, requirements: requirements() }, plain]),
        of("Alarm", vec![AlarmRecord { since_ms: NOW_MS, message: "node 3 is 90 s ahead".into() }]),
    ]
}

fn of_sessions() -> Vec<Family> {
    let reply = Reply::Submitted { first: TASK, count: 3, existing: true };
    let worker = WorkerRecord {
        name: "brush-17".into(),
        kinds: vec![KindId(2), KindId(300)],
        labels: vec![(LabelKeyId(1), "grün".into()), (LabelKeyId(7), "north".into())],
        resources: resources(),
        slots: 16,
        ttl_ms: 15_000,
        secret: Some(HASH),
        draining: true,
        death: Some(Death { at_ms: NOW_MS, work: 40, departure: Departure::Silent, charged: true }),
    };
    let bare = WorkerRecord {
        kinds: Vec::new(),
        labels: Vec::new(),
        resources: Resources::default(),
        secret: None,
        draining: false,
        death: None,
        ..worker.clone()
    };
    let remembered = RememberedRecord {
        namespace: NamespaceId(4),
        key: "wall-7".into(),
        hash: HASH,
        count: 3,
        expires_ms: NOW_MS + 3_600_000,
    };
    vec![
        of("Client", vec![ClientRecord { opened_ms: NOW_MS }]),
        of(
            "Reply",
            vec![ReplyRecord { acked_below: 1_020, answer: Answer { revision: Revision(48_213), reply } }],
        ),
        of("Worker", vec![worker, bare]),
        of("Remembered", vec![remembered]),
    ]
}

fn cold() -> Cold {
    Cold {
        not_before_ms: Some(NOW_MS + 1_000),
        must_start_by_ms: Some(NOW_MS + 2_000),
        attempt_timeout_ms: Some(60_000),
        retry: Some(RETRY),
        awaited: Vec::new(),
        parent: Some(THIRD),
        depth: 2,
        key: Some(OTHER),
        crashed: vec![WORKER],
        updates: 5,
        last: Some((TOKEN, WORKER)),
    }
}

const GRIP: Grip = Grip {
    token: TOKEN,
    worker: WORKER,
    class: ClassId(201),
    granted_ms: NOW_MS,
    deadline_ms: Some(NOW_MS + 60_000),
    pause_by_ms: Some(NOW_MS + 30_000),
    cancel: Some((NOW_MS + 5_000, Cancelled::WithParent(THIRD))),
    suspended: true,
    left_ms: Some(20_000),
    update: 5,
    partials: 4,
};

fn phases() -> Vec<PhaseRecord> {
    let bare = Grip {
        deadline_ms: None,
        pause_by_ms: None,
        cancel: None,
        suspended: false,
        left_ms: None,
        update: 0,
        partials: 0,
        ..GRIP
    };
    vec![
        PhaseRecord::Leased { grip: GRIP },
        PhaseRecord::Ready { order: -78 },
        PhaseRecord::Leased { grip: bare },
        PhaseRecord::Blocked { waiting: 2 },
        PhaseRecord::Scheduled { until_ms: NOW_MS + 1_000 },
        PhaseRecord::Backoff { until_ms: NOW_MS + 250 },
        PhaseRecord::Dead,
    ]
}

fn of_tasks() -> Vec<Family> {
    let tasks = phases().into_iter().enumerate().map(|(at, phase)| TaskRecord {
        queue: QueueId(12),
        class: ClassId(200),
        priority: priority(8),
        held: at == 0,
        generation: 2,
        attempt: 11,
        failures: 4,
        crashes: 1,
        recalls: 3,
        since_ms: NOW_MS,
        phase,
        cold: (at == 0).then(|| Box::new(cold())),
    });
    let drain = DrainRecord { task: TASK, generation: 2, queue: QueueId(12), grip: GRIP };
    let stone = Tombstone {
        task: TASK,
        revision: Revision(48_230),
        buried_ms: NOW_MS,
        generation: 2,
        ending: Ending::Failed,
        forgotten: false,
        last: Some((TOKEN, WORKER)),
    };
    let spread = Spread {
        root: TASK,
        by_ms: Some(NOW_MS + 5_000),
        children: true,
        dependents: false,
        cursor: Some(OTHER),
    };
    let work = |work| WorkRecord { at_ms: NOW_MS, work };
    vec![
        of("Task", tasks.collect()),
        of("Waits", vec![WaitsRecord { rule: Rule::Finished, otherwise: Otherwise::Run }]),
        of("Drain", vec![drain]),
        of("Tombstone", vec![stone, Tombstone { forgotten: true, last: None, ..stone }]),
        of(
            "Work",
            vec![
                work(Work::Cancel { spread }),
                work(Work::Cancel { spread: Spread { by_ms: None, cursor: None, ..spread } }),
                work(Work::Ended { task: TASK, ending: Ending::Cancelled }),
                work(Work::Gone { worker: WORKER }),
            ],
        ),
    ]
}

fn specs() -> Vec<SpecRecord> {
    let waits = |on, rule, otherwise| WaitsFor { on, rule, otherwise };
    let full = SpecRecord {
        submitted_ms: NOW_MS,
        actor: Actor::Subject("ada@example.org".into()),
        queue: queue(),
        requirements: requirements(),
        priority: priority(9),
        payload: Some((BODY.length, BODY.hash)),
        content_type: ContentType::Other("text/x-plan".into()),
        labels: labels(),
        batch: Some(OTHER),
        parent: Some(THIRD),
        dependencies: vec![
            waits(OTHER, Rule::Succeeded, Otherwise::Cancel),
            waits(THIRD, Rule::Failed, Otherwise::Run),
        ],
        not_before_ms: Some(NOW_MS + 1_000),
        must_start_by_ms: Some(NOW_MS + 2_000),
        attempt_timeout_ms: Some(60_000),
        retry: Some(RETRY),
        retention_ms: Some(86_400_000),
        trace: b"00-4bf92f35-01".to_vec(),
    };
    let least = SpecRecord {
        actor: Actor::Anyone,
        requirements: Requirements::of_kind("shell"),
        payload: None,
        content_type: ContentType::Opaque,
        labels: Vec::new(),
        batch: None,
        parent: None,
        dependencies: Vec::new(),
        not_before_ms: None,
        must_start_by_ms: None,
        attempt_timeout_ms: None,
        retry: None,
        retention_ms: None,
        trace: Vec::new(),
        ..full.clone()
    };
    vec![full, least]
}

fn of_history() -> Vec<Family> {
    let amendment = AmendmentRecord {
        at_ms: NOW_MS,
        actor: Actor::Office,
        priority: Some(priority(8)),
        payload: Some((BODY.length, BODY.hash)),
        not_before_ms: Some(Some(NOW_MS + 1_000)),
        must_start_by_ms: Some(Some(NOW_MS + 2_000)),
        attempt_timeout_ms: Some(None),
        requirements: Some(requirements()),
    };
    let unchanged = AmendmentRecord {
        priority: None,
        payload: None,
        not_before_ms: None,
        must_start_by_ms: None,
        attempt_timeout_ms: None,
        requirements: None,
        ..amendment.clone()
    };
    let attempt = AttemptRecord {
        token: TOKEN,
        worker: WORKER,
        generation: 2,
        granted_ms: NOW_MS,
        ended_ms: NOW_MS + 1_500,
        how: AttemptEnd::FailedForGood,
        failure: Some(Failure { error: "NoPaint".into(), message: "the bucket is empty".into() }),
        retry_after_ms: Some(4_000),
    };
    let archive = ArchiveRecord {
        ending: Ending::Cancelled,
        cancelled: Some(Cancelled::WithDependency(OTHER)),
        ended_ms: NOW_MS + 1_500,
        generation: 2,
        attempts: 11,
        last: Some((TOKEN, WORKER)),
        failure: attempt.failure.clone(),
        result: Some((32, HASH)),
    };
    let quiet = ArchiveRecord { cancelled: None, last: None, failure: None, ..archive.clone() };
    let progress =
        ProgressRecord { at_ms: NOW_MS, attempt: 11, permille: 375, message: "three of eight walls".into() };
    vec![
        of("Spec", specs()),
        of("Amendment", vec![amendment, unchanged]),
        of("Attempt", vec![attempt.clone(), AttemptRecord { failure: None, ..attempt }]),
        of("Archive", vec![archive, quiet]),
        of("Progress", vec![progress]),
    ]
}
