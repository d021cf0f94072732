//! CloseClient: a client session ends, by its owner's wish.

use crate::change::Key;
use crate::command::Verb;
use crate::event::{ClientStep, Event};
use crate::name::ClientId;
use crate::refusal::Refusal;
use crate::reply::Reply;
use crate::turn::Turn;

/// Ends a client session; its remembered replies go with it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CloseClient {
    /// The session.
    pub client: ClientId,
}

impl Verb for CloseClient {
    fn execute(self, turn: &mut Turn<'_>) -> Result<Reply, Refusal> {
        let slot = turn.client(self.client)?;
        turn.state.clients.remove(slot);
        turn.changes.delete(Key::Client(self.client));
        turn.events.push(Event::Client { client: self.client, step: ClientStep::Closed });
        Ok(Reply::Done)
    }
}
