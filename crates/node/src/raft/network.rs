//! The network, as openraft wants it: three links to each replica, and a stream of the log that is kept from one call to
//! the next as long as every message on it was answered.

use std::io;
use std::sync::Arc;
use std::time::Duration;

use futures_util::future::BoxFuture;
use futures_util::stream::BoxStream;
use futures_util::{Stream, StreamExt};
use openraft::async_runtime::Select2;
use openraft::error::{NetworkError, RPCError, ReplicationClosed, StreamingError, Unreachable};
use openraft::network::{
    Backoff, NetBackoff, NetSnapshot, NetStreamAppend, NetTransferLeader, NetVote, RPCOption,
    RaftNetworkFactory,
};
use openraft::raft::{
    AppendEntriesRequest, SnapshotResponse, StreamAppendError, StreamAppendResult, TransferLeaderError,
    TransferLeaderRequest, TransferLeaderResponse, VoteRequest, VoteResponse,
};
use openraft::{AsyncRuntime, OptionalSend};
use reeve_store::log::LogId;

use super::convert::{entry_in, log_id_in, log_id_out, vote_in, vote_out};
use super::machine::Parcel;
use super::machine::Snapshot;
use super::types::{Types, Vote};

use crate::limits;
use crate::member::Member;
use crate::message::{Answer, Append, Appended, Ballot, NoAnswer, Question, Received, Refused};
use crate::platform::{Lane, Link, Network, Platform, Wires};
use crate::shared::Shared;

type Raft<P> = Types<<P as Platform>::Runtime>;
type LinkOf<P> = <<P as Platform>::Network as Network>::Link;
type StreamResult<P> = Result<StreamAppendResult<Raft<P>>, RPCError<Raft<P>>>;

/// Makes the ways to the others.
pub(crate) struct Factory<P: Platform> {
    pub network: P::Network,
    pub shared: Arc<Shared<P>>,
}

impl<P: Platform> Factory<P> {
    fn client(&self, target: u64, node: &Member, lane: Lane) -> Client<P> {
        let (network, shared) = (self.network.clone(), Arc::clone(&self.shared));
        let link = network.link(target, node, lane);
        let pulse = network.link(target, node, Lane::Pulse);
        Client {
            network,
            lane,
            at: node.peer.clone(),
            link,
            pulse,
            target,
            shared,
            term: 0,
            committed: None,
            kept: None,
        }
    }
}

impl<P: Platform> RaftNetworkFactory<Raft<P>> for Factory<P> {
    type Network = Client<P>;

    async fn new_client(&mut self, target: u64, node: &Member) -> Client<P> {
        self.client(target, node, Lane::Log)
    }

    async fn new_heartbeat_client(&mut self, target: u64, node: &Member) -> Client<P> {
        self.client(target, node, Lane::Pulse)
    }

    async fn new_snapshot_client(&mut self, target: u64, node: &Member) -> Client<P> {
        self.client(target, node, Lane::Bulk)
    }
}

/// The way to one replica, for one purpose.
pub(crate) struct Client<P: Platform> {
    network: P::Network,
    lane: Lane,
    /// Where the links lead.
    at: String,
    link: LinkOf<P>,
    /// Openraft votes through the client that also carries the log; votes must not wait behind it.
    pulse: LinkOf<P>,
    target: u64,
    shared: Arc<Shared<P>>,
    /// The term in which the leader last wrote.
    term: u64,
    /// What it then told to be committed.
    committed: Option<LogId>,
    /// A stream on which nothing is owed.
    kept: Option<Wires>,
}

fn unreachable<R: AsyncRuntime>(error: &NoAnswer) -> RPCError<Types<R>> {
    RPCError::Unreachable(Unreachable::new(error))
}

fn amiss<R: AsyncRuntime>(answer: Answer) -> RPCError<Types<R>> {
    RPCError::Unreachable(Unreachable::new(&answer.amiss()))
}

impl<P: Platform> Client<P> {
    /// Goes after a member that has moved: openraft keeps a client for as long as its target is a member.
    fn find(&mut self) {
        let Some(member) = self.shared.member(self.target).filter(|member| member.peer != self.at) else {
            return;
        };
        self.link = self.network.link(self.target, &member, self.lane);
        self.pulse = self.network.link(self.target, &member, Lane::Pulse);
        self.at = member.peer;
        self.kept = None;
    }

