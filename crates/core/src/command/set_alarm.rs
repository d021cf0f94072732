//! SetAlarm: something is wrong with the cluster, and all are to know.

use crate::alarm::Alarm;
use crate::change::Key;
use crate::codec::record::{self, AlarmRecord};
use crate::command::Verb;
use crate::event::Event;
use crate::limits;
use crate::refusal::{Cap, Field, Refusal};
use crate::reply::Reply;
use crate::turn::Turn;

/// Sets an alarm. Setting it again changes nothing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SetAlarm {
    /// The alarm.
    pub alarm: Alarm,
    /// What the node says.
    pub message: Box<str>,
}

impl Verb for SetAlarm {
    fn execute(self, turn: &mut Turn<'_>) -> Result<Reply, Refusal> {
        let Self { alarm, message } = self;
        if message.len() > limits::MESSAGE_BYTES_MAX {
            return Err(Refusal::OutOfBounds { field: Field::Message });
        }
        if turn.state.alarms.contains_key(&alarm) {
            return Ok(Reply::Done);
        }
        if turn.state.alarms.len() >= limits::ALARMS_MAX as usize {
            return Err(Refusal::TooMany { cap: Cap::Alarms });
        }
        let kept = AlarmRecord { since_ms: turn.now_ms(), message };
        turn.changes.put(Key::Alarm(alarm.kind, alarm.node), |out| record::put(&kept, out));
        turn.state.alarms.insert(alarm, kept);
        turn.events.push(Event::Alarm { alarm, set: true });
        Ok(Reply::Done)
    }
}
