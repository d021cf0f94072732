//! The shape of the command that lets a held task go on.

use crate::codec::wire::shape;
use crate::command::Resume;

shape!(Resume { task });
