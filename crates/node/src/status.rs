//! How a replica is: for operators, health checks and metrics.

use std::collections::BTreeMap;

use openraft::ServerState;
use openraft::async_runtime::watch::WatchReceiver;
use reeve_core::name::Revision;
use reeve_store::log::LogId;
use reeve_store::reserve::Standing;

use crate::member::Membership;
use crate::message::{Identity, Report};
use crate::platform::{Clock, Platform};
use crate::raft::convert::{log_id_in, membership_in};
use crate::replica::Replica;

/// How a replica is.
#[derive(Clone, Debug)]
pub struct Status {
    /// Who it is.
    pub identity: Identity,
    /// The term it knows.
    pub term: u64,
    /// Who leads, as far as it knows.
    pub leader: Option<u64>,
    /// What it is to consensus.
    pub role: Role,
    /// The term of its open office, if it has one.
    pub office: Option<u64>,
    /// The last entry of its log.
    pub last: Option<LogId>,
    /// Writes of its log since it started: each is one sync of its disk.
    pub syncs: u64,
    /// What was purged from it.
    pub purged: Option<LogId>,
    /// What it knows to be committed.
    pub committed: Option<LogId>,
    /// What it has applied.
    pub applied: Revision,
    /// The digest there.
    pub digest: u128,
    /// What of that is durable.
    pub flushed: Revision,
    /// The membership.
    pub membership: Membership,
    /// What the others last told it.
    pub peers: BTreeMap<u64, Report>,
    /// How long ago a leader was last heard of, in milliseconds; by a leader, one before it.
    pub heard_ms: Option<u64>,
    /// How much room its disk has.
    pub disk: Standing,
    /// What is not as it was written on its disk, as far as the scrub has found.
    pub damage: Option<String>,
    /// Why others will not listen to it, as they last said, by their numbers.
    pub shut_out: BTreeMap<u64, String>,
    /// Why it cannot go on, if it cannot.
    pub fatal: Option<String>,
}

/// What a replica is to consensus.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// It only listens.
    Learner,
    /// It follows, and votes.
    Follower,
    /// It stands for election.
    Candidate,
    /// It leads.
    Leader,
    /// It is stopping.
    Stopping,
}

impl<P: Platform> Replica<P> {
    /// Whether consensus still turns: it answers as soon as it has come round once.
    pub async fn turns(&self) -> bool {
        self.inner.raft.with_raft_state(|_| ()).await.is_ok()
    }

    /// How this replica is.
    #[must_use]
    pub fn status(&self) -> Status {
        let metrics = self.inner.raft.metrics().borrow_watched().clone();
        let report = self.inner.shared.report();
        let peers = self.inner.shared.peers();
        let (heard, now_ms) = (self.inner.shared.last_heard(), self.inner.shared.clock.mono_ms());
        Status {
            identity: self.inner.shared.identity,
            term: metrics.current_term,
            leader: metrics.current_leader,
            role: match metrics.state {
                ServerState::Learner => Role::Learner,
                ServerState::Follower => Role::Follower,
                ServerState::Candidate => Role::Candidate,
                ServerState::Leader => Role::Leader,
                ServerState::Shutdown => Role::Stopping,
            },
            office: self.inner.shared.office(),
            last: self.inner.log.state().1,
            syncs: self.inner.pace.writes(),
            purged: self.inner.log.state().0,
            committed: metrics.local_committed.as_ref().map(log_id_in::<P::Runtime>),
            applied: report.applied,
            digest: report.digest,
            flushed: Revision(self.inner.book.flushed().index()),
            membership: membership_in(metrics.membership_config.membership()),
            peers: peers.into_iter().map(|(node, peer)| (node, peer.report)).collect(),
            heard_ms: heard.map(|heard| now_ms.saturating_sub(heard.mono_ms)),
            disk: report.disk,
            shut_out: self.inner.shared.shut_out(),
            damage: self.inner.findings.damage(),
            fatal: self
                .inner
                .shared
                .condemned()
                .or_else(|| metrics.running_state.err().map(|fatal| fatal.to_string())),
        }
    }
}
