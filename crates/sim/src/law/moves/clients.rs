//! Clients: they submit, cancel, pause, change their minds, and repeat themselves when they hear nothing.

use crate::law::moves::submit;
use crate::law::world::World;
use crate::story::line::{Line, Read, Replay};
use crate::story::slot::{Changed, Requested};
use crate::story::verb::{
    Cancel, CloseClient, Forget, OpenClient, Pause, Proposed, Resume, Retry, Update, Verb,
};
use crate::story::word::{Amend, Body, ClientNo, Means, ReadNo, Source, Span, Text, When, Who};

/// Says on whose behalf a verb is proposed, and perhaps as which request.
fn proposed(world: &mut World, verb: impl Into<Verb>) -> Line {
    let mut requested = Requested { who: Some(Who::Subject(Text::from("ann"))), ..Requested::default() };
    if world.chance.percent(40) && world.next_client > 0 {
        let client = world.some_client();
        requested.client = Some(client);
        // Mostly the next number; sometimes one that was used or skipped, or that lies far outside.
        requested.seq = match world.chance.below(20) {
            0 => Some(world.chance.below(30)),
            1 => Some(world.chance.below(5_000)),
            _ => None,
        };
        requested.acked = world.chance.percent(30).then(|| world.chance.small(20));
    }
    Line::Propose(Box::new(Proposed { verb: verb.into(), requested }))
}

/// A submission, or the one before once more.
pub(crate) fn submit(world: &mut World) -> Vec<Line> {
    if world.chance.percent(8) {
        return vec![Line::Again];
    }
    if world.chance.percent(4) {
        return vec![Line::Replay(Replay { back: world.chance.between(1, 12) as u32 })];
    }
    if world.next_client == 0 || world.chance.percent(3) {
        let client = ClientNo(world.next_client);
        world.next_client += 1;
        return vec![Line::from(OpenClient { client })];
    }
    let submit = submit::submit(world);
    vec![proposed(world, submit)]
}

/// Anything else that clients ask.
pub(crate) fn ask(world: &mut World) -> Vec<Line> {
    let task = world.some_task();
    let line = match world.chance.below(13) {
        0..=2 => {
            let cancel = Cancel {
                task,
                grace: world.chance.percent(40).then(|| Span(world.chance.between(1, 8_000))),
                children: world.chance.percent(40),
                dependents: world.chance.percent(40),
            };
            proposed(world, cancel)
        }
        3..=4 => {
            let grace = world.chance.percent(50).then(|| Span(world.chance.between(1, 5_000)));
            let task = if world.chance.percent(50) { world.held_task().unwrap_or(task) } else { task };
            proposed(world, Pause { task, grace })
        }
        5..=6 => {
            let task = world.paused_task().unwrap_or(task);
            proposed(world, Resume { task })
        }
        7..=8 => update(world),
        9 => {
            let task = world.ended_task().unwrap_or(task);
            let from = source(world);
            proposed(world, Retry { task, from })
        }
        10 => {
            let task = if world.chance.percent(60) { world.ended_task().unwrap_or(task) } else { task };
            let from = source(world);
            proposed(world, Forget { task, from })
        }
        11 => {
            let read = ReadNo(world.next_read % 8);
            world.next_read += 1;
            let task = world.ended_task().unwrap_or(task);
            Line::Read(Read { read, task, ..Read::default() })
        }
        _ if world.chance.percent(15) && world.next_client > 0 => {
            Line::from(CloseClient { client: world.some_client() })
        }
        _ => Line::Again,
    };
    vec![line]
}

fn source(world: &mut World) -> Source {
    match world.chance.below(10) {
        0 => Source::Nothing,
        1..=3 => Source::Read(ReadNo(world.chance.below(8) as u32)),
        _ => Source::Fresh,
    }
}

fn update(world: &mut World) -> Line {
    let task = if world.chance.percent(50) { world.held_task() } else { None };
    let task = task.unwrap_or_else(|| world.some_task());
    let mut changed = Changed::default();
    if world.chance.percent(50) {
        changed.priority = reeve_core::task::Priority::new(world.chance.below(10) as u8);
    }
    if world.chance.percent(20) {
        changed.payload = Some(Body::Said(Text::from("other")));
    }
    let when = |world: &mut World| When::In(world.chance.between(0, 20_000) as i64 - 1_000);
    if world.chance.percent(25) {
        changed.not_before =
            Some(if world.chance.percent(30) { Amend::Gone } else { Amend::To(when(world)) });
    }
    if world.chance.percent(20) {
        changed.must_start_by =
            Some(if world.chance.percent(30) { Amend::Gone } else { Amend::To(when(world)) });
    }
    if world.chance.percent(20) {
        let span = Span(world.chance.between(1, 9_000));
        changed.timeout = Some(if world.chance.percent(30) { Amend::Gone } else { Amend::To(span) });
    }
    if world.chance.percent(30) {
        changed.needs = submit::needs(world);
        changed.means = if world.chance.percent(50) { Means::Known } else { Means::Words };
    }
    proposed(world, Update { task, changed })
}
