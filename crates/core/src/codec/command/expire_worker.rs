//! The shape of the command that ends a dead worker session.

use crate::codec::wire::shape;
use crate::command::ExpireWorker;

shape!(ExpireWorker { worker, departure, charged });
