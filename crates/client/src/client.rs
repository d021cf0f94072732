//! What programs ask of a cluster: new tasks, and how tasks are. Any node will do; when one cannot, another is asked.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use prost::Message;
use reeve_proto::v1::tasks_client::TasksClient;
use reeve_proto::v1::{
    GetRequest, GetResponse, SubmitManyRequest, SubmitManyResponse, SubmitRequest, SubmitResponse,
};
use tokio::time::{Instant, sleep, timeout_at};
use tonic::transport::Channel;
use tonic::{Request, Response, Status};

use crate::back_off::BackOff;
use crate::limits::{
    ATTEMPT_PATIENCE, CALL_PATIENCE, CALL_PATIENCE_MIN, KEEPALIVE_EVERY, KEEPALIVE_PATIENCE, MESSAGE_BYTES,
    REACH_PATIENCE,
};
use crate::node::endpoint;
use crate::trouble::{Failed, Trouble};

/// A cluster, known by some of its nodes. Cheap to clone; all clones share their connections, one to each node, on which
/// any number of calls go at once.
#[derive(Clone, Debug)]
pub struct Client {
    nodes: Arc<Nodes>,
    patience: Duration,
}

#[derive(Debug)]
struct Nodes {
    all: Vec<Node>,
    /// Who is asked first: the last that was of use.
    first: AtomicUsize,
}

#[derive(Debug)]
struct Node {
    at: String,
    calls: TasksClient<Channel>,
}

/// Whether a question may be asked again when nobody knows whether it was acted on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Twice {
    /// It changes nothing.
    Read,
    /// It comes to the same.
    Same,
    /// It might be done twice.
    Never,
}

impl Client {
    /// The cluster of these nodes, each as `host:port`; one is enough, several survive the loss of one. The first is asked
    /// until it fails, then the next. Connects to nobody yet. To be called, and used, inside of a tokio runtime.
    ///
    /// # Errors
    /// When one of them is no address, or there is none.
    pub fn of<A: AsRef<str>>(nodes: impl IntoIterator<Item = A>) -> Result<Self, Trouble> {
        let nodes = nodes.into_iter().map(|at| Node::at(at.as_ref()));
        let all = nodes.collect::<Result<Vec<_>, Trouble>>()?;
        if all.is_empty() {
            return Err(Trouble::Address { at: String::new(), why: "no node is named".into() });
        }
        Ok(Self { nodes: Arc::new(Nodes { all, first: AtomicUsize::new(0) }), patience: CALL_PATIENCE })
    }

    /// The same cluster, asked with another patience: how long a call may take with everything that it tries. At least
    /// [`CALL_PATIENCE_MIN`].
    #[must_use]
    pub fn with_patience(&self, patience: Duration) -> Self {
        Self { nodes: Arc::clone(&self.nodes), patience: patience.max(CALL_PATIENCE_MIN) }
    }

    /// Submits a task. With a key it happens once, whatever becomes of answers; without one, an answer that is lost is a
    /// [`Trouble::NoAnswer`].
    ///
    /// # Errors
    /// Why it was not done; after [`Trouble::NoAnswer`] it may have been.
    pub async fn submit(&self, request: SubmitRequest) -> Result<SubmitResponse, Trouble> {
        let twice = if request.key.is_some() { Twice::Same } else { Twice::Never };
        self.ask(request, twice, |mut calls, request| async move { calls.submit(request).await }).await
    }

    /// Submits tasks, all of them or none; as for one.
    ///
    /// # Errors
    /// Why it was not done; after [`Trouble::NoAnswer`] it may have been.
    pub async fn submit_many(&self, request: SubmitManyRequest) -> Result<SubmitManyResponse, Trouble> {
        let twice = if request.key.is_some() { Twice::Same } else { Twice::Never };
        self.ask(request, twice, |mut calls, request| async move { calls.submit_many(request).await }).await
    }

    /// How a task is, or how it ended.
    ///
    /// # Errors
    /// Why it cannot be told.
    pub async fn get(&self, request: GetRequest) -> Result<GetResponse, Trouble> {
        self.ask(request, Twice::Read, |mut calls, request| async move { calls.get(request).await }).await
    }

    /// Asks one node after the other until somebody answers, or the time is over.
    async fn ask<Q: Message + Clone, A, F>(
        &self,
        question: Q,
        twice: Twice,
        call: impl Fn(TasksClient<Channel>, Request<Q>) -> F,
    ) -> Result<A, Trouble>
    where
        F: Future<Output = Result<Response<A>, Status>>,
    {
        let bytes = question.encoded_len();
        if bytes > MESSAGE_BYTES {
            return Err(Trouble::TooLarge {
                what: format!("it has {bytes} bytes, and {MESSAGE_BYTES} may be sent"),
            });
        }
        let until = Instant::now() + self.patience;
        let mut pause = BackOff::default();
        // What may have been done by an attempt that was not answered.
        let mut doubt: Option<Trouble> = None;
        loop {
            let (place, node) = self.nodes.first();
            let left = until.saturating_duration_since(Instant::now());
            let patience = if twice == Twice::Never { left } else { left.min(ATTEMPT_PATIENCE) };
            let mut request = Request::new(question.clone());
            request.set_timeout(patience);
            let answer = timeout_at(Instant::now() + patience, call(node.calls.clone(), request)).await;
            let failed = match answer {
                Ok(Ok(answer)) => return Ok(answer.into_inner()),
                Ok(Err(status)) => Failed::of(&node.at, &status),
                Err(_) => Failed::late(&node.at, patience),
            };
            let mut wait = pause.next();
            let trouble = match failed {
                Failed::Refused(trouble) => return Err(doubt.unwrap_or(trouble)),
                Failed::Busy { trouble, retry } => {
                    wait = wait.max(retry);
                    trouble
                }
                Failed::Elsewhere(trouble) => {
                    self.nodes.turn_from(place);
                    trouble
                }
                Failed::Unknown(trouble) => {
                    self.nodes.turn_from(place);
                    match twice {
                        Twice::Never => return Err(trouble),
                        Twice::Same => doubt.insert(trouble).clone(),
                        Twice::Read => trouble,
                    }
                }
            };
            if until.saturating_duration_since(Instant::now()) < wait + CALL_PATIENCE_MIN {
                return Err(doubt.unwrap_or(trouble));
            }
            sleep(wait).await;
        }
    }
}

impl Nodes {
    fn first(&self) -> (usize, &Node) {
        let place = self.first.load(Ordering::Relaxed);
        (place, &self.all[place % self.all.len()])
    }

    /// Lets another be asked first, unless somebody has seen to that already.
    fn turn_from(&self, place: usize) {
        let next = (place + 1) % self.all.len();
        // Of many calls that fail at once, the first one turns.
        self.first.compare_exchange(place, next, Ordering::Relaxed, Ordering::Relaxed).ok();
    }
}

impl Node {
    fn at(at: &str) -> Result<Self, Trouble> {
        let endpoint = endpoint(at)?
            .connect_timeout(REACH_PATIENCE)
            .tcp_nodelay(true)
            .http2_keep_alive_interval(KEEPALIVE_EVERY)
            .keep_alive_timeout(KEEPALIVE_PATIENCE);
        let calls = TasksClient::new(endpoint.connect_lazy());
        let calls = calls.max_encoding_message_size(MESSAGE_BYTES).max_decoding_message_size(MESSAGE_BYTES);
        Ok(Self { at: at.into(), calls })
    }
}
