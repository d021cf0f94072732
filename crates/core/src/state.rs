//! The state: everything the cluster knows that decides something, held in memory.
//!
//! What lives here is the union of the rooms beside it, and the doors of the law: [`apply`], [`State::next_deadline`],
//! [`State::check`], [`State::from_records`], and read-only views. Nothing here reads a clock, a disk or a random
//! source, and no decision depends on slot numbers or hash order.

use std::collections::{BTreeMap, BTreeSet};

use crate::alarm::Alarm;
use crate::change::{Changes, Key};
use crate::class::Requirements;
use crate::client::Client;
use crate::codec::record::{AlarmRecord, MetaRecord};
use crate::defaults;
use crate::effect::{Effect, Holding, Order};
use crate::entry::Entry;
use crate::event::Event;
use crate::intern::{Interner, KindId, LabelKeyId, QueueId};
use crate::lane::Lanes;
use crate::lease::Lease;
use crate::limits;
use crate::name::{Era, Revision, TaskId, Token};
use crate::place::{NamespaceRecord, NamespaceSettings, Places};
use crate::planted::{Bug, planted};
use crate::refusal::Refusal;
use crate::remembered::Keys;
use crate::reply::Answer;
use crate::shelf::Shelf;
use crate::slab::Slab;
use crate::task::{Phase, Task};
use crate::tombstone::Tombstones;
use crate::turn::Turn;
use crate::work::Worklist;
use crate::worker::Worker;

/// The newest law that this build knows.
pub const LAW: u32 = 1;

/// The interned numbers inside a class's requirements, beside it so that matching compares numbers.
#[derive(Clone, Debug, Default)]
pub(crate) struct Parts {
    pub kinds: Vec<KindId>,
    pub keys: Vec<LabelKeyId>,
}

/// The replicated state of one Raft group.
#[derive(Clone, Debug)]
pub struct State {
    pub(crate) meta: MetaRecord,
    pub(crate) revision: Revision,
    pub(crate) digest: u128,
    pub(crate) places: Places,
    pub(crate) kinds: Interner<Box<str>>,
    pub(crate) label_keys: Interner<Box<str>>,
    pub(crate) classes: Interner<Requirements>,
    pub(crate) parts: Vec<Parts>,
    pub(crate) clients: Shelf<Client>,
    pub(crate) workers: Shelf<Worker>,
    pub(crate) alarms: BTreeMap<Alarm, AlarmRecord>,
    pub(crate) tasks: Shelf<Task>,
    pub(crate) leases: Slab<Lease>,
    pub(crate) draining: BTreeMap<Token, u32>,
    pub(crate) lanes: Lanes,
    /// The next instant at which time alone moves a task.
    pub(crate) timers: BTreeSet<(u64, TaskId)>,
    /// (awaited, waiting), as long as the dependency is open.
    pub(crate) dependents: BTreeSet<(TaskId, TaskId)>,
    /// (parent, child), as long as the child lives.
    pub(crate) children: BTreeSet<(TaskId, TaskId)>,
    pub(crate) works: Worklist,
    pub(crate) keys: Keys,
    pub(crate) tombstones: Tombstones,
}

/// What one entry did.
#[derive(Clone, Debug)]
pub struct Outcome {
    /// The entry's place in the log.
    pub revision: Revision,
    /// The state's time after it.
    pub now_ms: u64,
    /// One answer for each proposal.
    pub replies: Vec<Answer>,
    /// Orders for the leader's hands.
    pub effects: Vec<Effect>,
    /// What watchers see.
    pub events: Vec<Event>,
    /// What storage must remember.
    pub changes: Changes,
}

