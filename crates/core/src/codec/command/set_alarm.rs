//! The shape of the command that sets an alarm.

use crate::codec::wire::shape;
use crate::command::SetAlarm;

shape!(SetAlarm { alarm, message });
