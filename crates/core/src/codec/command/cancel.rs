//! The shape of the command that cancels tasks.

use crate::codec::wire::shape;
use crate::command::Cancel;

shape!(Cancel { task, grace_ms, children, dependents });
