//! Events: what a watcher sees. Every transition emits exactly one, and its place in the entry is its ordinal.
//!
//! Events name queues and classes by their interned numbers, which mean what they meant at this revision: who keeps
//! events longer than the state resolves the numbers when the entry is applied.

use crate::alarm::Alarm;
use crate::codec::wire::choice;
use crate::intern::{ClassId, NamespaceId, QueueId};
use crate::name::{ClientId, TaskId, Token, WorkerId};
use crate::task::{Ending, Standing};

/// Why a task was cancelled.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cancelled {
    /// It was asked for.
    Asked,
    /// Its parent was cancelled, children included.
    WithParent(TaskId),
    /// Something it depended on was cancelled, dependents included.
    WithDependency(TaskId),
    /// Something it depended on ended in a way that cannot meet the dependency.
    Unmet(TaskId),
}

/// How an attempt ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AttemptEnd {
    /// The holder completed the task.
    Completed,
    /// The holder failed; a retry may help.
    FailedRetryable,
    /// The holder failed; no retry can help.
    FailedForGood,
    /// The attempt took too long.
    TimedOut,
    /// The holder gave the task back.
    Released,
    /// The offer was never answered and was taken back.
    Recalled,
    /// The worker closed its session.
    WorkerClosed,
    /// The worker session died, and the task is not to blame.
    WorkerLost,
    /// The worker session died, and the task may be to blame.
    WorkerCrashed,
    /// The holder did not answer a pause in time.
    PauseUnanswered,
    /// The task was cancelled.
    Cancelled,
}

/// One step in the life of a task.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// It exists.
    Submitted {
        /// Where it stands at first.
        standing: Standing,
    },
    /// Its dependencies are met; it waits for its time.
    Scheduled {
        /// When that is.
        until_ms: u64,
    },
    /// It waits for a worker.
    Ready,
    /// A worker holds it.
    Leased {
        /// The fencing token.
        token: Token,
        /// The worker.
        worker: WorkerId,
        /// The number of the attempt.
        attempt: u32,
    },
    /// Its attempt has more time.
    Extended {
        /// Until then.
        deadline_ms: Option<u64>,
    },
    /// Its holder told how far it is.
    Progressed,
    /// Its holder delivered a part of the result.
    Partial {
        /// Which part.
        index: u32,
    },
    /// Its holder saved where it stands.
    Checkpointed,
    /// An attempt ended without charge; it waits for a worker again.
    Returned {
        /// The former token.
        token: Token,
        /// How the attempt ended.
        how: AttemptEnd,
    },
    /// An attempt failed; it waits before the next.
    Retrying {
        /// The former token.
        token: Token,
        /// How the attempt ended.
        how: AttemptEnd,
        /// When it is ready again.
        until_ms: u64,
    },
    /// It ended.
    Ended {
        /// How.
        ending: Ending,
        /// Why, if it was cancelled.
        cancelled: Option<Cancelled>,
        /// The final token, if it ended under a lease.
        token: Option<Token>,
    },
    /// It is not granted until resumed; a holder was asked to pause.
    Held,
    /// Its holder suspended it in place.
    Suspended,
    /// It may be granted again, or its holder goes on.
    Resumed,
    /// Its holder may finish until then; afterwards it is cancelled.
    CancelAsked {
        /// The end of the grace.
        by_ms: u64,
    },
    /// Its parameters changed.
    Updated {
        /// The number of the update.
        number: u32,
    },
    /// Its holder answered an update.
    UpdateAnswered {
        /// The number of the update.
        number: u32,
        /// Whether the holder took it over.
        accepted: bool,
    },
    /// A user opened a new generation.
    Retried,
    /// A revoked holder has stopped: its slot is free.
    Stopped {
        /// The revoked token.
        token: Token,
    },
}

