//! Update: the parameters of a task change, waiting or running. A holder is told, and answers.

use crate::change::{Key, Part};
use crate::class::Requirements;
use crate::codec::record::{self, AmendmentRecord};
use crate::codec::wire::shape;
use crate::command::Verb;
use crate::effect::Order;
use crate::entry::BodyRef;
use crate::event::Step;
use crate::intern::{ClassId, Meant};
use crate::name::{Ref, TaskId};
use crate::refusal::{Field, Refusal};
use crate::reply::Reply;
use crate::task::{Phase, Priority, check_duration, check_instant};
use crate::turn::Turn;
use crate::vocabulary::Demand;

/// Changes the parameters of a task.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Update {
    /// The task.
    pub task: Ref<TaskId>,
    /// What changes.
    pub amendment: Amendment,
}

/// What an update changes: everything that is there. Of what may be taken away, the inner `None` takes it away.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Amendment {
    /// Another urgency.
    pub priority: Option<Priority>,
    /// Another input.
    pub payload: Option<BodyRef>,
    /// Another earliest start.
    pub not_before_ms: Option<Option<u64>>,
    /// Another latest start.
    pub must_start_by_ms: Option<Option<u64>>,
    /// Another time for each attempt from the next on.
    pub attempt_timeout_ms: Option<Option<u64>>,
    /// Other requirements, for each grant from the next on.
    pub class: Option<Meant<ClassId, Box<Requirements>>>,
}

impl Amendment {
    fn check(&mut self, turn: &mut Turn<'_>) -> Result<Demand, Refusal> {
        check_instant(self.not_before_ms.flatten(), Field::NotBefore)?;
        check_instant(self.must_start_by_ms.flatten(), Field::MustStartBy)?;
        check_duration(self.attempt_timeout_ms.flatten(), Field::AttemptTimeout)?;
        turn.check_body(self.payload)?;
        let mut demand = Demand::default();
        if let Some(class) = &mut self.class {
            if let Meant::Words(words) = class {
                words.canonical();
            }
            turn.check_class(class, &mut demand)?;
            turn.check_demand(&demand)?;
        }
        Ok(demand)
    }
}

impl Verb for Update {
    fn execute(mut self, turn: &mut Turn<'_>) -> Result<Reply, Refusal> {
        let id = turn.resolve(self.task, 0)?;
        let slot = turn.open_task(id)?;
        let demand = self.amendment.check(turn)?;
        turn.enter_demand(demand);
        turn.begin(slot);
        let task = &mut turn.state.tasks[slot];
        let cold = task.cold_mut();
        cold.updates = cold.updates.saturating_add(1);
        let number = cold.updates;
        amend(turn, slot, &self.amendment);
        put_amendment(turn, slot, number, &self.amendment);
        let mut reply = Reply::Done;
        if let Phase::Leased { lease } = turn.state.tasks[slot].phase {
            turn.state.leases[lease].grip.update = number;
            turn.order(lease, Order::Update { number });
            reply = Reply::Asked;
        }
        turn.event(slot, Step::Updated { number });
        reschedule(turn, slot);
        turn.commit(slot);
        Ok(reply)
    }
}

fn amend(turn: &mut Turn<'_>, slot: u32, amendment: &Amendment) {
    let cold = turn.state.tasks[slot].cold_mut();
    cold.not_before_ms = amendment.not_before_ms.unwrap_or(cold.not_before_ms);
    cold.must_start_by_ms = amendment.must_start_by_ms.unwrap_or(cold.must_start_by_ms);
    cold.attempt_timeout_ms = amendment.attempt_timeout_ms.unwrap_or(cold.attempt_timeout_ms);
    let task = &turn.state.tasks[slot];
    let priority = amendment.priority.unwrap_or(task.priority);
    let (former, lane) = (task.priority, task.lane);
    let class = amendment.class.as_ref().map(|class| turn.meant_class(class));
    let elsewhere = class.is_some_and(|class| class != turn.state.lanes.get(lane).class);
    if priority == former && !elsewhere {
        return;
    }
    turn.relist(slot, |turn| {
        turn.state.tasks[slot].priority = priority;
        if let Some(class) = class.filter(|_| elsewhere) {
            let queue = turn.state.lanes.get(lane).queue;
            turn.state.tasks[slot].lane = turn.enter_lane(class, queue);
            turn.leave_lane(lane);
        }
    });
}

/// A task that waits for its time, or for a worker, may have to wait for another time now.
fn reschedule(turn: &mut Turn<'_>, slot: u32) {
    let now_ms = turn.now_ms();
    let task = &turn.state.tasks[slot];
    let wanted_ms = task.cold.as_ref().and_then(|cold| cold.not_before_ms).filter(|at_ms| *at_ms > now_ms);
    match task.phase {
        Phase::Scheduled { until_ms } if wanted_ms != Some(until_ms) => turn.unblock(slot, now_ms),
        Phase::Ready { .. } if wanted_ms.is_some() => turn.unblock(slot, now_ms),
        // A back-off may be made longer, never shorter.
        Phase::Backoff { until_ms } if wanted_ms > Some(until_ms) => turn.put_off(slot, wanted_ms.unwrap_or(until_ms)),
        Phase::Blocked { .. }
        | Phase::Scheduled { .. }
        | Phase::Ready { .. }
        | Phase::Leased { .. }
        | Phase::Backoff { .. }
        | Phase::Dead => {}
    }
}

fn put_amendment(turn: &mut Turn<'_>, slot: u32, number: u32, amendment: &Amendment) {
    let id = turn.state.tasks[slot].id;
    let class = turn.state.lanes.get(turn.state.tasks[slot].lane).class;
    let kept = AmendmentRecord {
        at_ms: turn.now_ms(),
        actor: turn.actor.clone(),
        priority: amendment.priority,
        payload: amendment.payload.map(|body| (body.length, body.hash)),
        not_before_ms: amendment.not_before_ms,
        must_start_by_ms: amendment.must_start_by_ms,
        attempt_timeout_ms: amendment.attempt_timeout_ms,
        requirements: amendment.class.as_ref().map(|_| turn.state.classes.definition(class.0).clone()),
    };
    turn.changes.put(Key::Amendment(id, number), |out| record::put(&kept, out));
    if let Some(payload) = amendment.payload {
        turn.changes.body(Key::Body(id, Part::Payload), payload);
    }
}

shape!(Amendment { priority, payload, not_before_ms, must_start_by_ms, attempt_timeout_ms, class });
