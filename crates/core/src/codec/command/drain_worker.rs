//! The shape of the command that stops grants to a worker.

use crate::codec::wire::shape;
use crate::command::DrainWorker;

shape!(DrainWorker { worker });
