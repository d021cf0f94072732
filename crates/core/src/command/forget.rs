//! Forget: an ended task and all its history go.

use crate::change::Key;
use crate::command::Verb;
use crate::event::Event;
use crate::name::{Revision, TaskId};
use crate::passage::Buried;
use crate::refusal::Refusal;
use crate::reply::Reply;
use crate::task::{Ending, Phase};
use crate::turn::Turn;

/// Forgets an ended task.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Forget {
    /// The task.
    pub task: TaskId,
    /// Its generation in the archive and the revision of that read, if it ended long ago.
    pub found: Option<(u16, Revision)>,
}

impl Verb for Forget {
    fn execute(self, turn: &mut Turn<'_>) -> Result<Reply, Refusal> {
        let id = self.task;
        turn.settle(id)?;
        let generation = if let Some(slot) = turn.state.tasks.find(id.0) {
            if !matches!(turn.state.tasks[slot].phase, Phase::Dead) {
                return Err(Refusal::TaskNotEnded);
            }
            let generation = turn.state.tasks[slot].generation;
            turn.begin(slot);
            turn.bury(slot, Buried { ending: Ending::Dead, forgotten: true, last: None });
            generation
        } else {
            let stone = turn.state.tombstones.get(id).copied();
            let (generation, ending) = match (stone, self.found) {
                (Some(stone), _) if stone.forgotten => return Err(Refusal::TaskNotFound),
                (Some(stone), _) => (stone.generation, stone.ending),
                (None, None) => return Err(Refusal::TaskNotFound),
                (None, Some(_)) if !turn.is_born(id) => return Err(Refusal::TaskNotFound),
                (None, Some((_, read_at))) if !turn.is_trusted(read_at) => return Err(Refusal::Reread),
                (None, Some((generation, _))) => (generation, Ending::Succeeded),
            };
            turn.put_up_stone(id, generation, Buried { ending, forgotten: true, last: None });
            turn.changes.delete(Key::Archive(id));
            generation
        };
        turn.changes.delete(Key::Spec(id));
        turn.events.push(Event::TaskForgotten { task: id, generation });
        Ok(Reply::Done)
    }
}
