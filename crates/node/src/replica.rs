//! A replica: the whole of one node, from its store to its office, and its door to the others.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use futures_util::StreamExt;
use openraft::async_runtime::Select2;
use openraft::async_runtime::watch::WatchReceiver;
use openraft::raft::{AppendEntriesRequest, StreamAppendError, TransferLeaderRequest, VoteRequest};
use openraft::{AsyncRuntime, Raft};
use reeve_store::Fault;
use reeve_store::book::Book;
use reeve_store::engine::Engine;
use reeve_store::log::{Log, LogWriter};
use reeve_store::reserve::{Reserve, Standing};
use tokio::sync::{mpsc, oneshot};

use crate::books::{BookJob, BookKeeper, RoomKeeper};
use crate::limits;
use crate::message::{Answer, Append, Appended, Ballot, Identity, Letter, Question, Received, Refused};
use crate::office::Office;
use crate::office::desk::Desk;
use crate::pace::Pace;
use crate::platform::{Clock, Listener, Platform};
use crate::raft::convert::{entry_out, log_id_in, log_id_out, vote_in, vote_out};
use crate::raft::log::{LogKeeper, LogStorage};
use crate::raft::machine::Machine;
use crate::raft::network::Factory;
use crate::raft::types::Types;
use crate::receive::Reception;
use crate::scrub::{Findings, Scrub};
use crate::settings::Live;
use crate::shared::{Peer, Shared};

pub(crate) type RaftOf<P> = Raft<Types<<P as Platform>::Runtime>, Machine<P>>;

/// What a replica remembers when it starts.
pub struct Memory<P: Platform> {
    /// Who it is.
    pub identity: Identity,
    /// Its log.
    pub log: Log<P::Engine>,
    /// The one who writes it.
    pub writer: LogWriter<P::Engine>,
    /// Its book.
    pub book: Book<P::Engine>,
    /// Where snapshots are received.
    pub disk: <P::Engine as Engine>::Disk,
}

/// One node of the cluster.
pub struct Replica<P: Platform> {
    pub(crate) inner: Arc<Inner<P>>,
}

impl<P: Platform> Clone for Replica<P> {
    fn clone(&self) -> Self {
        Self { inner: Arc::clone(&self.inner) }
    }
}

pub(crate) struct Inner<P: Platform> {
    pub network: P::Network,
    pub raft: RaftOf<P>,
    pub shared: Arc<Shared<P>>,
    pub log: Log<P::Engine>,
    pub book: Book<P::Engine>,
    pub settings: Live,
    pub desk: Desk,
    pub pace: Pace,
    pub findings: Findings,
    /// Held by whoever changes the membership: what it decided on must still be so when it acts.
    pub changing: tokio::sync::Mutex<()>,
}

impl<P: Platform> Replica<P> {
    /// Starts from what is remembered.
    ///
    /// # Errors
    /// A memory that cannot be read, or settings that do not go together.
    pub async fn start(
        platform: &P,
        network: P::Network,
        clock: P::Clock,
        memory: Memory<P>,
        settings: impl Into<Live>,
        hands: P::Hands,
    ) -> Result<Self, Fault> {
        let settings: Live = settings.into();
        let Memory { identity, log, writer, book, disk } = memory;
        let state = book.load()?;
        let (room, findings) = (Arc::new(Mutex::new(Standing::Plenty)), Findings::default());
        let reserve_bytes = settings.now().reserve_bytes;
        let keeper = BookKeeper::<P> {
            book: book.clone(),
            clock: clock.clone(),
            settings: settings.clone(),
            flushed_ms: clock.mono_ms(),
            rounds_ms: clock.mono_ms(),
            reception: Reception::new(disk.clone()),
            room: RoomKeeper { reserve: Reserve::keep(disk, reserve_bytes)?, standing: Arc::clone(&room) },
            scrub: Scrub::new(log.clone(), book.clone(), findings.clone(), clock.mono_ms()),
        };
        let books = platform.employ("book", keeper);
        let pace = Pace::new(settings.clone());
        let log_post =
            platform.employ("log", LogKeeper::<P> { writer, clock: clock.clone(), pace: pace.clone() });
        let shared =
            Arc::new(Shared::new(identity, clock, state, &book.applied(), books.clone(), room, pace.clone()));
        let storage = LogStorage::<P>::new(log.clone(), book.clone(), log_post);
        let machine = Machine::<P>::new(Arc::clone(&shared), book.clone(), books);
        let config = settings
            .now()
            .raft()
            .map_err(|what| Fault::new(reeve_store::fault::FaultKind::Foreign, "settings", what))?;
        let factory = Factory::<P> { network: network.clone(), shared: Arc::clone(&shared) };
        let raft = Raft::new(identity.node, config, factory, storage, machine).await;
        let raft = raft.map_err(|fatal| Fault::damaged("raft", format!("cannot start: {fatal}")))?;
        shared.begun(raft.metrics());
        let (desk, errands) = Desk::new();
        let office = Office::new(raft.clone(), Arc::clone(&shared), settings.clone(), hands, errands);
        drop(P::Runtime::spawn(office.run()));
        let changing = tokio::sync::Mutex::new(());
        let inner = Inner { network, raft, shared, log, book, settings, desk, pace, findings, changing };
        let replica = Self { inner: Arc::new(inner) };
        drop(P::Runtime::spawn(replica.clone().steward()));
        drop(P::Runtime::spawn(replica.clone().tidy()));
        drop(P::Runtime::spawn(replica.clone().inquire()));
        Ok(replica)
    }

