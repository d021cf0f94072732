//! The names and small values that samples are made of: each tells itself apart from its neighbours.

use crate::class::{Requirements, Resources, Selector, Test};
use crate::effect::Holding;
use crate::entry::BodyRef;
use crate::intern::{ClassId, Meant, QueueId};
use crate::name::{ClientId, Name, Revision, TaskId, Token, WorkerId};
use crate::place::QueueSettings;
use crate::task::{Priority, QueueName, RetryPolicy};
use crate::worker::Offer;

const fn name(revision: u64, position: u32) -> Name {
    Name { group: 3, era: 1, revision: Revision(revision), position }
}

pub(super) const TASK: TaskId = TaskId(name(48_213, 7));
pub(super) const OTHER: TaskId = TaskId(name(48_001, 300));
pub(super) const THIRD: TaskId = TaskId(name(5, 0));
pub(super) const WORKER: WorkerId = WorkerId(name(40_100, 2));
pub(super) const TOKEN: Token = Token(name(48_220, 65));
pub(super) const CLIENT: ClientId = ClientId(name(39_999, 1));
pub(super) const HOLDING: Holding = Holding { worker: WORKER, task: TASK, token: TOKEN };

/// An instant in 2026, in milliseconds.
pub(super) const NOW_MS: u64 = 1_767_225_600_123;

pub(super) const HASH: u128 = 0x0011_2233_4455_6677_8899_aabb_ccdd_eeff;
pub(super) const BODY: BodyRef = BodyRef { position: 1, length: 130, hash: HASH };

pub(super) const RETRY: RetryPolicy =
    RetryPolicy { max_attempts: 9, first_ms: 250, factor_percent: 150, max_ms: 90_000 };

pub(super) const LIMITS: QueueSettings = QueueSettings { max_leased: Some(64), max_live: Some(1_000_000) };

pub(super) fn priority(value: u8) -> Priority {
    Priority::new(value).expect("a priority")
}

pub(super) fn queue() -> QueueName {
    QueueName { namespace: "paint".into(), queue: "walls".into() }
}

pub(super) fn labels() -> Vec<(Box<str>, Box<str>)> {
    vec![("colour".into(), "grün".into()), ("site".into(), "north".into())]
}

pub(super) fn resources() -> Resources {
    Resources {
        millicpu: 1_500,
        memory_bytes: 1 << 31,
        custom: vec![("gpu".into(), 2), ("ladder".into(), 1)],
    }
}

pub(super) fn requirements() -> Requirements {
    let term = |key: &str, test| Selector { key: key.into(), test };
    Requirements {
        kind: "paint.wall".into(),
        also: vec!["paint.mix".into(), "shell".into()],
        selector: vec![
            term("colour", Test::In(vec!["blue".into(), "grün".into()])),
            term("rented", Test::Absent),
            term("site", Test::NotIn(vec!["south".into()])),
            term("trained", Test::Exists),
        ],
        resources: resources(),
    }
}

pub(super) fn offer() -> Offer {
    Offer {
        kinds: vec!["paint.wall".into(), "shell".into()],
        labels: labels(),
        resources: resources(),
        slots: 16,
    }
}

pub(super) const fn known_queue<Words>() -> Meant<QueueId, Words> {
    Meant::Known { id: QueueId(12), born: Revision(47_000) }
}

pub(super) const fn known_class<Words>() -> Meant<ClassId, Words> {
    Meant::Known { id: ClassId(200), born: Revision(46_999) }
}
