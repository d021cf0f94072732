//! The shape of the command that opens a new generation of a task.

use crate::codec::wire::shape;
use crate::command::Retry;

shape!(Retry { task, found });
