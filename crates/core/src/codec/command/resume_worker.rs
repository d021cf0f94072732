//! The shape of the command that lets a worker take tasks again.

use crate::codec::wire::shape;
use crate::command::ResumeWorker;

shape!(ResumeWorker { worker, offer });
