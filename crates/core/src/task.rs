//! A task: what its submitter says, where it stands, and the small fixed slot that holds it while it lives.
//!
//! Payload, labels and history never enter memory: they are changes that storage keeps. What most tasks do not have
//! (deadlines of their own, dependencies, a parent) lives in one `Cold` box, which a plain task lacks.

use crate::class::{Requirements, check_labels};
use crate::defaults;
use crate::entry::BodyRef;
use crate::index::Named;
use crate::intern::{ClassId, Meant, QueueId};
use crate::limits;
use crate::name::{Name, Ref, TaskId, Token, WorkerId};
use crate::refusal::{Field, Refusal};
use crate::slab::NONE;

/// Urgency: 0 to 9, 9 first.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Priority(u8);

impl Priority {
    /// How many priorities there are.
    pub const COUNT: usize = 10;

    /// The priority, if it is one.
    #[must_use]
    pub const fn new(value: u8) -> Option<Self> {
        if (value as usize) < Self::COUNT { Some(Self(value)) } else { None }
    }

    /// As a number.
    #[must_use]
    pub const fn get(self) -> u8 {
        self.0
    }
}

/// A queue in words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct QueueName {
    /// The namespace it lives in.
    pub namespace: Box<str>,
    /// Its own name.
    pub queue: Box<str>,
}

/// What a payload is, for those who show it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum ContentType {
    /// Bytes of unknown meaning.
    #[default]
    Opaque,
    /// `application/json`.
    Json,
    /// Any other media type.
    Other(Box<str>),
}

/// How failures are retried.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RetryPolicy {
    /// How many attempts may fail before the task is dead.
    pub max_attempts: u16,
    /// The wait after the first failure.
    pub first_ms: u64,
    /// How the wait grows from one failure to the next, in percent: 200 doubles it.
    pub factor_percent: u32,
    /// The longest wait.
    pub max_ms: u64,
}

impl RetryPolicy {
    pub(crate) const fn bounds(&self) -> Result<(), Refusal> {
        let fine = self.max_attempts >= 1
            && self.max_attempts <= limits::ATTEMPTS_MAX
            && self.first_ms >= limits::BACKOFF_MS_MIN
            && self.first_ms <= self.max_ms
            && self.max_ms <= limits::DURATION_MS_MAX
            && self.factor_percent >= 100
            && self.factor_percent <= limits::BACKOFF_FACTOR_PERCENT_MAX;
        if fine { Ok(()) } else { Err(Refusal::OutOfBounds { field: Field::Retry }) }
    }
}

/// When a dependency counts as met.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rule {
    /// The other task succeeded.
    Succeeded,
    /// The other task ended, however.
    Finished,
    /// The other task failed or is dead.
    Failed,
}

/// What becomes of a task whose dependency can no longer be met.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Otherwise {
    /// It is cancelled, with the dependency as cause; its own dependents learn of that in turn.
    Cancel,
    /// It runs all the same.
    Run,
}

/// What an archive read said about a finished task, and when.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Seen {
    /// The revision of the read.
    pub at: crate::name::Revision,
    /// How the task had ended.
    pub ending: Ending,
}

/// One dependency.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Dependency {
    /// The task that must end first.
    pub on: Ref<TaskId>,
    /// When that counts as met.
    pub rule: Rule,
    /// What happens when it cannot be met.
    pub otherwise: Otherwise,
    /// What the archive says of it, if it has ended long ago.
    pub seen: Option<Seen>,
}

/// The terms of a task that differ from the defaults.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Terms {
    /// Not granted before this instant.
    pub not_before_ms: Option<u64>,
    /// Expires unless an attempt has begun by this instant.
    pub must_start_by_ms: Option<u64>,
    /// How long one attempt may take.
    pub attempt_timeout_ms: Option<u64>,
    /// How failures are retried.
    pub retry: Option<RetryPolicy>,
    /// What must end first.
    pub dependencies: Vec<Dependency>,
    /// The task on whose behalf this one runs.
    pub parent: Option<Ref<TaskId>>,
    /// How long the finished task is kept.
    pub retention_ms: Option<u64>,
    /// Trace context of the submitter.
    pub trace: Vec<u8>,
}

/// A task as its submitter describes it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TaskSpec {
    /// The queue it waits in.
    pub queue: Meant<QueueId, QueueName>,
    /// What it asks of its worker, kind included.
    pub class: Meant<ClassId, Box<Requirements>>,
    /// Its urgency.
    pub priority: Priority,
    /// Its input.
    pub payload: Option<BodyRef>,
    /// What the input is.
    pub content_type: ContentType,
    /// Labels for people and filters, sorted by key.
    pub labels: Vec<(Box<str>, Box<str>)>,
    /// What differs from the defaults.
    pub terms: Option<Box<Terms>>,
}

