//! Refusals: every "no" of the law, the same on every replica.
//!
//! A refusal is a value of few bytes that can be remembered and repeated. Wording, status and advice belong to the
//! doors; here stands only what is meant. A refused command has changed nothing.

use std::fmt;

use crate::codec::wire::choice;
use crate::task::{Ending, Standing};

/// Which part of a request is out of bounds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Field {
    /// A list of tasks: empty or too long.
    Tasks,
    /// Labels: too many, too long, or not sorted.
    Labels,
    /// A label selector.
    Selector,
    /// A list of kinds.
    Kinds,
    /// Resources.
    Resources,
    /// Slots.
    Slots,
    /// A content type.
    ContentType,
    /// An idempotency key.
    Key,
    /// Dependencies: too many, or one named twice.
    Dependencies,
    /// A trace context.
    Trace,
    /// A retry policy.
    Retry,
    /// The earliest start.
    NotBefore,
    /// The latest start.
    MustStartBy,
    /// The time for one attempt.
    AttemptTimeout,
    /// How long a finished task is kept.
    Retention,
    /// A grace period.
    Grace,
    /// A session's time to live.
    Ttl,
    /// An error type or message.
    Message,
    /// A body that the entry does not carry.
    Body,
    /// A share of work done.
    Progress,
    /// A limit of a queue.
    Limit,
    /// The chain of parents.
    Ancestors,
    /// What is acknowledged of a client session.
    Acknowledged,
    /// The text of all requirements together.
    Requirements,
    /// The name of the subject who asks.
    Subject,
}

/// Which cap is reached.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Cap {
    /// Live tasks of the group.
    Tasks,
    /// Namespaces.
    Namespaces,
    /// Queues.
    Queues,
    /// Interned kinds.
    Kinds,
    /// Interned label keys.
    LabelKeys,
    /// Interned requirement classes.
    Classes,
    /// Client sessions.
    Clients,
    /// Worker sessions.
    Workers,
    /// Idempotency keys of the namespace.
    Keys,
    /// Alarms.
    Alarms,
    /// Partial results of the attempt.
    Partials,
}

/// Why a command was not executed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Refusal {
    /// The request may or may not have been executed before: its session is gone, or its sequence is outside the
    /// window. It was not executed now.
    OutcomeUnknown,
    /// Due work is pending that may change the answer; ask again.
    Backlog,
    /// An interned number was given away; say it in words.
    StaleName,
    /// What was read from the archive is too old to be trusted; read again.
    Reread,
    /// A name that is empty, too long or has control characters.
    BadName,
    /// A part of the request is out of bounds.
    OutOfBounds {
        /// Which part.
        field: Field,
    },
    /// A cap of the cluster is reached.
    TooMany {
        /// Of what.
        cap: Cap,
    },
    /// What this command refers to in the same entry was refused or is nothing new.
    BrokenReference,
    /// A reference to something that comes later, or to itself: dependencies would form a cycle.
    ForwardReference,
    /// No such namespace.
    NamespaceNotFound,
    /// The namespace exists already.
    NamespaceExists,
    /// The namespace has queues or remembered keys.
    NamespaceNotEmpty,
    /// The default namespace cannot be deleted.
    NamespaceFixed,
    /// The namespace is paused.
    NamespacePaused,
    /// No such queue.
    QueueNotFound,
    /// The queue exists already.
    QueueExists,
    /// The queue has tasks or leases.
    QueueNotEmpty,
    /// The namespace forbids queues that were not created.
    QueueForbidden,
    /// The queue is paused.
    QueuePaused,
    /// The queue holds as many live tasks as it may.
    QueueFull,
    /// As many tasks of the queue are leased as may be.
    QueueSaturated,
    /// Writes are stopped by an alarm.
    WritesStopped,
    /// No such task.
    TaskNotFound,
    /// The task has ended.
    TaskEnded {
        /// How.
        ending: Ending,
    },
    /// The task has not ended.
    TaskNotEnded,
    /// The task ended in a way that cannot be retried.
    NotRetryable {
        /// How it ended.
        ending: Ending,
    },
    /// The task is not ready to be granted.
    TaskNotReady {
        /// Where it stands.
        standing: Standing,
    },
    /// The task is held.
    TaskHeld,
    /// The task is not held.
    TaskNotHeld,
    /// The parent has ended.
    ParentEnded,
    /// No such lease, or it is not this worker's, or it is over: the report changes nothing.
    StaleToken,
    /// The lease is not draining.
    NotDraining,
    /// The holder was not asked to pause.
    NotAsked,
    /// No such update waits for an answer.
    NoSuchUpdate,
    /// A partial result is missing before this one.
    OutOfOrder {
        /// The index that must come next.
        expected: u32,
    },
    /// No such worker session.
    WorkerNotFound,
    /// The worker takes no new tasks.
    WorkerDraining,
    /// The worker has no free slot.
    NoSlot,
    /// The worker lacks free resources.
    NoRoom,
    /// The worker does not offer a required kind.
    KindNotOffered,
    /// The worker's labels do not match.
    LabelsDiffer,
    /// No such client session.
    ClientNotFound,
    /// The client session was used since.
    ClientInUse,
    /// The idempotency key belongs to another request.
    KeyMismatch,
    /// No such alarm is set.
    AlarmNotSet,
    /// Laws are raised one by one, and never lowered.
    LawNotNext,
    /// The entry was made under another law than the one in force.
    LawDiffers,
}

