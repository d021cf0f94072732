//! Reads: of the state as it is now, or as it was at least at some revision; and the passing on of proposals by a replica
//! that does not lead.

use std::time::Duration;

use bytes::Bytes;
use openraft::async_runtime::Select2;
use openraft::async_runtime::watch::WatchReceiver;
use openraft::error::{LinearizableReadError, RaftError};
use openraft::{AsyncRuntime, ReadPolicy};
use reeve_core::entry::Entry;
use reeve_core::name::Revision;
use reeve_core::planted::{Bug, planted};
use reeve_core::{Answer, LAW, State};
use reeve_store::book::BookView;

use crate::limits;
use crate::message::{self, NoAnswer, Question, Refused};
use crate::office::desk::{Errand, Group};
use crate::platform::{Clock, Link, Network, Platform};
use crate::replica::Replica;

impl<P: Platform> Replica<P> {
    /// Gets proposals into the log, by whoever leads. The answers are those of the law.
    ///
    /// # Errors
    /// Why it was not done; after [`Refused::Unknown`] it may have been.
    pub async fn propose(&self, group: Group, patience: Duration) -> Result<Vec<Answer>, Refused> {
        match self.propose_here(group.clone(), patience).await {
            Err(Refused::NotLeader { leader: Some(leader) }) if leader != self.inner.shared.identity.node => {
                let patience_ms = u64::try_from(patience.as_millis()).unwrap_or(u64::MAX);
                let question = Question::Propose { group: encode(group), patience_ms };
                let answer = self.pass_on(leader, question, patience).await?;
                if let message::Answer::Proposed(answers) = answer { answers } else { Err(answer.amiss()) }
            }
            other => other,
        }
    }

    /// Gets proposals into the log, if this replica leads.
    async fn propose_here(&self, group: Group, patience: Duration) -> Result<Vec<Answer>, Refused> {
        let asking = self.inner.desk.ask(|reply| Errand::Propose { group, reply });
        // What was handed in may still happen.
        let late = if planted(Bug::SureRefusal) { Refused::Closed } else { Refused::Unknown };
        <P::Runtime as AsyncRuntime>::timeout(patience, asking).await.unwrap_or(Err(late))
    }

    /// The same, for another replica.
    pub(crate) async fn propose_for(&self, group: Bytes, patience: Duration) -> Result<Vec<Answer>, Refused> {
        let entry = reeve_core::codec::entry::decode(Revision(0), &group, LAW);
        let entry =
            entry.map_err(|fault| Refused::Impossible(format!("the group cannot be read: {fault}")))?;
        let group = Group { proposals: entry.proposals, bodies: entry.bodies };
        self.propose_here(group, patience).await
    }

    pub(crate) async fn pass_on(
        &self,
        leader: u64,
        question: Question,
        patience: Duration,
    ) -> Result<message::Answer, Refused> {
        let member = self.member(leader).ok_or(Refused::NotLeader { leader: None })?;
        let mut link = self.inner.network.link(leader, &member, question.lane());
        let letter = self.inner.shared.letter(leader, question);
        match P::Runtime::select2(link.ask(letter, patience), self.replaced(leader)).await {
            Select2::First(Ok(answer)) => Ok(answer),
            Select2::First(Err(NoAnswer::NeverSent(_))) => Err(Refused::NotLeader { leader: None }),
            Select2::First(Err(NoAnswer::TooLarge(why))) => Err(Refused::Impossible(why)),
            Select2::First(Err(NoAnswer::Silent(_))) | Select2::Second(()) => Err(Refused::Unknown),
        }
    }

    /// Waits until another has led for so long that no answer of this one is on its way any more, whatever its machine does.
    async fn replaced(&self, leader: u64) {
        let mut standings = self.inner.raft.server_metrics();
        loop {
            if self.another_leads(leader) {
                // When leaders change in order, the old one still answers what it was asked.
                let grace = self.inner.settings.now().election_max;
                P::Runtime::sleep(grace).await;
                if self.another_leads(leader) {
                    return;
                }
            } else if standings.changed().await.is_err() {
                // Consensus has stopped: nobody will be heard of here.
                return std::future::pending().await;
            }
        }
    }

