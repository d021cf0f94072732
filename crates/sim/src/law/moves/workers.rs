//! Workers: they finish and fail, report late and twice, lie about tokens, freeze, and answer what they are asked.

use crate::law::world::World;
use crate::story::line::{Assign, Line};
use crate::story::slot::Grip;
use crate::story::verb::{
    AnswerUpdate, Checkpoint, Complete, Extend, Fail, Partial, Progress, Release, Stopped, Suspended, grip,
};
use crate::story::word::{Body, Shown, Span, TaskNo, Text, WorkerNo};

/// One report.
pub(crate) fn report(world: &mut World) -> Vec<Line> {
    if world.chance.percent(25)
        && let Some((task, nth)) = world.draining_lease()
    {
        let grip = Grip { token: Shown::Nth(task, nth), ..grip(task) };
        return vec![Line::from(Stopped { grip })];
    }
    let task = match world.held_task() {
        Some(task) if world.chance.percent(92) => task,
        // Whoever holds nothing mostly keeps still, and the office is asked for work instead.
        None if world.chance.percent(85) => return vec![Line::Assign(Assign::default())],
        _ => world.some_task(),
    };
    let grip = believed(world, task);
    vec![say(world, grip)]
}

/// What a worker believes to hold: mostly the truth.
fn believed(world: &mut World, task: TaskNo) -> Grip {
    let mut grip = grip(task);
    match world.chance.below(40) {
        0 => grip.token = Shown::Old,
        1 => grip.token = Shown::Never,
        2 => grip.token = Shown::Nth(world.some_task(), world.chance.between(1, 3) as u32),
        3 => grip.by = Some(WorkerNo(world.chance.below(u64::from(world.next_worker.max(1))) as u32)),
        _ => {}
    }
    grip
}

fn say(world: &mut World, grip: Grip) -> Line {
    let body = |world: &mut World| Body::Said(Text::from(*world.chance.among(&["x", "yy"]).unwrap_or(&"z")));
    match world.chance.below(24) {
        0..=8 => {
            let result = world.chance.percent(40).then(|| body(world));
            Line::from(Complete { grip, result })
        }
        9..=13 => Line::from(Fail {
            grip,
            retryable: world.chance.percent(80),
            error: Some(Text::from("Io")),
            message: world.chance.percent(50).then(|| Text::from("no route")),
            details: world.chance.percent(20).then(|| body(world)),
            retry_after: world.chance.percent(20).then(|| Span(world.chance.between(1, 4_000))),
        }),
        14 => Line::from(Release { grip }),
        15 => Line::from(Extend { grip, by: Span(world.chance.between(1, 10_000)) }),
        16 => Line::from(Progress { grip, permille: world.chance.below(1_001) as u16, message: None }),
        17 => Line::from(Partial { grip, index: world.chance.small(4) as u32, body: body(world) }),
        18 => Line::from(Checkpoint { grip, body: body(world) }),
        19..=20 => Line::from(Suspended { grip }),
        21..=22 => {
            let number = world.pending_update(grip.task).unwrap_or(1);
            Line::from(AnswerUpdate { grip, number, refused: world.chance.percent(30) })
        }
        _ => Line::from(Stopped { grip }),
    }
}
