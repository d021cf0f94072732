//! CreateQueue: a queue comes into being before its first use.

use crate::class::check_name;
use crate::command::Verb;
use crate::place::QueueSettings;
use crate::refusal::{Cap, Refusal};
use crate::reply::Reply;
use crate::task::QueueName;
use crate::turn::Turn;

/// Creates a queue.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CreateQueue {
    /// Its name.
    pub queue: QueueName,
    /// Its settings.
    pub settings: QueueSettings,
}

impl Verb for CreateQueue {
    fn execute(self, turn: &mut Turn<'_>) -> Result<Reply, Refusal> {
        let namespace = turn.namespace(&self.queue.namespace)?;
        check_name(&self.queue.queue)?;
        self.settings.bounds()?;
        if turn.queue(&self.queue).is_ok() {
            return Err(Refusal::QueueExists);
        }
        if !turn.state.places.has_room_for_queue() {
            return Err(Refusal::TooMany { cap: Cap::Queues });
        }
        turn.add_queue(namespace, self.queue.queue, self.settings);
        Ok(Reply::Done)
    }
}