    fn another_leads(&self, leader: u64) -> bool {
        let leads = self.inner.raft.server_metrics().borrow_watched().current_leader;
        leads.is_some_and(|other| other != leader)
    }

    /// The revision from which on a read sees everything that was acknowledged before now; only from a leader that can
    /// still reach a majority.
    pub(crate) async fn read_index_here(&self) -> Result<Revision, Refused> {
        if planted(Bug::StaleRead) {
            return Ok(self.inner.shared.report().applied);
        }
        let patience = limits::READ_PATIENCE;
        let asking = self.inner.raft.get_read_log_id(ReadPolicy::ReadIndex);
        let index = <P::Runtime as AsyncRuntime>::timeout(patience, asking).await;
        match index.map_err(|_| Refused::Closed)? {
            Ok((read, _applied)) => Ok(Revision(read.index())),
            Err(RaftError::APIError(LinearizableReadError::ForwardToLeader(to))) => {
                Err(Refused::NotLeader { leader: to.leader_id })
            }
            Err(RaftError::APIError(LinearizableReadError::QuorumNotEnough(_))) => Err(Refused::Closed),
            Err(RaftError::Fatal(fatal)) => Err(Refused::Impossible(fatal.to_string())),
        }
    }

    /// Waits until this replica has applied everything that was acknowledged before now, by any replica. The revision.
    ///
    /// # Errors
    /// When nobody leads, the others cannot be reached, or what this replica has is not what they have.
    pub async fn catch_up(&self, patience: Duration) -> Result<Revision, Refused> {
        if let Some(why) = self.inner.shared.condemned() {
            return Err(Refused::Impossible(why));
        }
        let index = self.read_index(patience).await?;
        self.reach(index, patience).await?;
        Ok(index)
    }

    /// From which revision on to read, by whoever leads. Asking changes nothing, so if one falls silent and another leads
    /// then that one is asked.
    async fn read_index(&self, patience: Duration) -> Result<Revision, Refused> {
        let begun_ms = self.inner.shared.clock.mono_ms();
        loop {
            let leader = match self.read_index_here().await {
                Err(Refused::NotLeader { leader: Some(leader) })
                    if leader != self.inner.shared.identity.node =>
                {
                    leader
                }
                other => return other,
            };
            let passed_ms = self.inner.shared.clock.mono_ms().saturating_sub(begun_ms);
            let left = patience.saturating_sub(Duration::from_millis(passed_ms));
            match self.pass_on(leader, Question::ReadIndex, left).await {
                Err(Refused::Unknown) if !left.is_zero() && self.another_leads(leader) => {}
                Err(refused) => return Err(refused),
                Ok(message::Answer::ReadFrom(index)) => return index,
                Ok(other) => return Err(other.amiss()),
            }
        }
    }

    /// Waits until this replica has applied at least this revision.
    ///
    /// # Errors
    /// When it has not within the patience.
    pub async fn reach(&self, revision: Revision, patience: Duration) -> Result<(), Refused> {
        let waiting = self.inner.shared.wait_applied(revision);
        let waited = <P::Runtime as AsyncRuntime>::timeout(patience, waiting).await;
        let applied = self.inner.shared.report().applied;
        let behind = Refused::Impossible(format!("revision {revision} is not here yet; {applied} is"));
        waited.map_err(|_| behind)?.map_err(|error| Refused::Impossible(error.to_string()))
    }

    /// Asks the state something, as far as this replica has applied it.
    pub fn ask_state<T>(&self, question: impl FnOnce(&State) -> T) -> T {
        question(&self.inner.shared.state())
    }

    /// Everything on disk and in memory as it is now.
    #[must_use]
    pub fn view(&self) -> BookView<P::Engine> {
        self.inner.book.view()
    }

    /// A member, as the membership knows it.
    #[must_use]
    pub fn member(&self, node: u64) -> Option<crate::member::Member> {
        self.inner.shared.member(node)
    }
}

/// A group on its way to the leader: an entry without a time, which never reaches the log as it is.
fn encode(group: Group) -> Bytes {
    let Group { proposals, bodies } = group;
    let entry = Entry { revision: Revision(0), law: LAW, time_ms: 0, sweep: 0, proposals, bodies };
    reeve_core::codec::entry::encode(&entry).into()
}
