//! The shape of the command that configures a queue.

use crate::codec::wire::shape;
use crate::command::ConfigureQueue;

shape!(ConfigureQueue { queue, settings });
