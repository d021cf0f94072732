//! The membership: who is taken in, who leaves, who moves, who leads. Changes go through the leader, one at a time; a
//! newcomer listens first and votes when it has caught up. A number is given once: it is the index of an entry.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use futures_util::FutureExt;
use openraft::async_runtime::watch::WatchReceiver;
use openraft::error::{ChangeMembershipError, ClientWriteError, RaftError};
use openraft::type_config::alias::LogIdOf;
use openraft::{AsyncRuntime, ChangeMembers};
use reeve_core::name::Revision;
use reeve_core::planted::{Bug, planted};

use crate::limits;
use crate::member::{Member, Membership, Wish};
use crate::message::{Answer, Change, Identity, Question, Refused};
use crate::platform::{Clock, Platform};
use crate::raft::convert::membership_in;
use crate::raft::types::Types;
use crate::replica::Replica;
use crate::shared::Peer;

type WriteError<P> =
    RaftError<Types<<P as Platform>::Runtime>, ClientWriteError<Types<<P as Platform>::Runtime>>>;

fn refused<P: Platform>(error: WriteError<P>) -> Refused {
    match error {
        RaftError::APIError(ClientWriteError::ForwardToLeader(to)) => {
            Refused::NotLeader { leader: to.leader_id }
        }
        RaftError::APIError(ClientWriteError::LogEntryDiscarded(_)) => Refused::Unknown,
        // Another change is not settled yet: that of a leader before, or one whose asker gave up.
        RaftError::APIError(ClientWriteError::ChangeMembershipError(ChangeMembershipError::InProgress(
            _,
        ))) => Refused::Busy { retry_ms: limits::CHANGING_RETRY_MS },
        RaftError::APIError(ClientWriteError::ChangeMembershipError(error)) => {
            Refused::Impossible(error.to_string())
        }
        RaftError::APIError(ClientWriteError::PreconditionFailed(error)) => {
            Refused::Impossible(error.to_string())
        }
        // It may be in the log, and on its way.
        RaftError::Fatal(_) => Refused::Unknown,
    }
}

impl<P: Platform> Replica<P> {
    /// The membership as this replica knows it.
    #[must_use]
    pub fn membership(&self) -> Membership {
        membership_in(self.inner.raft.metrics().borrow_watched().membership_config.membership())
    }

    /// Changes the membership, by whoever leads.
    ///
    /// # Errors
    /// Why it was not done; after [`Refused::Unknown`] it may have been.
    pub async fn change_members(&self, change: Change, patience: Duration) -> Result<Revision, Refused> {
        let begun_ms = self.inner.shared.clock.mono_ms();
        match self.change_members_here(change.clone(), patience).await {
            Err(Refused::NotLeader { leader: Some(leader) }) if leader != self.inner.shared.identity.node => {
                let answer = self.pass_on(leader, Question::Members(change), self.left(begun_ms, patience));
                let answer = answer.await?;
                if let Answer::Members(done) = answer { done } else { Err(answer.amiss()) }
            }
            other => other,
        }
    }

    /// The same, if this replica leads. Who runs out of patience leaves what was begun to the steward.
    pub(crate) async fn change_members_here(
        &self,
        change: Change,
        patience: Duration,
    ) -> Result<Revision, Refused> {
        let done = P::Runtime::timeout(patience, self.carry_out(change).boxed()).await;
        done.unwrap_or(Err(Refused::Unknown))
    }

    async fn carry_out(&self, change: Change) -> Result<Revision, Refused> {
        match change {
            Change::Remove { node, anyway } => self.remove(node, anyway).await,
            Change::Move { node, name, peer, public, wish } => {
                let amend = |known: Member| Member {
                    name: name.unwrap_or(known.name),
                    peer: peer.unwrap_or(known.peer),
                    public: public.unwrap_or(known.public),
                    wish: wish.unwrap_or(known.wish),
                    drawn: known.drawn,
                };
                self.amend(node, amend).await
            }
            Change::Transfer { to } => self.transfer(to).await,
        }
    }

    /// Takes a newcomer in, by whoever leads: it knows one address and nobody's number.
    pub(crate) async fn admit_anywhere(
        &self,
        member: Member,
        patience: Duration,
    ) -> Result<Identity, Refused> {
        let begun_ms = self.inner.shared.clock.mono_ms();
        match self.admit(member.clone(), patience).await {
            Err(Refused::NotLeader { leader: Some(leader) }) if leader != self.inner.shared.identity.node => {
                let left = self.left(begun_ms, patience);
                // Boxed: whoever is asked may be asked in this very process, and asks on in the same way.
                let answer = self.pass_on(leader, Question::Admit(member), left).boxed().await?;
                if let Answer::Admitted(identity) = answer { Ok(identity) } else { Err(answer.amiss()) }
            }
            other => other,
        }
    }

