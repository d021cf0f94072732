//! The shape of the command that closes a worker session.

use crate::codec::wire::shape;
use crate::command::CloseWorker;

shape!(CloseWorker { worker });
