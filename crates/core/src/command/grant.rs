//! Grant: a ready task goes to a worker, under a new lease.

use crate::command::Verb;
use crate::effect::Order;
use crate::event::Step;
use crate::lease::{Grip, Lease};
use crate::name::{Ref, TaskId, Token, WorkerId};
use crate::planted::{Bug, planted};
use crate::refusal::Refusal;
use crate::reply::Reply;
use crate::state::State;
use crate::task::Phase;
use crate::turn::Turn;

/// Leases a task to a worker. The office decides which; the law validates.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Grant {
    /// The task.
    pub task: Ref<TaskId>,
    /// The worker session.
    pub worker: Ref<WorkerId>,
}

impl Verb for Grant {
    fn width(&self) -> u32 {
        1
    }

    fn execute(self, turn: &mut Turn<'_>) -> Result<Reply, Refusal> {
        let id = turn.resolve(self.task, 0)?;
        let worker = turn.worker(turn.resolve(self.worker, 0)?)?;
        let slot = turn.open_task(id)?;
        may_grant(turn.state, slot, worker)?;
        turn.begin(slot);
        let token = Token(turn.mint(0));
        let (granted_ms, task) = (turn.now_ms(), &turn.state.tasks[slot]);
        let late_ms = u64::from(planted(Bug::LateExpiry));
        let deadline_ms = task.attempt_timeout_ms().map(|timeout_ms| granted_ms + timeout_ms + late_ms);
        let lane = turn.state.lanes.get(task.lane);
        let (queue, generation) = (lane.queue, task.generation);
        let grip = Grip {
            token,
            worker: turn.state.workers[worker].id,
            class: lane.class,
            granted_ms,
            deadline_ms,
            pause_by_ms: None,
            cancel: None,
            suspended: false,
            left_ms: None,
            update: 0,
            partials: 0,
        };
        let lease = turn.state.add_lease(Lease::new(grip, id, generation, worker, queue, false));
        turn.enter_leased(slot, lease);
        let attempt = turn.state.tasks[slot].attempt;
        turn.event(slot, Step::Leased { token, worker: grip.worker, attempt });
        turn.order(lease, Order::Offer { suspended: false });
        turn.commit(slot);
        Ok(Reply::Granted { token, deadline_ms })
    }
}

/// Whether this task may be leased to this worker now.
pub(crate) fn may_grant(state: &State, slot: u32, worker: u32) -> Result<(), Refusal> {
    let task = &state.tasks[slot];
    if task.held {
        return Err(Refusal::TaskHeld);
    }
    if !matches!(task.phase, Phase::Ready { .. }) {
        return Err(Refusal::TaskNotReady { standing: task.phase.standing() });
    }
    let lane = state.lanes.get(task.lane);
    state.gate(lane.queue)?;
    let parts = &state.parts[lane.class.0 as usize];
    let class = state.classes.definition(lane.class.0);
    state.workers[worker].accepts(class, parts)
}
