//! DrainWorker: a worker is granted no more tasks; what it holds goes on.

use crate::command::Verb;
use crate::event::{Event, WorkerStep};
use crate::name::{Ref, WorkerId};
use crate::refusal::Refusal;
use crate::reply::Reply;
use crate::turn::Turn;

/// Drains a worker.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DrainWorker {
    /// The session.
    pub worker: Ref<WorkerId>,
}

impl Verb for DrainWorker {
    fn execute(self, turn: &mut Turn<'_>) -> Result<Reply, Refusal> {
        let id = turn.resolve(self.worker, 0)?;
        let slot = turn.worker(id)?;
        if !std::mem::replace(&mut turn.state.workers[slot].record.draining, true) {
            turn.put_worker(slot);
            turn.events.push(Event::Worker { worker: id, step: WorkerStep::Draining });
        }
        Ok(Reply::Done)
    }
}