/// Executes one entry. Total: every entry has an outcome, on every replica the same.
pub fn apply(state: &mut State, entry: Entry) -> Outcome {
    // Names are made of revisions. Whoever applies one twice has lost count, and must stop before it repeats a name.
    assert!(entry.revision > state.revision, "the log hands out each revision once, in order");
    let Entry { revision, law, time_ms, sweep, proposals, bodies } = entry;
    let before = state.meta;
    state.revision = revision;
    state.meta.now_ms = before.now_ms.max(time_ms.min(limits::INSTANT_MS_MAX));
    let mut turn = Turn::new(state, &bodies, proposals.len());
    turn.sweep(sweep.min(limits::SWEEP_MAX));
    let mut replies = Vec::with_capacity(proposals.len());
    for proposal in proposals {
        replies.push(turn.answer(proposal, law));
    }
    turn.sweep(turn.sweep_left);
    turn.retire();
    let Turn { effects, events, mut changes, .. } = turn;
    if state.meta != before {
        changes.put(Key::Meta, |out| crate::codec::record::put(&state.meta, out));
    }
    state.digest = crate::digest::roll(state.digest, revision, changes.canonical_bytes());
    Outcome { revision, now_ms: state.meta.now_ms, replies, effects, events, changes }
}

impl State {
    /// The state before the first entry: the default namespace, and nothing else.
    #[must_use]
    pub fn new(era: Era) -> Self {
        let mut state = Self::empty(MetaRecord { era, law: 1, ..MetaRecord::default() }, Revision(0), 0);
        state.places.add_namespace(NamespaceRecord {
            name: defaults::NAMESPACE.into(),
            settings: NamespaceSettings::default(),
            paused: false,
        });
        state
    }

    pub(crate) fn empty(meta: MetaRecord, revision: Revision, digest: u128) -> Self {
        Self {
            meta,
            revision,
            digest,
            places: Places::new(),
            kinds: Interner::new(limits::KINDS_MAX),
            label_keys: Interner::new(limits::LABEL_KEYS_MAX),
            classes: Interner::new(limits::CLASSES_MAX),
            parts: Vec::new(),
            clients: Shelf::new(16),
            workers: Shelf::new(16),
            alarms: BTreeMap::new(),
            tasks: Shelf::new(1_024),
            leases: Slab::new(),
            draining: BTreeMap::new(),
            lanes: Lanes::new(),
            timers: BTreeSet::new(),
            dependents: BTreeSet::new(),
            children: BTreeSet::new(),
            works: Worklist::default(),
            keys: Keys::default(),
            tombstones: Tombstones::new(meta.tombstones_first),
        }
    }

    /// Which history this is.
    #[must_use]
    pub const fn era(&self) -> Era {
        self.meta.era
    }

    /// Begins the next era, at a revision of its own: the history that this state knows may have gone on elsewhere, and
    /// whatever was named there, no name that is minted here from now on is the same. No command does this, for there is
    /// nobody left to agree on it. What storage must remember of it; `None`, with nothing changed, after the last era.
    ///
    /// # Panics
    /// If the revision is not a new one.
    pub fn begin_era(&mut self, revision: Revision) -> Option<Changes> {
        assert!(revision > self.revision, "the log hands out each revision once, in order");
        self.meta.era.era = self.meta.era.era.checked_add(1)?;
        self.revision = revision;
        let mut changes = Changes::default();
        changes.put(Key::Meta, |out| crate::codec::record::put(&self.meta, out));
        self.digest = crate::digest::roll(self.digest, revision, changes.canonical_bytes());
        Some(changes)
    }

    /// The law in force.
    #[must_use]
    pub const fn law(&self) -> u32 {
        self.meta.law
    }

    /// The state's time: the latest leader time seen.
    #[must_use]
    pub const fn now_ms(&self) -> u64 {
        self.meta.now_ms
    }

    /// The last applied revision.
    #[must_use]
    pub const fn revision(&self) -> Revision {
        self.revision
    }

    /// The rolling digest over all changes since the state began. Replicas with equal revisions have equal digests.
    #[must_use]
    pub const fn digest(&self) -> u128 {
        self.digest
    }

