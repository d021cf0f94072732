//! The shape of the command that submits tasks.

use crate::codec::wire::shape;
use crate::command::Submit;

shape!(Submit { key, batch, tasks });
