//! Cancel: a task ends, now or after a grace; if asked, its children and dependents too.

use crate::command::Verb;
use crate::event::Cancelled;
use crate::name::{Ref, TaskId};
use crate::refusal::{Field, Refusal};
use crate::reply::Reply;
use crate::task::{Phase, check_duration};
use crate::turn::Turn;
use crate::work::Spread;

/// Cancels a task.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cancel {
    /// The task.
    pub task: Ref<TaskId>,
    /// How long a holder may go on, and may still complete. Without it the end is at once.
    pub grace_ms: Option<u64>,
    /// Its children too, and theirs, through living tasks.
    pub children: bool,
    /// What waits for it too, and what waits for that.
    pub dependents: bool,
}

impl Verb for Cancel {
    fn execute(self, turn: &mut Turn<'_>) -> Result<Reply, Refusal> {
        check_duration(self.grace_ms, Field::Grace)?;
        let id = turn.resolve(self.task, 0)?;
        let slot = turn.open_task(id)?;
        let now_ms = turn.now_ms();
        let by_ms = self.grace_ms.map(|grace_ms| now_ms + grace_ms);
        let Self { children, dependents, .. } = self;
        turn.spread_from(id, Spread { root: id, by_ms, children, dependents, cursor: None }, now_ms);
        let asks = by_ms.is_some() && matches!(turn.state.tasks[slot].phase, Phase::Leased { .. });
        turn.cancel_one(slot, by_ms, Cancelled::Asked, now_ms);
        Ok(if asks { Reply::Asked } else { Reply::Done })
    }
}
