//! ResumeQueue: tasks of the queue are granted again.

use crate::command::Verb;
use crate::event::PlaceStep;
use crate::refusal::Refusal;
use crate::reply::Reply;
use crate::task::QueueName;
use crate::turn::Turn;

/// Resumes a queue.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ResumeQueue {
    /// Its name.
    pub queue: QueueName,
}

impl Verb for ResumeQueue {
    fn execute(self, turn: &mut Turn<'_>) -> Result<Reply, Refusal> {
        let id = turn.queue(&self.queue)?;
        if std::mem::replace(&mut turn.state.places.queues[id.0].record.paused, false) {
            turn.put_queue(id, PlaceStep::Resumed);
        }
        Ok(Reply::Done)
    }
}
