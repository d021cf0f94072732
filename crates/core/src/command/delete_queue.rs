//! DeleteQueue: an empty queue goes.

use crate::change::Key;
use crate::command::Verb;
use crate::event::{Event, PlaceStep};
use crate::refusal::Refusal;
use crate::reply::Reply;
use crate::task::QueueName;
use crate::turn::Turn;

/// Deletes a queue that has neither live tasks nor leases.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DeleteQueue {
    /// Its name.
    pub queue: QueueName,
}

impl Verb for DeleteQueue {
    fn execute(self, turn: &mut Turn<'_>) -> Result<Reply, Refusal> {
        let id = turn.queue(&self.queue)?;
        // Leases of a dead worker that are not swept yet may still name the queue.
        if turn.state.has_backlog() {
            return Err(Refusal::Backlog);
        }
        let row = &turn.state.places.queues[id.0];
        if row.live > 0 || row.leased > 0 {
            return Err(Refusal::QueueNotEmpty);
        }
        let namespace = row.record.namespace;
        turn.state.places.namespaces[namespace.0].queues.remove(&self.queue.queue);
        turn.state.places.queues.remove(id.0);
        turn.changes.delete(Key::Queue(id));
        turn.events.push(Event::Queue { queue: id, step: PlaceStep::Deleted });
        Ok(Reply::Done)
    }
}
