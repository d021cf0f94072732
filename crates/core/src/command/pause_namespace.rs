//! PauseNamespace: no task of the namespace is granted any more.

use crate::command::Verb;
use crate::event::PlaceStep;
use crate::refusal::Refusal;
use crate::reply::Reply;
use crate::turn::Turn;

/// Pauses a namespace; what runs goes on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PauseNamespace {
    /// Its name.
    pub name: Box<str>,
}

impl Verb for PauseNamespace {
    fn execute(self, turn: &mut Turn<'_>) -> Result<Reply, Refusal> {
        let id = turn.namespace(&self.name)?;
        if !std::mem::replace(&mut turn.state.places.namespaces[id.0].record.paused, true) {
            turn.put_namespace(id, PlaceStep::Paused);
        }
        Ok(Reply::Done)
    }
}
