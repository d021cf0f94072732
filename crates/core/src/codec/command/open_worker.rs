//! The shape of the command that opens a worker session.

use crate::codec::wire::shape;
use crate::command::OpenWorker;

shape!(OpenWorker { name, offer, ttl_ms, secret });
