//! What time and cascades do: the bounded sweep, and the settling of one record before a verb touches it.
//!
//! Everything due has an instant: a deadline its own, a cascade the one at which it was decided. Sweep and settling
//! both work in the order of these instants, so that any bound of the sweep gives the same verdict for every verb.

use std::collections::BTreeSet;
use std::ops::Bound;

use crate::change::Key;
use crate::event::{AttemptEnd, Cancelled};
use crate::limits;
use crate::name::{Name, TaskId};
use crate::passage::{Finish, Report};
use crate::planted::{Bug, planted};
use crate::refusal::Refusal;
use crate::slab::NONE;
use crate::state::State;
use crate::task::{Ending, Otherwise, Phase};
use crate::turn::Turn;
use crate::work::{Spread, Turnstile, Work};
use crate::worker::Departure;

/// Something that is due for one task.
#[derive(Clone, Copy, Debug)]
enum Cause {
    /// Its own deadline has come.
    Deadline,
    /// Its worker is gone.
    Gone { departure: Departure, charged: bool },
    /// Something it waits for has ended.
    Ended { on: TaskId, ending: Ending },
    /// A cancellation reaches it.
    Spread { spread: Spread, cause: Cancelled },
}

/// When a cause became due: at one instant, deadlines come before cascades, and those in the order of their numbers.
type When = (u64, Option<u64>);

const FIRST: TaskId = TaskId(Name { group: 0, era: 0, revision: crate::name::Revision(0), position: 0 });

fn next_edge(edges: &BTreeSet<(TaskId, TaskId)>, from: TaskId, after: Option<TaskId>) -> Option<TaskId> {
    let start = after.map_or(Bound::Included((from, FIRST)), |after| Bound::Excluded((from, after)));
    edges.range((start, Bound::Unbounded)).next().filter(|(found, _)| *found == from).map(|(_, to)| *to)
}

impl State {
    /// The next task, after `after`, that still waits for `task`.
    pub(crate) fn next_dependent(&self, task: TaskId, after: Option<TaskId>) -> Option<TaskId> {
        next_edge(&self.dependents, task, after)
    }

    /// The next child, after `after`, of `task`.
    pub(crate) fn next_child(&self, task: TaskId, after: Option<TaskId>) -> Option<TaskId> {
        next_edge(&self.children, task, after)
    }

    fn has_family(&self, task: TaskId, spread: Spread) -> bool {
        (spread.children && self.next_child(task, None).is_some())
            || (spread.dependents && self.next_dependent(task, None).is_some())
    }

    /// Whether a spreading cancellation still has something to do at this task.
    fn reaches(&self, slot: u32, spread: Spread) -> bool {
        let task = &self.tasks[slot];
        match (task.phase, spread.by_ms) {
            (Phase::Dead, _) => false,
            (Phase::Leased { lease }, Some(by_ms)) => {
                let asked = self.leases[lease].grip.cancel_by_ms().is_some_and(|own_ms| own_ms <= by_ms);
                !asked || (self.has_family(task.id, spread) && self.works.spreading(task.id).is_none())
            }
            _ => true,
        }
    }

