//! Passages: every way in which a task, a lease or a session moves from one standing to the next.
//!
//! A passage begins by taking the task off its timer (`begin`) and ends by putting it back and noting its record
//! (`commit`), or with the task's end. Each emits exactly one event. `at_ms` is when the passage became due, which
//! may be before the state's time: a deadline holds from its own instant, not from the sweep that finds it.

use crate::change::Key;
use crate::codec::record::{
    self, ArchiveRecord, AttemptRecord, DrainRecord, Failure, PhaseRecord, TaskRecord, WaitsRecord,
};
use crate::defaults;
use crate::effect::Order;
use crate::event::{AttemptEnd, Cancelled, Event, Step, WorkerStep};
use crate::intern::{ClassId, QueueId};
use crate::lane::End;
use crate::lease::Grip;
use crate::limits;
use crate::name::{TaskId, Token, WorkerId};
use crate::planted::{Bug, planted};
use crate::reply::Reply;
use crate::task::{Ending, Phase};
use crate::tombstone::Tombstone;
use crate::turn::Turn;
use crate::work::{Work, WorkRecord};
use crate::worker::{Death, Departure};

/// What a holder says when its attempt ends, beside that it does.
#[derive(Default)]
pub(crate) struct Report {
    pub failure: Option<Failure>,
    pub retry_after_ms: Option<u64>,
}

/// How a task ends: all that its archive says.
pub(crate) struct Finish {
    pub ending: Ending,
    pub cancelled: Option<Cancelled>,
    pub failure: Option<Failure>,
    pub result: Option<(u32, u128)>,
    pub last: Option<(Token, WorkerId)>,
    /// It was its last holder's report that ended it: the same report again is accepted already.
    pub reported: bool,
}

/// What a tombstone says.
pub(crate) struct Buried {
    pub ending: Ending,
    /// The history goes too.
    pub forgotten: bool,
    pub last: Option<(Token, WorkerId)>,
}

impl Finish {
    pub(crate) const fn plain(ending: Ending, last: Option<(Token, WorkerId)>) -> Self {
        Self { ending, cancelled: None, failure: None, result: None, last, reported: true }
    }

    pub(crate) const fn cancelled(cause: Cancelled, last: Option<(Token, WorkerId)>) -> Self {
        Self {
            ending: Ending::Cancelled,
            cancelled: Some(cause),
            failure: None,
            result: None,
            last,
            reported: true,
        }
    }
}

