//! The shape of the command that deletes an empty namespace.

use crate::codec::wire::shape;
use crate::command::DeleteNamespace;

shape!(DeleteNamespace { name });
