//! What is stored of a client session: that it is open. Its floor stands in its replies.

use crate::codec::record::record;

/// A client session.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct ClientRecord {
    pub opened_ms: u64,
}

record!(7 "client" ClientRecord { opened_ms });