/// One step in the life of a worker session.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WorkerStep {
    /// It is open.
    Opened,
    /// It takes new tasks again, or offers other things.
    Resumed,
    /// It takes no new tasks.
    Draining,
    /// It left.
    Closed,
    /// It died.
    Expired {
        /// Whether its tasks may be to blame.
        charged: bool,
    },
}

/// One step in the life of a client session.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ClientStep {
    /// It is open.
    Opened,
    /// Its owner closed it.
    Closed,
    /// It was unused for too long.
    Expired,
}

/// One step in the life of a namespace or queue.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PlaceStep {
    /// It exists.
    Created,
    /// Its settings changed.
    Configured,
    /// No new grants.
    Paused,
    /// Grants again.
    Resumed,
    /// It is gone.
    Deleted,
}

/// What a watcher sees.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Event {
    /// A task took a step.
    Task {
        /// The task.
        task: TaskId,
        /// Its generation.
        generation: u16,
        /// Its queue.
        queue: QueueId,
        /// Its requirement class.
        class: ClassId,
        /// The step.
        step: Step,
    },
    /// A worker session took a step.
    Worker {
        /// The session.
        worker: WorkerId,
        /// The step.
        step: WorkerStep,
    },
    /// A client session took a step.
    Client {
        /// The session.
        client: ClientId,
        /// The step.
        step: ClientStep,
    },
    /// A namespace took a step.
    Namespace {
        /// The namespace.
        namespace: NamespaceId,
        /// The step.
        step: PlaceStep,
    },
    /// A queue took a step.
    Queue {
        /// The queue.
        queue: QueueId,
        /// The step.
        step: PlaceStep,
    },
    /// An alarm was set or cleared.
    Alarm {
        /// The alarm.
        alarm: Alarm,
        /// Whether it is set now.
        set: bool,
    },
    /// Another law is in force.
    LawRaised {
        /// Which.
        law: u32,
    },
    /// An ended task and its history are gone.
    TaskForgotten {
        /// The task.
        task: TaskId,
        /// Its last generation.
        generation: u16,
    },
}

choice!(Cancelled, "cancelled" { 1 = Asked, 2 = WithParent(task), 3 = WithDependency(task), 4 = Unmet(task) });

choice!(AttemptEnd, "attempt_end" {
    1 = Completed, 2 = FailedRetryable, 3 = FailedForGood, 4 = TimedOut, 5 = Released, 6 = Recalled,
    7 = WorkerClosed, 8 = WorkerLost, 9 = WorkerCrashed, 10 = PauseUnanswered, 11 = Cancelled,
});

choice!(Step, "step" {
    1 = Submitted { standing }, 2 = Scheduled { until_ms }, 3 = Ready, 4 = Leased { token, worker, attempt },
    5 = Extended { deadline_ms }, 6 = Progressed, 7 = Partial { index }, 8 = Checkpointed,
    9 = Returned { token, how }, 10 = Retrying { token, how, until_ms }, 11 = Ended { ending, cancelled, token },
    12 = Held, 13 = Suspended, 14 = Resumed, 15 = CancelAsked { by_ms }, 16 = Updated { number },
    17 = UpdateAnswered { number, accepted }, 18 = Retried, 19 = Stopped { token },
});

choice!(WorkerStep, "worker_step" { 1 = Opened, 2 = Resumed, 3 = Draining, 4 = Closed, 5 = Expired { charged } });
choice!(ClientStep, "client_step" { 1 = Opened, 2 = Closed, 3 = Expired });
choice!(PlaceStep, "place_step" { 1 = Created, 2 = Configured, 3 = Paused, 4 = Resumed, 5 = Deleted });

choice!(Event, "event" {
    1 = Task { task, generation, queue, class, step }, 2 = Worker { worker, step }, 3 = Client { client, step },
    4 = Namespace { namespace, step }, 5 = Queue { queue, step }, 6 = Alarm { alarm, set }, 7 = LawRaised { law },
    8 = TaskForgotten { task, generation },
});
