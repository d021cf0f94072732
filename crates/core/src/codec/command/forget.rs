//! The shape of the command that forgets an ended task.

use crate::codec::wire::shape;
use crate::command::Forget;

shape!(Forget { task, found });