    /// Begins a cluster of which this is the only member.
    ///
    /// # Errors
    /// When it belongs to one already.
    pub async fn found(&self, member: crate::member::Member) -> Result<(), Refused> {
        let members = std::collections::BTreeMap::from([(self.inner.shared.identity.node, member)]);
        let begun = self.inner.raft.initialize(members).await;
        begun.map_err(|error| Refused::Impossible(error.to_string()))
    }

    /// Stops in order: whoever leads hands over first, and what was applied is flushed.
    pub async fn stop(&self) {
        self.inner.desk.close().await;
        if !self.hand_over().await {
            tracing::info!("this replica stops as the leader");
        }
        if self.inner.raft.shutdown().await.is_err() {
            tracing::warn!("the replica did not stop in order");
        }
        let (done, flushed) = oneshot::channel();
        let job = BookJob::Flush { done };
        let told = match self.inner.shared.books.hand_in(job).await {
            Ok(()) => flushed.await.ok(),
            Err(_) => None,
        };
        if let Some(Err(fault)) = told {
            tracing::warn!("the last flush failed, and the log will make up for it: {fault}");
        }
    }

    /// Hands leadership to the follower that is furthest, if this replica leads and there is one. Whether it leads no more.
    pub async fn hand_over(&self) -> bool {
        self.hand_over_to(|_| true).await
    }

    /// The same, to a follower that is fit for it.
    pub(crate) async fn hand_over_to(&self, fit: impl Fn(&Peer) -> bool + Send + Sync) -> bool {
        let me = self.inner.shared.identity.node;
        let begun_ms = self.inner.shared.clock.mono_ms();
        if !self.leads() {
            return true;
        }
        if self.best_follower(&fit).is_none() {
            // Nobody is better off with a closed office.
            return false;
        }
        // The log must stand still for the other to have all of it.
        self.inner.desk.step_aside().await;
        while self.leads() {
            let Some(best) = self.best_follower(&fit) else { return self.go_on().await };
            if self.inner.raft.trigger().transfer_leader(best).await.is_err() {
                return true;
            }
            let patience = self.inner.settings.now().election_max;
            let wait = self.inner.raft.wait(Some(patience));
            if wait.metrics(|now| now.current_leader != Some(me), "handed over").await.is_ok() {
                return true;
            }
            if self.inner.shared.clock.mono_ms().saturating_sub(begun_ms) > limits::ASIDE_MS {
                tracing::warn!("nobody took over within {} ms", limits::ASIDE_MS);
                return self.go_on().await;
            }
        }
        true
    }

    /// Nobody took over: the office opens again, and this replica has not handed over.
    async fn go_on(&self) -> bool {
        self.inner.desk.resume().await;
        false
    }

    /// Whether this replica leads, as far as it knows.
    pub(crate) fn leads(&self) -> bool {
        let me = self.inner.shared.identity.node;
        self.inner.raft.metrics().borrow_watched().current_leader == Some(me)
    }

    /// The voter that is furthest, of those that are fit.
    pub(crate) fn best_follower(&self, fit: impl Fn(&Peer) -> bool) -> Option<u64> {
        let me = self.inner.shared.identity.node;
        let peers = self.inner.shared.peers();
        let peer = |node: &u64| peers.get(node).copied().unwrap_or_default();
        let metrics = self.inner.raft.metrics().borrow_watched().clone();
        let voters = metrics.membership_config.voter_ids().filter(|node| *node != me && fit(&peer(node)));
        voters.max_by_key(|node| (peer(node).acknowledged, peer(node).heard_ms))
    }

