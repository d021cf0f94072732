//! OpenClient: a client session, for requests that happen exactly once.

use crate::change::Key;
use crate::client::Client;
use crate::codec::record::{self, ClientRecord};
use crate::command::Verb;
use crate::event::{ClientStep, Event};
use crate::limits;
use crate::name::ClientId;
use crate::refusal::{Cap, Refusal};
use crate::reply::Reply;
use crate::turn::Turn;

/// Opens a client session.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OpenClient;

impl Verb for OpenClient {
    fn width(&self) -> u32 {
        1
    }

    fn execute(self, turn: &mut Turn<'_>) -> Result<Reply, Refusal> {
        if turn.state.clients.len() >= limits::CLIENTS_MAX {
            return Err(Refusal::TooMany { cap: Cap::Clients });
        }
        let (client, opened_ms) = (ClientId(turn.mint(0)), turn.now_ms());
        turn.state.clients.insert(Client::new(client, opened_ms));
        turn.changes.put(Key::Client(client), |out| record::put(&ClientRecord { opened_ms }, out));
        turn.events.push(Event::Client { client, step: ClientStep::Opened });
        Ok(Reply::ClientOpened(client))
    }
}
