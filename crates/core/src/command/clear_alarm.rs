//! ClearAlarm: what was wrong is right again.

use crate::alarm::Alarm;
use crate::change::Key;
use crate::command::Verb;
use crate::event::Event;
use crate::refusal::Refusal;
use crate::reply::Reply;
use crate::turn::Turn;

/// Clears an alarm.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ClearAlarm {
    /// The alarm.
    pub alarm: Alarm,
}

impl Verb for ClearAlarm {
    fn execute(self, turn: &mut Turn<'_>) -> Result<Reply, Refusal> {
        let Self { alarm } = self;
        turn.state.alarms.remove(&alarm).ok_or(Refusal::AlarmNotSet)?;
        turn.changes.delete(Key::Alarm(alarm.kind, alarm.node));
        turn.events.push(Event::Alarm { alarm, set: false });
        Ok(Reply::Done)
    }
}
