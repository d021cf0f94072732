//! What a new leader would order is just what the leases of living workers ask for.

use std::collections::BTreeSet;

use reeve_core::effect::{Order, outstanding};
use reeve_core::name::Token;

use crate::check::{Law, Verdict, any_event};
use crate::ledger::{Applied, Ledger};

/// The law.
pub const LAW: Law = Law { name: "orders_follow", on_event: any_event, on_entry };

const EVERY: u64 = 8;

fn on_entry(ledger: &Ledger, step: &Applied<'_>) -> Verdict {
    if !step.entry.revision.0.is_multiple_of(EVERY) {
        return Ok(());
    }
    let (mut offers, mut stops) = (BTreeSet::new(), BTreeSet::new());
    for effect in outstanding(step.state) {
        match effect.order {
            Order::Offer { .. } => drop(offers.insert(effect.holding.token)),
            Order::Stop => drop(stops.insert(effect.holding.token)),
            Order::Cancel { .. } | Order::Pause { .. } | Order::Resume | Order::Update { .. } => {}
        }
    }
    let living = ledger.holds.iter().filter(|(_, hold)| ledger.workers.contains_key(&hold.worker));
    let (draining, held): (Vec<_>, Vec<_>) = living.partition(|(_, hold)| hold.draining);
    let tokens =
        |holds: Vec<(&Token, _)>| holds.into_iter().map(|(token, _)| *token).collect::<BTreeSet<Token>>();
    let (held, draining) = (tokens(held), tokens(draining));
    if offers != held {
        return Err(format!("a new leader would offer {offers:?}, but held are {held:?}"));
    }
    if stops != draining {
        return Err(format!("a new leader would stop {stops:?}, but {draining:?} drain"));
    }
    Ok(())
}
