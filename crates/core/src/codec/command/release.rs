//! The shape of the command that gives a task back.

use crate::codec::wire::shape;
use crate::command::Release;

shape!(Release { holding });
