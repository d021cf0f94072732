//! ConfigureQueue: other limits for a queue. What is over a new limit already goes on.

use crate::command::Verb;
use crate::event::PlaceStep;
use crate::place::QueueSettings;
use crate::refusal::Refusal;
use crate::reply::Reply;
use crate::task::QueueName;
use crate::turn::Turn;

/// Configures a queue.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConfigureQueue {
    /// Its name.
    pub queue: QueueName,
    /// Its settings from now on.
    pub settings: QueueSettings,
}

impl Verb for ConfigureQueue {
    fn execute(self, turn: &mut Turn<'_>) -> Result<Reply, Refusal> {
        self.settings.bounds()?;
        let id = turn.queue(&self.queue)?;
        turn.state.places.queues[id.0].record.settings = self.settings;
        turn.put_queue(id, PlaceStep::Configured);
        Ok(Reply::Done)
    }
}
