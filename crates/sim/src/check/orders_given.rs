//! Every event that asks something of a worker has its order, once; and no order is given without one.

use reeve_core::effect::{Effect, Order};
use reeve_core::event::AttemptEnd;

use crate::check::results_kept::attempts_kept;
use crate::check::{Law, Verdict, any_event};
use crate::ledger::{Applied, Ledger};

/// The law.
pub const LAW: Law = Law { name: "orders_given", on_event: any_event, on_entry };

fn on_entry(ledger: &Ledger, step: &Applied<'_>) -> Verdict {
    let mut asked = ledger.grips.orders.clone();
    for (.., attempt) in attempts_kept(step) {
        // Whose lease was taken from it may still be at work.
        let revoked =
            matches!(attempt.how, AttemptEnd::TimedOut | AttemptEnd::PauseUnanswered | AttemptEnd::Cancelled);
        let grant = ledger.grips.grants.get(&attempt.token).filter(|_| revoked);
        asked.extend(grant.map(|grant| Effect { holding: grant.holding, order: Order::Stop }));
    }
    let mut given = step.outcome.effects.clone();
    asked.sort();
    given.sort();
    match asked.iter().zip(&given).find(|(asked, given)| asked != given) {
        Some((asked, given)) => Err(format!("{asked:?} should have been ordered, but {given:?} was")),
        None if asked.len() == given.len() => Ok(()),
        None => Err(format!("{asked:?} should have been ordered, but {given:?} was")),
    }
}