impl Turn<'_> {
    /// Takes a task off its timer: it is about to change.
    pub(crate) fn begin(&mut self, slot: u32) {
        if let Some(at_ms) = self.state.deadline_ms(slot) {
            self.state.timers.remove(&(at_ms, self.state.tasks[slot].id));
        }
    }

    /// Puts a task on its timer and notes its record: it has changed.
    pub(crate) fn commit(&mut self, slot: u32) {
        if let Some(at_ms) = self.state.deadline_ms(slot) {
            self.state.timers.insert((at_ms, self.state.tasks[slot].id));
        }
        let lease = self.state.tasks[slot].lease().map(|lease| self.state.leases[lease].grip);
        let task = &mut self.state.tasks[slot];
        let lane = self.state.lanes.get(task.lane);
        // The rare part is lent to the record while it is written, not copied.
        let cold = task.cold.take();
        let kept = TaskRecord::of(task, lane, lease, cold);
        self.changes.put(Key::Task(task.id), |out| record::put(&kept, out));
        self.state.tasks[slot].cold = kept.cold;
    }

    fn unlink(&mut self, slot: u32) {
        let task = &self.state.tasks[slot];
        if matches!(task.phase, Phase::Ready { .. }) && !task.held {
            self.state.lanes.unlink(&mut self.state.tasks, slot);
        }
    }

    /// Moves a task, which is in no ready list afterwards unless the phase is `Ready`.
    fn enter(&mut self, slot: u32, phase: Phase, at_ms: u64) {
        self.unlink(slot);
        let task = &mut self.state.tasks[slot];
        task.phase = phase;
        task.since_ms = at_ms;
    }

    /// Moves a task to one end of its ready list, or, held, beside it.
    pub(crate) fn enter_ready(&mut self, slot: u32, end: End, at_ms: u64) {
        self.enter(slot, Phase::Ready { order: 0 }, at_ms);
        self.link(slot, end);
    }

    /// Gives a ready task its place, unless it is held.
    fn link(&mut self, slot: u32, end: End) {
        if self.state.tasks[slot].held {
            return;
        }
        let meta = &mut self.state.meta;
        let order = match end {
            End::Tail => {
                meta.tail += 1;
                meta.tail
            }
            End::Head => {
                meta.head -= 1;
                meta.head
            }
        };
        self.state.tasks[slot].phase = Phase::Ready { order };
        self.state.lanes.link(&mut self.state.tasks, slot, end);
    }

    /// Holds a task or lets it go; a ready one leaves its list, and comes back to the tail.
    pub(crate) fn set_held(&mut self, slot: u32, held: bool) {
        self.unlink(slot);
        self.state.tasks[slot].held = held;
        if matches!(self.state.tasks[slot].phase, Phase::Ready { .. }) {
            self.state.tasks[slot].phase = Phase::Ready { order: 0 };
            self.link(slot, End::Tail);
        }
    }

    /// Moves a task whose lane or priority is about to change out of its list, does that, and puts it to the tail.
    pub(crate) fn relist(&mut self, slot: u32, change: impl FnOnce(&mut Self)) {
        let ready = matches!(self.state.tasks[slot].phase, Phase::Ready { .. });
        self.unlink(slot);
        change(self);
        if ready {
            self.link(slot, End::Tail);
        }
    }

    /// A task whose dependencies are met waits for its time, or for a worker.
    pub(crate) fn unblock(&mut self, slot: u32, at_ms: u64) {
        let not_before_ms = self.state.tasks[slot].cold.as_ref().and_then(|cold| cold.not_before_ms);
        match not_before_ms.filter(|until_ms| *until_ms > at_ms) {
            Some(until_ms) => {
                self.enter(slot, Phase::Scheduled { until_ms }, at_ms);
                self.event(slot, Step::Scheduled { until_ms });
            }
            None => {
                self.enter_ready(slot, End::Tail, at_ms);
                self.event(slot, Step::Ready);
            }
        }
    }

    /// A task that waits after a failure waits longer.
    pub(crate) fn put_off(&mut self, slot: u32, until_ms: u64) {
        self.state.tasks[slot].phase = Phase::Backoff { until_ms };
    }

    /// Puts a task that was just submitted where it belongs; its own event tells where that is.
    pub(crate) fn enter_first(&mut self, slot: u32, waiting: u32, not_before_ms: Option<u64>) {
        let now_ms = self.now_ms();
        match not_before_ms.filter(|until_ms| *until_ms > now_ms) {
            _ if waiting > 0 => self.enter(slot, Phase::Blocked { waiting }, now_ms),
            Some(until_ms) => self.enter(slot, Phase::Scheduled { until_ms }, now_ms),
            None => self.enter_ready(slot, End::Tail, now_ms),
        }
    }

    /// A ready task goes into the hands of a worker.
    pub(crate) fn enter_leased(&mut self, slot: u32, lease: u32) {
        let now_ms = self.now_ms();
        self.enter(slot, Phase::Leased { lease }, now_ms);
        self.state.tasks[slot].attempt = self.state.tasks[slot].attempt.saturating_add(1);
    }

    /// Ends the lease of a task, which must be moved on at once. What stays charged drains until the worker stops.
    pub(crate) fn end_lease(
        &mut self,
        slot: u32,
        how: AttemptEnd,
        report: Report,
        at_ms: u64,
        drains: bool,
    ) -> Grip {
        let task = &self.state.tasks[slot];
        let Phase::Leased { lease } = task.phase else { unreachable!("the caller found a lease") };
        let grip = self.state.leases[lease].grip;
        let ended = AttemptRecord {
            token: grip.token,
            worker: grip.worker,
            generation: task.generation,
            granted_ms: grip.granted_ms,
            ended_ms: at_ms,
            how,
            failure: report.failure,
            retry_after_ms: report.retry_after_ms,
        };
        self.changes.put(Key::Attempt(task.id, task.attempt), |out| record::put(&ended, out));
        if drains {
            let row = &mut self.state.leases[lease];
            row.draining = true;
            let kept = DrainRecord { task: row.task, generation: row.generation, queue: row.queue, grip };
            self.state.draining.insert(grip.token, lease);
            self.changes.put(Key::Drain(grip.token), |out| record::put(&kept, out));
            self.order(lease, Order::Stop);
        } else {
            self.free_lease(lease);
        }
        grip
    }

    /// Ends a draining lease: its worker has stopped, or is gone.
    pub(crate) fn drained(&mut self, lease: u32) {
        let row = &self.state.leases[lease];
        let (task, token, generation) = (row.task, row.grip.token, row.generation);
        let (queue, class) = (row.queue, row.grip.class);
        self.events.push(Event::Task { task, generation, queue, class, step: Step::Stopped { token } });
        self.state.draining.remove(&token);
        self.changes.delete(Key::Drain(token));
        self.free_lease(lease);
    }

    /// Takes back everything that is charged for a lease.
    fn free_lease(&mut self, lease: u32) {
        let row = self.state.leases[lease].clone();
        let worker = &mut self.state.workers[row.worker];
        worker.unlink(&mut self.state.leases, lease);
        self.state.leases.remove(lease);
        if !planted(Bug::KeepCharge) {
            worker.discharge(self.state.classes.definition(row.grip.class.0), row.queue);
        }
        self.state.classes.release(row.grip.class.0);
        // What a dead worker held was taken off its queues at once when it died.
        if worker.is_alive() {
            self.state.places.queues[row.queue.0].leased -= 1;
            // A session that lives by calls ends with its last lease, once the task has taken its step.
            if worker.record.secret.is_some() && worker.used_slots == 0 {
                self.idle_calls = Some(row.worker);
            }
        }
    }

    /// Closes the session by calls that the present proposal left without leases.
    pub(crate) fn close_idle_calls(&mut self) {
        if let Some(slot) = self.idle_calls.take() {
            self.events.push(Event::Worker { worker: self.state.workers[slot].id, step: WorkerStep::Closed });
            self.remove_worker(slot);
        }
    }

    /// An attempt ends without charge: the task goes back to the head of its list.
    pub(crate) fn give_back(&mut self, slot: u32, how: AttemptEnd, at_ms: u64) {
        self.begin(slot);
        // Who did not answer a pause may still be at work.
        let grip = self.end_lease(slot, how, Report::default(), at_ms, how == AttemptEnd::PauseUnanswered);
        if let Some((_, cause)) = grip.cancel {
            let (last, reported) = (Some((grip.token, grip.worker)), how == AttemptEnd::Released);
            return self.finish(slot, Finish { reported, ..Finish::cancelled(cause, last) }, at_ms);
        }
        if how == AttemptEnd::Recalled {
            self.state.tasks[slot].recalls += 1;
        }
        self.enter_ready(slot, End::Head, at_ms);
        self.event(slot, Step::Returned { token: grip.token, how });
        self.commit(slot);
    }

    /// An attempt failed: the task waits for the next, or is failed, or dead.
    pub(crate) fn fail_attempt(&mut self, slot: u32, how: AttemptEnd, report: Report, at_ms: u64) -> Reply {
        let (kept, retry_after_ms) = (report.failure.clone(), report.retry_after_ms);
        self.begin(slot);
        // Past its deadline a holder may still be at work, until it confirms that it stopped.
        let grip = self.end_lease(slot, how, report, at_ms, how == AttemptEnd::TimedOut);
        let last = Some((grip.token, grip.worker));
        if let Some((_, cause)) = grip.cancel {
            let reported = matches!(how, AttemptEnd::FailedRetryable | AttemptEnd::FailedForGood);
            self.finish(slot, Finish { reported, ..Finish::cancelled(cause, last) }, at_ms);
            return Reply::Done;
        }
        if how == AttemptEnd::FailedForGood {
            self.finish(slot, Finish { failure: kept, ..Finish::plain(Ending::Failed, last) }, at_ms);
            return Reply::Done;
        }
        let task = &mut self.state.tasks[slot];
        if how == AttemptEnd::WorkerCrashed {
            task.crashes += 1;
            task.cold_mut().crashed.push(grip.worker);
        } else if how == AttemptEnd::Recalled {
            (task.crashes, task.recalls) = (task.crashes + 1, 0);
        } else if !planted(Bug::FreeRetry) {
            task.failures = task.failures.saturating_add(1);
        }
        if task.failures >= task.retry().max_attempts || task.crashes >= limits::CRASHES_MAX {
            let reported = how == AttemptEnd::FailedRetryable;
            self.die(slot, Finish { failure: kept, reported, ..Finish::plain(Ending::Dead, last) }, at_ms);
            return Reply::Died;
        }
        let backoff_ms = task.backoff_ms(task.failures.max(u16::from(task.crashes)));
        let until_ms = at_ms + backoff_ms.max(retry_after_ms.unwrap_or(0));
        self.enter(slot, Phase::Backoff { until_ms }, at_ms);
        self.event(slot, Step::Retrying { token: grip.token, how, until_ms });
        self.commit(slot);
        Reply::Retrying { until_ms }
    }

    /// The task is out of retries: it stays until somebody retries or forgets it.
    fn die(&mut self, slot: u32, finish: Finish, at_ms: u64) {
        self.enter(slot, Phase::Dead, at_ms);
        self.state.tasks[slot].cold_mut().last = finish.last.filter(|_| finish.reported);
        self.tell_end(slot, finish, at_ms);
        self.commit(slot);
    }

    /// Tells everybody how a task ended: watchers, dependents, its idempotency key, and the archive.
    fn tell_end(&mut self, slot: u32, finish: Finish, at_ms: u64) {
        let Finish { ending, cancelled, failure, result, last, .. } = finish;
        self.event(slot, Step::Ended { ending, cancelled, token: last.map(|(token, _)| token) });
        self.tell_dependents(slot, ending, at_ms);
        self.key_task_ended(slot, at_ms);
        let task = &self.state.tasks[slot];
        let (id, generation, attempts) = (task.id, task.generation, task.attempt);
        let archive =
            ArchiveRecord { ending, cancelled, ended_ms: at_ms, generation, attempts, last, failure, result };
        self.changes.put(Key::Archive(id), |out| record::put(&archive, out));
    }

    /// The task ends for good: it leaves memory, but for a tombstone. Its lease must have ended before.
    pub(crate) fn finish(&mut self, slot: u32, finish: Finish, at_ms: u64) {
        let Finish { ending, last, reported, .. } = finish;
        self.unlink(slot);
        self.tell_end(slot, finish, at_ms);
        self.bury(slot, Buried { ending, forgotten: false, last: last.filter(|_| reported) });
    }

    /// Removes a task from memory and puts up its tombstone.
    pub(crate) fn bury(&mut self, slot: u32, buried: Buried) {
        let task = &self.state.tasks[slot];
        let (id, lane, generation) = (task.id, task.lane, task.generation);
        for awaited in task.awaited() {
            self.state.dependents.remove(&(awaited.on, id));
            self.changes.delete(Key::Waits(id, awaited.on));
        }
        if let Some(parent) = task.parent() {
            self.state.children.remove(&(parent, id));
        }
        self.leave_lane(lane);
        self.state.tasks.remove(slot);
        self.changes.delete(Key::Task(id));
        self.put_up_stone(id, generation, buried);
    }

    /// Puts up a tombstone.
    pub(crate) fn put_up_stone(&mut self, task: TaskId, generation: u16, buried: Buried) {
        let Buried { ending, forgotten, last } = buried;
        let (revision, buried_ms) = (self.state.revision, self.now_ms());
        let stone = Tombstone { task, revision, buried_ms, generation, ending, forgotten, last };
        let number = self.state.tombstones.push(stone);
        self.changes.put(Key::Tombstone(number), |out| record::put(&stone, out));
        self.buried += 1;
    }

    /// One live task more in a lane and its queue.
    pub(crate) fn enter_lane(&mut self, class: ClassId, queue: QueueId) -> u32 {
        self.state.places.queues[queue.0].live += 1;
        let (lane, fresh) = self.state.lanes.enter(class, queue);
        if fresh {
            self.state.classes.hold(class.0);
        }
        lane
    }

    /// How long the chain of parents above a task is.
    pub(crate) fn depth(&self, slot: u32) -> u32 {
        self.state.tasks[slot].cold.as_ref().map_or(0, |cold| cold.depth)
    }

    /// Links a task to its parent and to what it waits for; says how much that is.
    pub(crate) fn link_family(&mut self, slot: u32) -> u32 {
        let task = &self.state.tasks[slot];
        if let Some(parent) = task.parent() {
            self.state.children.insert((parent, task.id));
        }
        let mut waiting = 0;
        for awaited in task.awaited() {
            self.state.dependents.insert((awaited.on, task.id));
            let kept = WaitsRecord { rule: awaited.rule, otherwise: awaited.otherwise };
            self.changes.put(Key::Waits(task.id, awaited.on), |out| record::put(&kept, out));
            waiting += 1;
        }
        waiting
    }

    /// One live task less in its lane and queue.
    pub(crate) fn leave_lane(&mut self, lane: u32) {
        let (class, queue) = (self.state.lanes.get(lane).class, self.state.lanes.get(lane).queue);
        self.state.places.queues[queue.0].live -= 1;
        if self.state.lanes.leave(lane) {
            self.state.classes.release(class.0);
        }
    }

    fn tell_dependents(&mut self, slot: u32, ending: Ending, at_ms: u64) {
        let task = self.state.tasks[slot].id;
        if self.state.next_dependent(task, None).is_some() {
            self.push_work(at_ms, Work::Ended { task, ending });
        }
    }

    fn key_task_ended(&mut self, slot: u32, at_ms: u64) {
        let Some(first) = self.state.tasks[slot].cold.as_ref().and_then(|cold| cold.key) else { return };
        let keys = &mut self.state.keys;
        let Some(row) = keys.rows.get_mut(&first) else { return };
        row.unfinished -= 1;
        if row.unfinished == 0 {
            row.record.expires_ms = row.record.expires_ms.max(at_ms + defaults::KEY_AFTER_END_MS);
            keys.expiring.insert((row.record.expires_ms, first));
            self.changes.put(Key::Remembered(first), |out| record::put(&row.record, out));
        }
    }

    /// Writes a cascade on the worklist; returns its number.
    pub(crate) fn push_work(&mut self, at_ms: u64, work: Work) -> u64 {
        let number = self.state.meta.next_work;
        self.state.meta.next_work += 1;
        self.put_work((at_ms, number), work);
        number
    }

    /// Writes or rewrites a cascade at its place.
    pub(crate) fn put_work(&mut self, place: (u64, u64), work: Work) {
        self.state.works.insert(place, work);
        let (at_ms, number) = place;
        self.changes.put(Key::Work(number), |out| record::put(&WorkRecord { at_ms, work }, out));
    }

    /// A worker session ends: its leases are fenced now and released by the sweep.
    pub(crate) fn worker_departs(&mut self, slot: u32, departure: Departure, charged: bool) {
        let at_ms = self.now_ms();
        let id = self.state.workers[slot].id;
        let step =
            if departure == Departure::Closed { WorkerStep::Closed } else { WorkerStep::Expired { charged } };
        self.events.push(Event::Worker { worker: id, step });
        let work = self.push_work(at_ms, Work::Gone { worker: id });
        let worker = &mut self.state.workers[slot];
        worker.record.death = Some(Death { at_ms, work, departure, charged });
        for (queue, count) in std::mem::take(&mut worker.charges) {
            if count > 0 {
                self.state.places.queues[queue.0].leased -= count;
            }
        }
        self.put_worker(slot);
    }

    pub(crate) fn put_worker(&mut self, slot: u32) {
        let worker = &self.state.workers[slot];
        self.changes.put(Key::Worker(worker.id), |out| record::put(&worker.record, out));
    }
}

impl TaskRecord {
    /// The record of a live task.
    pub(crate) fn of(
        task: &crate::task::Task,
        lane: &crate::lane::Lane,
        grip: Option<Grip>,
        cold: Option<Box<crate::task::Cold>>,
    ) -> Self {
        let phase = match (task.phase, grip) {
            (Phase::Blocked { waiting }, _) => PhaseRecord::Blocked { waiting },
            (Phase::Scheduled { until_ms }, _) => PhaseRecord::Scheduled { until_ms },
            (Phase::Ready { order }, _) => PhaseRecord::Ready { order },
            (Phase::Backoff { until_ms }, _) => PhaseRecord::Backoff { until_ms },
            (Phase::Leased { .. }, Some(grip)) => PhaseRecord::Leased { grip },
            (Phase::Leased { .. }, None) => unreachable!("a leased task has a grip"),
            (Phase::Dead, _) => PhaseRecord::Dead,
        };
        Self {
            queue: lane.queue,
            class: lane.class,
            priority: task.priority,
            held: task.held,
            generation: task.generation,
            attempt: task.attempt,
            failures: task.failures,
            crashes: task.crashes,
            recalls: task.recalls,
            since_ms: task.since_ms,
            phase,
            cold,
        }
    }
}
