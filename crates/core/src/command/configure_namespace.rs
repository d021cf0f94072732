//! ConfigureNamespace: other settings for a namespace.

use crate::command::Verb;
use crate::event::PlaceStep;
use crate::place::NamespaceSettings;
use crate::refusal::Refusal;
use crate::reply::Reply;
use crate::turn::Turn;

/// Configures a namespace.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConfigureNamespace {
    /// Its name.
    pub name: Box<str>,
    /// Its settings from now on.
    pub settings: NamespaceSettings,
}

impl Verb for ConfigureNamespace {
    fn execute(self, turn: &mut Turn<'_>) -> Result<Reply, Refusal> {
        let id = turn.namespace(&self.name)?;
        turn.state.places.namespaces[id.0].record.settings = self.settings;
        turn.put_namespace(id, PlaceStep::Configured);
        Ok(Reply::Done)
    }
}
