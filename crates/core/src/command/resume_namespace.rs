//! ResumeNamespace: tasks of the namespace are granted again.

use crate::command::Verb;
use crate::event::PlaceStep;
use crate::refusal::Refusal;
use crate::reply::Reply;
use crate::turn::Turn;

/// Resumes a namespace.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ResumeNamespace {
    /// Its name.
    pub name: Box<str>,
}

impl Verb for ResumeNamespace {
    fn execute(self, turn: &mut Turn<'_>) -> Result<Reply, Refusal> {
        let id = turn.namespace(&self.name)?;
        if std::mem::replace(&mut turn.state.places.namespaces[id.0].record.paused, false) {
            turn.put_namespace(id, PlaceStep::Resumed);
        }
        Ok(Reply::Done)
    }
}
