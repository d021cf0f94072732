//! A turn: one entry being applied.
//!
//! Here verbs find what they name, exactly once and with its due work settled, and leave their events, effects and
//! changes. How tasks move is in `passage`; what time and cascades do is in `due`.

use bytes::Bytes;

use crate::change::{Changes, Key};
use crate::client::Admission;
use crate::codec::record::{self, ReplyRecord};
use crate::command::Command;
use crate::effect::{Effect, Holding, Order};
use crate::entry::{Actor, BodyRef, Proposal};
use crate::event::{Event, Step};
use crate::limits;
use crate::name::{ClientId, Era, Name, Ref, Revision, TaskId, WorkerId};
use crate::planted::{Bug, planted};
use crate::refusal::{Cap, Field, Refusal};
use crate::reply::{Answer, Reply};
use crate::state::State;
use crate::task::Ending;

/// Names that a proposal of this entry could mint.
#[derive(Clone, Copy, Debug)]
struct Minted {
    base: u32,
    width: u32,
    /// It did mint them.
    fresh: bool,
}

/// One entry being applied.
pub(crate) struct Turn<'a> {
    pub state: &'a mut State,
    pub effects: Vec<Effect>,
    pub events: Vec<Event>,
    pub changes: Changes,
    /// On whose behalf the present proposal speaks.
    pub actor: Actor,
    /// The session by calls that the present proposal left without leases.
    pub idle_calls: Option<u32>,
    /// Tombstones put up in this entry.
    pub buried: usize,
    /// Due work that this entry may still settle.
    pub sweep_left: u32,
    /// How far verbs of this entry may still walk through families to see what is due.
    pub walk_left: usize,
    bodies: &'a [Bytes],
    minted: Vec<Minted>,
    /// The position of the first name that the present proposal may mint.
    base: u32,
}

/// What a report finds.
pub(crate) enum Held {
    /// The lease, in good order: the slot of the task, and of the lease.
    By { slot: u32, lease: u32 },
    /// The task ended under this very lease, like this.
    Over(Ending),
}

impl<'a> Turn<'a> {
    /// A turn for an entry of so many proposals, with room for what each usually leaves.
    pub(crate) fn new(state: &'a mut State, bodies: &'a [Bytes], proposals: usize) -> Self {
        Self {
            state,
            effects: Vec::with_capacity(proposals),
            events: Vec::with_capacity(proposals),
            changes: Changes::for_proposals(proposals),
            actor: Actor::Office,
            idle_calls: None,
            buried: 0,
            sweep_left: 0,
            walk_left: limits::WALK_PER_ENTRY,
            bodies,
            minted: Vec::new(),
            base: 0,
        }
    }

    pub(crate) const fn now_ms(&self) -> u64 {
        self.state.meta.now_ms
    }

    /// Executes one proposal, exactly once if it asks for that.
    pub(crate) fn answer(&mut self, proposal: Proposal, law: u32) -> Answer {
        let width = proposal.command.width();
        let (answer, fresh) = self.exactly_once(proposal, law);
        if width > 0 {
            self.minted.push(Minted { base: self.base, width, fresh });
            self.base = self.base.saturating_add(width);
        }
        answer
    }

    fn exactly_once(&mut self, proposal: Proposal, law: u32) -> (Answer, bool) {
        let refused = |turn: &Self, refusal| {
            (Answer { revision: turn.state.revision, reply: Reply::Refused(refusal) }, false)
        };
        if law != self.state.meta.law {
            return refused(self, Refusal::LawDiffers);
        }
        let Proposal { request, actor, command } = proposal;
        if matches!(&actor, Actor::Subject(subject) if subject.len() > limits::SUBJECT_BYTES_MAX) {
            return refused(self, Refusal::OutOfBounds { field: Field::Subject });
        }
        self.actor = actor;
        let Some(request) = request else {
            return self.execute(command);
        };
        let Some(slot) = self.state.clients.find(request.client.0) else {
            return refused(self, Refusal::OutcomeUnknown);
        };
        match self.state.clients[slot].admit(request) {
            Admission::Again(answer) if !planted(Bug::ForgetReply) => return (answer, false),
            Admission::Refused(refusal) => return refused(self, refusal),
            Admission::Again(_) | Admission::New => {}
        }
        let (answer, fresh) = self.execute(command);
        let transient = matches!(answer.reply, Reply::Refused(refusal) if refusal.is_transient());
        // The session may have been closed by this very command.
        if !transient && let Some(slot) = self.state.clients.find(request.client.0) {
            self.state.clients[slot].remember(request.sequence, request.acked_below, answer);
            let kept = ReplyRecord { acked_below: request.acked_below, answer };
            self.changes.put(Key::Reply(request.client, request.sequence), |out| record::put(&kept, out));
        }
        (answer, fresh)
    }