    fn left(&self, begun_ms: u64, patience: Duration) -> Duration {
        let passed_ms = self.inner.shared.clock.mono_ms().saturating_sub(begun_ms);
        patience.saturating_sub(Duration::from_millis(passed_ms))
    }

    /// Takes a newcomer in, under a number that nobody ever had, if this replica leads.
    pub(crate) async fn admit(&self, member: Member, patience: Duration) -> Result<Identity, Refused> {
        let done = P::Runtime::timeout(patience, self.take_in(member).boxed()).await;
        done.unwrap_or(Err(Refused::Unknown))
    }

    async fn take_in(&self, member: Member) -> Result<Identity, Refused> {
        let _changing = self.inner.changing.lock().await;
        self.must_lead()?;
        if let Some(node) = drawn_by(&self.membership(), &member) {
            return self.admit_again(node, member).await;
        }
        let membership = self.membership();
        if membership.members.len() >= limits::MEMBERS_MAX {
            return Err(Refused::Impossible(format!(
                "a cluster has at most {} members",
                limits::MEMBERS_MAX
            )));
        }
        is_nobodys(&membership, &member)?;
        let number = self.inner.raft.write_blank().await.map_err(refused::<P>)?.log_id.index();
        if let Some(node) = drawn_by(&self.membership(), &member) {
            // A leader before this one took it in, which was not known here until now.
            return self.admit_again(node, member).await;
        }
        has_place(&self.membership(), member.wish)?;
        let added = self.inner.raft.add_learner(number, member, false).await.map_err(refused::<P>)?;
        self.know_of(added.log_id).await;
        Ok(Identity { node: number, ..self.inner.shared.identity })
    }

    /// Tells one who was taken in, and never heard of it, under which number that was.
    async fn admit_again(&self, node: u64, member: Member) -> Result<Identity, Refused> {
        let membership = self.membership();
        if membership.members.get(&node).is_some_and(|known| known.wish == Wish::Leave) {
            return Err(is_leaving(node));
        }
        let votes = membership.voters.iter().any(|set| set.contains(&node));
        if votes || self.inner.shared.peers().get(&node).is_some_and(|peer| peer.acknowledged.is_some()) {
            return Err(Refused::Impossible(format!(
                "node {node} was let in as this one and takes part already; whoever asks has forgotten it"
            )));
        }
        // Who asks for the same again is let in: the one whose place it was to have may have left meanwhile.
        if membership.members.get(&node).is_none_or(|known| known.wish != member.wish) {
            has_place(&membership, member.wish)?;
        }
        // Written although it may be the same: it tells that this replica leads, and that the number stands for good.
        self.change(ChangeMembers::SetNodes(BTreeMap::from([(node, member)]))).await?;
        Ok(Identity { node, ..self.inner.shared.identity })
    }

    async fn change(&self, change: ChangeMembers<u64, Member>) -> Result<Revision, Refused> {
        let changed = self.inner.raft.change_membership(change, true).await.map_err(refused::<P>)?;
        self.know_of(changed.log_id).await;
        Ok(Revision(changed.log_id.index()))
    }

    /// Waits until [`Self::membership`] tells of a change: consensus answers before it publishes, and whoever decides next
    /// must not decide on what was before.
    async fn know_of(&self, changed: LogIdOf<Types<P::Runtime>>) {
        let wait = self.inner.raft.wait(None);
        let known = wait.metrics(|now| *now.membership_config.log_id() >= Some(changed), "published").await;
        // Else consensus has stopped, and nobody decides anything here any more.
        drop(known);
    }

    /// Only the leader knows what the membership is now.
    fn must_lead(&self) -> Result<(), Refused> {
        if self.leads() {
            return Ok(());
        }
        Err(Refused::NotLeader { leader: self.inner.raft.metrics().borrow_watched().current_leader })
    }

    /// Tells who answered lately enough to be counted on.
    fn answers(&self) -> impl Fn(&Peer) -> bool + Send + Sync + use<P> {
        let now_ms = self.inner.shared.clock.mono_ms();
        let lately = u64::try_from(self.inner.settings.now().contact().as_millis()).unwrap_or(u64::MAX);
        move |peer| now_ms.saturating_sub(peer.heard_ms) <= lately
    }

