//! Submit: one or many tasks come into being, all of them or none.

use std::collections::{BTreeMap, BTreeSet};

use crate::change::{Key, Part};
use crate::codec::record::{self, SpecParts, WaitsFor};
use crate::codec::wire::{choice, shape};
use crate::command::Verb;
use crate::defaults;
use crate::event::{Cancelled, Step};
use crate::intern::{Meant, NamespaceId, QueueId};
use crate::limits;
use crate::name::{Ref, TaskId};
use crate::passage::Finish;
use crate::refusal::{Cap, Field, Refusal};
use crate::remembered::{Remembered, RememberedRecord};
use crate::reply::Reply;
use crate::task::{Awaited, Cold, Dependency, Ending, Otherwise, Phase, Task, TaskSpec, Terms, check_duration};
use crate::turn::Turn;
use crate::vocabulary::Demand;

/// Submits tasks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Submit {
    /// What makes the request happen once beyond its client session.
    pub key: Option<IdempotencyKey>,
    /// The batch that the tasks belong to.
    pub batch: Batch,
    /// The tasks.
    pub tasks: Vec<TaskSpec>,
}

/// A key of the submitter's choice, for the whole request, in the namespace of its first task.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IdempotencyKey {
    /// The key.
    pub key: Box<str>,
    /// The hash of the whole request, made where it entered the cluster.
    pub hash: u128,
    /// How long the key is remembered at least.
    pub lifetime_ms: Option<u64>,
}

/// Which batch tasks belong to. A batch is known by its first task.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Batch {
    /// None.
    Alone,
    /// One of their own.
    Own,
    /// One that was begun before.
    Of(TaskId),
}

/// What a dependency comes to at the moment of submission.
enum Fate {
    Met,
    Open,
    Unmet,
}

impl Verb for Submit {
    fn width(&self) -> u32 {
        u32::try_from(self.tasks.len()).unwrap_or(u32::MAX)
    }

    fn execute(mut self, turn: &mut Turn<'_>) -> Result<Reply, Refusal> {
        if self.tasks.is_empty() || self.tasks.len() > limits::SUBMIT_TASKS_MAX {
            return Err(Refusal::OutOfBounds { field: Field::Tasks });
        }
        if let Some(reply) = self.known_key(turn)? {
            return Ok(reply);
        }
        if turn.writes_stopped() {
            return Err(Refusal::WritesStopped);
        }
        let demand = self.check(turn)?;
        turn.enter_demand(demand);
        let first = TaskId(turn.mint(0));
        let count = self.width();
        let key = self.remember_key(turn, first, count);
        let batch = match self.batch {
            Batch::Alone => None,
            Batch::Own => Some(first),
            Batch::Of(batch) => Some(batch),
        };
        for (own, spec) in (0..).zip(self.tasks) {
            create(turn, own, spec, batch, key);
        }
        Ok(Reply::Submitted { first, count, existing: false })
    }
}

impl Submit {
    fn namespace(&self, turn: &Turn<'_>) -> Result<NamespaceId, Refusal> {
        match &self.tasks[0].queue {
            Meant::Words(name) => turn.namespace(&name.namespace),
            Meant::Known { id, born } => {
                let row = turn.state.places.queues.get(id.0).filter(|row| row.record.born == *born);
                row.map(|row| row.record.namespace).ok_or(Refusal::StaleName)
            }
        }
    }

    /// What was answered to the same key before.
    fn known_key(&self, turn: &mut Turn<'_>) -> Result<Option<Reply>, Refusal> {
        let Some(key) = &self.key else { return Ok(None) };
        if key.key.is_empty() || key.key.len() > limits::KEY_BYTES_MAX {
            return Err(Refusal::OutOfBounds { field: Field::Key });
        }
        check_duration(key.lifetime_ms, Field::Key)?;
        let namespace = self.namespace(turn)?;
        let Some((first, row)) = turn.state.keys.find(namespace, &key.key) else { return Ok(None) };
        if row.is_over(turn.now_ms()) {
            return Ok(None);
        }
        // Its time is over but for tasks that may have ended unnoticed.
        if row.record.expires_ms <= turn.now_ms() && turn.state.has_backlog() {
            return Err(Refusal::Backlog);
        }
        if row.record.hash != key.hash {
            return Err(Refusal::KeyMismatch);
        }
        Ok(Some(Reply::Submitted { first, count: row.record.count, existing: true }))
    }

    /// Lets everything happen that is due to what the tasks refer to: what is checked afterwards stays as it is.
    fn settle_family(&self, turn: &mut Turn<'_>) -> Result<(), Refusal> {
        for (own, spec) in (0..).zip(&self.tasks) {
            let Some(terms) = &spec.terms else { continue };
            let named = terms.dependencies.iter().map(|dependency| dependency.on).chain(terms.parent);
            for reference in named {
                let id = turn.resolve(reference, own)?;
                turn.settle(id)?;
            }
        }
        Ok(())
    }