    fn execute(&mut self, command: Command) -> (Answer, bool) {
        let reply = command.execute(self).unwrap_or_else(Reply::Refused);
        self.close_idle_calls();
        let fresh = !matches!(reply, Reply::Refused(_) | Reply::Submitted { existing: true, .. });
        (Answer { revision: self.state.revision, reply }, fresh)
    }

    /// The name that the present proposal mints at `offset` of its own positions.
    pub(crate) fn mint(&self, offset: u32) -> Name {
        Name::new(self.state.meta.era, self.state.revision, self.base.saturating_add(offset))
    }

    /// What a reference means. `own` is how many names of the present proposal exist already.
    pub(crate) fn resolve<T: From<Name>>(&self, reference: Ref<T>, own: u32) -> Result<T, Refusal> {
        let position = match reference {
            Ref::Id(id) => return Ok(id),
            Ref::Here(position) => position,
        };
        let name = T::from(Name::new(self.state.meta.era, self.state.revision, position));
        if let Some(offset) = position.checked_sub(self.base) {
            return if offset < own { Ok(name) } else { Err(Refusal::ForwardReference) };
        }
        let after = self.minted.partition_point(|minted| minted.base <= position);
        match after.checked_sub(1).map(|at| self.minted[at]) {
            Some(minted) if minted.fresh && position - minted.base < minted.width => Ok(name),
            _ => Err(Refusal::BrokenReference),
        }
    }

    /// Whether a task of this name can have been born before the present proposal, here.
    pub(crate) fn is_born(&self, id: TaskId) -> bool {
        let Era { group, era } = self.state.meta.era;
        id.0.group == group && (id.0.era, id.0.revision) < (era, self.state.revision)
    }

    /// The slot of a task that is in memory, its due work settled.
    pub(crate) fn task(&mut self, id: TaskId) -> Result<u32, Refusal> {
        self.settle(id)?;
        if let Some(slot) = self.state.tasks.find(id.0) {
            return Ok(slot);
        }
        match self.state.tombstones.get(id) {
            Some(stone) if !stone.forgotten => Err(Refusal::TaskEnded { ending: stone.ending }),
            _ => Err(Refusal::TaskNotFound),
        }
    }

    /// The slot of a task that has not ended.
    pub(crate) fn open_task(&mut self, id: TaskId) -> Result<u32, Refusal> {
        let slot = self.task(id)?;
        if self.state.tasks[slot].is_dead() {
            Err(Refusal::TaskEnded { ending: Ending::Dead })
        } else {
            Ok(slot)
        }
    }

    /// The lease that a report speaks for: it must name task, token and session alike.
    pub(crate) fn held(&mut self, holding: Holding) -> Result<Held, Refusal> {
        self.settle_for_report(holding.task)?;
        let claim = Some((holding.token, holding.worker));
        let Some(slot) = self.state.tasks.find(holding.task.0) else {
            return match self.state.tombstones.get(holding.task) {
                Some(stone) if stone.last == claim && !stone.forgotten => Ok(Held::Over(stone.ending)),
                _ => Err(Refusal::StaleToken),
            };
        };
        let task = &self.state.tasks[slot];
        if let Some(lease) = task.lease() {
            let grip = self.state.leases[lease].grip;
            let mine = grip.token == holding.token || planted(Bug::StaleToken);
            return if mine && grip.worker == holding.worker {
                Ok(Held::By { slot, lease })
            } else {
                Err(Refusal::StaleToken)
            };
        }
        let died = task.is_dead() && task.cold.as_ref().is_some_and(|cold| cold.last == claim);
        if died { Ok(Held::Over(Ending::Dead)) } else { Err(Refusal::StaleToken) }
    }

