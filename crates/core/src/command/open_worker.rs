//! OpenWorker: a worker session, by stream or by calls.

use crate::class::check_name;
use crate::command::Verb;
use crate::event::{Event, WorkerStep};
use crate::limits;
use crate::name::WorkerId;
use crate::refusal::{Cap, Field, Refusal};
use crate::reply::Reply;
use crate::task::check_duration;
use crate::turn::Turn;
use crate::worker::{Offer, Worker, WorkerRecord};

/// Opens a worker session.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OpenWorker {
    /// What the worker calls itself.
    pub name: Box<str>,
    /// What it offers.
    pub offer: Offer,
    /// How long it may be silent.
    pub ttl_ms: u64,
    /// For a session that lives by calls: the hash of the secret that they show. It ends with its last lease.
    pub secret: Option<u128>,
}

impl Verb for OpenWorker {
    fn width(&self) -> u32 {
        1
    }

    fn execute(self, turn: &mut Turn<'_>) -> Result<Reply, Refusal> {
        check_name(&self.name)?;
        check_duration(Some(self.ttl_ms), Field::Ttl)?;
        turn.check_offer(&self.offer)?;
        if turn.state.workers.len() >= limits::WORKERS_MAX {
            return Err(turn.too_many(Cap::Workers));
        }
        let (kinds, labels) = turn.enter_offer(&self.offer);
        let Self { name, offer: Offer { resources, slots, .. }, ttl_ms, secret } = self;
        let record =
            WorkerRecord { name, kinds, labels, resources, slots, ttl_ms, secret, draining: false, death: None };
        let worker = WorkerId(turn.mint(0));
        let slot = turn.state.workers.insert(Worker::new(worker, record));
        turn.put_worker(slot);
        turn.events.push(Event::Worker { worker, step: WorkerStep::Opened });
        Ok(Reply::WorkerOpened(worker))
    }
}