    /// Everything that may be wrong, before anything is changed.
    fn check(&mut self, turn: &mut Turn<'_>) -> Result<Demand, Refusal> {
        if u64::from(turn.state.tasks.len()) + self.tasks.len() as u64 > u64::from(limits::LIVE_TASKS_MAX) {
            return Err(turn.too_many(Cap::Tasks));
        }
        if self.key.is_some() {
            let namespace = self.namespace(turn)?;
            if turn.state.places.namespaces[namespace.0].keys >= limits::KEYS_PER_NAMESPACE_MAX {
                return Err(if turn.keys_overdue() { Refusal::Backlog } else { turn.too_many(Cap::Keys) });
            }
        }
        self.settle_family(turn)?;
        let mut demand = Demand::default();
        let (mut limited, mut depths) = (BTreeMap::<Option<QueueId>, u32>::new(), BTreeMap::<u32, u32>::new());
        for (own, spec) in (0..).zip(&mut self.tasks) {
            spec.bounds()?;
            turn.check_body(spec.payload)?;
            if let Meant::Words(words) = &mut spec.class {
                words.canonical();
            }
            turn.check_class(&spec.class, &mut demand)?;
            let queue = turn.check_queue(&spec.queue, &mut demand)?;
            if let Some(id) = queue
                && let Some(max) = turn.state.places.queues[id.0].record.settings.max_live
            {
                let more = limited.entry(queue).or_default();
                *more += 1;
                if turn.state.places.queues[id.0].live.saturating_add(*more) > max {
                    return Err(turn.full(Refusal::QueueFull));
                }
            }
            if let Some(terms) = &spec.terms {
                check_dependencies(turn, terms, own)?;
                check_parent(turn, terms, own, &mut depths)?;
            }
        }
        turn.check_demand(&demand)?;
        Ok(demand)
    }

    fn remember_key(&self, turn: &mut Turn<'_>, first: TaskId, count: u32) -> Option<TaskId> {
        let key = self.key.as_ref()?;
        let namespace = self.namespace(turn).expect("the namespace was checked");
        // A key whose time is over but which no entry swept yet makes room for its successor.
        if let Some((former, _)) = turn.state.keys.find(namespace, &key.key) {
            turn.drop_key(former);
        }
        let expires_ms = turn.now_ms() + key.lifetime_ms.unwrap_or(defaults::KEY_MS);
        let record = RememberedRecord { namespace, key: key.key.clone(), hash: key.hash, count, expires_ms };
        turn.changes.put(Key::Remembered(first), |out| record::put(&record, out));
        turn.state.keys.insert(first, Remembered { record, unfinished: count });
        turn.state.places.namespaces[namespace.0].keys += 1;
        Some(first)
    }
}

fn check_dependencies(turn: &mut Turn<'_>, terms: &Terms, own: u32) -> Result<(), Refusal> {
    let mut named = BTreeSet::new();
    for dependency in &terms.dependencies {
        let on: TaskId = turn.resolve(dependency.on, own)?;
        if !named.insert(on) {
            return Err(Refusal::OutOfBounds { field: Field::Dependencies });
        }
        // A task of this very command does not exist yet.
        if !is_own(turn, dependency.on) {
            fate(turn, on, dependency)?;
        }
    }
    Ok(())
}

fn is_own<T>(turn: &Turn<'_>, reference: Ref<T>) -> bool {
    matches!(reference, Ref::Here(position) if position >= turn.mint(0).position)
}

/// What a dependency on a task comes to now. What is due for it has happened before.
fn fate(turn: &Turn<'_>, on: TaskId, dependency: &Dependency) -> Result<Fate, Refusal> {
    let ending = if let Some(slot) = turn.state.tasks.find(on.0) {
        if matches!(turn.state.tasks[slot].phase, Phase::Dead) {
            Ending::Dead
        } else if turn.state.works.spreading(on).is_some_and(|(_, spread)| spread.dependents) {
            return Err(Refusal::Backlog);
        } else {
            return Ok(Fate::Open);
        }
    } else {
        match (turn.state.tombstones.get(on), dependency.seen) {
            (Some(stone), _) if stone.forgotten => return Err(Refusal::TaskNotFound),
            (Some(stone), _) => stone.ending,
            (None, Some(seen)) if turn.is_born(on) && turn.is_trusted(seen.at) => seen.ending,
            (None, Some(_)) if turn.is_born(on) => return Err(Refusal::Reread),
            (None, _) => return Err(Refusal::TaskNotFound),
        }
    };
    let met = ending.meets(dependency.rule) || dependency.otherwise == Otherwise::Run;
    Ok(if met { Fate::Met } else { Fate::Unmet })
}

