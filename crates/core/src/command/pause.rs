//! Pause: a task is held. It is granted no more, while its timers go on; a holder is asked to let go.

use crate::command::Verb;
use crate::defaults;
use crate::effect::Order;
use crate::event::Step;
use crate::name::{Ref, TaskId};
use crate::refusal::{Field, Refusal};
use crate::reply::Reply;
use crate::task::{Phase, check_duration};
use crate::turn::Turn;

/// Holds a task.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pause {
    /// The task.
    pub task: Ref<TaskId>,
    /// How long a holder may take to answer, by releasing or suspending, before its lease is revoked.
    pub grace_ms: Option<u64>,
}

impl Verb for Pause {
    fn execute(self, turn: &mut Turn<'_>) -> Result<Reply, Refusal> {
        check_duration(self.grace_ms, Field::Grace)?;
        let slot = turn.open_task(turn.resolve(self.task, 0)?)?;
        if turn.state.tasks[slot].held {
            return Ok(Reply::Done);
        }
        turn.begin(slot);
        turn.set_held(slot, true);
        let mut reply = Reply::Done;
        if let Phase::Leased { lease } = turn.state.tasks[slot].phase {
            let by_ms = turn.now_ms() + self.grace_ms.unwrap_or(defaults::PAUSE_GRACE_MS);
            turn.state.leases[lease].grip.pause_by_ms = Some(by_ms);
            turn.order(lease, Order::Pause { by_ms });
            reply = Reply::Asked;
        }
        turn.event(slot, Step::Held);
        turn.commit(slot);
        Ok(reply)
    }
}