    /// Changes what is known of a member. Only the leader knows what that is now, and only while nobody else changes it.
    async fn amend(&self, node: u64, amend: impl FnOnce(Member) -> Member) -> Result<Revision, Refused> {
        let _changing = self.inner.changing.lock().await;
        self.must_lead()?;
        let mut membership = self.membership();
        let Some(known) = membership.members.remove(&node) else { return Err(is_nobody(node)) };
        if known.wish == Wish::Leave {
            return Err(is_leaving(node));
        }
        let before = known.wish;
        let member = amend(known);
        is_nobodys(&membership, &member)?;
        if member.wish != before {
            if membership.voters.iter().any(|voters| voters.contains(&node)) {
                may_a_voter(node, member.wish)?;
            }
            has_place(&membership, member.wish)?;
        }
        self.change(ChangeMembers::SetNodes(BTreeMap::from([(node, member)]))).await
    }

    async fn remove(&self, node: u64, anyway: bool) -> Result<Revision, Refused> {
        let _changing = self.inner.changing.lock().await;
        self.must_lead()?;
        let membership = self.membership();
        let voters: BTreeSet<u64> = membership.voters.last().cloned().unwrap_or_default();
        let Some(member) = membership.members.get(&node).cloned() else { return Err(is_nobody(node)) };
        if voters.contains(&node) {
            let left = voters.len() - 1;
            if left == 0 {
                return Err(Refused::Impossible("the last voter cannot be removed".into()));
            }
            if left.is_multiple_of(2) && !anyway {
                return Err(Refused::Impossible(format!(
                    "{left} voters would be left: an even number bears no more failures than one less, and any \
                     failure of two stops both; add another first, have this one replaced, or say `--anyway`"
                )));
            }
            let (me, answers, peers) =
                (self.inner.shared.identity.node, self.answers(), self.inner.shared.peers());
            let alive = |voter: &&u64| **voter == me || peers.get(voter).is_some_and(&answers);
            let sure = voters.iter().filter(|voter| **voter != node).filter(alive).count();
            if 2 * sure <= left {
                return Err(Refused::Impossible(format!(
                    "of the {left} voters that would be left {sure} answer, which is no majority: nothing could be \
                     decided any more, this included; bring others back first, or have them replaced"
                )));
            }
            if node == me {
                if !self.hand_over().await {
                    return Err(Refused::Impossible("this node leads, and nobody took over".into()));
                }
                let leader = self.inner.raft.metrics().borrow_watched().current_leader;
                return Err(Refused::NotLeader { leader });
            }
        }
        // Said first: whoever leads from now on brings it to its end, and nobody has it vote again.
        let leaves = BTreeMap::from([(node, Member { wish: Wish::Leave, ..member })]);
        self.change(ChangeMembers::SetNodes(leaves)).await?;
        if voters.contains(&node) {
            self.change(ChangeMembers::RemoveVoters(BTreeSet::from([node]))).await?;
        }
        self.change(ChangeMembers::RemoveNodes(BTreeSet::from([node]))).await
    }

    async fn transfer(&self, to: Option<u64>) -> Result<Revision, Refused> {
        let applied = self.inner.shared.report().applied;
        let me = self.inner.shared.identity.node;
        let (leader, is_voter) = {
            let metrics = self.inner.raft.metrics();
            let now = metrics.borrow_watched();
            (
                now.current_leader,
                to.is_none_or(|to| now.membership_config.voter_ids().any(|voter| voter == to)),
            )
        };
        if leader != Some(me) {
            return Err(Refused::NotLeader { leader });
        }
        match to {
            Some(to) if to == me => return Ok(applied),
            Some(to) if !is_voter => {
                return Err(Refused::Impossible(format!("node {to} does not vote, so it cannot lead")));
            }
            Some(to) if !self.inner.shared.peers().get(&to).is_some_and(self.answers()) => {
                return Err(Refused::Impossible(format!(
                    "node {to} does not answer, so it cannot take over"
                )));
            }
            Some(to) => {
                self.inner.desk.step_aside().await;
                let asked = self.inner.raft.trigger().transfer_leader(to).await;
                asked.map_err(|fatal| Refused::Impossible(fatal.to_string()))?;
                let wait = self.inner.raft.wait(Some(Duration::from_millis(limits::ASIDE_MS)));
                let gone =
                    wait.metrics(|now| now.current_leader.is_some_and(|leader| leader != me), "handed over");
                if gone.await.is_err() {
                    self.inner.desk.resume().await;
                    return Err(Refused::Impossible(format!("node {to} did not take over")));
                }
            }
            None if self.hand_over().await => {}
            None => return Err(Refused::Impossible("nobody took over".into())),
        }
        let leader = self.inner.raft.metrics().borrow_watched().current_leader;
        if leader == Some(me) { Err(Refused::Impossible("nobody took over".into())) } else { Ok(applied) }
    }