impl TaskSpec {
    pub(crate) fn bounds(&self) -> Result<(), Refusal> {
        check_labels(&self.labels)?;
        if let ContentType::Other(name) = &self.content_type
            && name.len() > limits::CONTENT_TYPE_BYTES_MAX
        {
            return Err(Refusal::OutOfBounds { field: Field::ContentType });
        }
        self.terms.as_ref().map_or(Ok(()), |terms| terms.bounds())
    }
}

/// An instant that a request names.
pub(crate) const fn check_instant(instant_ms: Option<u64>, field: Field) -> Result<(), Refusal> {
    match instant_ms {
        Some(ms) if ms > limits::INSTANT_MS_MAX => Err(Refusal::OutOfBounds { field }),
        _ => Ok(()),
    }
}

/// A duration that a request names: not zero, not absurd.
pub(crate) const fn check_duration(duration_ms: Option<u64>, field: Field) -> Result<(), Refusal> {
    match duration_ms {
        Some(ms) if ms == 0 || ms > limits::DURATION_MS_MAX => Err(Refusal::OutOfBounds { field }),
        _ => Ok(()),
    }
}

impl Terms {
    fn bounds(&self) -> Result<(), Refusal> {
        check_instant(self.not_before_ms, Field::NotBefore)?;
        check_instant(self.must_start_by_ms, Field::MustStartBy)?;
        check_duration(self.attempt_timeout_ms, Field::AttemptTimeout)?;
        check_duration(self.retention_ms, Field::Retention)?;
        if self.dependencies.len() > limits::DEPENDENCIES_MAX {
            return Err(Refusal::OutOfBounds { field: Field::Dependencies });
        }
        if self.trace.len() > limits::TRACE_BYTES_MAX {
            return Err(Refusal::OutOfBounds { field: Field::Trace });
        }
        self.retry.map_or(Ok(()), |retry| retry.bounds())
    }
}

/// How a task ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Ending {
    /// Its work is done.
    Succeeded,
    /// Its worker said that no retry can help.
    Failed,
    /// Its retries, or the workers it took down, are used up.
    Dead,
    /// Somebody cancelled it, or something it depended on cannot be met.
    Cancelled,
    /// It did not start in time.
    Expired,
}

impl Ending {
    /// Whether this ending meets a dependency with this rule.
    #[must_use]
    pub const fn meets(self, rule: Rule) -> bool {
        match rule {
            Rule::Succeeded => matches!(self, Self::Succeeded),
            Rule::Finished => true,
            Rule::Failed => matches!(self, Self::Failed | Self::Dead),
        }
    }

    /// Whether a user may open a new generation.
    #[must_use]
    pub const fn can_be_retried(self) -> bool {
        matches!(self, Self::Failed | Self::Dead)
    }
}

/// Where a task stands. A phase carries what only it needs, so that no mixture of two can be built.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Phase {
    /// Waits for this many dependencies.
    Blocked { waiting: u32 },
    /// Waits for its time.
    Scheduled { until_ms: u64 },
    /// Waits for a worker; `order` is its place in the queue, and means nothing while it is held.
    Ready { order: i64 },
    /// Held by a worker under the lease with this number.
    Leased { lease: u32 },
    /// Waits after a failure.
    Backoff { until_ms: u64 },
    /// Out of retries; kept until somebody retries or forgets it.
    Dead,
}

/// Where a task stands, as people and tests see it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Standing {
    /// Waits for dependencies.
    Blocked,
    /// Waits for its time.
    Scheduled,
    /// Waits for a worker.
    Ready,
    /// Held by a worker.
    Leased,
    /// Waits after a failure.
    Backoff,
    /// Out of retries.
    Dead,
}

impl Phase {
    pub(crate) const fn standing(self) -> Standing {
        match self {
            Self::Blocked { .. } => Standing::Blocked,
            Self::Scheduled { .. } => Standing::Scheduled,
            Self::Ready { .. } => Standing::Ready,
            Self::Leased { .. } => Standing::Leased,
            Self::Backoff { .. } => Standing::Backoff,
            Self::Dead => Standing::Dead,
        }
    }
}

/// A dependency of a live task.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Awaited {
    pub on: TaskId,
    pub rule: Rule,
    pub otherwise: Otherwise,
}

