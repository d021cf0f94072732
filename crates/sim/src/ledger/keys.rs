//! Idempotency keys as submitters know them: which submission each stands for, and until when at least.

use std::collections::BTreeMap;

use reeve_core::change::{Key, Written};
use reeve_core::codec::record::{self, ArchiveRecord};
use reeve_core::command::{Command, Submit};
use reeve_core::event::{Event, PlaceStep};
use reeve_core::intern::Meant;
use reeve_core::name::TaskId;
use reeve_core::{Reply, defaults};

use super::Applied;

/// What a key stands for.
#[derive(Clone, Copy, Debug)]
pub struct Promise {
    /// The first of its tasks.
    pub first: TaskId,
    /// How many they are.
    pub count: u32,
    /// The hash of the request.
    pub hash: u128,
    /// Until when it is remembered at least, if its tasks have ended.
    pub until_ms: u64,
}

/// All keys, by namespace and text.
#[derive(Clone, Debug, Default)]
pub struct Keys {
    /// What each stands for.
    pub of: BTreeMap<(Box<str>, Box<str>), Promise>,
}

/// Namespace and text of a submission's key.
#[must_use]
pub fn named(submit: &Submit, step: &Applied<'_>) -> Option<(Box<str>, Box<str>)> {
    let key = submit.key.as_ref()?.key.clone();
    let namespace = match &submit.tasks.first()?.queue {
        Meant::Words(name) => name.namespace.clone(),
        Meant::Known { id, .. } => step.state.queue_name(*id)?.0.into(),
    };
    Some((namespace, key))
}

impl Promise {
    /// Whether a task is one of those that the key stands for.
    #[must_use]
    pub fn is_of(&self, task: TaskId) -> bool {
        let (first, task) = (self.first.0, task.0);
        (first.group, first.era, first.revision) == (task.group, task.era, task.revision)
            && (first.position..first.position + self.count).contains(&task.position)
    }
}

impl Keys {
    pub(super) fn close(&mut self, step: &Applied<'_>) {
        for (proposal, answer) in step.executed() {
            if let (Command::Submit(submit), Reply::Submitted { first, count, existing: false }) =
                (&proposal.command, answer.reply)
                && let (Some(key), Some(name)) = (&submit.key, named(submit, step))
            {
                let until_ms = step.outcome.now_ms + key.lifetime_ms.unwrap_or(defaults::KEY_MS);
                self.of.insert(name, Promise { first, count, hash: key.hash, until_ms });
            }
        }
        for (key, written) in step.outcome.changes.iter() {
            let (Key::Archive(task), Written::Put(bytes)) = (key, written) else { continue };
            let Ok(own) = record::get::<ArchiveRecord>(bytes) else { continue };
            for promise in self.of.values_mut().filter(|promise| promise.is_of(task)) {
                promise.until_ms = promise.until_ms.max(own.ended_ms + defaults::KEY_AFTER_END_MS);
            }
        }
        // Who deletes a namespace takes its keys with it.
        let deletes = |event: &Event| matches!(event, Event::Namespace { step: PlaceStep::Deleted, .. });
        if step.outcome.events.iter().any(deletes) {
            self.of.clear();
        }
    }
}
