//! How a replica is: for operators, health checks and metrics.

use std::collections::{BTreeMap, BTreeSet};

use openraft::ServerState;
use openraft::async_runtime::watch::WatchReceiver;
use reeve_core::name::Revision;
use reeve_store::log::LogId;
use reeve_store::reserve::Standing;

use crate::inquiry::Removed;
use crate::limits;
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
    /// Who leads, as far as it knows. That one may have been silent for long: see [`Self::leads_still`].
    pub leader: Option<u64>,
    /// Who led last, as far as it knows.
    pub last_leader: Option<u64>,
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
    /// How long ago each of those was last heard of whom this one hears, in milliseconds: a leader hears all others, anybody
    /// else the leader alone.
    pub heard: BTreeMap<u64, u64>,
    /// Those of whom it should have heard for long now.
    pub silent: BTreeSet<u64>,
    /// A leader who was silent for so long, in milliseconds, counts for none any more.
    pub contact_ms: u64,
    /// How much room its disk has.
    pub disk: Standing,
    /// What is not as it was written on its disk, as far as the scrub has found.
    pub damage: Option<String>,
    /// Why others will not listen to it, as they last said, by their numbers.
    pub shut_out: BTreeMap<u64, String>,
    /// That it is no member any more, if it was told so: then it hears of nobody, and nobody asks it.
    pub removed: Option<Removed>,
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

impl Status {
    /// Whether this one leads.
    #[must_use]
    pub fn leads(&self) -> bool {
        self.role == Role::Leader
    }

    /// Who leads, and was heard within the time after which another is elected.
    #[must_use]
    pub fn leads_still(&self) -> Option<u64> {
        let lately = |node: &u64| self.heard.get(node).is_some_and(|age_ms| *age_ms <= self.contact_ms);
        self.leader.filter(|node| if *node == self.identity.node { self.leads() } else { lately(node) })
    }
}

/// What a replica has heard of the others, and not heard.
struct Hearing {
    heard: BTreeMap<u64, u64>,
    silent: BTreeSet<u64>,
}

impl<P: Platform> Replica<P> {
    /// What was heard of the others, by a leader of this term or by anybody else.
    fn hearing(&self, led: Option<u64>, last_leader: Option<u64>, membership: &Membership) -> Hearing {
        let (shared, me) = (&self.inner.shared, self.inner.shared.identity.node);
        let mut at: BTreeMap<u64, u64> = BTreeMap::new();
        if led.is_some() {
            at.extend(shared.peers().into_iter().map(|(node, peer)| (node, peer.heard_ms)));
        }
        if let Some(last) = shared.last_heard().filter(|last| last.vote.node != me) {
            let at_ms = at.entry(last.vote.node).or_default();
            *at_ms = last.mono_ms.max(*at_ms);
        }
        let now_ms = shared.clock.mono_ms();
        let bound = self.inner.settings.now().election_max * limits::SILENT_ELECTIONS;
        let since_ms = shared.listens_since(led);
        let is_silent = |node: &u64| {
            let votes = membership.voters.iter().any(|set| set.contains(node));
            let age_ms = since_ms.map_or(0, |since_ms| {
                now_ms.saturating_sub(at.get(node).copied().unwrap_or(since_ms).max(since_ms))
            });
            // A newcomer who listens only may not be there yet.
            u128::from(age_ms) > bound.as_millis() && (votes || at.contains_key(node))
        };
        let should_be_heard = |node: &u64| *node != me && (led.is_some() || last_leader == Some(*node));
        let silent = membership.members.keys().filter(|node| should_be_heard(node) && is_silent(node));
        let silent = silent.copied().collect();
        Hearing {
            heard: at.into_iter().map(|(node, at_ms)| (node, now_ms.saturating_sub(at_ms))).collect(),
            silent,
        }
    }

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
        let membership = membership_in(metrics.membership_config.membership());
        let led = (metrics.state == ServerState::Leader).then_some(metrics.current_term);
        let last_leader = metrics.current_leader.or_else(|| self.inner.shared.led_last());
        let hearing = self.hearing(led, last_leader, &membership);
        Status {
            identity: self.inner.shared.identity,
            term: metrics.current_term,
            leader: metrics.current_leader,
            last_leader,
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
            membership,
            peers: peers.into_iter().map(|(node, peer)| (node, peer.report)).collect(),
            heard_ms: heard.map(|heard| now_ms.saturating_sub(heard.mono_ms)),
            heard: hearing.heard,
            silent: hearing.silent,
            contact_ms: u64::try_from(self.inner.settings.now().contact().as_millis()).unwrap_or(u64::MAX),
            disk: report.disk,
            shut_out: self.inner.shared.shut_out(),
            removed: self.inner.shared.removed(),
            damage: self.inner.findings.damage(),
            fatal: self
                .inner
                .shared
                .condemned()
                .or_else(|| metrics.running_state.err().map(|fatal| fatal.to_string())),
        }
    }
}