    /// Sees to it that members become what they are to become, as long as this replica leads. Runs until it stops.
    pub(crate) async fn steward(self) {
        let mut gave_way_ms: Option<u64> = None;
        loop {
            P::Runtime::sleep(limits::STEWARD_TICK).await;
            if self.inner.raft.metrics().borrow_watched().running_state.is_err() {
                return;
            }
            let now_ms = self.inner.shared.clock.mono_ms();
            // Each attempt costs a moment without an office, whether it comes to anything or not.
            let rests = |at_ms: u64| now_ms.saturating_sub(at_ms) < limits::GIVE_WAY_AGAIN_MS;
            if !gave_way_ms.is_some_and(rests) && self.give_way(now_ms).await {
                gave_way_ms = Some(now_ms);
            }
            // Somebody is at it: the next tick will do.
            let Ok(_changing) = self.inner.changing.try_lock() else { continue };
            if let Some(change) = self.next_step()
                && let Err(error) = self.change(change).await
            {
                tracing::info!("the membership did not change: {error}");
            }
        }
    }

    /// Has another lead if the disk of this leader is slow or damaged and somebody is better off. Whether that was tried.
    async fn give_way(&self, now_ms: u64) -> bool {
        let (slow, damaged) = (self.inner.pace.is_slow(now_ms), self.inner.findings.is_unanswered());
        if self.inner.shared.office().is_none() || !(slow || damaged) {
            return false;
        }
        let answers = self.answers();
        // A slow disk is better than a damaged one.
        let fit = |peer: &Peer| (damaged || !peer.report.slow) && answers(peer);
        if self.best_follower(fit).is_none() {
            return false;
        }
        let how = if damaged { "damaged" } else { "slow" };
        tracing::warn!("the disk of this leader is {how}: another shall lead");
        if self.hand_over_to(fit).await && damaged {
            self.inner.findings.answer();
        }
        true
    }

    /// What the membership needs next, if this replica leads.
    fn next_step(&self) -> Option<ChangeMembers<u64, Member>> {
        let metrics = self.inner.raft.metrics().borrow_watched().clone();
        if metrics.current_leader != Some(metrics.id) || planted(Bug::IdleSteward) {
            return None;
        }
        let membership = membership_in(metrics.membership_config.membership());
        let last = metrics.last_log_index.unwrap_or(0);
        let replication = metrics.replication.unwrap_or_default();
        let (answers, peers) = (self.answers(), self.inner.shared.peers());
        let caught_up = |node: &u64| {
            // Who never acknowledged anything is nobody yet, however short the log is; who died since votes no more.
            let matched = replication.get(node).and_then(Option::as_ref).map(|id| id.index());
            matched.is_some_and(|matched| matched + limits::CAUGHT_UP_ENTRIES >= last)
                && peers.get(node).is_some_and(&answers)
        };
        next_step(&membership, metrics.id, caught_up)
    }
}

/// The member that asked to be let in with what this one drew.
fn drawn_by(membership: &Membership, newcomer: &Member) -> Option<u64> {
    let same = |member: &Member| newcomer.drawn != 0 && member.drawn == newcomer.drawn;
    membership.members.iter().find(|(_, member)| same(member)).map(|(node, _)| *node)
}

fn is_nobody(node: u64) -> Refused {
    Refused::Impossible(format!("node {node} is not a member"))
}

fn is_leaving(node: u64) -> Refused {
    Refused::Impossible(format!("node {node} is being removed, which is for good"))
}

/// Whether this one's address is free for it: nobody else is known there but whoever it replaces.
fn is_nobodys(others: &Membership, member: &Member) -> Result<(), Refused> {
    match others.members.iter().find(|(_, known)| known.peer == member.peer) {
        Some((node, _)) if member.wish != Wish::Replace(*node) => Err(Refused::Impossible(format!(
            "node {node} is known at {}; remove it first, or have it replaced",
            member.peer
        ))),
        Some(_) | None => Ok(()),
    }
}