    /// The earliest thing that is due for a task.
    fn cause(&self, slot: u32) -> Option<(When, Cause)> {
        let task = &self.tasks[slot];
        let mut earliest: Option<(When, Cause)> = None;
        let mut consider = |when: When, cause: Cause| {
            if earliest.as_ref().is_none_or(|(first, _)| when < *first) {
                earliest = Some((when, cause));
            }
        };
        if let Some(at_ms) = self.deadline_ms(slot).filter(|at_ms| *at_ms <= self.meta.now_ms) {
            consider((at_ms, None), Cause::Deadline);
        }
        if let Phase::Leased { lease } = task.phase
            && let Some(death) = self.workers[self.leases[lease].worker].record.death
        {
            let gone = Cause::Gone { departure: death.departure, charged: death.charged };
            consider((death.at_ms, Some(death.work)), gone);
        }
        if let Some(parent) = task.parent()
            && let Some(((at_ms, number), spread)) = self.works.spreading(parent)
            && spread.children
            && spread.cursor.is_none_or(|cursor| cursor < task.id)
            && self.reaches(slot, spread)
        {
            consider((at_ms, Some(number)), Cause::Spread { spread, cause: Cancelled::WithParent(parent) });
        }
        for awaited in task.awaited() {
            if let Some(((at_ms, number), ending)) = self.works.ended(awaited.on) {
                consider((at_ms, Some(number)), Cause::Ended { on: awaited.on, ending });
            }
            if let Some(((at_ms, number), spread)) = self.works.spreading(awaited.on)
                && spread.dependents
            {
                let cause = Cancelled::WithDependency(awaited.on);
                consider((at_ms, Some(number)), Cause::Spread { spread, cause });
            }
        }
        earliest
    }

    /// The living tasks whose fate decides that of `id`, itself included, each after those above it; `None` if there
    /// are more than `left` ways to walk, which this takes from it. Only as long as something is pending can this be
    /// more than a glance.
    fn above(&self, id: TaskId, left: &mut usize) -> Option<Vec<TaskId>> {
        let (mut order, mut seen, mut stack) = (Vec::new(), BTreeSet::new(), vec![(id, false)]);
        while let Some((id, expanded)) = stack.pop() {
            if expanded {
                order.push(id);
                continue;
            }
            *left = left.checked_sub(1)?;
            let Some(slot) = self.tasks.find(id.0) else { continue };
            if !seen.insert(id) {
                continue;
            }
            stack.push((id, true));
            let task = &self.tasks[slot];
            stack.extend(task.parent().map(|parent| (parent, false)));
            stack.extend(task.awaited().map(|awaited| (awaited.on, false)));
        }
        Some(order)
    }
}

