//! Client sessions that nobody uses any more. Use is a matter of the log and costs nothing here: a session is looked at
//! when it could have been idle for long enough, and the state is asked when it was used last.
//!
//! A new office gives each session its time in full. The law has the last word: who was used since lives on.

use std::collections::{BTreeMap, BTreeSet};

use reeve_core::State;
use reeve_core::command::ExpireClient;
use reeve_core::name::{ClientId, Revision};

use crate::limits;

#[derive(Clone, Copy, Debug)]
struct Idle {
    /// The last use that was seen.
    used: Revision,
    look_ms: u64,
}

/// The client sessions of an open office.
#[derive(Clone, Debug, Default)]
pub struct Clients {
    clients: BTreeMap<ClientId, Idle>,
    looks: BTreeSet<(u64, ClientId)>,
}

impl Clients {
    /// No session yet; they are told by [`Clients::opened`].
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// The state has this session, from before or from now on, and it was used last at this revision.
    pub fn opened(&mut self, client: ClientId, used: Revision, mono_ms: u64) {
        self.closed(client);
        let look_ms = mono_ms.saturating_add(limits::CLIENT_IDLE_MS);
        self.clients.insert(client, Idle { used, look_ms });
        self.looks.insert((look_ms, client));
    }

    /// The state has this session no longer.
    pub fn closed(&mut self, client: ClientId) {
        if let Some(idle) = self.clients.remove(&client) {
            self.looks.remove(&(idle.look_ms, client));
        }
    }

    /// When to look again.
    #[must_use]
    pub fn next_due(&self) -> Option<u64> {
        self.looks.first().map(|(look_ms, _)| *look_ms)
    }

    /// Looks at no more than `max` sessions, and returns what is to be proposed about them. A proposal that comes to
    /// nothing needs no word: the session is looked at again.
    pub fn due(&mut self, state: &State, mono_ms: u64, max: usize) -> Vec<ExpireClient> {
        let mut expired = Vec::new();
        for _ in 0..max {
            let Some((look_ms, client)) = self.looks.first().copied().filter(|(at_ms, _)| *at_ms <= mono_ms)
            else {
                break;
            };
            self.looks.remove(&(look_ms, client));
            let Some(used) = state.client_last_used(client) else {
                self.clients.remove(&client);
                continue;
            };
            let idle = self.clients.get_mut(&client).expect("who is to be looked at is known");
            if used > idle.used {
                idle.used = used;
                idle.look_ms = mono_ms.saturating_add(limits::CLIENT_IDLE_MS);
            } else {
                expired.push(ExpireClient { client, idle_since: used });
                idle.look_ms = mono_ms.saturating_add(limits::CLIENT_AGAIN_MS);
            }
            self.looks.insert((idle.look_ms, client));
        }
        expired
    }
}
