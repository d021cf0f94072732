//! Worker sessions: who offers what, what is charged to them, and which leases they hold.
//!
//! Sessions are kept alive, not tasks, and keepalives never come here: the office decides when a session has died.
//! Death is one record: it fences all leases of the session at once, and their release is swept afterwards.

use crate::class::{Burden, Requirements, Resources, Selector};
use crate::codec::wire::{choice, shape};
use crate::index::Named;
use crate::intern::{KindId, LabelKeyId, QueueId};
use crate::lease::Lease;
use crate::name::{Name, WorkerId};
use crate::refusal::Refusal;
use crate::slab::{NONE, Slab};
use crate::state::Parts;

/// What a worker offers.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Offer {
    /// The kinds of work it can do.
    pub kinds: Vec<Box<str>>,
    /// Its labels, sorted by key.
    pub labels: Vec<(Box<str>, Box<str>)>,
    /// Its resources.
    pub resources: Resources,
    /// How many tasks it takes at once.
    pub slots: u32,
}

/// How a session ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Departure {
    /// It left.
    Closed,
    /// It was silent for its time to live.
    Silent,
    /// An operator took it away.
    Evicted,
}

/// The end of a session, until its leases are swept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Death {
    pub at_ms: u64,
    /// The number of the cascade that releases its leases.
    pub work: u64,
    pub departure: Departure,
    /// Whether its tasks may be to blame.
    pub charged: bool,
}

/// The stored part of a session.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct WorkerRecord {
    pub name: Box<str>,
    pub kinds: Vec<KindId>,
    pub labels: Vec<(LabelKeyId, Box<str>)>,
    pub resources: Resources,
    pub slots: u32,
    pub ttl_ms: u64,
    /// Lives by calls instead of a stream: the hash of the secret that its calls show.
    pub secret: Option<u128>,
    pub draining: bool,
    pub death: Option<Death>,
}

/// A session in its slot.
#[derive(Clone, Debug)]
pub(crate) struct Worker {
    pub id: WorkerId,
    pub record: WorkerRecord,
    pub used_slots: u32,
    pub used: Resources,
    /// Leases charged to each queue, by queue.
    pub charges: Vec<(QueueId, u32)>,
    pub first: u32,
    pub last: u32,
}

impl Named for Worker {
    fn name(&self) -> Name {
        self.id.0
    }
}

impl Worker {
    pub(crate) const fn new(id: WorkerId, record: WorkerRecord) -> Self {
        let used = Resources { millicpu: 0, memory_bytes: 0, custom: Vec::new() };
        Self { id, record, used_slots: 0, used, charges: Vec::new(), first: NONE, last: NONE }
    }

    pub(crate) const fn is_alive(&self) -> bool {
        self.record.death.is_none()
    }

    /// Whether a task of this class may run here now.
    pub(crate) fn accepts(&self, class: &Requirements, parts: &Parts) -> Result<(), Refusal> {
        self.may_ever_run(class, parts)?;
        if self.used_slots >= self.record.slots {
            return Err(Refusal::NoSlot);
        }
        if self.record.resources.has_room(&self.used, &class.resources) {
            Ok(())
        } else {
            Err(Refusal::NoRoom)
        }
    }

    /// The same, with this charged more and that less than is charged now.
    pub(crate) fn accepts_beside(
        &self,
        class: &Requirements,
        parts: &Parts,
        more: &Burden,
        less: &Burden,
    ) -> Result<(), Refusal> {
        if more.is_nothing() && less.is_nothing() {
            return self.accepts(class, parts);
        }
        self.may_ever_run(class, parts)?;
        let used = self.used_slots.saturating_add(more.slots()).saturating_sub(less.slots());
        if used >= self.record.slots {
            return Err(Refusal::NoSlot);
        }
        let fits = class.resources.is_nothing() || self.shortage_beside(class, more, less).is_none();
        if fits { Ok(()) } else { Err(Refusal::NoRoom) }
    }

    /// The first resource that is short for a task of this class, with this charged more and that less.
    pub(crate) fn shortage_beside<'a>(
        &self,
        class: &'a Requirements,
        more: &Burden,
        less: &Burden,
    ) -> Option<&'a str> {
        self.record.resources.shortage(&more.beside(&self.used, less), &class.resources)
    }

    /// Whether a task of this class could run here if nothing else did.
    fn may_ever_run(&self, class: &Requirements, Parts { kinds, keys }: &Parts) -> Result<(), Refusal> {
        if self.record.draining {
            return Err(Refusal::WorkerDraining);
        }
        if !kinds.iter().all(|kind| self.record.kinds.binary_search(kind).is_ok()) {
            return Err(Refusal::KindNotOffered);
        }
        let matches = |(term, key): (&Selector, &LabelKeyId)| {
            let at = self.record.labels.binary_search_by_key(key, |(own, _)| *own);
            term.test.holds(at.ok().map(|at| &*self.record.labels[at].1))
        };
        if class.selector.iter().zip(keys).all(matches) { Ok(()) } else { Err(Refusal::LabelsDiffer) }
    }

    pub(crate) fn charge(&mut self, class: &Requirements, queue: QueueId) {
        self.used_slots += 1;
        self.used.add(&class.resources);
        match self.charges.binary_search_by_key(&queue, |(own, _)| *own) {
            Ok(at) => self.charges[at].1 += 1,
            Err(at) => self.charges.insert(at, (queue, 1)),
        }
    }

    pub(crate) fn discharge(&mut self, class: &Requirements, queue: QueueId) {
        self.used_slots -= 1;
        self.used.subtract(&class.resources);
        if let Ok(at) = self.charges.binary_search_by_key(&queue, |(own, _)| *own) {
            self.charges[at].1 -= 1;
            // An empty entry stays as long as the worker has other leases: the next grant wants it again.
            if self.used_slots == 0 {
                self.charges.clear();
            }
        }
    }

    /// Appends a lease, whose token is the greatest so far, to the worker's list.
    pub(crate) fn link(&mut self, leases: &mut Slab<Lease>, lease: u32) {
        (leases[lease].previous, leases[lease].next) = (self.last, NONE);
        if self.last == NONE {
            self.first = lease
        } else {
            leases[self.last].next = lease
        }
        self.last = lease;
    }

    pub(crate) fn unlink(&mut self, leases: &mut Slab<Lease>, lease: u32) {
        let Lease { previous, next, .. } = leases[lease];
        if previous == NONE {
            self.first = next
        } else {
            leases[previous].next = next
        }
        if next == NONE { self.last = previous } else { leases[next].previous = previous }
    }

    /// Its leases, oldest first.
    pub(crate) fn leases<'a>(&'a self, leases: &'a Slab<Lease>) -> impl Iterator<Item = u32> + 'a {
        let after = |lease: u32| (lease != NONE).then_some(lease);
        std::iter::successors(after(self.first), move |lease| after(leases[*lease].next))
    }
}

shape!(Offer { kinds, labels, resources, slots });
choice!(Departure, "departure" { 1 = Closed, 2 = Silent, 3 = Evicted });
shape!(Death { at_ms, work, departure, charged });
