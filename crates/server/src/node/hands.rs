//! Hands without a door: there are no workers yet to whom an order could be given. Orders are dropped; nothing is lost, for
//! the state knows all that stand, and whoever opens the office later is given them anew.

use reeve_core::effect::Effect;
use reeve_core::name::Revision;
use reeve_node::platform::Hands;

/// Drops what the office orders.
pub(super) struct NoDoors;

impl Hands for NoDoors {
    fn opened(&self, term: u64, revision: Revision, orders: Vec<Effect>) {
        tracing::info!(term, revision = revision.0, orders = orders.len(), "the office is open");
    }

    fn carry_out(&self, term: u64, revision: Revision, orders: &[Effect]) {
        let orders = orders.len();
        tracing::debug!(term, revision = revision.0, orders, "orders dropped: there is no door for workers");
    }

    fn closed(&self, term: u64) {
        tracing::info!(term, "the office is closed");
    }
}
