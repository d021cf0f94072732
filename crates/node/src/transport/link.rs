//! The asking side: one link is one user of a line.

use std::sync::Arc;
use std::time::Duration;

use futures_util::{Stream, stream};
use prost::Message;
use reeve_proto::internal::v1 as wire;
use tokio::sync::{mpsc, oneshot};
use tokio::time::timeout;
use tonic::{Status, Streaming};

use super::convert::{answer_in, append_out, appended_in, follow_out, question_out};
use super::line::{Line, told};
use crate::limits::APPENDS_IN_FLIGHT;
use crate::message::{Answer, Append, Appended, Letter, NoAnswer, Question};
use crate::platform::{Link, Wires};

/// A way to one replica, over real connections.
pub struct PeerLink {
    line: Arc<Line>,
}

impl PeerLink {
    pub(super) const fn new(line: Arc<Line>) -> Self {
        Self { line }
    }

    fn late(&self, patience: Duration, sent: bool) -> NoAnswer {
        let address = self.line.address();
        if sent {
            NoAnswer::Silent(format!("nothing came from {address} within {patience:?}"))
        } else {
            NoAnswer::NeverSent(format!("no connection to {address} within {patience:?}"))
        }
    }
}

fn failed(status: &Status) -> NoAnswer {
    NoAnswer::Silent(format!("{:?}: {}", status.code(), told(status)))
}

/// What is too large for the other side is not even sent.
fn fits(message: &impl Message, most: usize) -> Result<(), NoAnswer> {
    let length = message.encoded_len();
    if length <= most {
        return Ok(());
    }
    Err(NoAnswer::TooLarge(format!(
        "a message of {length} bytes is too large: the limit of this lane is {most}"
    )))
}

impl Link for PeerLink {
    async fn ask(&mut self, question: Letter<Question>, patience: Duration) -> Result<Answer, NoAnswer> {
        let request = question_out(question);
        fits(&request, self.line.lane().bounds().message_bytes)?;
        let mut sent = false;
        let asking = async {
            let mut peer = self.line.peer().await?;
            sent = true;
            let response = peer.ask(request).await.map_err(|status| failed(&status))?;
            self.line.answered();
            answer_in(response.into_inner()).map_err(|misread| NoAnswer::Silent(misread.to_string()))
        };
        let answer = timeout(patience, asking).await;
        answer.unwrap_or_else(|_| Err(self.late(patience, sent)))
    }

    async fn append(&mut self, first: Letter<Append>, patience: Duration) -> Result<Wires, NoAnswer> {
        let most = self.line.lane().bounds().message_bytes;
        let first = follow_out(first);
        fits(&first, most)?;
        let (out, later) = mpsc::channel(APPENDS_IN_FLIGHT);
        let (give_up, given_up) = oneshot::channel();
        let outgoing = Outgoing { first: Some(first), later, most, give_up }.stream();
        let mut sent = false;
        let opening = async {
            let mut peer = self.line.peer().await?;
            sent = true;
            let response = peer.follow(outgoing).await.map_err(|status| failed(&status))?;
            self.line.answered();
            Ok(response.into_inner())
        };
        let answers = timeout(patience, opening).await;
        let answers = answers.unwrap_or_else(|_| Err(self.late(patience, sent)))?;
        let (to_caller, back) = mpsc::channel(APPENDS_IN_FLIGHT);
        self.line.threads().spawn(bring_back(answers, to_caller, given_up));
        Ok(Wires { out, back })
    }
}

/// What goes out on a stream.
struct Outgoing {
    first: Option<wire::FollowRequest>,
    later: mpsc::Receiver<Append>,
    most: usize,
    /// Told when a message cannot be sent.
    give_up: oneshot::Sender<NoAnswer>,
}

impl Outgoing {
    fn stream(self) -> impl Stream<Item = wire::FollowRequest> + Send + 'static {
        stream::unfold(self, async |mut out| {
            if let Some(first) = out.first.take() {
                return Some((first, out));
            }
            let message = append_out(out.later.recv().await?);
            if let Err(too_large) = fits(&message, out.most) {
                // If nobody listens, the stream has ended already.
                drop(out.give_up.send(too_large));
                return None;
            }
            Some((message, out))
        })
    }
}

/// Hands answers to the caller until either side has enough.
async fn bring_back(
    mut answers: Streaming<wire::FollowResponse>,
    to_caller: mpsc::Sender<Result<Appended, NoAnswer>>,
    given_up: oneshot::Receiver<NoAnswer>,
) {
    let given_up = async {
        match given_up.await {
            Ok(why) => why,
            // The caller sends no more; what was sent is still answered.
            Err(_) => std::future::pending().await,
        }
    };
    tokio::pin!(given_up);
    loop {
        let answer = tokio::select! {
            biased;
            () = to_caller.closed() => return,
            why = &mut given_up => Err(why),
            message = answers.message() => match message {
                Ok(None) => return,
                Ok(Some(message)) => match appended_in(message) {
                    Ok(Ok(appended)) => Ok(appended),
                    Ok(Err(refused)) => Err(NoAnswer::Silent(refused.to_string())),
                    Err(misread) => Err(NoAnswer::Silent(misread.to_string())),
                },
                Err(status) => Err(failed(&status)),
            },
        };
        let last = answer.is_err();
        if to_caller.send(answer).await.is_err() || last {
            return;
        }
    }
}
