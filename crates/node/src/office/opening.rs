//! Opening and closing: an office opens when everything that was committed before its term is applied here and it knows
//! what time it is, and closes when its term, or the contact to a majority, is in doubt.

use std::time::Duration;

use openraft::async_runtime::watch::WatchReceiver;
use openraft::{AsyncRuntime, Instant, ReadPolicy, ServerState};
use reeve_core::effect::{Effect, Order};
use reeve_core::planted::{Bug, planted};

use super::{Office, Open};
use crate::limits;
use crate::matcher::Fleet;
use crate::message::Refused;
use crate::office::admission::Gate;
use crate::office::clients::Clients;
use crate::office::desk::tell;
use crate::office::due::DueWork;
use crate::office::offers::Offers;
use crate::office::sessions::Sessions;
use crate::office::time::NoTime;
use crate::platform::{Clock, Hands, Platform};

/// What the replica's standing means for the office.
struct Standing {
    /// The term in which it leads, if it does.
    leads: Option<u64>,
    /// When a majority was last in contact, by this machine's monotonic clock.
    contact_ms: Option<u64>,
}

impl<P: Platform> Office<P> {
    fn standing(&self) -> Standing {
        let metrics = self.metrics.borrow_watched();
        let me = self.shared.identity.node;
        let leads = metrics.state == ServerState::Leader && metrics.current_leader == Some(me);
        let mono_ms = self.shared.clock.mono_ms();
        let alone = metrics.membership_config.voter_ids().eq([me]);
        let contact_ms = if alone {
            Some(mono_ms)
        } else {
            let elapsed = metrics.last_quorum_acked.as_ref().map(|acked| acked.elapsed());
            elapsed
                .map(|elapsed| mono_ms.saturating_sub(u64::try_from(elapsed.as_millis()).unwrap_or(u64::MAX)))
        };
        Standing { leads: leads.then_some(metrics.current_term), contact_ms }
    }

    fn is_in_contact(&self, standing: &Standing, within: Duration) -> bool {
        let age = |contact_ms| Duration::from_millis(self.shared.clock.mono_ms().saturating_sub(contact_ms));
        standing.contact_ms.is_some_and(|contact_ms| age(contact_ms) < within)
    }

    /// Opens or closes, if it is time to.
    pub(super) async fn open_or_close(&mut self) {
        let standing = self.standing();
        let mono_ms = self.shared.clock.mono_ms();
        let aside = self.aside_until_ms.is_some_and(|until_ms| mono_ms < until_ms || planted(Bug::StayAside));
        let contact = self.settings.now().contact();
        self.in_contact = self.is_in_contact(&standing, contact);
        // An office that is open holds its breath for as long again before it gives up: a majority of slow disks is soon back,
        // and everything that is said while it does waits for a majority anyway.
        let near = self.in_contact || (self.open.is_some() && self.is_in_contact(&standing, 2 * contact));
        let may = near && !self.retired && !aside && self.shared.condemned().is_none();
        let leads = standing.leads.filter(|_| may);
        match (self.open.as_ref().map(|open| open.term), leads) {
            (Some(term), Some(leading)) if term == leading => {
                if let (Some(open), Some(contact_ms)) = (&mut self.open, standing.contact_ms) {
                    open.acknowledge(contact_ms);
                }
            }
            (Some(_), None) => self.close("a majority is out of reach, or another leads"),
            (Some(_), Some(term)) => {
                self.close("the term is over");
                self.open(term).await;
            }
            (None, Some(_)) if mono_ms < self.again_ms => {}
            (None, Some(term)) => self.open(term).await,
            (None, None) => {}
        }
    }

