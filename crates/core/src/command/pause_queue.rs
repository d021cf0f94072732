//! PauseQueue: no task of the queue is granted any more.

use crate::command::Verb;
use crate::event::PlaceStep;
use crate::refusal::Refusal;
use crate::reply::Reply;
use crate::task::QueueName;
use crate::turn::Turn;

/// Pauses a queue; what runs goes on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PauseQueue {
    /// Its name.
    pub queue: QueueName,
}

impl Verb for PauseQueue {
    fn execute(self, turn: &mut Turn<'_>) -> Result<Reply, Refusal> {
        let id = turn.queue(&self.queue)?;
        if !std::mem::replace(&mut turn.state.places.queues[id.0].record.paused, true) {
            turn.put_queue(id, PlaceStep::Paused);
        }
        Ok(Reply::Done)
    }
}
