//! The shape of the command that tells how far an attempt is.

use crate::codec::wire::shape;
use crate::command::Progress;

shape!(Progress { holding, permille, message });
