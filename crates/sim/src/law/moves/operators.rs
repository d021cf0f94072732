//! Operators: they configure, pause, resume and delete places, set alarms, and try to raise the law.

use reeve_core::alarm::AlarmKind;

use crate::law::moves::submit;
use crate::law::world::World;
use crate::story::line::Line;
use crate::story::slot::{InQueue, Limits};
use crate::story::verb::{
    ClearAlarm, ConfigureNamespace, ConfigureQueue, CreateNamespace, CreateQueue, DeleteNamespace,
    DeleteQueue, PauseNamespace, PauseQueue, RaiseLaw, ResumeNamespace, ResumeQueue, SetAlarm,
};
use crate::story::word::Text;

/// One operation.
pub(crate) fn operate(world: &mut World) -> Vec<Line> {
    let queue = submit::queue(world);
    let name = Text::from(*world.chance.among(&["acme", "default", "spare"]).unwrap_or(&"acme"));
    let strict = world.chance.percent(20);
    let alarm = *world
        .chance
        .among(&[AlarmKind::NoSpace, AlarmKind::ClockGap, AlarmKind::Diverged])
        .unwrap_or(&AlarmKind::ClockGap);
    let line = match world.chance.below(20) {
        0..=1 => Line::from(CreateNamespace { name, strict }),
        2 => Line::from(ConfigureNamespace { name, strict }),
        3 => Line::from(PauseNamespace { name }),
        4..=5 => Line::from(ResumeNamespace { name }),
        6 => Line::from(DeleteNamespace { name }),
        7 if world.chance.percent(10) => Line::from(CreateQueue {
            queue: InQueue { queue: Some(Text::repeated("long", 40)), namespace: None },
            limits: Limits::default(),
        }),
        7 => Line::from(CreateQueue { queue: spare(world, queue), limits: limits(world) }),
        8..=10 => Line::from(ConfigureQueue { queue, limits: limits(world) }),
        11 => Line::from(PauseQueue { queue }),
        12..=13 => Line::from(ResumeQueue { queue }),
        14..=15 => Line::from(DeleteQueue { queue: spare(world, queue) }),
        16 if world.chance.percent(25) => Line::from(SetAlarm { alarm, node: 1, message: None }),
        16..=18 => Line::from(ClearAlarm { alarm, node: 1 }),
        _ => Line::from(RaiseLaw { law: world.chance.below(2) as u32 }),
    };
    vec![line]
}

/// Sometimes a queue that nobody submits to, so that it can be created and deleted.
fn spare(world: &mut World, queue: InQueue) -> InQueue {
    if world.chance.percent(50) {
        InQueue { queue: Some(Text::from("spare")), namespace: None }
    } else {
        queue
    }
}

fn limits(world: &mut World) -> Limits {
    Limits {
        max_leased: world.chance.percent(50).then(|| world.chance.between(1, 5) as u32),
        max_live: world.chance.percent(40).then(|| world.chance.between(5, 40) as u32),
    }
}
