//! The shape of the command that closes a client session.

use crate::codec::wire::shape;
use crate::command::CloseClient;

shape!(CloseClient { client });
