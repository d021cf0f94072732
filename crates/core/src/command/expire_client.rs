//! ExpireClient: a client session that was unused for too long ends.

use crate::change::Key;
use crate::command::Verb;
use crate::event::{ClientStep, Event};
use crate::name::{ClientId, Revision};
use crate::refusal::Refusal;
use crate::reply::Reply;
use crate::turn::Turn;

/// Ends a client session; its remembered replies go with it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ExpireClient {
    /// The session.
    pub client: ClientId,
    /// The revision since which the office has seen it idle: if it was used later, it lives on.
    pub idle_since: Revision,
}

impl Verb for ExpireClient {
    fn execute(self, turn: &mut Turn<'_>) -> Result<Reply, Refusal> {
        let slot = turn.client(self.client)?;
        if turn.state.clients[slot].last_used() > self.idle_since {
            return Err(Refusal::ClientInUse);
        }
        turn.state.clients.remove(slot);
        turn.changes.delete(Key::Client(self.client));
        turn.events.push(Event::Client { client: self.client, step: ClientStep::Expired });
        Ok(Reply::Done)
    }
}
