//! The shape of the command that raises the law.

use crate::codec::wire::shape;
use crate::command::RaiseLaw;

shape!(RaiseLaw { law });