    /// The instant at which the passage of time alone would change something: now while cascades are pending, `None`
    /// when nothing is ever due. An idle cluster proposes nothing.
    #[must_use]
    pub fn next_deadline(&self) -> Option<u64> {
        if !self.works.is_empty() {
            return Some(self.meta.now_ms);
        }
        self.timers.first().map(|(at_ms, _)| (*at_ms).max(self.meta.now_ms))
    }

    /// Whether due work or a cascade is pending.
    #[must_use]
    pub fn has_backlog(&self) -> bool {
        !self.works.is_empty() || self.timers.first().is_some_and(|(at_ms, _)| *at_ms <= self.meta.now_ms)
    }

    /// The next instant at which time alone moves this task.
    pub(crate) fn deadline_ms(&self, slot: u32) -> Option<u64> {
        let task = &self.tasks[slot];
        let own = match task.phase {
            Phase::Scheduled { until_ms } | Phase::Backoff { until_ms } => Some(until_ms),
            Phase::Leased { lease } => return self.leases[lease].grip.next_deadline_ms(),
            Phase::Blocked { .. } | Phase::Ready { .. } => None,
            Phase::Dead => return None,
        };
        match (own, task.start_deadline_ms()) {
            (Some(own), Some(start)) => Some(own.min(start)),
            (own, start) => own.or(start),
        }
    }

    /// Everything that leases still ask of the leader's hands.
    pub(crate) fn holdings(&self) -> impl Iterator<Item = Effect> {
        self.leases.iter().filter(|(_, lease)| self.workers[lease.worker].is_alive()).flat_map(
            |(_, lease)| {
                let grip = lease.grip;
                let holding = Holding { worker: grip.worker, task: lease.task, token: grip.token };
                let orders = if lease.draining {
                    [Some(Order::Stop), None, None, None]
                } else {
                    [
                        Some(Order::Offer { suspended: grip.suspended }),
                        grip.cancel_by_ms().map(|by_ms| Order::Cancel { by_ms }),
                        grip.pause_by_ms.map(|by_ms| Order::Pause { by_ms }),
                        (grip.update > 0).then_some(Order::Update { number: grip.update }),
                    ]
                };
                orders.into_iter().flatten().map(move |order| Effect { holding, order })
            },
        )
    }
}

impl State {
    /// Whether tasks of this queue may be granted at all.
    pub(crate) fn gate(&self, queue: QueueId) -> Result<(), Refusal> {
        self.gate_beside(queue, 0, 0)
    }

    /// The same, with so many leased more and so many less than are leased now.
    pub(crate) fn gate_beside(&self, queue: QueueId, more: u32, less: u32) -> Result<(), Refusal> {
        let row = &self.places.queues[queue.0];
        if self.places.namespaces[row.record.namespace.0].record.paused {
            return Err(Refusal::NamespacePaused);
        }
        if row.record.paused && !planted(Bug::IgnorePause) {
            return Err(Refusal::QueuePaused);
        }
        let off = u32::from(planted(Bug::LimitOff));
        let leased = row.leased.saturating_add(more).saturating_sub(less);
        if row.record.settings.max_leased.is_some_and(|max| leased >= max.saturating_add(off)) {
            return Err(Refusal::QueueSaturated);
        }
        Ok(())
    }

    /// Puts a lease into the hands of its worker, and charges everything for it. Its token is the worker's greatest.
    pub(crate) fn add_lease(&mut self, lease: Lease) -> u32 {
        let (worker, class, queue) = (lease.worker, lease.grip.class, lease.queue);
        let number = self.leases.insert(lease);
        self.classes.hold(class.0);
        let row = &mut self.workers[worker];
        row.link(&mut self.leases, number);
        row.charge(self.classes.definition(class.0), queue);
        if row.is_alive() {
            self.places.queues[queue.0].leased += 1;
        } else {
            row.charges.clear();
        }
        number
    }
}
