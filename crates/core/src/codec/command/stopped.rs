//! The shape of the command that confirms that a revoked attempt stopped.

use crate::codec::wire::shape;
use crate::command::Stopped;

shape!(Stopped { holding });
