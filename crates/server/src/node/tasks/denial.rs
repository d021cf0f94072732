//! What is said of a task that was not submitted or cannot be seen: a stable code, what is the matter, and the way out.
//!
//! After `OUTCOME_UNKNOWN` it may have been done; after every other code it was not.

use reeve_core::limits;
use reeve_core::name::NotAName;
use reeve_core::{Cap, Field, Refusal};
use reeve_node::message::Refused;
use reeve_node::store::Fault;
use tonic::metadata::MetadataValue;
use tonic::{Code, Status};

use super::look::Unseen;
use crate::limits::{ASK_AGAIN_MS, CROWDED_MS, PAYLOAD_BYTES_MAX, SUBMIT_BODY_BYTES_MAX, WRITES_STOPPED_MS};
use crate::node::refusal::Refusal as NodeRefusal;

/// Why something was not done.
#[derive(Debug)]
pub(super) struct Denial {
    code: Code,
    /// A code of ours, a colon, and the rest.
    said: String,
    /// When asking again may help.
    retry_ms: Option<u64>,
}

impl Denial {
    const fn new(code: Code, said: String) -> Self {
        Self { code, said, retry_ms: None }
    }

    fn again(self, retry_ms: u64) -> Self {
        Self { retry_ms: Some(retry_ms), ..self }
    }

    /// The request does not say what it must.
    pub(super) fn lacks(field: &str) -> Self {
        Self::argument(&format!("the request lacks `{field}`"))
    }

    pub(super) fn argument(what: &str) -> Self {
        Self::new(Code::InvalidArgument, format!("BAD_ARGUMENT: {what}"))
    }

    pub(super) fn bad_id(text: &str, error: &NotAName) -> Self {
        // Whatever was sent is not sent back in full.
        let text: String = text.chars().take(64).collect();
        Self::new(Code::InvalidArgument, format!("BAD_TASK_ID: {text:?} is {error}"))
    }

    pub(super) fn tasks(count: usize) -> Self {
        let most = limits::SUBMIT_TASKS_MAX;
        Self::new(
            Code::InvalidArgument,
            format!("BAD_TASK_COUNT: the request has {count} tasks; one takes from 1 to {most}. Split it"),
        )
    }

    pub(super) fn payload(place: usize, bytes: usize) -> Self {
        let said = format!(
            "PAYLOAD_TOO_LARGE: task {place} of the request has a payload of {bytes} bytes, and at most \
             {PAYLOAD_BYTES_MAX} are taken. Store it elsewhere, and submit where it is"
        );
        Self::new(Code::ResourceExhausted, said)
    }

    pub(super) fn payloads(bytes: usize) -> Self {
        let said = format!(
            "REQUEST_TOO_LARGE: the payloads of the request have {bytes} bytes, and at most {SUBMIT_BODY_BYTES_MAX} are \
             taken at once. Split it"
        );
        Self::new(Code::ResourceExhausted, said)
    }

    /// The requests of all callers together are too large.
    pub(super) fn crowded() -> Self {
        let said = format!("BUSY: too much is asked at once; it was not done. Ask again in {CROWDED_MS} ms");
        Self::new(Code::Unavailable, said).again(CROWDED_MS)
    }

    /// What cannot be was answered.
    pub(super) fn strange(what: String) -> Self {
        Self::new(
            Code::Unknown,
            format!(
                "OUTCOME_UNKNOWN: {what}. Whether it was done is unknown; report this with the log of the node"
            ),
        )
    }

    /// The same, of this task of the request.
    pub(super) fn of_task(self, place: usize) -> Self {
        Self { said: format!("{} (task {place} of the request)", self.said), ..self }
    }
}

impl From<NodeRefusal> for Denial {
    fn from(refusal: NodeRefusal) -> Self {
        // Another node may take part.
        Self::new(
            Code::Unavailable,
            format!("NODE_NOT_READY: this node takes no part: {refusal}. Ask another node"),
        )
    }
}

impl From<Refused> for Denial {
    fn from(refused: Refused) -> Self {
        match refused {
            Refused::NotLeader { .. } | Refused::Closed => Self::new(
                Code::Unavailable,
                "NO_LEADER: nobody leads that this node could ask; it was not done. Ask again, here or elsewhere".into(),
            ),
            Refused::Busy { retry_ms } => Self::new(
                Code::Unavailable,
                format!("BUSY: too much is waiting; it was not done. Ask again in {retry_ms} ms"),
            )
            .again(retry_ms),
            Refused::Stopped { retry_ms } => Self::new(
                Code::Unavailable,
                format!("TASKS_STOPPED: {refused}. It was not done; `reeve cluster status` tells which node is in trouble"),
            )
            .again(retry_ms),
            Refused::Unknown => Self::new(
                Code::Unknown,
                "OUTCOME_UNKNOWN: whether it was done is unknown. Ask again with the same key, or look before you ask \
                 again"
                    .into(),
            ),
            Refused::Stranger(_) | Refused::Amnesia(_) | Refused::Impossible(_) => Self::new(
                Code::Unavailable,
                format!("NODE_REFUSED: this node could not do it: {refused}. Ask another node, and look at its log"),
            ),
        }
    }
}

