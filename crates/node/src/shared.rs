//! What the parts of one replica share: its state, its clock, and what it knows of the others. Locks here are held for
//! moments and never across an await.

use std::collections::{BTreeMap, BTreeSet};
use std::io;
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError, RwLock, RwLockReadGuard};

use bytes::Bytes;
use openraft::RaftMetrics;
use openraft::async_runtime::watch::{WatchReceiver, WatchSender};
use openraft::type_config::TypeConfigExt;
use openraft::type_config::alias::{WatchReceiverOf, WatchSenderOf};
use reeve_core::State;
use reeve_core::effect::Effect;
use reeve_core::name::Revision;
use reeve_store::book::Applied;
use reeve_store::checkpoint::Checkpoint;
use reeve_store::log::{LogId, Vote};
use reeve_store::reserve::Standing;
use tokio::sync::{oneshot, watch};

use crate::books::BookJob;
use crate::inquiry::Removed;
use crate::limits;
use crate::member::Member;
use crate::message::{Append, Appended, Identity, Letter, Pulse, Received, Report};
use crate::office::digests::{Digests, Verdict};
use crate::pace::Pace;
use crate::platform::{Clock, Platform};
use crate::post::Post;
use crate::raft::types::Types;

type Metrics<P> =
    WatchReceiverOf<Types<<P as Platform>::Runtime>, RaftMetrics<Types<<P as Platform>::Runtime>>>;

/// What the parts of one replica share.
pub(crate) struct Shared<P: Platform> {
    pub identity: Identity,
    pub clock: P::Clock,
    /// The replicated state, as far as this replica has applied it.
    pub state: RwLock<State>,
    pub books: Post<BookJob<P::Engine>>,
    applied: Mutex<WatchSenderOf<Types<P::Runtime>, Revision>>,
    applied_seen: WatchReceiverOf<Types<P::Runtime>, Revision>,
    /// What this replica tells as a leader.
    pulse: Mutex<Pulse>,
    /// What it last heard from one.
    heard: Mutex<Option<Heard>>,
    /// What it tells as a follower.
    report: Mutex<Report>,
    peers: Mutex<BTreeMap<u64, Peer>>,
    /// When it began to hear.
    began_ms: u64,
    /// The last term in which followers answered to this replica, and when the first of them did.
    answered: Mutex<Option<(u64, u64)>>,
    orders: Mutex<Orders>,
    digests: Mutex<Digests>,
    /// Those who had acknowledged entries to this leader and have them no more.
    forgetful: Mutex<BTreeSet<u64>>,
    /// Those who take this replica for a stranger, and why.
    shut_out: Mutex<BTreeMap<u64, String>>,
    /// That it is no member any more, if it was told so and no leader has written since.
    removed: Mutex<Option<Removed>>,
    /// What consensus tells of itself, as soon as there is one.
    metrics: OnceLock<Metrics<P>>,
    /// Why this replica must not go on, if it must not.
    condemned: watch::Sender<Option<String>>,
    /// How much room the disk has; its keeper of the book looks now and then.
    disk: Arc<Mutex<Standing>>,
    /// How quickly it syncs.
    pace: Pace,
}

/// A leader's log time, and when it came.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Heard {
    pub vote: Vote,
    pub log_ms: u64,
    pub mono_ms: u64,
}

/// What is known of another replica.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Peer {
    pub report: Report,
    /// When it was last heard of, by this machine's monotonic clock.
    pub heard_ms: u64,
    /// The last entry that it acknowledged,
    pub acknowledged: Option<LogId>,
    /// and the last term in which it acknowledged anything.
    pub acknowledged_in: u64,
}

/// Orders of applied entries that no hands have carried out yet.
#[derive(Default)]
pub(crate) struct Orders {
    /// The term of the office that is open to take them, if one is.
    pub office: Option<u64>,
    /// In the order of the log.
    pub waiting: Vec<(Revision, Vec<Effect>)>,
    /// Some were dropped because too many waited: all that stand must be asked of the state.
    pub lost: bool,
}

/// What is said of a replica that the others cannot trust any more.
pub const CONDEMNED: &str = "its state differs from that of a majority, or it has lost entries that it had \
     acknowledged; move its data folder away and let it join anew";

