//! What is stored of what a submitter said: everything in words, so that it stands for itself for as long as the
//! task is kept, whatever becomes of interned numbers.

use crate::class::Requirements;
use crate::codec::record::record;
use crate::codec::wire::{Wire, put_frame, put_span, shape};
use crate::entry::{Actor, BodyRef};
use crate::name::TaskId;
use crate::task::{ContentType, Otherwise, Priority, QueueName, RetryPolicy, Rule, TaskSpec, Terms};

/// A dependency, its task named.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct WaitsFor {
    /// The task.
    pub on: TaskId,
    /// When that counts as met.
    pub rule: Rule,
    /// What happens when it cannot be met.
    pub otherwise: Otherwise,
}

/// A task as it was submitted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SpecRecord {
    /// When.
    pub submitted_ms: u64,
    /// By whom.
    pub actor: Actor,
    /// Into which queue.
    pub queue: QueueName,
    /// What it asks of its worker.
    pub requirements: Requirements,
    /// Its urgency at first.
    pub priority: Priority,
    /// Length and hash of its input.
    pub payload: Option<(u32, u128)>,
    /// What the input is.
    pub content_type: ContentType,
    /// Its labels.
    pub labels: Vec<(Box<str>, Box<str>)>,
    /// The first task of its batch.
    pub batch: Option<TaskId>,
    /// Its parent.
    pub parent: Option<TaskId>,
    /// What it waits for.
    pub dependencies: Vec<WaitsFor>,
    /// Not granted before.
    pub not_before_ms: Option<u64>,
    /// Expires unless begun by then.
    pub must_start_by_ms: Option<u64>,
    /// Time for one attempt.
    pub attempt_timeout_ms: Option<u64>,
    /// How failures are retried, if not by default.
    pub retry: Option<RetryPolicy>,
    /// How long it is kept.
    pub retention_ms: Option<u64>,
    /// Its trace context.
    pub trace: Vec<u8>,
}

/// The same, borrowed from where apply has it, so that writing it copies nothing first.
pub(crate) struct SpecParts<'a> {
    pub submitted_ms: u64,
    pub actor: &'a Actor,
    pub namespace: &'a str,
    pub queue: &'a str,
    pub requirements: &'a Requirements,
    pub spec: &'a TaskSpec,
    pub batch: Option<TaskId>,
    pub parent: Option<TaskId>,
    pub dependencies: &'a [WaitsFor],
}

static PLAIN: Terms = Terms {
    not_before_ms: None,
    must_start_by_ms: None,
    attempt_timeout_ms: None,
    retry: None,
    dependencies: Vec::new(),
    parent: None,
    retention_ms: None,
    trace: Vec::new(),
};

impl SpecParts<'_> {
    /// Writes exactly what [`SpecRecord`] reads.
    pub(crate) fn put(&self, out: &mut Vec<u8>) {
        let terms = self.spec.terms.as_deref().unwrap_or(&PLAIN);
        put_frame(<SpecRecord as super::Record>::TAG, <SpecRecord as super::Record>::VERSION, out, |out| {
            self.submitted_ms.put(out);
            self.actor.put(out);
            put_span(self.namespace.as_bytes(), out);
            put_span(self.queue.as_bytes(), out);
            self.requirements.put(out);
            self.spec.priority.put(out);
            self.spec.payload.map(|BodyRef { length, hash, .. }| (length, hash)).put(out);
            self.spec.content_type.put(out);
            self.spec.labels.put(out);
            self.batch.put(out);
            self.parent.put(out);
            (self.dependencies.len() as u64).put(out);
            self.dependencies.iter().for_each(|one| one.put(out));
            terms.not_before_ms.put(out);
            terms.must_start_by_ms.put(out);
            terms.attempt_timeout_ms.put(out);
            terms.retry.put(out);
            terms.retention_ms.put(out);
            terms.trace.put(out);
        });
    }
}

shape!(WaitsFor { on, rule, otherwise });
record!(17 "spec" SpecRecord {
    submitted_ms, actor, queue, requirements, priority, payload, content_type, labels, batch, parent, dependencies,
    not_before_ms, must_start_by_ms, attempt_timeout_ms, retry, retention_ms, trace,
});
