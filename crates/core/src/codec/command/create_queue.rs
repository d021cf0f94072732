//! The shape of the command that creates a queue.

use crate::codec::wire::shape;
use crate::command::CreateQueue;

shape!(CreateQueue { queue, settings });
