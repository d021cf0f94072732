//! The words of the public interface into those of the law, and back.

use std::collections::BTreeMap;

use bytes::Bytes;
use prost::Message;
use reeve_core::class::{Requirements, Resources, Selector, Test};
use reeve_core::command::{Batch, IdempotencyKey, Submit};
use reeve_core::defaults;
use reeve_core::entry::BodyRef;
use reeve_core::intern::Meant;
use reeve_core::limits::SUBMIT_TASKS_MAX;
use reeve_core::name::{Ref, TaskId};
use reeve_core::task::{
    ContentType, Dependency, Ending, Otherwise, Priority, QueueName, RetryPolicy, Rule, Seen, Standing,
    TaskSpec, Terms,
};
use reeve_proto::v1 as wire;
use reeve_proto::{Duration, Timestamp};
use xxhash_rust::xxh3::Xxh3;

use super::denial::Denial;
use super::look::Looked;
use crate::limits::{PAYLOAD_BYTES_MAX, SUBMIT_BODY_BYTES_MAX};

const JSON: &str = "application/json";
const OPAQUE: &str = "application/octet-stream";

/// A task's id.
pub(super) fn task_id(text: &str) -> Result<TaskId, Denial> {
    text.parse().map_err(|error| Denial::bad_id(text, &error))
}

/// A submission, and the bodies that it names.
pub(super) fn submit_in(
    tasks: Vec<wire::NewTask>,
    key: Option<wire::Key>,
    batch: Batch,
) -> Result<(Submit, Vec<Bytes>), Denial> {
    if tasks.is_empty() || tasks.len() > SUBMIT_TASKS_MAX {
        return Err(Denial::tasks(tasks.len()));
    }
    let sizes = || tasks.iter().map(|task| task.payload.as_ref().map_or(0, Bytes::len));
    if let Some((place, size)) = sizes().enumerate().find(|(_, size)| *size > PAYLOAD_BYTES_MAX) {
        return Err(Denial::payload(place, size));
    }
    let all = sizes().sum::<usize>();
    if all > SUBMIT_BODY_BYTES_MAX {
        return Err(Denial::payloads(all));
    }
    let key = key.map(|key| key_in(key, &tasks)).transpose()?;
    let mut bodies = Vec::new();
    let specs = tasks
        .into_iter()
        .enumerate()
        .map(|(place, task)| task_in(task, &mut bodies).map_err(|denial| denial.of_task(place)));
    let tasks = specs.collect::<Result<Vec<_>, _>>()?;
    Ok((Submit { key, batch, tasks }, bodies))
}

/// The tasks that already exist and that a submission names.
pub(super) fn named(submit: &Submit) -> Vec<TaskId> {
    let terms = submit.tasks.iter().filter_map(|task| task.terms.as_ref());
    let named = terms.flat_map(|terms| &terms.dependencies).filter_map(|dependency| match dependency.on {
        Ref::Id(task) => Some(task),
        Ref::Here(_) => None,
    });
    named.collect()
}

/// Tells the law what the archive says of dependencies that ended long ago.
pub(super) fn note_ended(submit: &mut Submit, ended: &BTreeMap<TaskId, Seen>) {
    let terms = submit.tasks.iter_mut().filter_map(|task| task.terms.as_mut());
    for dependency in terms.flat_map(|terms| &mut terms.dependencies) {
        if let Ref::Id(task) = dependency.on {
            dependency.seen = ended.get(&task).copied();
        }
    }
}

/// A key, with the hash of everything that was asked under it: the canonical bytes of the tasks, one behind the other.
fn key_in(key: wire::Key, tasks: &[wire::NewTask]) -> Result<IdempotencyKey, Denial> {
    let wire::Key { key, lifetime } = key;
    let key = key.ok_or_else(|| Denial::lacks("key.key"))?;
    let (mut hash, mut bytes) = (Xxh3::new(), Vec::new());
    for task in tasks {
        bytes.clear();
        task.encode_length_delimited(&mut bytes).expect("a vector grows");
        hash.update(&bytes);
    }
    let lifetime_ms = lifetime.map(|lifetime| duration_in(lifetime, "key.lifetime")).transpose()?;
    Ok(IdempotencyKey { key: key.into(), hash: hash.digest128(), lifetime_ms })
}