    async fn ask(&mut self, question: Question, patience: Duration) -> Result<Answer, NoAnswer> {
        self.find();
        let letter = self.shared.letter(self.target, question);
        let link = match letter.body.lane() {
            Lane::Pulse => &mut self.pulse,
            Lane::Log | Lane::Bulk | Lane::Desk => &mut self.link,
        };
        let asked = <P::Runtime as AsyncRuntime>::timeout(patience, link.ask(letter, patience)).await;
        asked.unwrap_or_else(|_| {
            Err(NoAnswer::Silent(format!("nothing came within {} ms", patience.as_millis())))
        })
    }

    async fn ballot(
        &mut self,
        question: Question,
        option: &RPCOption,
    ) -> Result<VoteResponse<Raft<P>>, RPCError<Raft<P>>> {
        match self.ask(question, option.soft_ttl()).await {
            Ok(Answer::Vote { vote, last, granted }) => {
                self.shared.shut_out_by(self.target, None);
                Ok(VoteResponse::new(vote_out(vote), last.map(log_id_out::<P::Runtime>), granted))
            }
            Ok(Answer::Refused(Refused::Amnesia(index))) => {
                // This replica itself has lost what it once acknowledged up to there.
                self.shared.condemn(&Refused::Amnesia(index).to_string());
                Err(amiss(Answer::Refused(Refused::Amnesia(index))))
            }
            Ok(Answer::Refused(Refused::Stranger(why))) => {
                self.shared.shut_out_by(self.target, Some(&why));
                Err(amiss(Answer::Refused(Refused::Stranger(why))))
            }
            Ok(other) => Err(amiss(other)),
            Err(error) => Err(unreachable(&error)),
        }
    }

    fn append(&mut self, request: AppendEntriesRequest<Raft<P>>) -> Append {
        self.term = request.vote.leader_id.term;
        self.committed = request.leader_commit.as_ref().map(log_id_in::<P::Runtime>);
        Append {
            vote: vote_in(&request.vote),
            previous: request.prev_log_id.as_ref().map(log_id_in::<P::Runtime>),
            entries: request.entries.into_iter().map(entry_in::<P::Runtime>).collect(),
            committed: self.committed,
            pulse: self.shared.pulse(),
        }
    }

    /// What openraft is told of an answer. It must never see a follower that forgets: it would take that for a fault of
    /// its own and stop the leader.
    fn appended(&self, appended: Appended) -> Result<StreamAppendResult<Raft<P>>, NoAnswer> {
        if let Received::Conflict(at) = appended.received
            && self.shared.must_have(self.target, self.committed) >= Some(at)
        {
            self.shared.forgot(self.target);
            return Err(NoAnswer::Silent(format!("it lacks {at:?}, which it had acknowledged")));
        }
        self.shared.reported(self.target, &appended, self.term);
        Ok(match appended.received {
            Received::Through(last) => Ok(last.map(log_id_out::<P::Runtime>)),
            Received::Conflict(at) => Err(StreamAppendError::Conflict(log_id_out::<P::Runtime>(at))),
            Received::Outvoted(vote) => Err(StreamAppendError::HigherVote(vote_out(vote))),
        })
    }

    /// Sends all files of the state as it is now, and has them installed.
    async fn send_state(
        &mut self,
        vote: &Vote,
        patience: Duration,
    ) -> Result<SnapshotResponse<Raft<P>>, NoAnswer> {
        let checkpoint =
            self.shared.checkpoint().await.map_err(|error| NoAnswer::Silent(error.to_string()))?;
        let manifest = checkpoint.manifest();
        let bytes: u64 = manifest.files.iter().map(|file| file.length).sum();
        let (target, revision) = (self.target, manifest.applied.index());
        tracing::info!("a snapshot of revision {revision}, {bytes} bytes, goes to node {target}");
        let mut have = self.have(Question::Offer { manifest: manifest.to_bytes().into() }, patience).await?;
        for (at, file) in (0_u32..).zip(&manifest.files) {
            loop {
                let offset = have.get(at as usize).copied().unwrap_or(0);
                if offset >= file.length {
                    break;
                }
                let read = self.shared.chunk(&checkpoint, &file.name, offset).await;
                let bytes = read.map_err(|error| NoAnswer::Silent(error.to_string()))?;
                have = self.have(Question::Piece { file: at, offset, bytes }, patience).await?;
                if have.get(at as usize).copied().unwrap_or(0) <= offset {
                    return Err(NoAnswer::Silent("the other side does not get on".into()));
                }
            }
        }
        // Installing takes as long as it takes: everything is read and checked once more.
        let answer = self.ask(Question::Install { vote: vote_in(vote) }, limits::INSTALL_PATIENCE).await?;
        if let Answer::Installed(vote) = answer {
            tracing::info!("node {target} has installed the snapshot of revision {revision}");
            return Ok(SnapshotResponse::new(vote_out(vote)));
        }
        Err(NoAnswer::Silent(format!("the snapshot was not installed: {}", answer.amiss())))
    }

