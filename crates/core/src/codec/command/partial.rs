//! The shape of the command that delivers a part of a result.

use crate::codec::wire::shape;
use crate::command::Partial;

shape!(Partial { holding, index, body });
