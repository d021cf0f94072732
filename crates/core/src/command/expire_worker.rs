//! ExpireWorker: a worker session has died.

use crate::command::Verb;
use crate::name::WorkerId;
use crate::refusal::Refusal;
use crate::reply::Reply;
use crate::turn::Turn;
use crate::worker::Departure;

/// Ends a worker session whose worker is gone. The office decides; the law fences all its leases at once.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ExpireWorker {
    /// The session.
    pub worker: WorkerId,
    /// How it went.
    pub departure: Departure,
    /// Whether its tasks may be to blame. Not when the cluster itself was away, or when many sessions died at once.
    pub charged: bool,
}

impl Verb for ExpireWorker {
    fn execute(self, turn: &mut Turn<'_>) -> Result<Reply, Refusal> {
        let slot = turn.worker(self.worker)?;
        turn.worker_departs(slot, self.departure, self.charged);
        Ok(Reply::Done)
    }
}