    /// Opens the office for this term, or hands leadership to somebody who can.
    async fn open(&mut self, term: u64) {
        let begun_ms = self.shared.clock.mono_ms();
        self.again_ms = begun_ms + limits::OPENING_AGAIN_MS;
        let barrier =
            P::Runtime::timeout(limits::OPENING, self.raft.ensure_linearizable(ReadPolicy::ReadIndex));
        match barrier.await {
            Ok(Ok(_)) => {}
            Ok(Err(error)) => return tracing::info!("the office of term {term} did not open: {error}"),
            Err(_) => return self.give_way(term, "nothing was applied in time").await,
        }
        self.look_around();
        let mono_ms = self.shared.clock.mono_ms();
        let state_ms = self.shared.state().now_ms();
        let opened = match self.time.open(term, state_ms, mono_ms) {
            Err(NoTime::NeverHeard) => self.time.cold_start(term, state_ms, mono_ms),
            other => other,
        };
        if let Err(no_time) = opened {
            // The others tell their clocks with their answers to heartbeats: the next look may know more.
            return tracing::info!("the office of term {term} waits: {no_time}");
        }
        if self.standing().leads != Some(term) {
            self.time.close(mono_ms);
            return;
        }
        let open = self.enter(term, mono_ms);
        self.admission.open(Gate::Closed);
        self.open = Some(open);
        tracing::info!(
            "the office of term {term} is open, after {} ms",
            self.shared.clock.mono_ms() - begun_ms
        );
    }

    /// Takes over the book: everything that an office knows is made from the state.
    fn enter(&mut self, term: u64, mono_ms: u64) -> Open {
        self.openings += 1;
        let state = self.shared.state();
        {
            let mut orders = self.shared.orders();
            orders.waiting.clear();
            (orders.office, orders.lost) = (Some(term), false);
        }
        let mut open = Open {
            term,
            number: self.openings,
            fleet: Fleet::new(self.openings),
            sessions: Sessions::new(mono_ms),
            clients: Clients::new(),
            offers: Offers::new(),
            due: DueWork::new(),
            waiting: std::collections::VecDeque::new(),
            own: Vec::new(),
            keepalives: std::collections::BTreeMap::new(),
            keepalives_seen: 0,
            unsettled: true,
        };
        for worker in state.workers().filter(|worker| worker.alive) {
            open.sessions.opened(worker.id, worker.ttl_ms, mono_ms);
        }
        for (client, used) in state.clients() {
            open.clients.opened(client, used, mono_ms);
        }
        self.hands.opened(term, state.revision(), reeve_core::effect::outstanding(&state));
        open
    }

    /// Closes the office. What waited was never proposed; what was proposed may still land.
    pub(super) fn close(&mut self, why: &str) {
        let Some(open) = self.open.take() else { return };
        {
            let mut orders = self.shared.orders();
            orders.waiting.clear();
            orders.office = None;
        }
        self.hands.closed(open.term);
        self.time.close(self.shared.clock.mono_ms());
        self.admission.shut(Gate::Closed);
        for waiting in open.waiting {
            self.admission.withdraw(waiting.ticket);
            tell(waiting.reply, Err(Refused::Closed));
        }
        for reply in open.keepalives.into_values() {
            tell(reply, Err(Refused::Closed));
        }
        tracing::info!("the office of term {} is closed: {why}", open.term);
    }

    /// Leads no longer: another may do better.
    async fn give_way(&mut self, term: u64, why: &str) {
        tracing::warn!("the office of term {term} cannot open: {why}; another shall lead");
        let me = self.shared.identity.node;
        let voters: Vec<u64> = self.metrics.borrow_watched().membership_config.voter_ids().collect();
        let peers = self.shared.peers();
        let others = voters.into_iter().filter(|node| *node != me);
        let best = others.max_by_key(|node| peers.get(node).map(|peer| (peer.acknowledged, peer.heard_ms)));
        if let Some(best) = best
            && self.raft.trigger().transfer_leader(best).await.is_err()
        {
            tracing::error!("consensus has stopped");
        }
    }
}

impl Open {
    /// Offers that go out now: their time to be acknowledged runs.
    pub(super) fn offered(&mut self, effects: &[Effect], mono_ms: u64) {
        for effect in effects {
            if matches!(effect.order, Order::Offer { .. }) {
                self.offers.sent(effect.holding, mono_ms);
            }
        }
    }
}