impl From<Fault> for Denial {
    fn from(fault: Fault) -> Self {
        // Others may be whole.
        Self::new(
            Code::Unavailable,
            format!("NODE_DAMAGED: this node cannot read what it stored: {fault}. Ask another node"),
        )
    }
}

impl From<Unseen> for Denial {
    fn from(unseen: Unseen) -> Self {
        match unseen {
            Unseen::NotFound => Refusal::TaskNotFound.into(),
            Unseen::Behind { wanted, applied } => Self::new(
                Code::Unavailable,
                format!(
                    "NODE_BEHIND: revision {wanted} is not here yet; {applied} is. Ask again, here or elsewhere"
                ),
            ),
            Unseen::Refused(Refused::Unknown) => Self::new(
                Code::Unavailable,
                "NO_LEADER: whoever leads did not answer this node. Ask again, here or elsewhere".into(),
            ),
            Unseen::Refused(refused) => refused.into(),
            Unseen::Fault(fault) => fault.into(),
        }
    }
}

impl From<Refusal> for Denial {
    fn from(refusal: Refusal) -> Self {
        let what = if let Refusal::OutOfBounds { field } = refusal {
            bounds(field)
        } else if let Refusal::TooMany { cap } = refusal {
            most(cap).into()
        } else {
            words(refusal).into()
        };
        let denial = Self::new(status(refusal), format!("{}: {what}", code(refusal)));
        if matches!(refusal, Refusal::WritesStopped) {
            denial.again(WRITES_STOPPED_MS)
        } else if refusal.is_transient() {
            denial.again(ASK_AGAIN_MS)
        } else {
            denial
        }
    }
}

impl From<Denial> for Status {
    fn from(denial: Denial) -> Self {
        let Denial { code, said, retry_ms } = denial;
        let mut status = Self::new(code, said);
        if let Some(ms) = retry_ms {
            status.metadata_mut().insert("grpc-retry-pushback-ms", MetadataValue::from(ms));
        }
        status
    }
}

/// The stable code of a refusal: its name in capitals.
fn code(refusal: Refusal) -> String {
    let mut code = String::new();
    for letter in refusal.variant().chars() {
        if letter.is_ascii_uppercase() && !code.is_empty() {
            code.push('_');
        }
        code.push(letter.to_ascii_uppercase());
    }
    code
}

const fn status(refusal: Refusal) -> Code {
    match refusal {
        Refusal::BadName
        | Refusal::OutOfBounds { .. }
        | Refusal::BrokenReference
        | Refusal::ForwardReference
        | Refusal::NamespaceFixed => Code::InvalidArgument,
        Refusal::NamespaceNotFound
        | Refusal::QueueNotFound
        | Refusal::TaskNotFound
        | Refusal::WorkerNotFound
        | Refusal::ClientNotFound
        | Refusal::NoSuchUpdate
        | Refusal::AlarmNotSet => Code::NotFound,
        Refusal::NamespaceExists | Refusal::QueueExists | Refusal::KeyMismatch => Code::AlreadyExists,
        Refusal::TooMany { .. } | Refusal::QueueFull => Code::ResourceExhausted,
        Refusal::Backlog
        | Refusal::StaleName
        | Refusal::Reread
        | Refusal::LawDiffers
        | Refusal::WritesStopped => Code::Unavailable,
        Refusal::OutcomeUnknown => Code::Unknown,
        Refusal::NamespaceNotEmpty
        | Refusal::NamespacePaused
        | Refusal::QueueNotEmpty
        | Refusal::QueueForbidden
        | Refusal::QueuePaused
        | Refusal::QueueSaturated
        | Refusal::TaskEnded { .. }
        | Refusal::TaskNotEnded
        | Refusal::NotRetryable { .. }
        | Refusal::TaskNotReady { .. }
        | Refusal::TaskHeld
        | Refusal::TaskNotHeld
        | Refusal::ParentEnded
        | Refusal::StaleToken
        | Refusal::NotDraining
        | Refusal::NotAsked
        | Refusal::OutOfOrder { .. }
        | Refusal::WorkerDraining
        | Refusal::NoSlot
        | Refusal::NoRoom
        | Refusal::KindNotOffered
        | Refusal::LabelsDiffer
        | Refusal::ClientInUse
        | Refusal::LawNotNext => Code::FailedPrecondition,
    }
}

