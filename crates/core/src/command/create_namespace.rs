//! CreateNamespace: a new tenant.

use crate::class::check_name;
use crate::command::Verb;
use crate::event::PlaceStep;
use crate::limits;
use crate::place::{NamespaceRecord, NamespaceSettings};
use crate::refusal::{Cap, Refusal};
use crate::reply::Reply;
use crate::turn::Turn;

/// Creates a namespace.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CreateNamespace {
    /// Its name.
    pub name: Box<str>,
    /// Its settings.
    pub settings: NamespaceSettings,
}

impl Verb for CreateNamespace {
    fn execute(self, turn: &mut Turn<'_>) -> Result<Reply, Refusal> {
        check_name(&self.name)?;
        if turn.namespace(&self.name).is_ok() {
            return Err(Refusal::NamespaceExists);
        }
        if turn.state.places.namespaces.len() >= limits::NAMESPACES_MAX as usize {
            return Err(Refusal::TooMany { cap: Cap::Namespaces });
        }
        let Self { name, settings } = self;
        let id = turn.state.places.add_namespace(NamespaceRecord { name, settings, paused: false });
        turn.put_namespace(id, PlaceStep::Created);
        Ok(Reply::Done)
    }
}
