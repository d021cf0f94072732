//! The shape of the command that clears an alarm.

use crate::codec::wire::shape;
use crate::command::ClearAlarm;

shape!(ClearAlarm { alarm });
