//! Idempotency keys: which submission they belong to, and how long they are remembered.
//!
//! A key lives until the longer of its lifetime and a while after the end of its last task. Keys are capped for each
//! namespace with a refusal; none is ever forgotten early.

use std::collections::{BTreeMap, BTreeSet};

use crate::codec::wire::shape;
use crate::intern::NamespaceId;
use crate::name::TaskId;

/// The stored part of a key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct RememberedRecord {
    pub namespace: NamespaceId,
    pub key: Box<str>,
    /// The hash of the whole request.
    pub hash: u128,
    pub count: u32,
    /// When its own lifetime ends, or a while after its last task ended if that was later.
    pub expires_ms: u64,
}

#[derive(Clone, Debug)]
pub(crate) struct Remembered {
    pub record: RememberedRecord,
    /// Tasks of the submission that have not ended.
    pub unfinished: u32,
}

/// All keys, by the first task of their submission.
#[derive(Clone, Debug, Default)]
pub(crate) struct Keys {
    pub rows: BTreeMap<TaskId, Remembered>,
    pub by_key: BTreeMap<(NamespaceId, Box<str>), TaskId>,
    /// Those without unfinished tasks, by expiry.
    pub expiring: BTreeSet<(u64, TaskId)>,
}

impl Keys {
    pub(crate) fn find(&self, namespace: NamespaceId, key: &str) -> Option<(TaskId, &Remembered)> {
        let first = *self.by_key.get(&(namespace, key.into()))?;
        Some((first, &self.rows[&first]))
    }

    pub(crate) fn insert(&mut self, first: TaskId, row: Remembered) {
        self.by_key.insert((row.record.namespace, row.record.key.clone()), first);
        if row.unfinished == 0 {
            self.expiring.insert((row.record.expires_ms, first));
        }
        self.rows.insert(first, row);
    }

    pub(crate) fn remove(&mut self, first: TaskId) -> Option<Remembered> {
        let row = self.rows.remove(&first)?;
        self.by_key.remove(&(row.record.namespace, row.record.key.clone()));
        self.expiring.remove(&(row.record.expires_ms, first));
        Some(row)
    }
}

impl Remembered {
    /// Whether the key may be forgotten.
    pub(crate) const fn is_over(&self, now_ms: u64) -> bool {
        self.unfinished == 0 && self.record.expires_ms <= now_ms
    }
}

shape!(RememberedRecord { namespace, key, hash, count, expires_ms });