impl Turn<'_> {
    /// Does everything that is due for a task, and for whatever decides its fate, before a verb touches it. A family
    /// too large to walk through in one entry has to wait for the sweep.
    pub(crate) fn settle(&mut self, id: TaskId) -> Result<(), Refusal> {
        let mut left = self.walk_left;
        let settled = self.settle_within(id, &mut left);
        self.walk_left = left;
        settled
    }

    /// The same for a report, which does not draw on what requests have left.
    pub(crate) fn settle_for_report(&mut self, id: TaskId) -> Result<(), Refusal> {
        self.settle_within(id, &mut { limits::WALK_PER_REPORT })
    }

    fn settle_within(&mut self, id: TaskId, left: &mut usize) -> Result<(), Refusal> {
        if !self.state.has_backlog() {
            return Ok(());
        }
        let above = self.state.above(id, left).ok_or(Refusal::Backlog)?;
        for id in above {
            while let Some(slot) = self.state.tasks.find(id.0)
                && let Some(((at_ms, _), cause)) = self.state.cause(slot)
            {
                self.happen(slot, cause, at_ms);
            }
        }
        Ok(())
    }

    /// Settles up to `bound` pieces of due work, and what the proposals leave may use the rest of the bound.
    pub(crate) fn sweep(&mut self, bound: u32) {
        self.sweep_left = bound;
        while self.sweep_left > 0 && self.sweep_one() {
            self.sweep_left -= 1;
        }
    }

    fn sweep_one(&mut self) -> bool {
        let timer = self.state.timers.first().copied().filter(|(at_ms, _)| *at_ms <= self.now_ms());
        let work = self.state.works.first();
        match (timer, work) {
            (None, None) => return false,
            (Some((at_ms, id)), work) if work.is_none_or(|((work_ms, _), _)| at_ms <= work_ms) => {
                let slot = self.state.tasks.find(id.0).expect("a timer belongs to a live task");
                self.happen(slot, Cause::Deadline, at_ms);
            }
            (_, Some((place, Work::Ended { task, ending }))) => self.sweep_ended(place, task, ending),
            (_, Some((place, Work::Cancel { spread }))) => self.sweep_cancel(place, spread),
            (_, Some((place, Work::Gone { worker }))) => self.sweep_gone(place, worker),
            (Some(_), None) => unreachable!("a timer without work was matched above"),
        }
        true
    }

    fn work_done(&mut self, place: Turnstile) {
        self.state.works.remove(place);
        self.changes.delete(Key::Work(place.1));
    }

    fn sweep_ended(&mut self, place: Turnstile, task: TaskId, ending: Ending) {
        match self.state.next_dependent(task, None).and_then(|id| self.state.tasks.find(id.0)) {
            Some(slot) => self.happen(slot, Cause::Ended { on: task, ending }, place.0),
            None => self.work_done(place),
        }
    }

    fn sweep_cancel(&mut self, place: Turnstile, spread: Spread) {
        let Spread { root, children, dependents, cursor, .. } = spread;
        if children && let Some(child) = self.state.next_child(root, cursor) {
            // The cursor moves first: what spreads on from the child must not find it behind the cursor.
            self.put_work(place, Work::Cancel { spread: Spread { cursor: Some(child), ..spread } });
            let slot = self.state.tasks.find(child.0).expect("a child edge belongs to a live child");
            if self.state.reaches(slot, spread) {
                self.happen(slot, Cause::Spread { spread, cause: Cancelled::WithParent(root) }, place.0);
            }
        } else if dependents && let Some(dependent) = self.state.next_dependent(root, None) {
            let slot = self.state.tasks.find(dependent.0).expect("a dependent edge belongs to a live task");
            self.happen(slot, Cause::Spread { spread, cause: Cancelled::WithDependency(root) }, place.0);
        } else {
            self.work_done(place);
        }
    }

    fn sweep_gone(&mut self, place: Turnstile, worker: crate::name::WorkerId) {
        let slot = self.state.workers.find(worker.0).expect("a departed worker stays until it is swept");
        // The last comes first: each goes to the head of its list, and so they stand there as they were granted.
        let last = self.state.workers[slot].last;
        if last == NONE {
            self.remove_worker(slot);
            return self.work_done(place);
        }
        if self.state.leases[last].draining {
            return self.drained(last);
        }
        let task = self.state.leases[last].task;
        let slot = self.state.tasks.find(task.0).expect("a held lease belongs to a live task");
        let ((at_ms, _), cause) = self.state.cause(slot).expect("the worker of the lease is gone");
        self.happen(slot, cause, at_ms);
    }

    /// Lets one due thing happen to a task.
    fn happen(&mut self, slot: u32, cause: Cause, at_ms: u64) {
        match cause {
            Cause::Deadline => self.deadline(slot, at_ms),
            Cause::Gone { departure: Departure::Closed, .. } => {
                self.give_back(slot, AttemptEnd::WorkerClosed, at_ms)
            }
            Cause::Gone { charged: true, .. } => {
                self.fail_attempt(slot, AttemptEnd::WorkerCrashed, Report::default(), at_ms);
            }
            Cause::Gone { charged: false, .. } => self.give_back(slot, AttemptEnd::WorkerLost, at_ms),
            Cause::Ended { on, ending } => self.dependency_ended(slot, on, ending, at_ms),
            Cause::Spread { spread, cause } => {
                self.spread_from(self.state.tasks[slot].id, spread, at_ms);
                self.cancel_one(slot, spread.by_ms, cause, at_ms);
            }
        }
    }

    fn deadline(&mut self, slot: u32, at_ms: u64) {
        let task = &self.state.tasks[slot];
        match task.phase {
            Phase::Leased { lease } => {
                let grip = self.state.leases[lease].grip;
                if let Some((_, cause)) = grip.cancel.filter(|(by_ms, _)| *by_ms == at_ms) {
                    self.cancel_one(slot, None, cause, at_ms);
                } else if grip.deadline_ms == Some(at_ms) {
                    self.fail_attempt(slot, AttemptEnd::TimedOut, Report::default(), at_ms);
                } else {
                    self.give_back(slot, AttemptEnd::PauseUnanswered, at_ms);
                }
            }
            _ if task.start_deadline_ms() == Some(at_ms) => {
                self.begin(slot);
                self.finish(slot, Finish::plain(Ending::Expired, None), at_ms);
            }
            Phase::Scheduled { .. } | Phase::Backoff { .. } => {
                self.begin(slot);
                self.enter_ready(slot, crate::lane::End::Tail, at_ms);
                self.event(slot, crate::event::Step::Ready);
                self.commit(slot);
            }
            Phase::Blocked { .. } | Phase::Ready { .. } | Phase::Dead => unreachable!("no other deadlines"),
        }
    }

    /// A dependency of a task ended.
    fn dependency_ended(&mut self, slot: u32, on: TaskId, ending: Ending, at_ms: u64) {
        self.begin(slot);
        let task = &mut self.state.tasks[slot];
        let id = task.id;
        let open = &mut task.cold_mut().awaited;
        let at =
            open.binary_search_by_key(&on, |awaited| awaited.on).expect("an edge belongs to a dependency");
        if !ending.meets(open[at].rule) && open[at].otherwise == Otherwise::Cancel {
            return self.finish(slot, Finish::cancelled(Cancelled::Unmet(on), None), at_ms);
        }
        open.remove(at);
        self.state.dependents.remove(&(on, id));
        self.changes.delete(Key::Waits(id, on));
        let task = &mut self.state.tasks[slot];
        let Phase::Blocked { waiting } = &mut task.phase else { unreachable!("who waits is blocked") };
        *waiting = waiting.saturating_sub(if planted(Bug::CountTwice) { 2 } else { 1 });
        if *waiting == 0 {
            self.unblock(slot, at_ms);
        }
        self.commit(slot);
    }

    /// A cancellation goes on from this task to its family.
    pub(crate) fn spread_from(&mut self, id: TaskId, spread: Spread, at_ms: u64) {
        if !self.state.has_family(id, spread) {
            return;
        }
        let mut spread = Spread { root: id, cursor: None, ..spread };
        let Some((place, former)) = self.state.works.spreading(id) else {
            self.push_work(at_ms, Work::Cancel { spread });
            return;
        };
        // One that is under way goes on with the stricter of both wishes, from the start.
        spread.by_ms = former.by_ms.and_then(|former_ms| spread.by_ms.map(|by_ms| by_ms.min(former_ms)));
        spread.children |= former.children;
        spread.dependents |= former.dependents;
        if spread != former {
            self.put_work(place, Work::Cancel { spread });
        }
    }

    /// Cancels one task: at once, or, if it is held and there is a grace, at its end.
    pub(crate) fn cancel_one(&mut self, slot: u32, by_ms: Option<u64>, cause: Cancelled, at_ms: u64) {
        let Some(lease) = self.state.tasks[slot].lease() else {
            self.begin(slot);
            return self.finish(slot, Finish::cancelled(cause, None), at_ms);
        };
        let asked_ms = self.state.leases[lease].grip.cancel_by_ms();
        if by_ms.is_some_and(|by_ms| asked_ms.is_some_and(|asked_ms| asked_ms <= by_ms)) {
            return;
        }
        self.begin(slot);
        if let Some(by_ms) = by_ms {
            self.state.leases[lease].grip.cancel = Some((by_ms, cause));
            self.order(lease, crate::effect::Order::Cancel { by_ms });
            self.event(slot, crate::event::Step::CancelAsked { by_ms });
            return self.commit(slot);
        }
        if planted(Bug::CancelLoses) {
            return self.commit(slot);
        }
        let grip = self.end_lease(slot, AttemptEnd::Cancelled, Report::default(), at_ms, true);
        let last = Some((grip.token, grip.worker));
        self.finish(slot, Finish { reported: false, ..Finish::cancelled(cause, last) }, at_ms);
    }
}
