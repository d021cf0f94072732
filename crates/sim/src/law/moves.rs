//! Moves: what clients, workers, the office, operators and accidents do next. One file each, one list.
//!
//! A move looks at the world as its actor would, often with stale or wrong beliefs, and says it in lines of a story.

mod accidents;
mod clients;
mod office;
mod operators;
mod submit;
mod workers;

use crate::law::world::World;
use crate::story::line::Line;

/// Somebody who makes moves, and how often in a hundred.
struct Actor {
    share: u32,
    moves: fn(&mut World) -> Vec<Line>,
}

const ACTORS: &[Actor] = &[
    Actor { share: 22, moves: clients::submit },
    Actor { share: 14, moves: clients::ask },
    Actor { share: 20, moves: office::decide },
    Actor { share: 28, moves: workers::report },
    Actor { share: 6, moves: operators::operate },
    Actor { share: 10, moves: accidents::happen },
];

/// The next lines of the history.
pub(crate) fn next(world: &mut World) -> Vec<Line> {
    let lines = one(world);
    // Now and then several actors meet in one entry.
    if !world.chance.percent(8) || !lines.iter().all(|line| matches!(line, Line::Propose(_))) {
        return lines;
    }
    let mut entry = vec![Line::Entry];
    entry.extend(lines);
    for _ in 0..world.chance.between(1, 3) {
        entry.extend(one(world).into_iter().filter(|line| matches!(line, Line::Propose(_))));
    }
    entry.push(Line::End);
    entry
}

fn one(world: &mut World) -> Vec<Line> {
    let total = ACTORS.iter().map(|actor| u64::from(actor.share)).sum();
    let mut dice = world.chance.below(total);
    for actor in ACTORS {
        match dice.checked_sub(u64::from(actor.share)) {
            Some(rest) => dice = rest,
            None => return (actor.moves)(world),
        }
    }
    Vec::new()
}