/// Whether one that votes may wish for this from now on.
fn may_a_voter(node: u64, wish: Wish) -> Result<(), Refused> {
    match wish {
        Wish::Listen => Err(Refused::Impossible(format!(
            "node {node} votes, and is not made a listener again; remove it, and let it join to listen"
        ))),
        Wish::Replace(_) => Err(Refused::Impossible(format!(
            "node {node} votes already, so it needs nobody's place; remove the other"
        ))),
        Wish::Vote | Wish::VoteAnyway | Wish::Leave => Ok(()),
    }
}

/// Whether there is a place to be had by this wish: only a voter has one.
fn has_place(membership: &Membership, wish: Wish) -> Result<(), Refused> {
    match wish {
        Wish::Replace(old) if !membership.voters.last().is_some_and(|voters| voters.contains(&old)) => {
            Err(Refused::Impossible(format!(
                "node {old} does not vote, so there is no place of its to be taken; join without replacing it, and \
                 have it removed if it is still a member"
            )))
        }
        Wish::Replace(_) | Wish::Listen | Wish::Vote | Wish::VoteAnyway | Wish::Leave => Ok(()),
    }
}

/// What a membership needs next of this leader, if anything.
fn next_step(
    membership: &Membership,
    leader: u64,
    caught_up: impl Fn(&u64) -> bool,
) -> Option<ChangeMembers<u64, Member>> {
    let voters = membership.voters.last()?;
    if membership.voters.len() > 1 {
        // Somebody began a change and did not finish it.
        return Some(ChangeMembers::AddVoterIds(BTreeSet::new()));
    }
    let leaving = membership.members.iter().filter(|(_, member)| member.wish == Wish::Leave);
    for node in leaving.map(|(node, _)| *node) {
        if !voters.contains(&node) {
            return Some(ChangeMembers::RemoveNodes(BTreeSet::from([node])));
        }
        // A leader cannot take itself out; whoever leads next does.
        if node != leader && voters.len() > 1 {
            return Some(ChangeMembers::RemoveVoters(BTreeSet::from([node])));
        }
    }
    // Another has its place already: it leaves, and what it once wished for counts no more.
    let is_replaced = |node: u64| {
        let by = |(by, member): (&u64, &Member)| voters.contains(by) && member.wish == Wish::Replace(node);
        membership.members.iter().any(by)
    };
    for (node, member) in &membership.members {
        let Wish::Replace(old) = member.wish else { continue };
        let new = *node;
        if is_replaced(new) {
            continue;
        }
        if voters.contains(&new) {
            // The place was taken; the one who had it leaves.
            if membership.members.contains_key(&old) && !voters.contains(&old) {
                return Some(ChangeMembers::RemoveNodes(BTreeSet::from([old])));
            }
        } else if voters.contains(&old) && caught_up(&new) {
            let mut next = voters.clone();
            next.remove(&old);
            next.insert(new);
            return Some(ChangeMembers::ReplaceAllVoters(next));
        }
    }
    let ready = |wish: Wish| {
        let is_ready = |(node, member): &(&u64, &Member)| {
            // Without a place to take, one votes by the rule for all.
            let placeless = matches!(member.wish, Wish::Replace(old) if !voters.contains(&old));
            let wished = if placeless { Wish::Vote } else { member.wish };
            wished == wish && !voters.contains(node) && !is_replaced(**node) && caught_up(node)
        };
        membership.members.iter().filter(is_ready).map(|(node, _)| *node).collect::<BTreeSet<u64>>()
    };
    let anyway = ready(Wish::VoteAnyway);
    if !anyway.is_empty() {
        return Some(ChangeMembers::AddVoterIds(anyway));
    }
    let mut voting = ready(Wish::Vote);
    if (voters.len() + voting.len()).is_multiple_of(2) {
        // One has to wait for another: an even number of voters bears no more failures than one less.
        voting.pop_last();
    }
    (!voting.is_empty()).then_some(ChangeMembers::AddVoterIds(voting))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn membership(voters: &[u64], learners: &[(u64, Wish)]) -> Membership {
        let mut members: BTreeMap<u64, Member> =
            voters.iter().map(|node| (*node, Member::default())).collect();
        members
            .extend(learners.iter().map(|(node, wish)| (*node, Member { wish: *wish, ..Member::default() })));
        Membership { voters: vec![voters.iter().copied().collect()], members }
    }

    fn step(voters: &[u64], learners: &[(u64, Wish)]) -> Option<ChangeMembers<u64, Member>> {
        next_step(&membership(voters, learners), 1, |node| *node < 90)
    }

    #[test]
    fn voters_are_added_in_odd_numbers() {
        let add = |nodes: &[u64]| Some(ChangeMembers::AddVoterIds(nodes.iter().copied().collect()));
        assert_eq!(step(&[1], &[(2, Wish::Vote)]), None);
        assert_eq!(step(&[1], &[(2, Wish::Vote), (3, Wish::Vote)]), add(&[2, 3]));
        assert_eq!(step(&[1], &[(2, Wish::Vote), (3, Wish::Vote), (4, Wish::Vote)]), add(&[2, 3]));
        assert_eq!(step(&[1], &[(2, Wish::Vote), (99, Wish::Vote)]), None, "99 has not caught up");
        assert_eq!(step(&[1], &[(2, Wish::VoteAnyway)]), add(&[2]));
        assert_eq!(step(&[1, 2, 3], &[(4, Wish::Vote)]), None);
        assert_eq!(step(&[1, 2], &[(4, Wish::Vote)]), add(&[4]));
        assert_eq!(step(&[1, 2, 3], &[(4, Wish::Listen)]), None);
    }

    #[test]
    fn a_replacement_takes_the_place_and_the_old_one_leaves() {
        let replaced = Some(ChangeMembers::ReplaceAllVoters(BTreeSet::from([1, 2, 4])));
        assert_eq!(step(&[1, 2, 3], &[(4, Wish::Replace(3))]), replaced);
        assert_eq!(step(&[1, 2, 3], &[(99, Wish::Replace(3))]), None, "99 has not caught up");
        let mut after = membership(&[1, 2, 4], &[(3, Wish::Listen)]);
        after.members.insert(4, Member { wish: Wish::Replace(3), ..Member::default() });
        assert_eq!(next_step(&after, 1, |_| true), Some(ChangeMembers::RemoveNodes(BTreeSet::from([3]))));
    }

    #[test]
    fn without_a_place_to_take_a_replacement_votes_only_if_that_makes_an_odd_number() {
        assert_eq!(step(&[1], &[(4, Wish::Replace(9))]), None, "9 is nobody");
        assert_eq!(step(&[1, 2, 3], &[(4, Wish::Replace(5)), (5, Wish::Listen)]), None, "5 does not vote");
        // Whoever was to be replaced was removed meanwhile: the place is free.
        let add = Some(ChangeMembers::AddVoterIds(BTreeSet::from([4])));
        assert_eq!(step(&[1, 2], &[(4, Wish::Replace(3))]), add);
        // Two wish for the same place: the second waits for another.
        let mut two = membership(&[1, 2, 4], &[(5, Wish::Replace(3))]);
        two.members.insert(4, Member { wish: Wish::Replace(3), ..Member::default() });
        assert_eq!(next_step(&two, 1, |_| true), None);
        two.members.insert(6, Member { wish: Wish::Vote, ..Member::default() });
        let both = Some(ChangeMembers::AddVoterIds(BTreeSet::from([5, 6])));
        assert_eq!(next_step(&two, 1, |_| true), both);
    }

    #[test]
    fn who_was_replaced_does_not_come_back_for_having_replaced_another() {
        let mut after = membership(&[1, 2, 5], &[(4, Wish::Replace(3))]);
        after.members.insert(5, Member { wish: Wish::Replace(4), ..Member::default() });
        assert_eq!(next_step(&after, 1, |_| true), Some(ChangeMembers::RemoveNodes(BTreeSet::from([4]))));
    }

    #[test]
    fn who_is_to_leave_leaves_and_never_votes_again() {
        let mut leaving = membership(&[1, 2, 3], &[]);
        leaving.members.insert(3, Member { wish: Wish::Leave, ..Member::default() });
        let out = |nodes: [u64; 1]| Some(ChangeMembers::RemoveVoters(BTreeSet::from(nodes)));
        assert_eq!(next_step(&leaving, 1, |_| true), out([3]));
        assert_eq!(next_step(&leaving, 3, |_| true), None, "it leads itself");
        assert_eq!(step(&[1], &[(2, Wish::Leave)]), Some(ChangeMembers::RemoveNodes(BTreeSet::from([2]))));
    }

    #[test]
    fn a_change_that_was_begun_is_finished() {
        let mut joint = membership(&[1, 2, 3], &[]);
        joint.voters.insert(0, BTreeSet::from([1]));
        assert_eq!(next_step(&joint, 1, |_| true), Some(ChangeMembers::AddVoterIds(BTreeSet::new())));
    }
}