/// What is the matter, and the way out.
const fn words(refusal: Refusal) -> &'static str {
    match refusal {
        Refusal::OutcomeUnknown => {
            "it may have been done before, and was not done now. Look before you ask again"
        }
        Refusal::Backlog => "due work is pending that may change the answer. Ask again",
        Refusal::StaleName => "a number has got another meaning. Ask again",
        Refusal::Reread => "what was read of ended tasks is out of date. Ask again",
        Refusal::LawDiffers => "the law has just changed. Ask again",
        Refusal::BadName => {
            "a name is empty, longer than 128 bytes, or has other characters than letters, digits, `_`, `-` and `.`, or \
             does not begin with a letter, digit or `_`. Choose another"
        }
        Refusal::OutOfBounds { .. } => "a part of the request is out of bounds",
        Refusal::TooMany { .. } => "a cap of the cluster is reached",
        Refusal::BrokenReference => "what is referred to in the same request was not done",
        Refusal::ForwardReference => {
            "a task refers to itself, to a later one or to none of the request. Put what it waits for before it"
        }
        Refusal::NamespaceNotFound => "there is no such namespace. Create it, or name another",
        Refusal::NamespaceExists => "the namespace exists already",
        Refusal::NamespaceNotEmpty => "the namespace has queues, or keys that are remembered",
        Refusal::NamespaceFixed => "the default namespace cannot be deleted",
        Refusal::NamespacePaused => "the namespace is paused. Resume it",
        Refusal::QueueNotFound => "there is no such queue. Create it, or name another",
        Refusal::QueueExists => "the queue exists already",
        Refusal::QueueNotEmpty => "the queue has tasks, or workers that hold some",
        Refusal::QueueForbidden => {
            "the namespace takes no queues that nobody created. Create it, or name another"
        }
        Refusal::QueuePaused => "the queue is paused. Resume it",
        Refusal::QueueFull => "the queue holds as many tasks as it may. Ask again when some have ended",
        Refusal::QueueSaturated => "as many tasks of the queue run as may at once",
        Refusal::WritesStopped => {
            "an alarm keeps new tasks out. Look at the alarms; it clears when its cause is gone"
        }
        Refusal::TaskNotFound => "there is no such task: it never was, or was forgotten",
        Refusal::TaskEnded { .. } => "the task has ended",
        Refusal::TaskNotEnded => "the task has not ended",
        Refusal::NotRetryable { .. } => "the task ended in a way that cannot be retried",
        Refusal::TaskNotReady { .. } => "the task is not ready",
        Refusal::TaskHeld => "the task is held. Resume it",
        Refusal::TaskNotHeld => "the task is not held",
        Refusal::ParentEnded => "the parent has ended. Submit it without one, or under another",
        Refusal::StaleToken => "the lease is over, or is not this worker's: the report changes nothing",
        Refusal::NotDraining => "the lease was not revoked",
        Refusal::NotAsked => "the holder was not asked to pause",
        Refusal::NoSuchUpdate => "no such update waits for an answer",
        Refusal::OutOfOrder { .. } => "a partial result is missing before this one",
        Refusal::WorkerNotFound => "there is no such worker session. Open another",
        Refusal::WorkerDraining => "the worker takes no new tasks",
        Refusal::NoSlot => "the worker has no free slot",
        Refusal::NoRoom => "the worker has too little room",
        Refusal::KindNotOffered => "the worker does not know a kind that is needed",
        Refusal::LabelsDiffer => "the labels of the worker do not match",
        Refusal::ClientNotFound => "there is no such client session. Open another",
        Refusal::ClientInUse => "the client session was used since",
        Refusal::KeyMismatch => {
            "the key belongs to another request. Choose another key, or send the same request"
        }
        Refusal::AlarmNotSet => "the alarm is not set",
        Refusal::LawNotNext => "laws are raised one by one",
    }
}

