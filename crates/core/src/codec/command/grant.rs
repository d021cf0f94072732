//! The shape of the command that leases a task.

use crate::codec::wire::shape;
use crate::command::Grant;

shape!(Grant { task, worker });
