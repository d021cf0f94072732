//! The office: it grants, recalls, expires and sweeps, sometimes on what it knew a while ago.

use reeve_core::worker::Departure;

use crate::law::world::World;
use crate::story::line::{Assign, Line};
use crate::story::slot::Offering;
use crate::story::verb::{
    CloseWorker, DrainWorker, ExpireClient, ExpireWorker, Grant, OpenWorker, Recall, ResumeWorker, grip,
    kinds,
};
use crate::story::word::{Span, Text, WorkerNo};

/// One decision.
pub(crate) fn decide(world: &mut World) -> Vec<Line> {
    if world.living_workers() < 2 || world.chance.percent(5) {
        return vec![open(world)];
    }
    let line = match world.chance.below(24) {
        0..=9 => Line::Assign(Assign { most: Some(world.chance.between(1, 6) as u32) }),
        10..=12 => Line::Tick,
        // A decision that is kept back until it may be stale.
        13..=14 => return keep_back(world),
        15..=17 => match world.kept_back() {
            Some(grant) => Line::from(grant),
            None => Line::Tick,
        },
        18..=19 => match world.held_task() {
            Some(task) => Line::from(Recall { grip: grip(task) }),
            None => Line::Tick,
        },
        20 => match world.some_worker() {
            Some(worker) => Line::from(DrainWorker { worker }),
            None => Line::Tick,
        },
        21 => resume(world),
        22 => leave(world),
        _ => ExpireClient { client: world.some_client(), stale: world.chance.percent(50) }.into(),
    };
    vec![line]
}

pub(crate) fn offering(world: &mut World) -> Offering {
    let mut offering = Offering { slots: Some(world.chance.between(1, 4) as u32), ..Offering::default() };
    offering.kinds = match world.chance.below(4) {
        0 => kinds(&["echo"]),
        1 => kinds(&["echo", "shell"]),
        _ => kinds(&["echo", "shell", "http"]),
    };
    offering
        .labels
        .0
        .push((Text::from("zone"), Text::from(*world.chance.among(&["a", "b"]).unwrap_or(&"a"))));
    offering.millicpu = Some(world.chance.between(0, 8) * 250);
    offering
}

fn open(world: &mut World) -> Line {
    let worker = WorkerNo(world.next_worker);
    world.next_worker += 1;
    let offering = offering(world);
    let secret = world.chance.percent(25).then_some(7);
    Line::from(OpenWorker { worker, name: None, offering, ttl: Some(Span(10_000)), secret })
}

fn resume(world: &mut World) -> Line {
    let Some(worker) = world.some_worker() else { return Line::Tick };
    let offering = if world.chance.percent(60) { offering(world) } else { Offering::default() };
    Line::from(ResumeWorker { worker, offering })
}

fn leave(world: &mut World) -> Line {
    let Some(worker) = world.some_worker() else { return Line::Tick };
    if world.chance.percent(30) {
        return Line::from(CloseWorker { worker });
    }
    let departure = if world.chance.percent(80) { Departure::Silent } else { Departure::Evicted };
    Line::from(ExpireWorker { worker, departure: Some(departure), charged: world.chance.percent(60) })
}

fn keep_back(world: &mut World) -> Vec<Line> {
    if let (Some(task), Some(to)) = (world.ready_task(), world.some_worker()) {
        world.keep_back(Grant { task, to });
    }
    Vec::new()
}
