//! DeleteNamespace: an empty namespace goes.

use crate::change::Key;
use crate::command::Verb;
use crate::defaults;
use crate::event::{Event, PlaceStep};
use crate::refusal::Refusal;
use crate::reply::Reply;
use crate::turn::Turn;

/// Deletes a namespace that has neither queues nor remembered keys.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DeleteNamespace {
    /// Its name.
    pub name: Box<str>,
}

impl Verb for DeleteNamespace {
    fn execute(self, turn: &mut Turn<'_>) -> Result<Reply, Refusal> {
        let id = turn.namespace(&self.name)?;
        if &*self.name == defaults::NAMESPACE {
            return Err(Refusal::NamespaceFixed);
        }
        // Keys whose time is over, but which no entry swept yet, are no reason to refuse.
        if turn.keys_overdue() {
            return Err(Refusal::Backlog);
        }
        let row = &turn.state.places.namespaces[id.0];
        if !row.queues.is_empty() || row.keys > 0 {
            return Err(turn.full(Refusal::NamespaceNotEmpty));
        }
        turn.state.places.by_name.remove(&self.name);
        turn.state.places.namespaces.remove(id.0);
        turn.changes.delete(Key::Namespace(id));
        turn.events.push(Event::Namespace { namespace: id, step: PlaceStep::Deleted });
        Ok(Reply::Done)
    }
}
