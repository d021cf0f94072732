//! The shape of the command that configures a namespace.

use crate::codec::wire::shape;
use crate::command::ConfigureNamespace;

shape!(ConfigureNamespace { name, settings });
