//! Places: namespaces, and the queues in them.
//!
//! Both are numbered, lowest free first, and found by name once per command at most.

use std::collections::{BTreeMap, BTreeSet};

use crate::codec::wire::shape;
use crate::intern::{NamespaceId, QueueId};
use crate::limits;
use crate::name::Revision;
use crate::refusal::{Field, Refusal};

/// What may be configured of a namespace.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NamespaceSettings {
    /// Whether a queue comes into being on first use.
    pub queues_on_first_use: bool,
}

impl Default for NamespaceSettings {
    fn default() -> Self {
        Self { queues_on_first_use: true }
    }
}

/// What may be configured of a queue.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct QueueSettings {
    /// Most tasks leased at once, draining ones included.
    pub max_leased: Option<u32>,
    /// Most live tasks.
    pub max_live: Option<u32>,
}

impl QueueSettings {
    pub(crate) const fn bounds(self) -> Result<(), Refusal> {
        match (self.max_leased, self.max_live) {
            (Some(0), _) | (_, Some(0)) => Err(Refusal::OutOfBounds { field: Field::Limit }),
            _ => Ok(()),
        }
    }
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct NamespaceRecord {
    pub name: Box<str>,
    pub settings: NamespaceSettings,
    pub paused: bool,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct QueueRecord {
    pub namespace: NamespaceId,
    pub name: Box<str>,
    pub born: Revision,
    pub settings: QueueSettings,
    pub paused: bool,
}

#[derive(Clone, Debug)]
pub(crate) struct Namespace {
    pub record: NamespaceRecord,
    pub queues: BTreeMap<Box<str>, QueueId>,
    /// Idempotency keys remembered here.
    pub keys: u32,
}

#[derive(Clone, Debug)]
pub(crate) struct Queue {
    pub record: QueueRecord,
    /// Live tasks.
    pub live: u32,
    /// Leases of living workers, draining ones included.
    pub leased: u32,
}

/// Numbered rows, lowest free number first.
#[derive(Clone, Debug)]
pub(crate) struct Rows<T> {
    rows: Vec<Option<T>>,
    free: BTreeSet<u32>,
}

impl<T> Rows<T> {
    pub(crate) const fn new() -> Self {
        Self { rows: Vec::new(), free: BTreeSet::new() }
    }

    pub(crate) fn len(&self) -> usize {
        self.rows.len() - self.free.len()
    }

    pub(crate) fn get(&self, number: u32) -> Option<&T> {
        self.rows.get(number as usize)?.as_ref()
    }

    pub(crate) fn get_mut(&mut self, number: u32) -> Option<&mut T> {
        self.rows.get_mut(number as usize)?.as_mut()
    }

    pub(crate) fn insert(&mut self, row: T) -> u32 {
        if let Some(number) = self.free.pop_first() {
            self.rows[number as usize] = Some(row);
            return number;
        }
        self.rows.push(Some(row));
        u32::try_from(self.rows.len() - 1).expect("limits keep row numbers in 32 bits")
    }

    /// Puts a stored row back; rows come in the order of their numbers.
    pub(crate) fn restore(&mut self, number: u32, row: T) {
        while self.rows.len() < number as usize {
            self.free.insert(u32::try_from(self.rows.len()).expect("below a 32-bit number"));
            self.rows.push(None);
        }
        self.rows.push(Some(row));
    }

    pub(crate) fn remove(&mut self, number: u32) {
        self.rows[number as usize] = None;
        self.free.insert(number);
        // Rows at the end leave no trace, as in a state that was rebuilt.
        while self.rows.last().is_some_and(Option::is_none) {
            self.rows.pop();
            self.free.pop_last();
        }
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = (u32, &T)> {
        (0..).zip(&self.rows).filter_map(|(number, row)| row.as_ref().map(|row| (number, row)))
    }
}

impl<T> std::ops::Index<u32> for Rows<T> {
    type Output = T;

    fn index(&self, number: u32) -> &T {
        self.get(number).expect("a row number outlived its row")
    }
}

impl<T> std::ops::IndexMut<u32> for Rows<T> {
    fn index_mut(&mut self, number: u32) -> &mut T {
        self.get_mut(number).expect("a row number outlived its row")
    }
}

/// All namespaces and queues.
#[derive(Clone, Debug)]
pub(crate) struct Places {
    pub namespaces: Rows<Namespace>,
    pub by_name: BTreeMap<Box<str>, NamespaceId>,
    pub queues: Rows<Queue>,
}

impl Places {
    pub(crate) const fn new() -> Self {
        Self { namespaces: Rows::new(), by_name: BTreeMap::new(), queues: Rows::new() }
    }

    pub(crate) fn namespace(&self, name: &str) -> Option<NamespaceId> {
        self.by_name.get(name).copied()
    }

    pub(crate) fn queue(&self, namespace: NamespaceId, name: &str) -> Option<QueueId> {
        self.namespaces[namespace.0].queues.get(name).copied()
    }

    pub(crate) fn add_namespace(&mut self, record: NamespaceRecord) -> NamespaceId {
        let name = record.name.clone();
        let id = NamespaceId(self.namespaces.insert(Namespace { record, queues: BTreeMap::new(), keys: 0 }));
        self.by_name.insert(name, id);
        id
    }

    pub(crate) fn add_queue(&mut self, record: QueueRecord) -> QueueId {
        let (namespace, name) = (record.namespace, record.name.clone());
        let id = QueueId(self.queues.insert(Queue { record, live: 0, leased: 0 }));
        self.namespaces[namespace.0].queues.insert(name, id);
        id
    }

    pub(crate) fn has_room_for_queue(&self) -> bool {
        self.queues.len() < limits::QUEUES_MAX as usize
    }
}

shape!(NamespaceSettings { queues_on_first_use });
shape!(QueueSettings { max_leased, max_live });