/// What is out of bounds, and the bounds.
fn bounds(field: Field) -> String {
    match field {
        Field::Tasks => format!("tasks: from 1 to {}", limits::SUBMIT_TASKS_MAX),
        Field::Labels => format!(
            "labels: at most {} of them, each key once, values of at most {} bytes",
            limits::LABELS_MAX,
            limits::LABEL_VALUE_BYTES_MAX
        ),
        Field::Selector => format!(
            "needs.labels: at most {0} of them with {0} values each, of at most {1} bytes",
            limits::SELECTOR_TERMS_MAX,
            limits::LABEL_VALUE_BYTES_MAX
        ),
        Field::Kinds => format!("needs.kinds: at most {}", limits::KINDS_REQUIRED_MAX),
        Field::Resources => format!(
            "needs.resources: at most {} of them, each name once, no amount above {}",
            limits::RESOURCES_MAX,
            limits::RESOURCE_AMOUNT_MAX
        ),
        Field::ContentType => format!("content_type: at most {} bytes", limits::CONTENT_TYPE_BYTES_MAX),
        Field::Key => {
            format!(
                "key: from 1 to {} bytes, and a lifetime that is neither none nor absurd",
                limits::KEY_BYTES_MAX
            )
        }
        Field::Dependencies => format!("dependencies: at most {}, each once", limits::DEPENDENCIES_MAX),
        Field::Trace => format!("trace: at most {} bytes", limits::TRACE_BYTES_MAX),
        Field::Retry => format!(
            "retry: from 1 to {} attempts, a first wait of at least {} ms and no longer than the longest, a factor from 100 \
             to {} percent",
            limits::ATTEMPTS_MAX,
            limits::BACKOFF_MS_MIN,
            limits::BACKOFF_FACTOR_PERCENT_MAX
        ),
        Field::NotBefore => "not_before_time: no later than the year 2500".into(),
        Field::MustStartBy => "must_start_by_time: no later than the year 2500".into(),
        Field::AttemptTimeout => "attempt_timeout: from a millisecond to ten years".into(),
        Field::Retention => "retention: from a millisecond to ten years".into(),
        Field::Ancestors => format!("parent: a chain of at most {}", limits::ANCESTORS_MAX),
        Field::Requirements => {
            format!("kind and needs: at most {} bytes in all", limits::REQUIREMENT_BYTES_MAX)
        }
        Field::Slots
        | Field::Grace
        | Field::Ttl
        | Field::Message
        | Field::Body
        | Field::Progress
        | Field::Limit
        | Field::Acknowledged
        | Field::Subject => format!("{} is out of bounds", field.variant()),
    }
}

/// Which cap is reached, and the way out.
const fn most(cap: Cap) -> &'static str {
    match cap {
        Cap::Tasks => "the cluster holds as many live tasks as it may. Ask again when some have ended",
        Cap::Namespaces => "there are as many namespaces as may be. Delete some",
        Cap::Queues => "there are as many queues as may be. Delete some, or use one that exists",
        Cap::Kinds => "there are as many kinds as may be. Use one that exists",
        Cap::LabelKeys => "there are as many label keys as may be. Use one that exists",
        Cap::Classes => "there are as many different needs as may be. Ask for what others ask for",
        Cap::Clients => "there are as many client sessions as may be",
        Cap::Workers => "there are as many worker sessions as may be",
        Cap::Keys => {
            "the namespace remembers as many keys as may be. Ask again when some are over, or without one"
        }
        Cap::Alarms => "there are as many alarms as may be",
        Cap::Partials => "the attempt has as many partial results as may be",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_denial_begins_with_its_code() {
        let laws = [
            (Refusal::KeyMismatch, "KEY_MISMATCH: ", Code::AlreadyExists),
            (Refusal::OutcomeUnknown, "OUTCOME_UNKNOWN: ", Code::Unknown),
            (
                Refusal::OutOfBounds { field: Field::Labels },
                "OUT_OF_BOUNDS: labels: at most 32",
                Code::InvalidArgument,
            ),
            (Refusal::TooMany { cap: Cap::Keys }, "TOO_MANY: the namespace", Code::ResourceExhausted),
            (Refusal::TaskNotFound, "TASK_NOT_FOUND: ", Code::NotFound),
        ];
        for (refusal, said, code) in laws {
            let status = Status::from(Denial::from(refusal));
            assert!(status.message().starts_with(said) && status.code() == code, "{status}");
        }
    }

    #[test]
    fn only_one_code_leaves_the_outcome_open() {
        let refused = [
            Refused::NotLeader { leader: None },
            Refused::NotLeader { leader: Some(2) },
            Refused::Closed,
            Refused::Busy { retry_ms: 70 },
            Refused::Stopped { retry_ms: 70 },
            Refused::Stranger("it is".into()),
            Refused::Amnesia(7),
            Refused::Impossible("it is".into()),
        ];
        for refused in refused {
            let status = Status::from(Denial::from(refused.clone()));
            assert!(!status.message().starts_with("OUTCOME_UNKNOWN"), "{refused:?}: {status}");
            let after =
                status.metadata().get("grpc-retry-pushback-ms").map(|ms| ms.to_str().unwrap().to_owned());
            let waits = matches!(refused, Refused::Busy { .. } | Refused::Stopped { .. });
            assert_eq!(after, waits.then(|| "70".into()), "{status}");
        }
        let unknown = Status::from(Denial::from(Refused::Unknown));
        assert!(unknown.message().starts_with("OUTCOME_UNKNOWN: ") && unknown.code() == Code::Unknown);
    }
}
