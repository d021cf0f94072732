//! The answering side of one connection: wire messages to a [`Listener`] and back. When the asker goes, so does whatever
//! was being done for it; but what changes something, and was begun, is brought to its end.

use std::pin::Pin;

use futures_util::future::BoxFuture;
use futures_util::{FutureExt, Stream, StreamExt, stream};
use reeve_proto::internal::v1 as wire;
use reeve_proto::internal::v1::peer_server::Peer;
use tokio::sync::{mpsc, watch};
use tonic::{Request, Response, Status, Streaming};

use super::convert::{answer_out, append_in, appended_out, follow_in, question_in};
use super::line::told;
use crate::limits::APPENDS_IN_FLIGHT;
use crate::message::{Answer, Append, Appended, Letter, Question, Refused};
use crate::platform::Listener;

/// What one connection is served with.
pub(super) struct PeerService<L> {
    pub listener: L,
    /// Turns true when the listener stops.
    pub stopping: watch::Receiver<bool>,
}

/// Waits until it is time to stop.
pub(super) async fn stopped(mut stopping: watch::Receiver<bool>) {
    // If the sender has gone, whoever served has gone too.
    drop(stopping.wait_for(|stopping| *stopping).await);
}

type Told = Result<Appended, Refused>;

impl<L: Listener> PeerService<L> {
    async fn answer(&self, question: Letter<Question>) -> Answer {
        if !changes_something(&question.body) {
            return self.listener.answer(question).await;
        }
        let listener = self.listener.clone();
        let answering = tokio::spawn(async move { listener.answer(question).await });
        answering.await.unwrap_or_else(|error| {
            tracing::error!("an answer was not brought to its end: {error}");
            Answer::Refused(Refused::Unknown)
        })
    }
}

/// Whether it must not be left half done.
const fn changes_something(question: &Question) -> bool {
    match question {
        Question::Install { .. } | Question::Propose { .. } | Question::Members(_) | Question::Admit(_) => {
            true
        }
        Question::Vote(_)
        | Question::PreVote(_)
        | Question::Lead { .. }
        | Question::Offer { .. }
        | Question::Piece { .. }
        | Question::ReadIndex
        | Question::StillMember
        | Question::NumberOf(_) => false,
    }
}

#[tonic::async_trait]
impl<L: Listener> Peer for PeerService<L> {
    type FollowStream = Pin<Box<dyn Stream<Item = Result<wire::FollowResponse, Status>> + Send>>;

    async fn ask(&self, request: Request<wire::AskRequest>) -> Result<Response<wire::AskResponse>, Status> {
        let answer = match question_in(request.into_inner()) {
            Err(misread) => Answer::Refused(misread.into()),
            Ok(question) => tokio::select! {
                answer = self.answer(question) => answer,
                // It had begun.
                () = stopped(self.stopping.clone()) => Answer::Refused(Refused::Unknown),
            },
        };
        Ok(Response::new(answer_out(answer)))
    }

    async fn follow(
        &self,
        request: Request<Streaming<wire::FollowRequest>>,
    ) -> Result<Response<Self::FollowStream>, Status> {
        let (back, answers) = mpsc::channel(APPENDS_IN_FLIGHT);
        let work = take(self.listener.clone(), request.into_inner(), back).boxed();
        let following = Following { work: Some(work), answers, over: false };
        let answers = stream::unfold(following, async |mut following| {
            let answer = following.next().await?;
            Some((Ok(appended_out(answer)), following))
        });
        Ok(Response::new(answers.take_until(stopped(self.stopping.clone()).boxed()).boxed()))
    }
}

/// A stream that is being served. The work is done while answers are waited for; no task of its own could be left over.
struct Following {
    work: Option<BoxFuture<'static, ()>>,
    answers: mpsc::Receiver<Told>,
    over: bool,
}

impl Following {
    async fn next(&mut self) -> Option<Told> {
        while !self.over {
            let answer = match &mut self.work {
                None => self.answers.recv().await,
                Some(work) => tokio::select! {
                    biased;
                    answer = self.answers.recv() => answer,
                    () = work => {
                        self.work = None;
                        continue;
                    }
                },
            };
            // A refusal is the last word.
            self.over = !matches!(answer, Some(Ok(_)));
            return answer;
        }
        None
    }
}

/// Has the listener follow a stream.
async fn take<L: Listener>(
    listener: L,
    mut incoming: Streaming<wire::FollowRequest>,
    back: mpsc::Sender<Told>,
) {
    let first = match incoming.message().await {
        Ok(Some(first)) => follow_in(first).map_err(Refused::from),
        Ok(None) => return,
        Err(status) => Err(unread(&status)),
    };
    let first = match first {
        Ok(first) => first,
        Err(refused) => return refuse(&back, refused).await,
    };
    let (feed, rest) = mpsc::channel(APPENDS_IN_FLIGHT);
    let feeding = feed_all(incoming, feed, back.clone());
    futures_util::join!(feeding, listener.follow(first, rest, back));
}

/// Hands on what comes, in order, until the other side ends it or breaks off.
async fn feed_all(
    mut incoming: Streaming<wire::FollowRequest>,
    feed: mpsc::Sender<Append>,
    back: mpsc::Sender<Told>,
) {
    loop {
        let append = match incoming.message().await {
            Ok(Some(message)) => append_in(message).map_err(Refused::from),
            Ok(None) => return,
            Err(status) => Err(unread(&status)),
        };
        match append {
            Ok(append) => {
                if feed.send(append).await.is_err() {
                    return;
                }
            }
            Err(refused) => return refuse(&back, refused).await,
        }
    }
}

async fn refuse(back: &mpsc::Sender<Told>, refused: Refused) {
    // If nobody waits for answers any more, nobody is refused.
    drop(back.send(Err(refused)).await);
}

fn unread(status: &Status) -> Refused {
    Refused::Impossible(format!("the message cannot be read: {}", told(status)))
}
