//! ResumeWorker: a worker takes tasks again, or offers other things from now on.

use crate::command::Verb;
use crate::event::{Event, WorkerStep};
use crate::name::{Ref, WorkerId};
use crate::refusal::Refusal;
use crate::reply::Reply;
use crate::turn::Turn;
use crate::worker::Offer;

/// Ends the draining of a worker. What it holds is not touched, even if it offers less now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ResumeWorker {
    /// The session.
    pub worker: Ref<WorkerId>,
    /// What it offers, if that has changed.
    pub offer: Option<Offer>,
}

impl Verb for ResumeWorker {
    fn execute(self, turn: &mut Turn<'_>) -> Result<Reply, Refusal> {
        let id = turn.resolve(self.worker, 0)?;
        let slot = turn.worker(id)?;
        if let Some(offer) = self.offer {
            turn.check_offer(&offer)?;
            let (kinds, labels) = turn.enter_offer(&offer);
            let record = &mut turn.state.workers[slot].record;
            (record.resources, record.slots) = (offer.resources, offer.slots);
            let kinds = std::mem::replace(&mut record.kinds, kinds);
            let labels = std::mem::replace(&mut record.labels, labels);
            let keys: Vec<_> = labels.into_iter().map(|(key, _)| key).collect();
            turn.release_words(&kinds, &keys);
        }
        turn.state.workers[slot].record.draining = false;
        turn.put_worker(slot);
        turn.events.push(Event::Worker { worker: id, step: WorkerStep::Resumed });
        Ok(Reply::Done)
    }
}
