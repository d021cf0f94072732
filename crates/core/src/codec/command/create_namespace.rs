//! The shape of the command that creates a namespace.

use crate::codec::wire::shape;
use crate::command::CreateNamespace;

shape!(CreateNamespace { name, settings });
