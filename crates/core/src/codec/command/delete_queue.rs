//! The shape of the command that deletes an empty queue.

use crate::codec::wire::shape;
use crate::command::DeleteQueue;

shape!(DeleteQueue { queue });