impl Refusal {
    /// Whether asking again, as the refusal says, may be answered otherwise. Such a refusal consumes no sequence of
    /// the client session: the same request may be proposed again.
    #[must_use]
    pub const fn is_transient(self) -> bool {
        matches!(self, Self::Backlog | Self::StaleName | Self::Reread | Self::LawDiffers)
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.variant())?;
        if let Self::OutOfBounds { field } = self {
            write!(f, "({})", field.variant())?;
        } else if let Self::TooMany { cap } = self {
            write!(f, "({})", cap.variant())?;
        } else if let Self::TaskEnded { ending } | Self::NotRetryable { ending } = self {
            write!(f, "({})", ending.variant())?;
        } else if let Self::TaskNotReady { standing } = self {
            write!(f, "({})", standing.variant())?;
        } else if let Self::OutOfOrder { expected } = self {
            write!(f, "(expected {expected})")?;
        }
        Ok(())
    }
}

choice!(Field, "field" {
    1 = Tasks, 2 = Labels, 3 = Selector, 4 = Kinds, 5 = Resources, 6 = Slots, 7 = ContentType, 8 = Key,
    9 = Dependencies, 10 = Trace, 11 = Retry, 12 = NotBefore, 13 = MustStartBy, 14 = AttemptTimeout, 15 = Retention,
    16 = Grace, 17 = Ttl, 18 = Message, 19 = Body, 20 = Progress, 21 = Limit, 22 = Ancestors, 23 = Acknowledged, 24 = Requirements, 25 = Subject,
});

choice!(Cap, "cap" {
    1 = Tasks, 2 = Namespaces, 3 = Queues, 4 = Kinds, 5 = LabelKeys, 6 = Classes, 7 = Clients, 8 = Workers, 9 = Keys,
    10 = Alarms, 11 = Partials,
});

choice!(Refusal, "refusal" {
    1 = OutcomeUnknown, 2 = Backlog, 3 = StaleName, 4 = Reread, 5 = BadName, 6 = OutOfBounds { field },
    7 = TooMany { cap }, 8 = BrokenReference, 9 = ForwardReference, 10 = NamespaceNotFound, 11 = NamespaceExists,
    12 = NamespaceNotEmpty, 13 = NamespaceFixed, 14 = NamespacePaused, 15 = QueueNotFound, 16 = QueueExists,
    17 = QueueNotEmpty, 18 = QueueForbidden, 19 = QueuePaused, 20 = QueueFull, 21 = QueueSaturated,
    22 = WritesStopped, 23 = TaskNotFound, 24 = TaskEnded { ending }, 25 = TaskNotEnded,
    26 = NotRetryable { ending }, 27 = TaskNotReady { standing }, 28 = TaskHeld, 29 = TaskNotHeld, 30 = ParentEnded,
    31 = StaleToken, 32 = NotDraining, 33 = NotAsked, 34 = NoSuchUpdate, 35 = OutOfOrder { expected },
    36 = WorkerNotFound, 37 = WorkerDraining, 38 = NoSlot, 39 = NoRoom, 40 = KindNotOffered, 41 = LabelsDiffer,
    42 = ClientNotFound, 43 = ClientInUse, 44 = KeyMismatch, 45 = AlarmNotSet, 46 = LawNotNext, 47 = LawDiffers,
});
