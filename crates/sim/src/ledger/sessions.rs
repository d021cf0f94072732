//! Sessions and alarms as watchers see them: who offers what, who left and how, which clients are gone.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use reeve_core::alarm::Alarm;
use reeve_core::event::{ClientStep, Event, WorkerStep};
use reeve_core::name::{ClientId, WorkerId};
use reeve_core::worker::Offer;

use super::said::Said;

/// What is known of sessions, and what is wrong with the cluster.
#[derive(Clone, Debug, Default)]
pub struct Sessions {
    /// What each worker offers.
    pub offers: BTreeMap<WorkerId, Offer>,
    /// Who takes no new tasks.
    pub draining: BTreeSet<WorkerId>,
    /// Who left, how and when.
    pub departed: BTreeMap<WorkerId, (WorkerStep, u64)>,
    /// Client sessions that are over; those of this entry are not among them yet.
    pub gone: BTreeSet<ClientId>,
    /// Those of this entry.
    pub going: BTreeSet<ClientId>,
    /// What is wrong.
    pub alarms: BTreeSet<Alarm>,
}

impl Sessions {
    pub(super) fn note(&mut self, event: &Event, now_ms: u64, said: &mut Said) {
        match *event {
            Event::Worker { worker, step } => match step {
                WorkerStep::Opened | WorkerStep::Resumed => {
                    self.draining.remove(&worker);
                    let offer = said.offers.get_mut(&worker).and_then(VecDeque::pop_front).flatten();
                    if let Some(offer) = offer {
                        self.offers.insert(worker, offer);
                    }
                }
                WorkerStep::Draining => {
                    self.draining.insert(worker);
                }
                WorkerStep::Closed | WorkerStep::Expired { .. } => {
                    self.departed.insert(worker, (step, now_ms));
                }
            },
            Event::Client { client, step: ClientStep::Closed | ClientStep::Expired } => {
                self.going.insert(client);
            }
            Event::Alarm { alarm, set } => {
                self.alarms.retain(|one| *one != alarm);
                if set {
                    self.alarms.insert(alarm);
                }
            }
            _ => {}
        }
    }

    pub(super) fn close(&mut self) {
        self.gone.append(&mut self.going);
    }
}
