//! The shape of the command that asks for more attempt time.

use crate::codec::wire::shape;
use crate::command::Extend;

shape!(Extend { holding, by_ms });
