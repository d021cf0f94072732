//! A task is granted to a worker that takes tasks, offers its kinds, has its labels, and has room for it.

use reeve_core::class::{Requirements, Resources, Test};
use reeve_core::event::{Event, Step};
use reeve_core::name::WorkerId;
use reeve_core::worker::Offer;

use crate::check::{Law, Verdict, any_entry};
use crate::ledger::{Applied, Ledger};

/// The law.
pub const LAW: Law = Law { name: "suits", on_event, on_entry: any_entry };

fn on_event(ledger: &Ledger, event: &Event, step: &Applied<'_>) -> Verdict {
    let Event::Task { task, class, step: Step::Leased { worker, .. }, .. } = event else { return Ok(()) };
    if ledger.sessions.draining.contains(worker) {
        return Err(format!("task {task} was leased to {worker}, which takes no new tasks"));
    }
    let (Some(offer), Some(wanted)) = (ledger.sessions.offers.get(worker), step.state.class(*class)) else {
        return Err(format!("task {task} was leased to {worker}, and nobody knows what it offers"));
    };
    let kinds = || std::iter::once(&wanted.kind).chain(&wanted.also);
    if let Some(kind) = kinds().find(|kind| !offer.kinds.contains(kind)) {
        return Err(format!("task {task} was leased to {worker}, which does not offer {kind}"));
    }
    if let Some(term) = wanted.selector.iter().find(|term| !holds(&term.key, &term.test, offer)) {
        return Err(format!("task {task} was leased to {worker}, whose labels fail {term:?}"));
    }
    has_room(ledger, *worker, offer, wanted, step)
        .map_err(|what| format!("task {task} was leased to {worker}, which has no {what} for it"))
}

fn holds(key: &str, test: &Test, offer: &Offer) -> bool {
    let label = offer.labels.iter().find(|(own, _)| **own == *key).map(|(_, value)| value);
    match test {
        Test::In(values) => label.is_some_and(|label| values.contains(label)),
        Test::NotIn(values) => label.is_none_or(|label| !values.contains(label)),
        Test::Exists => label.is_some(),
        Test::Absent => label.is_none(),
    }
}

fn amount(of: &Resources, name: &str) -> u64 {
    of.custom.iter().find(|(own, _)| **own == *name).map_or(0, |(_, amount)| *amount)
}

fn has_room(
    ledger: &Ledger,
    worker: WorkerId,
    offer: &Offer,
    wanted: &Requirements,
    step: &Applied<'_>,
) -> Verdict {
    let tokens = ledger.holds.iter().filter(|(_, hold)| hold.worker == worker).map(|(token, _)| token);
    let grants = tokens.filter_map(|token| ledger.grips.grants.get(token));
    let taken: Vec<&Resources> =
        grants.filter_map(|grant| Some(&step.state.class(grant.class)?.resources)).collect();
    let fits = |of: &dyn Fn(&Resources) -> u64| {
        let more = of(&wanted.resources);
        more == 0 || taken.iter().map(|one| of(one)).sum::<u64>() + more <= of(&offer.resources)
    };
    if !fits(&|one| one.millicpu) {
        return Err("processor".to_owned());
    }
    if !fits(&|one| one.memory_bytes) {
        return Err("memory".to_owned());
    }
    match wanted.resources.custom.iter().find(|(name, _)| !fits(&|one| amount(one, name))) {
        Some((name, _)) => Err(name.to_string()),
        None => Ok(()),
    }
}
