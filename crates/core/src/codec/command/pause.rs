//! The shape of the command that holds a task.

use crate::codec::wire::shape;
use crate::command::Pause;

shape!(Pause { task, grace_ms });