fn check_parent(
    turn: &mut Turn<'_>,
    terms: &Terms,
    own: u32,
    depths: &mut BTreeMap<u32, u32>,
) -> Result<(), Refusal> {
    let Some(reference) = terms.parent else { return Ok(()) };
    let id: TaskId = turn.resolve(reference, own)?;
    let above = if is_own(turn, reference) {
        depths.get(&(id.0.position - turn.mint(0).position)).copied().unwrap_or(0)
    } else {
        let ended = |refusal| if matches!(refusal, Refusal::TaskEnded { .. }) { Refusal::ParentEnded } else { refusal };
        let slot = turn.open_task(id).map_err(ended)?;
        if turn.state.works.spreading(id).is_some_and(|(_, spread)| spread.children) {
            return Err(Refusal::Backlog);
        }
        turn.depth(slot)
    };
    if above >= limits::ANCESTORS_MAX {
        return Err(Refusal::OutOfBounds { field: Field::Ancestors });
    }
    depths.insert(own, above + 1);
    Ok(())
}

/// What comes of a task's terms.
#[derive(Default)]
struct Bearing {
    /// What it keeps in memory beside its slot.
    cold: Option<Box<Cold>>,
    /// Its dependencies, named.
    waits: Vec<WaitsFor>,
    /// The first dependency that can no longer be met.
    unmet: Option<TaskId>,
}

fn bearing(turn: &Turn<'_>, spec: &TaskSpec, own: u32, key: Option<TaskId>) -> Bearing {
    let Some(terms) = &spec.terms else {
        return Bearing { cold: key.map(|_| Box::new(Cold { key, ..Cold::default() })), ..Bearing::default() };
    };
    let parent = terms.parent.map(|parent| turn.resolve(parent, own).expect("the parent was checked"));
    let depth = parent.map_or(0, |TaskId(parent)| 1 + turn.state.tasks.find(parent).map_or(0, |slot| turn.depth(slot)));
    let (mut awaited, mut waits, mut unmet) = (Vec::new(), Vec::with_capacity(terms.dependencies.len()), None);
    for dependency in &terms.dependencies {
        let on: TaskId = turn.resolve(dependency.on, own).expect("the dependency was checked");
        let Dependency { rule, otherwise, .. } = *dependency;
        waits.push(WaitsFor { on, rule, otherwise });
        match fate(turn, on, dependency).expect("the dependency was checked") {
            Fate::Met => {}
            Fate::Open => awaited.push(Awaited { on, rule, otherwise }),
            Fate::Unmet => unmet = unmet.or(Some(on)),
        }
    }
    awaited.sort_unstable_by_key(|one: &Awaited| one.on);
    let cold = Cold {
        not_before_ms: terms.not_before_ms,
        must_start_by_ms: terms.must_start_by_ms,
        attempt_timeout_ms: terms.attempt_timeout_ms,
        retry: terms.retry,
        awaited,
        parent,
        depth,
        key,
        ..Cold::default()
    };
    // Terms that the law need not remember (retention, trace) cost no memory.
    let cold = (cold != Cold::default()).then(|| Box::new(cold));
    Bearing { cold, waits, unmet }
}

fn create(turn: &mut Turn<'_>, own: u32, spec: TaskSpec, batch: Option<TaskId>, key: Option<TaskId>) {
    let id = TaskId(turn.mint(own));
    let (queue, class) = (turn.meant_queue(&spec.queue), turn.meant_class(&spec.class));
    let Bearing { cold, waits, unmet } = bearing(turn, &spec, own, key);
    let not_before_ms = cold.as_ref().and_then(|cold| cold.not_before_ms);
    let lane = turn.enter_lane(class, queue);
    let slot = turn.state.tasks.insert(Task::new(id, lane, spec.priority, turn.now_ms(), cold));
    let waiting = turn.link_family(slot);
    turn.enter_first(slot, waiting, not_before_ms);
    turn.event(slot, Step::Submitted { standing: turn.state.tasks[slot].phase.standing() });
    turn.commit(slot);
    put_spec(turn, slot, &spec, &waits, batch);
    if let Some(payload) = spec.payload {
        turn.changes.body(Key::Body(id, Part::Payload), payload);
    }
    if let Some(on) = unmet {
        turn.begin(slot);
        let now_ms = turn.now_ms();
        turn.finish(slot, Finish::cancelled(Cancelled::Unmet(on), None), now_ms);
    }
}

fn put_spec(turn: &mut Turn<'_>, slot: u32, spec: &TaskSpec, waits: &[WaitsFor], batch: Option<TaskId>) {
    let state = &*turn.state;
    let task = &state.tasks[slot];
    let lane = state.lanes.get(task.lane);
    let row = &state.places.queues[lane.queue.0].record;
    let parts = SpecParts {
        submitted_ms: state.meta.now_ms,
        actor: &turn.actor,
        namespace: &state.places.namespaces[row.namespace.0].record.name,
        queue: &row.name,
        requirements: state.classes.definition(lane.class.0),
        spec,
        batch,
        parent: task.parent(),
        dependencies: waits,
    };
    turn.changes.put(Key::Spec(task.id), |out| parts.put(out));
}

shape!(IdempotencyKey { key, hash, lifetime_ms });
choice!(Batch, "batch" { 1 = Alone, 2 = Own, 3 = Of(batch) });
