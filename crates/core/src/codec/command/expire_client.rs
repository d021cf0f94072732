//! The shape of the command that expires an unused client session.

use crate::codec::wire::shape;
use crate::command::ExpireClient;

shape!(ExpireClient { client, idle_since });