/// What most tasks do not have.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Cold {
    pub not_before_ms: Option<u64>,
    pub must_start_by_ms: Option<u64>,
    pub attempt_timeout_ms: Option<u64>,
    pub retry: Option<RetryPolicy>,
    /// The dependencies that are still open, by task.
    pub awaited: Vec<Awaited>,
    pub parent: Option<TaskId>,
    /// The chain of parents above, so that it stays short.
    pub depth: u32,
    /// The first task of the submission whose idempotency key this task keeps alive.
    pub key: Option<TaskId>,
    /// The sessions that died, charged, with this task.
    pub crashed: Vec<WorkerId>,
    /// How often it was updated.
    pub updates: u32,
    /// The lease under which it died, if its holder reported that.
    pub last: Option<(Token, WorkerId)>,
}

/// The slot of one live task.
#[derive(Clone, Debug)]
pub(crate) struct Task {
    pub id: TaskId,
    pub phase: Phase,
    /// When it entered its phase.
    pub since_ms: u64,
    pub cold: Option<Box<Cold>>,
    /// Neighbours in its ready list.
    pub previous: u32,
    pub next: u32,
    /// Its (class, queue).
    pub lane: u32,
    /// How many attempts have begun, over all generations.
    pub attempt: u32,
    /// Failures and time-outs of this generation.
    pub failures: u16,
    pub generation: u16,
    /// Charged session deaths of this generation.
    pub crashes: u8,
    /// Unanswered offers of this generation.
    pub recalls: u8,
    pub priority: Priority,
    pub held: bool,
}

impl Named for Task {
    fn name(&self) -> Name {
        self.id.0
    }
}

impl Task {
    /// A task that has not been put anywhere yet.
    pub(crate) const fn new(
        id: TaskId,
        lane: u32,
        priority: Priority,
        now_ms: u64,
        cold: Option<Box<Cold>>,
    ) -> Self {
        Self {
            id,
            // In no list and on no timer, until its first passage.
            phase: Phase::Dead,
            since_ms: now_ms,
            cold,
            previous: NONE,
            next: NONE,
            lane,
            attempt: 0,
            failures: 0,
            generation: 0,
            crashes: 0,
            recalls: 0,
            priority,
            held: false,
        }
    }

    pub(crate) fn retry(&self) -> RetryPolicy {
        self.cold.as_ref().and_then(|cold| cold.retry).unwrap_or(defaults::RETRY)
    }

    pub(crate) fn cold_mut(&mut self) -> &mut Cold {
        self.cold.get_or_insert_default()
    }

    /// The number of its lease, if it has one.
    pub(crate) const fn lease(&self) -> Option<u32> {
        if let Phase::Leased { lease } = self.phase { Some(lease) } else { None }
    }

    pub(crate) const fn is_dead(&self) -> bool {
        matches!(self.phase, Phase::Dead)
    }

    pub(crate) fn parent(&self) -> Option<TaskId> {
        self.cold.as_ref().and_then(|cold| cold.parent)
    }

    pub(crate) fn attempt_timeout_ms(&self) -> Option<u64> {
        self.cold.as_ref().and_then(|cold| cold.attempt_timeout_ms)
    }

    /// The dependencies that are still open.
    pub(crate) fn awaited(&self) -> impl Iterator<Item = &Awaited> {
        self.cold.iter().flat_map(|cold| &cold.awaited)
    }

    /// Until when an attempt must have begun, if none has.
    pub(crate) fn start_deadline_ms(&self) -> Option<u64> {
        // An attempt that was recalled never began. Those of a later generation do not matter: it has no such deadline.
        let begun = self.attempt > u32::from(self.recalls);
        if begun { None } else { self.cold.as_ref()?.must_start_by_ms }
    }

    /// The wait before the next attempt after `failures` failures: it grows, and a part of it is derived from the
    /// task's name, so that the retries of a storm spread out alike on every replica.
    pub(crate) fn backoff_ms(&self, failures: u16) -> u64 {
        let policy = self.retry();
        let mut wait_ms = policy.first_ms;
        for _ in 1..failures {
            if wait_ms >= policy.max_ms {
                break;
            }
            // Rounded up, so that whatever is to grow grows.
            wait_ms = wait_ms.saturating_mul(u64::from(policy.factor_percent)).div_ceil(100);
            if policy.factor_percent == 100 {
                break;
            }
        }
        let wait_ms = wait_ms.min(policy.max_ms);
        let spread_ms = wait_ms * defaults::JITTER_PERCENT / 100;
        let Name { revision, position, .. } = self.id.0;
        let seed = revision.0 ^ u64::from(position).rotate_left(32) ^ u64::from(self.attempt).rotate_left(48);
        // The finaliser of a well-known mixer (splitmix64): neighbours in name are strangers in jitter.
        let mut mixed = seed.wrapping_add(0x9e37_79b9_7f4a_7c15);
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^= mixed >> 31;
        wait_ms - mixed % (spread_ms + 1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slot_stays_small() {
        assert!(std::mem::size_of::<Task>() <= 72, "{}", std::mem::size_of::<Task>());
    }
}
