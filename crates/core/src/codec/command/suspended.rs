//! The shape of the command that answers a pause by suspending in place.

use crate::codec::wire::shape;
use crate::command::Suspended;

shape!(Suspended { holding });
