//! The shape of the command that pauses a queue.

use crate::codec::wire::shape;
use crate::command::PauseQueue;

shape!(PauseQueue { queue });
