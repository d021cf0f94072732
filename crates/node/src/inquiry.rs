//! The inquiry: a replica that hears of no leader asks the others whether it is still a member. Nobody writes to one that
//! was removed, so nobody else would ever tell it.
//!
//! A word of it is sure. Only what the answerer has applied counts, so it is committed; it must be later than the membership
//! in which the asker knows itself, so that nobody who was taken in lately is told by one that has not heard of it; and a
//! number that was taken out never comes back.

use std::fmt;
use std::time::Duration;

use openraft::AsyncRuntime;
use openraft::async_runtime::watch::WatchReceiver;
use openraft::log_id::LogIdOptionExt;

use crate::limits;
use crate::member::{Member, Membership};
use crate::message::{Answer, Question, Refused};
use crate::platform::{Clock, Link, Network, Platform};
use crate::raft::convert::membership_in;
use crate::replica::Replica;

/// That a replica is no member any more.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Removed {
    /// The entry that made a membership without it.
    pub entry: u64,
    /// Who told.
    pub told_by: u64,
}

impl fmt::Display for Removed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { entry, told_by } = self;
        write!(
            f,
            "was removed from the cluster: entry {entry} made a membership without it, as node {told_by} tells, and \
             nobody sends it anything any more"
        )
    }
}

impl<P: Platform> Replica<P> {
    /// Asks while no leader is heard of. Runs until the replica stops.
    pub(crate) async fn inquire(self) {
        let began_ms = self.inner.shared.clock.mono_ms();
        loop {
            P::Runtime::sleep(limits::INQUIRY_EVERY).await;
            if self.inner.raft.metrics().borrow_watched().running_state.is_err() {
                return;
            }
            if self.inner.shared.removed().is_none() && self.is_left_alone(began_ms) {
                self.ask_around().await;
            }
        }
    }

    fn is_left_alone(&self, began_ms: u64) -> bool {
        let shared = &self.inner.shared;
        let heard_ms = shared.last_heard().map_or(began_ms, |heard| heard.mono_ms);
        let silence = Duration::from_millis(shared.clock.mono_ms().saturating_sub(heard_ms));
        shared.office().is_none() && silence >= limits::INQUIRY_EVERY
    }

    /// Asks one after the other, until one tells that this replica was removed.
    async fn ask_around(&self) {
        let (known, members) = {
            let metrics = self.inner.raft.metrics();
            let config = &metrics.borrow_watched().membership_config;
            (config.log_id().index(), membership_in(config.membership()).members)
        };
        let me = self.inner.shared.identity.node;
        if !members.contains_key(&me) {
            // Whoever knows nothing of its own membership cannot tell what is later.
            return;
        }
        for (told_by, member) in members.iter().filter(|(node, _)| **node != me) {
            if let Some(entry) = self.ask_one(*told_by, member).await.filter(|entry| Some(*entry) > known) {
                return self.inner.shared.removed_by(Removed { entry, told_by: *told_by });
            }
        }
    }

    /// The entry that made a membership without this replica, if another tells of one.
    async fn ask_one(&self, node: u64, member: &Member) -> Option<u64> {
        let letter = self.inner.shared.letter(node, Question::StillMember);
        let mut link = self.inner.network.link(node, member, letter.body.lane());
        let asking = link.ask(letter, limits::INQUIRY_PATIENCE);
        match P::Runtime::timeout(limits::INQUIRY_PATIENCE, asking).await {
            Ok(Ok(Answer::StillMember { without })) => without,
            // It is away, or has nothing to say to this one: another may.
            Ok(Ok(_) | Err(_)) | Err(_) => None,
        }
    }

    /// The answer to such a question.
    pub(crate) fn without(&self, asker: u64) -> Result<Answer, Refused> {
        let applied = self.inner.book.applied();
        let Some(made_by) = applied.membership_id else { return Ok(Answer::StillMember { without: None }) };
        let membership = Membership::decode(&applied.membership)
            .map_err(|fault| Refused::Impossible(fault.to_string()))?;
        let is_member = membership.members.contains_key(&asker);
        Ok(Answer::StillMember { without: (!is_member).then_some(made_by.index) })
    }
}
