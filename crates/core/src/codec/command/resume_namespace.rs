//! The shape of the command that resumes a namespace.

use crate::codec::wire::shape;
use crate::command::ResumeNamespace;

shape!(ResumeNamespace { name });
