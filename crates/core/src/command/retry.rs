//! Retry: a user opens a new generation of a failed or dead task.

use crate::change::Key;
use crate::class::Requirements;
use crate::codec::wire::shape;
use crate::command::Verb;
use crate::event::Step;
use crate::intern::{ClassId, Meant, QueueId};
use crate::lane::End;
use crate::limits;
use crate::name::{Revision, TaskId};
use crate::refusal::{Cap, Refusal};
use crate::reply::Reply;
use crate::task::{Cold, Ending, Phase, Priority, QueueName, RetryPolicy, Task, check_duration};
use crate::turn::Turn;
use crate::vocabulary::Demand;

/// Opens a new generation: attempts and crashes count from nothing, and the task waits for a worker at once.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Retry {
    /// The task.
    pub task: TaskId,
    /// What the archive says of it, if it is no longer in memory.
    pub found: Option<Box<Found>>,
}

/// An archive read: the facts that a new generation needs, and the revision of the read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Found {
    /// The revision of the read.
    pub read_at: Revision,
    /// How the task ended.
    pub ending: Ending,
    /// In which generation.
    pub generation: u16,
    /// After how many attempts.
    pub attempts: u32,
    /// Its queue.
    pub queue: Meant<QueueId, QueueName>,
    /// Its requirements.
    pub class: Meant<ClassId, Box<Requirements>>,
    /// Its urgency.
    pub priority: Priority,
    /// Its time for one attempt.
    pub attempt_timeout_ms: Option<u64>,
    /// How its failures are retried.
    pub retry: Option<RetryPolicy>,
    /// How often it was updated.
    pub updates: u32,
    /// Its parent, of which it is a child again as long as that lives. An idempotency key is not taken up again.
    pub parent: Option<TaskId>,
}

impl Verb for Retry {
    fn execute(self, turn: &mut Turn<'_>) -> Result<Reply, Refusal> {
        if turn.writes_stopped() {
            return Err(Refusal::WritesStopped);
        }
        turn.settle(self.task)?;
        // Its dependents must have learnt of the former end before there can be another.
        if turn.state.works.ended(self.task).is_some() {
            return Err(Refusal::Backlog);
        }
        match turn.state.tasks.find(self.task.0) {
            Some(slot) => revive_dead(turn, slot),
            None => revive_archived(turn, self.task, self.found),
        }
    }
}

fn revive_dead(turn: &mut Turn<'_>, slot: u32) -> Result<Reply, Refusal> {
    if !matches!(turn.state.tasks[slot].phase, Phase::Dead) {
        return Err(Refusal::TaskNotEnded);
    }
    turn.begin(slot);
    let task = &mut turn.state.tasks[slot];
    task.generation = task.generation.saturating_add(1);
    (task.failures, task.crashes, task.recalls) = (0, 0, 0);
    let cold = task.cold_mut();
    cold.must_start_by_ms = None;
    cold.last = None;
    cold.crashed.clear();
    if let Some(first) = cold.key
        && let Some(row) = turn.state.keys.rows.get_mut(&first)
    {
        if row.unfinished == 0 {
            turn.state.keys.expiring.remove(&(row.record.expires_ms, first));
        }
        row.unfinished += 1;
    }
    turn.changes.delete(Key::Archive(turn.state.tasks[slot].id));
    start_over(turn, slot);
    Ok(Reply::Done)
}

fn start_over(turn: &mut Turn<'_>, slot: u32) {
    let now_ms = turn.now_ms();
    turn.enter_ready(slot, End::Tail, now_ms);
    turn.event(slot, Step::Retried);
    turn.commit(slot);
}

fn revive_archived(turn: &mut Turn<'_>, id: TaskId, found: Option<Box<Found>>) -> Result<Reply, Refusal> {
    let stone = turn.state.tombstones.get(id).copied();
    if let Some(stone) = stone {
        if stone.forgotten {
            return Err(Refusal::TaskNotFound);
        }
        if !stone.ending.can_be_retried() {
            return Err(Refusal::NotRetryable { ending: stone.ending });
        }
    }
    let Some(mut found) = found.filter(|_| turn.is_born(id)) else {
        return Err(if stone.is_some() { Refusal::Reread } else { Refusal::TaskNotFound });
    };
    // The read may be of an earlier generation, or so old that the tombstone which would tell has gone.
    if stone.is_some_and(|stone| stone.generation != found.generation) || !turn.is_trusted(found.read_at) {
        return Err(Refusal::Reread);
    }
    if !found.ending.can_be_retried() {
        return Err(Refusal::NotRetryable { ending: found.ending });
    }
    let demand = check_found(turn, &mut found)?;
    if let Some(parent) = found.parent {
        turn.settle(parent)?;
        // A cancellation that is under way to its children would pass it by.
        if turn.state.works.spreading(parent).is_some() {
            return Err(Refusal::Backlog);
        }
    }
    turn.enter_demand(demand);
    let Found { generation, attempts, priority, attempt_timeout_ms, retry, updates, parent, .. } = *found;
    let (queue, class) = (turn.meant_queue(&found.queue), turn.meant_class(&found.class));
    let lane = turn.enter_lane(class, queue);
    let parent = parent.filter(|parent| turn.state.tasks.find(parent.0).is_some_and(|slot| !turn.state.tasks[slot].is_dead()));
    let depth = parent.and_then(|parent| turn.state.tasks.find(parent.0)).map_or(0, |slot| 1 + turn.depth(slot));
    let cold = Cold { attempt_timeout_ms, retry, updates, parent, depth, ..Cold::default() };
    let cold = (cold != Cold::default()).then(|| Box::new(cold));
    let mut task = Task::new(id, lane, priority, turn.now_ms(), cold);
    (task.generation, task.attempt) = (generation.saturating_add(1), attempts);
    let slot = turn.state.tasks.insert(task);
    turn.link_family(slot);
    turn.state.tombstones.lift(id);
    turn.changes.delete(Key::Archive(id));
    start_over(turn, slot);
    Ok(Reply::Done)
}

fn check_found(turn: &mut Turn<'_>, found: &mut Found) -> Result<Demand, Refusal> {
    let mut demand = Demand::default();
    if let Meant::Words(words) = &mut found.class {
        words.canonical();
    }
    check_duration(found.attempt_timeout_ms, crate::refusal::Field::AttemptTimeout)?;
    found.retry.map_or(Ok(()), |retry| retry.bounds())?;
    turn.check_class(&found.class, &mut demand)?;
    if let Some(queue) = turn.check_queue(&found.queue, &mut demand)? {
        let row = &turn.state.places.queues[queue.0];
        if row.record.settings.max_live.is_some_and(|max| row.live >= max) {
            return Err(turn.full(Refusal::QueueFull));
        }
    }
    if turn.state.tasks.len() >= limits::LIVE_TASKS_MAX {
        return Err(turn.too_many(Cap::Tasks));
    }
    turn.check_demand(&demand)?;
    Ok(demand)
}

shape!(Found {
    read_at, ending, generation, attempts, queue, class, priority, attempt_timeout_ms, retry, updates, parent,
});
