//! CloseWorker: a worker leaves. What it holds goes back without charge.

use crate::command::Verb;
use crate::name::{Ref, WorkerId};
use crate::refusal::Refusal;
use crate::reply::Reply;
use crate::turn::Turn;
use crate::worker::Departure;

/// Closes a worker session.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CloseWorker {
    /// The session.
    pub worker: Ref<WorkerId>,
}

impl Verb for CloseWorker {
    fn execute(self, turn: &mut Turn<'_>) -> Result<Reply, Refusal> {
        let slot = turn.worker(turn.resolve(self.worker, 0)?)?;
        turn.worker_departs(slot, Departure::Closed, false);
        Ok(Reply::Done)
    }
}
