//! The shape of the command that pauses a namespace.

use crate::codec::wire::shape;
use crate::command::PauseNamespace;

shape!(PauseNamespace { name });