    async fn have(&mut self, question: Question, patience: Duration) -> Result<Vec<u64>, NoAnswer> {
        let answer = self.ask(question, patience).await?;
        if let Answer::Have(have) = answer {
            return Ok(have);
        }
        Err(NoAnswer::Silent(format!("the snapshot was not taken: {}", answer.amiss())))
    }
}

impl<P: Platform> NetBackoff<Raft<P>> for Client<P> {
    fn backoff(&self) -> Option<Backoff> {
        Some(Backoff::new(std::iter::repeat(limits::RETRY_PEER)))
    }
}

impl<P: Platform> NetVote<Raft<P>> for Client<P> {
    async fn vote(
        &mut self,
        rpc: VoteRequest<Raft<P>>,
        option: RPCOption,
    ) -> Result<VoteResponse<Raft<P>>, RPCError<Raft<P>>> {
        self.ballot(Question::Vote(ballot(&rpc)), &option).await
    }

    async fn pre_vote(
        &mut self,
        rpc: VoteRequest<Raft<P>>,
        option: RPCOption,
    ) -> Result<VoteResponse<Raft<P>>, RPCError<Raft<P>>> {
        self.ballot(Question::PreVote(ballot(&rpc)), &option).await
    }
}

fn ballot<R: AsyncRuntime>(rpc: &VoteRequest<Types<R>>) -> Ballot {
    Ballot {
        vote: vote_in(&rpc.vote),
        last: rpc.last_log_id.as_ref().map(log_id_in::<R>),
        transfer: rpc.leadership_transfer,
    }
}

impl<P: Platform> NetTransferLeader<Raft<P>> for Client<P> {
    async fn transfer_leader(
        &mut self,
        req: TransferLeaderRequest<Raft<P>>,
        option: RPCOption,
    ) -> Result<TransferLeaderResponse<Raft<P>>, RPCError<Raft<P>>> {
        // Openraft tells all voters, so that they vote although they hear a leader. The vote that is asked for says so itself; who
        // is told to lead is one.
        if *req.to_node_id() != self.target {
            return Ok(Ok(()));
        }
        let last = req.last_log_id().map(log_id_in::<P::Runtime>);
        let question = Question::Lead { vote: vote_in(req.from_leader()), last };
        match self.ask(question, option.soft_ttl()).await {
            Ok(Answer::Lead(Ok(()))) => Ok(Ok(())),
            Ok(Answer::Lead(Err(_))) => {
                let expected = req.last_log_id().cloned();
                Ok(Err(TransferLeaderError::LogNotFlushed { expected, actual: None }))
            }
            Ok(other) => Err(amiss(other)),
            Err(error) => Err(unreachable(&error)),
        }
    }
}

impl<P: Platform> NetSnapshot<Raft<P>> for Client<P> {
    type SnapshotData = Parcel<P>;

    async fn full_snapshot(
        &mut self,
        vote: Vote,
        _snapshot: Snapshot<P>,
        cancel: impl Future<Output = ReplicationClosed> + OptionalSend + 'static,
        _option: RPCOption,
    ) -> Result<SnapshotResponse<Raft<P>>, StreamingError<Raft<P>>> {
        // Openraft names the state of some moment ago. What is sent is the state of now, which holds all of that.
        let sent =
            <P::Runtime as AsyncRuntime>::select2(cancel, self.send_state(&vote, limits::PIECE_PATIENCE))
                .await;
        match sent {
            Select2::First(closed) => Err(StreamingError::Closed(closed)),
            Select2::Second(Ok(response)) => Ok(response),
            Select2::Second(Err(error)) => {
                Err(StreamingError::Network(NetworkError::new(&io::Error::other(error))))
            }
        }
    }
}

/// One call of `stream_append`: what goes out, what is owed.
struct Call<'c, P: Platform, S> {
    client: &'c mut Client<P>,
    input: Option<S>,
    wires: Option<Wires>,
    owed: usize,
    patience: Duration,
}

enum Turn<P: Platform> {
    Send(Option<AppendEntriesRequest<Raft<P>>>),
    Came(Option<Result<Appended, NoAnswer>>),
}

