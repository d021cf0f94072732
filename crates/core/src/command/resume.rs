//! Resume: a held task may be granted again, or its holder goes on.

use crate::command::Verb;
use crate::effect::Order;
use crate::event::Step;
use crate::name::{Ref, TaskId};
use crate::refusal::Refusal;
use crate::reply::Reply;
use crate::task::Phase;
use crate::turn::Turn;

/// Lets a held task go on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Resume {
    /// The task.
    pub task: Ref<TaskId>,
}

impl Verb for Resume {
    fn execute(self, turn: &mut Turn<'_>) -> Result<Reply, Refusal> {
        let slot = turn.open_task(turn.resolve(self.task, 0)?)?;
        if !turn.state.tasks[slot].held {
            return Err(Refusal::TaskNotHeld);
        }
        turn.begin(slot);
        turn.set_held(slot, false);
        if let Phase::Leased { lease } = turn.state.tasks[slot].phase {
            let now_ms = turn.now_ms();
            let grip = &mut turn.state.leases[lease].grip;
            grip.pause_by_ms = None;
            if std::mem::take(&mut grip.suspended) {
                grip.deadline_ms = grip.left_ms.take().map(|left_ms| now_ms + left_ms);
            }
            turn.order(lease, Order::Resume);
        }
        turn.event(slot, Step::Resumed);
        turn.commit(slot);
        Ok(Reply::Done)
    }
}