fn task_in(task: wire::NewTask, bodies: &mut Vec<Bytes>) -> Result<TaskSpec, Denial> {
    let terms = terms_in(&task)?;
    let wire::NewTask { namespace, queue, kind, payload, content_type, priority, labels, needs, .. } = task;
    let queue = QueueName {
        namespace: namespace.map_or_else(|| defaults::NAMESPACE.into(), Into::into),
        queue: queue.map_or_else(|| defaults::QUEUE.into(), Into::into),
    };
    let kind = kind.ok_or_else(|| Denial::lacks("kind"))?;
    let class = needs_in(kind, needs.unwrap_or_default())?;
    let priority = match priority {
        Some(number) => u8::try_from(number).ok().and_then(Priority::new),
        None => Some(Priority::default()),
    };
    let priority = priority.ok_or_else(|| Denial::argument("`priority` goes from 0 to 9"))?;
    let mut labels = labels.into_iter().map(label_in).collect::<Result<Vec<_>, _>>()?;
    labels.sort_unstable();
    let payload = payload.map(|bytes| {
        let position = u32::try_from(bodies.len()).expect("far fewer tasks than that were let in");
        let body = BodyRef::of(position, &bytes);
        bodies.push(bytes);
        body
    });
    Ok(TaskSpec {
        queue: Meant::Words(queue),
        class: Meant::Words(Box::new(class)),
        priority,
        payload,
        content_type: content_type_in(content_type),
        labels,
        terms,
    })
}

fn content_type_in(name: Option<String>) -> ContentType {
    match name.as_deref() {
        None | Some(OPAQUE) => ContentType::Opaque,
        Some(JSON) => ContentType::Json,
        Some(other) => ContentType::Other(other.into()),
    }
}

fn label_in(label: wire::Label) -> Result<(Box<str>, Box<str>), Denial> {
    let wire::Label { key, value } = label;
    let key = key.ok_or_else(|| Denial::lacks("labels.key"))?;
    Ok((key.into(), value.ok_or_else(|| Denial::lacks("labels.value"))?.into()))
}

fn needs_in(kind: String, needs: wire::Needs) -> Result<Requirements, Denial> {
    let wire::Needs { kinds, labels, millicpu, memory_bytes, resources } = needs;
    let amount = |amount: wire::Amount| {
        let name = amount.name.ok_or_else(|| Denial::lacks("needs.resources.name"))?;
        let amount = amount.amount.ok_or_else(|| Denial::lacks("needs.resources.amount"))?;
        Ok::<_, Denial>((name.into(), amount))
    };
    Ok(Requirements {
        kind: kind.into(),
        also: kinds.into_iter().map(Into::into).collect(),
        selector: labels.into_iter().map(selector_in).collect::<Result<_, _>>()?,
        resources: Resources {
            millicpu: millicpu.unwrap_or_default(),
            memory_bytes: memory_bytes.unwrap_or_default(),
            custom: resources.into_iter().map(amount).collect::<Result<_, _>>()?,
        },
    })
}

fn selector_in(selector: wire::Selector) -> Result<Selector, Denial> {
    use wire::selector::Test as Asked;
    let wire::Selector { key, test } = selector;
    let values = |values: wire::Values| values.values.into_iter().map(Into::into).collect();
    let test = match test.ok_or_else(|| Denial::lacks("needs.labels.test"))? {
        Asked::In(among) => Test::In(values(among)),
        Asked::NotIn(among) => Test::NotIn(values(among)),
        Asked::There(true) => Test::Exists,
        Asked::There(false) => Test::Absent,
    };
    Ok(Selector { key: key.ok_or_else(|| Denial::lacks("needs.labels.key"))?.into(), test })
}