fn held<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    // A panic in the law ends the replica; until it does, readers may still look.
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl<P: Platform> Shared<P> {
    pub(crate) fn new(
        identity: Identity,
        clock: P::Clock,
        state: State,
        applied: &Applied,
        books: Post<BookJob<P::Engine>>,
        disk: Arc<Mutex<Standing>>,
        pace: Pace,
    ) -> Self {
        // Not that of the state: entries that are none of its business were applied, too.
        let revision = Revision(applied.index());
        let (sender, receiver) = Types::<P::Runtime>::watch_channel(revision);
        let mut digests = Digests::new(identity.node);
        digests.applied(revision, state.digest());
        let report = Report { applied: revision, digest: state.digest(), ..Report::default() };
        let began_ms = clock.mono_ms();
        Self {
            identity,
            clock,
            began_ms,
            answered: Mutex::default(),
            state: RwLock::new(state),
            books,
            applied: Mutex::new(sender),
            applied_seen: receiver,
            pulse: Mutex::default(),
            heard: Mutex::default(),
            report: Mutex::new(report),
            peers: Mutex::default(),
            orders: Mutex::default(),
            digests: Mutex::new(digests),
            forgetful: Mutex::default(),
            shut_out: Mutex::default(),
            removed: Mutex::default(),
            metrics: OnceLock::new(),
            condemned: watch::Sender::default(),
            disk,
            pace,
        }
    }

    /// The state, to ask it something. Nothing is applied meanwhile.
    pub(crate) fn state(&self) -> RwLockReadGuard<'_, State> {
        self.state.read().unwrap_or_else(PoisonError::into_inner)
    }

    /// A letter to another replica.
    pub(crate) const fn letter<T>(&self, to: u64, body: T) -> Letter<T> {
        Letter { from: self.identity, to, body }
    }

    /// An entry was applied.
    pub(crate) fn applied(&self, revision: Revision, digest: u128) {
        {
            let mut report = held(&self.report);
            (report.applied, report.digest) = (revision, digest);
            held(&self.digests).applied(revision, digest);
            if revision.0.is_multiple_of(limits::DIGEST_STRIDE) {
                report.common = Some((revision, digest));
            }
        }
        held(&self.applied).send(revision).expect("this replica itself is a receiver");
    }

    /// Waits until this revision is applied here.
    pub(crate) async fn wait_applied(&self, revision: Revision) -> io::Result<()> {
        let mut seen = self.applied_seen.clone();
        loop {
            if *seen.borrow_watched() >= revision {
                return Ok(());
            }
            seen.changed().await.map_err(|error| io::Error::other(error.to_string()))?;
        }
    }

    /// Consensus has begun.
    pub(crate) fn begun(&self, metrics: Metrics<P>) {
        // Once is enough: it is the same for as long as the replica lives.
        drop(self.metrics.set(metrics));
    }

    /// A member, as the membership that counts knows it.
    pub(crate) fn member(&self, node: u64) -> Option<Member> {
        self.metrics.get()?.borrow_watched().membership_config.membership().get_node(&node).cloned()
    }

    /// The last applied revision, as it changes.
    pub(crate) fn watch_applied(&self) -> WatchReceiverOf<Types<P::Runtime>, Revision> {
        self.applied_seen.clone()
    }

    /// Takes the orders of an entry, if an office is open to have them carried out.
    pub(crate) fn order(&self, revision: Revision, effects: &[Effect]) {
        let mut orders = held(&self.orders);
        if orders.office.is_none() || effects.is_empty() {
            return;
        }
        if orders.waiting.len() >= limits::ORDERS_WAITING_MAX {
            // They can be asked of the state at any time.
            orders.waiting.clear();
            orders.lost = true;
        }
        orders.waiting.push((revision, effects.to_vec()));
    }

    /// The term of the open office, if there is one.
    pub(crate) fn office(&self) -> Option<u64> {
        held(&self.orders).office
    }

    pub(crate) fn orders(&self) -> MutexGuard<'_, Orders> {
        held(&self.orders)
    }

    pub(crate) fn pulse(&self) -> Pulse {
        let mut pulse = held(&self.pulse).clone();
        pulse.quarantined.extend(held(&self.forgetful).iter());
        pulse
    }

    /// The last entry that a replica acknowledged to this one, as far as nobody could have taken it back.
    pub(crate) fn must_have(&self, node: u64, committed: Option<LogId>) -> Option<LogId> {
        held(&self.peers).get(&node).and_then(|peer| peer.acknowledged).min(committed)
    }

    /// What a candidate must have that asks for votes in this term. Its question may be late; but in an earlier term it
    /// acknowledges nothing any more once it asks.
    pub(crate) fn candidate_must_have(
        &self,
        node: u64,
        term: u64,
        committed: Option<LogId>,
    ) -> Option<LogId> {
        let acknowledged_in = held(&self.peers).get(&node).map_or(0, |peer| peer.acknowledged_in);
        if term > acknowledged_in { self.must_have(node, committed) } else { None }
    }

    /// A replica says that it lacks an entry which it had acknowledged.
    pub(crate) fn forgot(&self, node: u64) {
        if held(&self.forgetful).insert(node) {
            tracing::error!(
                "node {node} has lost entries that it had acknowledged: it must not go on under this identity"
            );
        }
    }

    /// Another takes this replica for a stranger, or no more.
    pub(crate) fn shut_out_by(&self, node: u64, why: Option<&str>) {
        let mut shut_out = held(&self.shut_out);
        let Some(why) = why else { return drop(shut_out.remove(&node)) };
        if shut_out.insert(node, why.to_owned()).is_none_or(|before| before != why) {
            tracing::error!("node {node} does not listen to this one: {why}");
        }
    }

    pub(crate) fn shut_out(&self) -> BTreeMap<u64, String> {
        held(&self.shut_out).clone()
    }

    /// This replica was told that it is no member any more. Nothing is done about it: that is for people.
    pub(crate) fn removed_by(&self, told: Removed) {
        if held(&self.removed).replace(told).is_none() {
            tracing::error!(
                "this node, {}, {told}; move its data folder away and let it join anew",
                self.identity.node
            );
        }
    }

    pub(crate) fn removed(&self) -> Option<Removed> {
        *held(&self.removed)
    }

    pub(crate) fn set_pulse(&self, pulse: Pulse) {
        *held(&self.pulse) = pulse;
    }

    /// A leader wrote.
    pub(crate) fn heard(&self, append: &Append) {
        if append.pulse.quarantined.contains(&self.identity.node) {
            self.condemn(CONDEMNED);
        }
        let mut heard = held(&self.heard);
        let fresh = Heard { vote: append.vote, log_ms: append.pulse.log_ms, mono_ms: self.clock.mono_ms() };
        // What an outvoted leader believes is not news.
        if append.vote.committed && heard.is_none_or(|last| last.vote.term <= append.vote.term) {
            *heard = Some(fresh);
            if held(&self.removed).take().is_some() {
                tracing::warn!("a leader writes to this node, which was told that it is no member any more");
            }
        }
    }

    /// What a leader last told.
    pub(crate) fn last_heard(&self) -> Option<Heard> {
        *held(&self.heard)
    }

    /// What this replica tells a leader.
    pub(crate) fn report(&self) -> Report {
        let slow = self.pace.is_slow(self.clock.mono_ms());
        Report { wall_ms: self.clock.wall_ms(), disk: *held(&self.disk), slow, ..*held(&self.report) }
    }

    /// A follower answered.
    pub(crate) fn reported(&self, from: u64, appended: &Appended, term: u64) {
        let mut peers = held(&self.peers);
        let peer = peers.entry(from).or_default();
        peer.report = appended.report;
        peer.heard_ms = self.clock.mono_ms();
        {
            let mut answered = held(&self.answered);
            if answered.is_none_or(|(last, _)| last < term) {
                *answered = Some((term, peer.heard_ms));
            }
        }
        let mut digests = held(&self.digests);
        digests.reported(from, (appended.report.applied, appended.report.digest));
        if let Some(sample) = appended.report.common {
            digests.reported(from, sample);
        }
        if let Received::Through(last) = appended.received {
            peer.acknowledged = peer.acknowledged.max(last);
            peer.acknowledged_in = peer.acknowledged_in.max(term);
        }
    }

    /// Who led last, as far as was heard: this replica itself, if followers answered to it since.
    pub(crate) fn led_last(&self) -> Option<u64> {
        let heard = self.last_heard().map(|heard| (heard.vote.term, heard.vote.node));
        let own = held(&self.answered).map(|(term, _)| (term, self.identity.node));
        heard.max(own).map(|(_, node)| node)
    }

    /// Since when this replica can know who is silent: as a leader, since followers answered in its term.
    pub(crate) fn listens_since(&self, led: Option<u64>) -> Option<u64> {
        let Some(term) = led else { return Some(self.began_ms) };
        held(&self.answered).and_then(|(answered, since_ms)| (answered == term).then_some(since_ms))
    }

    pub(crate) fn peers(&self) -> BTreeMap<u64, Peer> {
        held(&self.peers).clone()
    }

    /// Which replicas differ from a majority, and whether anybody can tell.
    pub(crate) fn compare(&self, voters: &BTreeSet<u64>) -> Verdict {
        held(&self.digests).verdict(voters)
    }

    /// This replica must not go on.
    pub(crate) fn condemn(&self, why: &str) {
        let first = self.condemned.send_if_modified(|condemned| {
            let first = condemned.is_none();
            if first {
                *condemned = Some(why.into());
            }
            first
        });
        if first {
            tracing::error!("this replica must not go on: {why}");
        }
    }

    pub(crate) fn condemned(&self) -> Option<String> {
        self.condemned.borrow().clone()
    }

    /// Tells when it is.
    pub(crate) fn watch_condemned(&self) -> watch::Receiver<Option<String>> {
        self.condemned.subscribe()
    }

    /// The files of the state as it is now.
    pub(crate) async fn checkpoint(&self) -> io::Result<Checkpoint<P::Engine>> {
        let (done, receiver) = oneshot::channel();
        self.books.hand_in(BookJob::Checkpoint { done }).await.map_err(io::Error::other)?;
        Ok(receiver.await.map_err(io::Error::other)??)
    }
    /// A piece of one of them.
    pub(crate) async fn chunk(
        &self,
        of: &Checkpoint<P::Engine>,
        file: &str,
        offset: u64,
    ) -> io::Result<Bytes> {
        let (done, receiver) = oneshot::channel();
        let job = BookJob::Chunk { of: of.clone(), file: file.to_owned(), offset, done };
        self.books.hand_in(job).await.map_err(io::Error::other)?;
        Ok(receiver.await.map_err(io::Error::other)??)
    }
}
