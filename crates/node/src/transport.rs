//! The wire between replicas: gRPC over connections of our own making. The production side of [`Network`] and [`Link`],
//! and the listener that drives a [`Listener`].
//!
//! What lives here: connections and their bounds, and the conversion between words and wire messages. What must never
//! be here: any knowledge of what a message is for, and any word of the public interface.
//!
//! Heartbeats wait for nobody. Each (peer, lane) has a connection of its own, and the first bytes on a connection name
//! its lane; so the listener knows the lane before it reads a request, on one port, and serves heartbeats and votes on
//! threads of their own. However busy the log and snapshots keep the other threads, these have nothing else to do.

mod convert;
mod counted;
mod greeting;
mod limits;
mod line;
mod link;
mod serve;
mod service;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::runtime::Handle;

pub use line::{LineStatus, Standing};
pub use link::PeerLink;
pub use serve::{Served, Serving};

use crate::member::Member;
use crate::platform::{Lane, Network};
use line::Line;

/// Whose threads do the work of connections.
#[derive(Clone, Debug)]
pub struct Threads {
    /// Heartbeats and votes; nothing else may run here that takes long.
    pub pulse: Handle,
    /// The log, snapshots, and what is passed on.
    pub bulk: Handle,
}

impl Threads {
    const fn of(&self, lane: Lane) -> &Handle {
        match lane {
            Lane::Pulse => &self.pulse,
            Lane::Log | Lane::Bulk | Lane::Desk => &self.bulk,
        }
    }
}

/// The ways to all other replicas.
#[derive(Clone)]
pub struct Transport(Arc<Shared>);

struct Shared {
    threads: Threads,
    lines: Mutex<BTreeMap<(u64, Lane), Arc<Line>>>,
}

impl Transport {
    /// Connects to nobody yet.
    #[must_use]
    pub fn new(threads: Threads) -> Self {
        Self(Arc::new(Shared { threads, lines: Mutex::default() }))
    }

    /// How it stands with each peer and lane that was ever asked for.
    #[must_use]
    pub fn status(&self) -> Vec<LineStatus> {
        self.lines().iter().map(|((peer, lane), line)| line.status(*peer, *lane)).collect()
    }

    /// Forgets all peers but these. Their connections end when their last link is gone.
    pub fn keep_only(&self, peers: &BTreeSet<u64>) {
        self.lines().retain(|(peer, _), _| peers.contains(peer));
    }

    fn lines(&self) -> MutexGuard<'_, BTreeMap<(u64, Lane), Arc<Line>>> {
        self.0.lines.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Network for Transport {
    type Link = PeerLink;

    /// All links for one purpose to one replica share a connection, as long as its address stays.
    fn link(&self, to: u64, at: &Member, lane: Lane) -> PeerLink {
        let mut lines = self.lines();
        let line = match lines.get(&(to, lane)) {
            Some(line) if line.address() == at.peer => Arc::clone(line),
            Some(_) | None => {
                let line = Arc::new(Line::new(at.peer.clone(), lane, self.0.threads.of(lane).clone()));
                lines.insert((to, lane), Arc::clone(&line));
                line
            }
        };
        PeerLink::new(line)
    }
}