/// What differs from the defaults, if anything does.
fn terms_in(task: &wire::NewTask) -> Result<Option<Box<Terms>>, Denial> {
    let instant = |time: &Option<Timestamp>, name| time.map(|time| instant_in(time, name)).transpose();
    let duration = |time: &Option<Duration>, name| time.map(|time| duration_in(time, name)).transpose();
    let terms = Terms {
        not_before_ms: instant(&task.not_before_time, "not_before_time")?,
        must_start_by_ms: instant(&task.must_start_by_time, "must_start_by_time")?,
        attempt_timeout_ms: duration(&task.attempt_timeout, "attempt_timeout")?,
        retry: task.retry.as_ref().map(retry_in).transpose()?,
        dependencies: task.dependencies.iter().map(dependency_in).collect::<Result<_, _>>()?,
        parent: task.parent.as_ref().map(|parent| task_ref_in(parent, "parent")).transpose()?,
        retention_ms: duration(&task.retention, "retention")?,
        trace: task.trace.clone().unwrap_or_default().into_bytes(),
    };
    Ok((terms != Terms::default()).then(|| Box::new(terms)))
}

fn retry_in(retry: &wire::RetryPolicy) -> Result<RetryPolicy, Denial> {
    let usual = defaults::RETRY;
    let wait = |given: Option<Duration>, usual_ms, name| {
        given.map_or(Ok(usual_ms), |given| duration_in(given, name))
    };
    // What does not fit is far out of bounds, and so is the most that does: the law refuses it.
    let attempts = |given| u16::try_from(given).unwrap_or(u16::MAX);
    Ok(RetryPolicy {
        max_attempts: retry.max_attempts.map_or(usual.max_attempts, attempts),
        first_ms: wait(retry.first_wait, usual.first_ms, "retry.first_wait")?,
        factor_percent: retry.factor_percent.unwrap_or(usual.factor_percent),
        max_ms: wait(retry.max_wait, usual.max_ms, "retry.max_wait")?,
    })
}

fn dependency_in(dependency: &wire::Dependency) -> Result<Dependency, Denial> {
    let unknown =
        |name: &str| Denial::argument(&format!("`dependencies.{name}` has a value that is not known here"));
    let on = dependency.on.as_ref().ok_or_else(|| Denial::lacks("dependencies.on"))?;
    let rule = wire::DependencyRule::try_from(dependency.rule.unwrap_or_default());
    let otherwise = wire::DependencyOtherwise::try_from(dependency.otherwise.unwrap_or_default());
    Ok(Dependency {
        on: task_ref_in(on, "dependencies.on")?,
        rule: match rule.map_err(|_| unknown("rule"))? {
            wire::DependencyRule::Unspecified | wire::DependencyRule::Succeeded => Rule::Succeeded,
            wire::DependencyRule::Finished => Rule::Finished,
            wire::DependencyRule::Failed => Rule::Failed,
        },
        otherwise: match otherwise.map_err(|_| unknown("otherwise"))? {
            wire::DependencyOtherwise::Unspecified | wire::DependencyOtherwise::Cancel => Otherwise::Cancel,
            wire::DependencyOtherwise::Run => Otherwise::Run,
        },
        seen: None,
    })
}

fn task_ref_in(meant: &wire::TaskRef, name: &str) -> Result<Ref<TaskId>, Denial> {
    match &meant.task {
        Some(wire::task_ref::Task::Id(id)) => Ok(Ref::Id(task_id(id)?)),
        Some(wire::task_ref::Task::Place(place)) => Ok(Ref::Here(*place)),
        None => Err(Denial::lacks(name)),
    }
}

/// In milliseconds. What is absurd is for the law to refuse; what is no number of milliseconds at all is refused here.
fn milliseconds(seconds: i64, nanos: i32, name: &str) -> Result<u64, Denial> {
    let (seconds, nanos) = (u64::try_from(seconds), u64::try_from(nanos));
    match (seconds, nanos) {
        (Ok(seconds), Ok(nanos)) if nanos < 1_000_000_000 => {
            Ok(seconds.saturating_mul(1_000).saturating_add(nanos / 1_000_000))
        }
        (Ok(_) | Err(_), Ok(_) | Err(_)) => {
            Err(Denial::argument(&format!("`{name}` is negative, or no time at all")))
        }
    }
}