    /// Waits until this replica cannot go on, and says why.
    pub async fn died(&self) -> String {
        let mut condemned = self.inner.shared.watch_condemned();
        // Who leads and who belongs changes seldom, and ends with consensus. All metrics together change at each of its
        // ticks, and an idle node should sleep.
        let (metrics, mut standings) = (self.inner.raft.metrics(), self.inner.raft.server_metrics());
        loop {
            if let Some(why) = condemned.borrow_and_update().clone() {
                return why;
            }
            let changed = P::Runtime::select2(condemned.changed(), standings.changed()).await;
            if let Err(fatal) = &metrics.borrow_watched().running_state {
                return fatal.to_string();
            }
            if let Select2::Second(Err(_)) = changed {
                return "consensus has stopped".into();
            }
        }
    }

    /// Refuses letters that are not for this replica, and those of strangers.
    fn check<T>(&self, letter: &Letter<T>) -> Result<(), Refused> {
        let me = self.inner.shared.identity;
        let them = letter.from;
        let stranger = |what: String| Err(Refused::Stranger(what));
        if them.cluster != me.cluster {
            return stranger(format!(
                "it is of cluster {:032x}, and this is {:032x}",
                them.cluster, me.cluster
            ));
        }
        if them.group != me.group {
            return stranger(format!(
                "it has part {} of the cluster, and this has part {}",
                them.group, me.group
            ));
        }
        if them.era != me.era {
            let way_out = if them.era < me.era {
                "; this cluster was recovered since, without it: its data folder must be moved away, and it may join anew"
            } else {
                ""
            };
            return stranger(format!("it is of era {}, and this is of era {}{way_out}", them.era, me.era));
        }
        if letter.to != me.node {
            return stranger(format!("it is for node {}, and this is {}", letter.to, me.node));
        }
        if them.node == me.node {
            return stranger(format!("its sender calls itself {}, which is this node", me.node));
        }
        Ok(())
    }

    async fn vote(&self, from: u64, ballot: Ballot, really: bool) -> Result<Answer, Refused> {
        let committed =
            self.inner.raft.metrics().borrow_watched().local_committed.as_ref().map(log_id_in::<P::Runtime>);
        let term = ballot.vote.term;
        // A preliminary question binds nobody, and may be later than what was acknowledged since.
        let must_have =
            if really { self.inner.shared.candidate_must_have(from, term, committed) } else { None };
        if let Some(had) = must_have.filter(|had| ballot.last < Some(*had)) {
            return Err(Refused::Amnesia(had.index));
        }
        let mut request = VoteRequest::new(vote_out(ballot.vote), ballot.last.map(log_id_out::<P::Runtime>));
        request.leadership_transfer = ballot.transfer;
        let raft = &self.inner.raft;
        let response = if really { raft.vote(request).await } else { raft.pre_vote(request).await };
        let response = response.map_err(|error| Refused::Impossible(error.to_string()))?;
        Ok(Answer::Vote {
            vote: vote_in(&response.vote),
            last: response.last_log_id.as_ref().map(log_id_in::<P::Runtime>),
            granted: response.vote_granted,
        })
    }

    async fn lead(
        &self,
        vote: reeve_store::log::Vote,
        last: Option<reeve_store::log::LogId>,
    ) -> Result<Answer, Refused> {
        let me = self.inner.shared.identity.node;
        let request = TransferLeaderRequest::new(vote_out(vote), me, last.map(log_id_out::<P::Runtime>));
        let taken = self.inner.raft.handle_transfer_leader(request).await;
        let taken = taken.map_err(|error| Refused::Impossible(error.to_string()))?;
        Ok(Answer::Lead(taken.map_err(|error| error.to_string())))
    }

    /// A job of the book that somebody else asked for.
    async fn book<T>(
        &self,
        job: impl FnOnce(oneshot::Sender<Result<T, Fault>>) -> BookJob<P::Engine>,
    ) -> Result<T, Refused> {
        let (done, answer) = oneshot::channel();
        let impossible = |what: String| Refused::Impossible(what);
        self.inner.shared.books.hand_in(job(done)).await.map_err(|gone| impossible(gone.to_string()))?;
        let answer = answer.await.map_err(|gone| impossible(gone.to_string()))?;
        answer.map_err(|fault| impossible(fault.to_string()))
    }

    async fn install(&self, vote: reeve_store::log::Vote) -> Result<Answer, Refused> {
        let received = self.book(|done| BookJob::Finish { done }).await?;
        let snapshot =
            Machine::<P>::received(received).map_err(|error| Refused::Impossible(error.to_string()))?;
        let installed = self.inner.raft.install_full_snapshot(vote_out(vote), snapshot).await;
        let installed = installed.map_err(|fatal| Refused::Impossible(fatal.to_string()))?;
        Ok(Answer::Installed(vote_in(&installed.vote)))
    }

