//! What a reload changes, and what has to wait for a restart.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use super::complaint::{Complaints, Place};
use super::keys::{Config, KEYS};
use super::relations;
use super::table::{Key, Reloading};

/// A key with another value than before.
#[derive(Clone, Copy, Debug)]
pub struct Change<'a> {
    /// Which key.
    pub key: &'static Key,
    from: &'a Config,
    to: &'a Config,
}

impl fmt::Display for Change<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { key, from, to } = self;
        write!(f, "{}: {} -> {}", key.name, key.show(from), key.show(to))
    }
}

/// What becomes of a new configuration in a running server.
#[derive(Clone, Debug)]
pub struct Reload<'a> {
    /// What counts from now on: the running one with the live keys of the new one.
    pub config: Config,
    /// What has changed.
    pub live: Vec<Change<'a>>,
    /// What changes when the server starts again.
    pub waiting: Vec<Change<'a>>,
}

/// Holds `wanted` against `running`. Refused, as a whole, when the live keys of the new one do not go together with what
/// has to stay until a restart.
pub fn reload<'a>(running: &'a Config, wanted: &'a Config) -> Result<Reload<'a>, Complaints> {
    let changes = KEYS.iter().filter(|key| key.show(running) != key.show(wanted));
    let changes = changes.map(|key| Change { key, from: running, to: wanted });
    let (live, waiting): (Vec<Change<'_>>, Vec<Change<'_>>) =
        changes.partition(|change| change.key.reloading == Reloading::Live);
    let mut config = running.clone();
    let mut places = BTreeMap::new();
    for change in &live {
        (change.key.copy)(wanted, &mut config);
        places.insert(change.key.name, Place::Running);
    }
    let complaints = relations::broken(&config, &places, &BTreeSet::new());
    if complaints.is_empty() {
        Ok(Reload { config, live, waiting })
    } else {
        Err(Complaints::sorted(complaints))
    }
}
