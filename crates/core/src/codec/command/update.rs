//! The shape of the command that changes the parameters of a task.

use crate::codec::wire::shape;
use crate::command::Update;

shape!(Update { task, amendment });