fn instant_in(time: Timestamp, name: &str) -> Result<u64, Denial> {
    milliseconds(time.seconds, time.nanos, name)
}

fn duration_in(time: Duration, name: &str) -> Result<u64, Denial> {
    milliseconds(time.seconds, time.nanos, name)
}

fn instant_out(ms: u64) -> Timestamp {
    let seconds = i64::try_from(ms / 1_000).unwrap_or(i64::MAX);
    let nanos = i32::try_from(ms % 1_000 * 1_000_000).expect("less than a second");
    Timestamp { seconds, nanos }
}

const fn ending_out(ending: Ending) -> wire::TaskState {
    match ending {
        Ending::Succeeded => wire::TaskState::Succeeded,
        Ending::Failed => wire::TaskState::Failed,
        Ending::Dead => wire::TaskState::Dead,
        Ending::Cancelled => wire::TaskState::Cancelled,
        Ending::Expired => wire::TaskState::Expired,
    }
}

const fn standing_out(standing: Standing) -> wire::TaskState {
    match standing {
        Standing::Blocked => wire::TaskState::Blocked,
        Standing::Scheduled => wire::TaskState::Scheduled,
        Standing::Ready => wire::TaskState::Ready,
        Standing::Leased => wire::TaskState::Running,
        Standing::Backoff => wire::TaskState::Backoff,
        Standing::Dead => wire::TaskState::Dead,
    }
}

fn content_type_out(content_type: ContentType) -> Option<String> {
    match content_type {
        ContentType::Opaque => None,
        ContentType::Json => Some(JSON.into()),
        ContentType::Other(name) => Some(name.into()),
    }
}

/// A task as it was looked at.
pub(super) fn task_out(id: TaskId, looked: Looked) -> wire::Task {
    let Looked { revision: _, spec, live, end, last, payload, result } = looked;
    let state = live.as_ref().map(|live| standing_out(live.standing));
    let state = state.or(end.as_ref().map(|end| ending_out(end.ending))).unwrap_or_default();
    let attempts = live.as_ref().map(|live| live.attempts).or(end.as_ref().map(|end| end.attempts));
    let lease = live.as_ref().and_then(|live| live.lease);
    let started = lease.map(|lease| lease.granted_ms).or(last.map(|last| last.granted_ms));
    let priority = live.as_ref().map_or(spec.priority, |live| live.priority);
    let failure = end.as_ref().and_then(|end| end.failure.clone());
    let label =
        |(key, value): (Box<str>, Box<str>)| wire::Label { key: Some(key.into()), value: Some(value.into()) };
    wire::Task {
        id: Some(id.to_string()),
        namespace: Some(spec.queue.namespace.into()),
        queue: Some(spec.queue.queue.into()),
        kind: Some(spec.requirements.kind.into()),
        state: Some(state.into()),
        held: Some(live.as_ref().is_some_and(|live| live.held)),
        priority: Some(priority.get().into()),
        labels: spec.labels.into_iter().map(label).collect(),
        content_type: content_type_out(spec.content_type),
        payload_bytes: spec.payload.map(|(length, _)| length),
        attempts: Some(attempts.unwrap_or_default()),
        created_time: Some(instant_out(spec.submitted_ms)),
        started_time: started.map(instant_out),
        finished_time: end.as_ref().map(|end| instant_out(end.ended_ms)),
        until_time: live.as_ref().and_then(|live| live.until_ms).map(instant_out),
        waits_for: live.iter().flat_map(|live| &live.waits_for).map(ToString::to_string).collect(),
        parent: spec.parent.map(|parent| parent.to_string()),
        batch: spec.batch.map(|batch| batch.to_string()),
        error: failure.map(|failure| wire::TaskError {
            r#type: Some(failure.error.into()),
            message: Some(failure.message.into()),
        }),
        result_bytes: end.and_then(|end| end.result).map(|(length, _)| length),
        payload,
        result,
    }
}