    /// The same, for reports that only a living lease can make.
    pub(crate) fn grip(&mut self, holding: Holding) -> Result<(u32, u32), Refusal> {
        match self.held(holding)? {
            Held::By { slot, lease } => Ok((slot, lease)),
            Held::Over(_) => Err(Refusal::StaleToken),
        }
    }

    /// The slot of a living worker session.
    pub(crate) fn worker(&self, id: WorkerId) -> Result<u32, Refusal> {
        let slot = self.state.workers.find(id.0).ok_or(Refusal::WorkerNotFound)?;
        if self.state.workers[slot].is_alive() { Ok(slot) } else { Err(Refusal::WorkerNotFound) }
    }

    /// The slot of a client session.
    pub(crate) fn client(&self, id: ClientId) -> Result<u32, Refusal> {
        self.state.clients.find(id.0).ok_or(Refusal::ClientNotFound)
    }

    /// A body must be in the entry, whole.
    pub(crate) fn check_body(&self, body: Option<BodyRef>) -> Result<(), Refusal> {
        let Some(BodyRef { position, length, .. }) = body else { return Ok(()) };
        match self.bodies.get(position as usize) {
            Some(bytes) if bytes.len() == length as usize => Ok(()),
            _ => Err(Refusal::OutOfBounds { field: Field::Body }),
        }
    }

    /// Whether nothing that happened since an archive read at this revision can be missing here.
    pub(crate) fn is_trusted(&self, read_at: Revision) -> bool {
        read_at >= self.state.meta.tombstones_floor && read_at <= self.state.revision
    }

    /// A cap that seems reached while due work is pending may not be: then the answer is to ask again.
    pub(crate) fn full(&self, refusal: Refusal) -> Refusal {
        if self.state.has_backlog() { Refusal::Backlog } else { refusal }
    }

    pub(crate) fn too_many(&self, cap: Cap) -> Refusal {
        self.full(Refusal::TooMany { cap })
    }

    /// Whether an alarm stops new tasks.
    pub(crate) fn writes_stopped(&self) -> bool {
        self.state.alarms.keys().any(|alarm| alarm.kind.stops_writes())
    }

    pub(crate) fn event(&mut self, slot: u32, step: Step) {
        let task = &self.state.tasks[slot];
        let lane = self.state.lanes.get(task.lane);
        let (queue, class) = (lane.queue, lane.class);
        self.events.push(Event::Task { task: task.id, generation: task.generation, queue, class, step });
    }

    /// Orders something for the holder of a task.
    pub(crate) fn order(&mut self, lease: u32, order: Order) {
        let lease = &self.state.leases[lease];
        let holding = Holding { worker: lease.grip.worker, task: lease.task, token: lease.grip.token };
        self.effects.push(Effect { holding, order });
    }

    /// Retention: what has stood for its time goes, a bounded piece with each entry that is written anyway.
    pub(crate) fn retire(&mut self) {
        let now_ms = self.now_ms();
        for _ in 0..limits::RETENTION_PER_ENTRY + self.buried {
            let Some(stone) = self.state.tombstones.pop_old(now_ms) else { break };
            self.state.meta.tombstones_first = self.state.tombstones.first();
            self.state.meta.tombstones_floor = self.state.meta.tombstones_floor.max(stone.revision);
        }
        for _ in 0..limits::RETENTION_PER_ENTRY {
            match self.state.keys.expiring.first() {
                Some((expires_ms, first)) if *expires_ms <= now_ms => {
                    let first = *first;
                    self.drop_key(first);
                }
                _ => break,
            }
        }
    }

    /// Whether keys are over that retention has not reached.
    pub(crate) fn keys_overdue(&self) -> bool {
        self.state.keys.expiring.first().is_some_and(|(expires_ms, _)| *expires_ms <= self.now_ms())
    }

    /// Forgets an idempotency key.
    pub(crate) fn drop_key(&mut self, first: TaskId) {
        if let Some(row) = self.state.keys.remove(first) {
            self.state.places.namespaces[row.record.namespace.0].keys -= 1;
            self.changes.delete(Key::Remembered(first));
        }
    }
}
