//! The shape of the command that saves where an attempt stands.

use crate::codec::wire::shape;
use crate::command::Checkpoint;

shape!(Checkpoint { holding, body });
