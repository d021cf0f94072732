//! Accidents: time passes, clocks leap, leaders change, replicas restart, sweeps are narrow.

use crate::law::world::World;
use crate::story::line::{Clock, Leader, Line, Sleep, Sweep, Under};
use crate::story::word::{Shift, Span};

/// One accident.
pub(crate) fn happen(world: &mut World) -> Vec<Line> {
    match world.chance.below(20) {
        0..=10 => {
            let ms = match world.chance.below(12) {
                0..=6 => world.chance.between(1, 2_000),
                7..=10 => world.chance.between(1, 30_000),
                // Long enough for tombstones and keys to fall.
                _ => world.chance.between(60_000, 7 * 60_000),
            };
            vec![Line::Sleep(Sleep { span: Span(ms) })]
        }
        11..=12 => {
            world.accident("leader change");
            let skew = Some(Shift(world.chance.between(0, 20_000) as i64 - 10_000));
            vec![Line::Leader(Leader { skew })]
        }
        13 => {
            world.accident("clock leap");
            let far = world.chance.percent(10);
            let reach: i64 = if far { 3_600_000 } else { 20_000 };
            let shift = Shift(world.chance.below(2 * reach as u64) as i64 - reach);
            vec![Line::Clock(Clock { shift })]
        }
        14..=15 => {
            world.accident("restart");
            vec![Line::Restart]
        }
        16..=17 => {
            world.accident("other sweep");
            let bound = *world.chance.among(&[0, 1, 1, 2, 5, 1_000]).unwrap_or(&1);
            vec![Line::Sweep(Sweep { bound })]
        }
        18 if world.chance.percent(20) => {
            world.accident("foreign law");
            let mut lines = vec![Line::Under(Under { law: Some(0) })];
            lines.extend(crate::law::moves::clients::ask(world));
            lines.push(Line::Under(Under { law: None }));
            lines
        }
        _ => vec![Line::Tick],
    }
}