impl<P: Platform, S> Call<'_, P, S>
where
    S: Stream<Item = AppendEntriesRequest<Raft<P>>> + OptionalSend + Unpin + 'static,
{
    /// Goes on until there is something to tell; `None` at the end.
    async fn next(&mut self) -> Option<StreamResult<P>> {
        loop {
            match self.turn().await {
                Err(error) => return self.fail(error),
                Ok(Turn::Send(None)) => {
                    self.input = None;
                    if self.owed == 0 {
                        self.client.kept = self.wires.take();
                        return None;
                    }
                }
                Ok(Turn::Send(Some(request))) => {
                    let append = self.client.append(request);
                    if let Err(error) = self.send(append).await {
                        return self.fail(error);
                    }
                    self.owed += 1;
                }
                Ok(Turn::Came(None)) => return self.fail(NoAnswer::Silent("the stream ended".into())),
                Ok(Turn::Came(Some(Err(error)))) => return self.fail(error),
                Ok(Turn::Came(Some(Ok(appended)))) => {
                    self.owed -= 1;
                    let result = match self.client.appended(appended) {
                        Ok(result) => result,
                        Err(error) => return self.fail(error),
                    };
                    if result.is_err() {
                        // The other side ends its stream with this.
                        (self.input, self.wires) = (None, None);
                    } else if self.input.is_none() && self.owed == 0 {
                        self.client.kept = self.wires.take();
                    }
                    return Some(Ok(result));
                }
            }
        }
    }

    /// Waits for the next request or the next answer. An answer that is owed comes within the patience, or never.
    async fn turn(&mut self) -> Result<Turn<P>, NoAnswer> {
        let may_send = self.owed < limits::APPENDS_IN_FLIGHT;
        let patience = self.patience;
        match (self.input.as_mut().filter(|_| may_send), self.wires.as_mut().filter(|_| self.owed > 0)) {
            (Some(input), None) => Ok(Turn::Send(input.next().await)),
            (None, Some(wires)) => {
                let came = <P::Runtime as AsyncRuntime>::timeout(patience, wires.back.recv()).await;
                came.map(Turn::Came)
                    .map_err(|_| NoAnswer::Silent(format!("nothing came within {patience:?}")))
            }
            (Some(input), Some(wires)) => {
                let either = <P::Runtime as AsyncRuntime>::select2(wires.back.recv(), input.next());
                match <P::Runtime as AsyncRuntime>::timeout(patience, either).await {
                    Ok(Select2::First(came)) => Ok(Turn::Came(came)),
                    Ok(Select2::Second(request)) => Ok(Turn::Send(request)),
                    Err(_) => Err(NoAnswer::Silent(format!("nothing came within {patience:?}"))),
                }
            }
            (None, None) => Ok(Turn::Send(None)),
        }
    }

    async fn send(&mut self, append: Append) -> Result<(), NoAnswer> {
        if self.wires.is_none() {
            self.wires = self.client.kept.take();
        }
        if let Some(wires) = &self.wires {
            if wires.out.try_send(append.clone()).is_ok() {
                return Ok(());
            }
            if self.owed > 0 {
                return Err(NoAnswer::Silent("the stream broke".into()));
            }
        }
        self.client.find();
        let letter = self.client.shared.letter(self.client.target, append);
        let patience = limits::OPEN_PATIENCE;
        let opening = self.client.link.append(letter, patience);
        let opened = <P::Runtime as AsyncRuntime>::timeout(patience, opening).await;
        let wires =
            opened.unwrap_or_else(|_| Err(NoAnswer::Silent(format!("no stream within {patience:?}"))))?;
        self.wires = Some(wires);
        Ok(())
    }

    fn fail(&mut self, error: NoAnswer) -> Option<StreamResult<P>> {
        (self.input, self.wires) = (None, None);
        self.owed = 0;
        Some(Err(unreachable(&error)))
    }

    fn is_over(&self) -> bool {
        self.input.is_none() && self.wires.is_none()
    }
}

impl<P: Platform> NetStreamAppend<Raft<P>> for Client<P> {
    fn stream_append<'s, S>(
        &'s mut self,
        input: S,
        _option: RPCOption,
    ) -> BoxFuture<'s, Result<BoxStream<'s, StreamResult<P>>, RPCError<Raft<P>>>>
    where
        S: Stream<Item = AppendEntriesRequest<Raft<P>>> + OptionalSend + Unpin + 'static,
    {
        let patience = limits::APPEND_PATIENCE;
        let call = Call { client: self, input: Some(input), wires: None, owed: 0, patience };
        let stream = futures_util::stream::unfold(call, |mut call| async move {
            if call.is_over() {
                return None;
            }
            let result = call.next().await?;
            Some((result, call))
        });
        Box::pin(async move { Ok(stream.boxed()) })
    }
}