    async fn respond(&self, question: Letter<Question>) -> Result<Answer, Refused> {
        // A newcomer is nobody yet, and knows nobody's number.
        let asks_as_nobody = matches!(question.body, Question::Admit(_) | Question::NumberOf(_));
        let newcomer = question.from == Identity::default() && asks_as_nobody;
        if !newcomer {
            self.check(&question)?;
        }
        match question.body {
            Question::Admit(member) if newcomer => {
                self.admit_anywhere(member, limits::ADMIT_PATIENCE).await.map(Answer::Admitted)
            }
            Question::Admit(member) => self.admit(member, limits::ADMIT_PATIENCE).await.map(Answer::Admitted),
            Question::NumberOf(name) => self
                .membership()
                .called(&name)
                .map(Answer::Number)
                .map_err(|why| Refused::Impossible(why.to_string())),
            Question::Vote(ballot) => self.vote(question.from.node, ballot, true).await,
            Question::PreVote(ballot) => self.vote(question.from.node, ballot, false).await,
            Question::Lead { vote, last } => self.lead(vote, last).await,
            Question::Offer { manifest } => {
                self.book(|done| BookJob::Receive { manifest, done }).await.map(Answer::Have)
            }
            Question::Piece { file, offset, bytes } => {
                self.book(|done| BookJob::Piece { file, offset, bytes, done }).await.map(Answer::Have)
            }
            Question::Install { vote } => self.install(vote).await,
            Question::Propose { group, patience_ms } => {
                let patience = Duration::from_millis(patience_ms).min(limits::PATIENCE_MAX);
                Ok(Answer::Proposed(self.propose_for(group, patience).await))
            }
            Question::ReadIndex => Ok(Answer::ReadFrom(self.read_index_here().await)),
            Question::StillMember => self.without(question.from.node),
            Question::Members(change) => {
                let done = self.change_members_here(change, limits::CHANGE_PATIENCE).await;
                Ok(Answer::Members(done))
            }
        }
    }
}

impl<P: Platform> Listener for Replica<P> {
    async fn answer(&self, question: Letter<Question>) -> Answer {
        self.respond(question).await.unwrap_or_else(Answer::Refused)
    }

    async fn follow(
        &self,
        first: Letter<Append>,
        rest: mpsc::Receiver<Append>,
        back: mpsc::Sender<Result<Appended, Refused>>,
    ) {
        if let Err(refused) = self.check(&first) {
            // Whoever asked may have gone.
            back.send(Err(refused)).await.ok();
            return;
        }
        let shared = Arc::clone(&self.inner.shared);
        let appends =
            futures_util::stream::unfold((Some(first.body), rest), |(first, mut rest)| async move {
                let next = match first {
                    Some(first) => Some(first),
                    None => rest.recv().await,
                };
                next.map(|next| (next, (None, rest)))
            });
        // What cannot be read ends the stream: the leader hears of it as a broken stream, and this replica's log says why.
        let requests = appends.map(move |append| {
            shared.heard(&append);
            request::<P>(append)
        });
        let requests = requests.take_while(|request| {
            if let Err(error) = request {
                tracing::error!("a message of the log cannot be read: {error}");
            }
            std::future::ready(request.is_ok())
        });
        let requests = requests.filter_map(|request| std::future::ready(request.ok()));
        let mut results = std::pin::pin!(self.inner.raft.stream_append(Box::pin(requests)));
        while let Some(result) = results.next().await {
            let answer = match result {
                Ok(result) => {
                    Ok(Appended { received: received::<P>(result), report: self.inner.shared.report() })
                }
                Err(fatal) => Err(Refused::Impossible(fatal.to_string())),
            };
            if back.send(answer).await.is_err() {
                return;
            }
        }
    }
}

fn request<P: Platform>(append: Append) -> std::io::Result<AppendEntriesRequest<Types<P::Runtime>>> {
    let entries = append.entries.into_iter().map(entry_out::<P::Runtime>);
    Ok(AppendEntriesRequest {
        vote: vote_out(append.vote),
        prev_log_id: append.previous.map(log_id_out::<P::Runtime>),
        entries: entries.collect::<std::io::Result<_>>()?,
        leader_commit: append.committed.map(log_id_out::<P::Runtime>),
    })
}

fn received<P: Platform>(result: openraft::raft::StreamAppendResult<Types<P::Runtime>>) -> Received {
    match result {
        Ok(last) => Received::Through(last.as_ref().map(log_id_in::<P::Runtime>)),
        Err(StreamAppendError::Conflict(at)) => Received::Conflict(log_id_in::<P::Runtime>(&at)),
        Err(StreamAppendError::HigherVote(vote)) => Received::Outvoted(vote_in(&vote)),
    }
}
