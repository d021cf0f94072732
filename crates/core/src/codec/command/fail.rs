//! The shape of the command that fails an attempt.

use crate::codec::wire::shape;
use crate::command::Fail;

shape!(Fail { holding, retryable, failure, details, retry_after_ms });
