//! The shape of the command that completes a task.

use crate::codec::wire::shape;
use crate::command::Complete;

shape!(Complete { holding, result });
