//! One connection to one peer for one lane: it comes about when it is needed, and again after it broke, but never in a
//! storm. Connecting has a task and a patience of its own, so that it succeeds even if each asker has less.

use std::error::Error;
use std::io;
use std::pin::Pin;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Weak};
use std::task::{Context, Poll};

use hyper::body::Incoming;
use hyper::client::conn::http2::{self, Connection, SendRequest};
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use reeve_proto::internal::v1::peer_client::PeerClient;
use tokio::net::TcpStream;
use tokio::runtime::Handle;
use tokio::sync::watch;
use tokio::time::{Instant, sleep_until, timeout};
use tonic::body::Body;
use tonic::codegen::http::{Request, Response, Uri};
use tonic::codegen::{BoxFuture, Service};

use super::counted::{Bytes, Counted};
use super::{greeting, limits};
use crate::message::NoAnswer;
use crate::platform::Lane;

type Wire = Connection<TokioIo<Counted>, Body, TokioExecutor>;

/// How it stands with one peer and lane.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LineStatus {
    /// The peer's number.
    pub peer: u64,
    /// What the line is for.
    pub lane: Lane,
    /// Where the peer was last said to be.
    pub address: String,
    /// Whether there is a connection.
    pub standing: Standing,
    /// How often there was one.
    pub connected: u64,
    /// How often there was none, or it broke.
    pub failed: u64,
    /// Bytes that came.
    pub bytes_in: u64,
    /// Bytes that went.
    pub bytes_out: u64,
}

/// Whether there is a connection.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Standing {
    /// Nobody has asked for one.
    Idle,
    /// It is being made.
    Connecting,
    /// There is.
    Open,
    /// There is none, and why.
    Down(String),
}

/// One connection, or the lack of it.
pub(super) struct Line {
    address: String,
    lane: Lane,
    threads: Handle,
    state: watch::Sender<State>,
    bytes: Arc<Bytes>,
    connected: AtomicU64,
    failed: AtomicU64,
    /// Failures since the peer last answered.
    in_a_row: AtomicU64,
}

enum State {
    Idle,
    Connecting,
    Open(Sender),
    Down { why: String, again_at: Instant },
}

impl Line {
    pub(super) fn new(address: String, lane: Lane, threads: Handle) -> Self {
        let state = watch::Sender::new(State::Idle);
        let (connected, failed, in_a_row) = Default::default();
        Self { address, lane, threads, state, bytes: Arc::default(), connected, failed, in_a_row }
    }

    pub(super) fn address(&self) -> &str {
        &self.address
    }

    pub(super) const fn lane(&self) -> Lane {
        self.lane
    }

    pub(super) const fn threads(&self) -> &Handle {
        &self.threads
    }

    pub(super) fn status(&self, peer: u64, lane: Lane) -> LineStatus {
        let standing = match &*self.state.borrow() {
            State::Idle => Standing::Idle,
            State::Connecting => Standing::Connecting,
            State::Open(_) => Standing::Open,
            State::Down { why, .. } => Standing::Down(why.clone()),
        };
        LineStatus {
            peer,
            lane,
            address: self.address.clone(),
            standing,
            connected: self.connected.load(Ordering::Relaxed),
            failed: self.failed.load(Ordering::Relaxed),
            bytes_in: self.bytes.read(),
            bytes_out: self.bytes.written(),
        }
    }

    /// The peer, to be asked something. Waits for a connection if there is none.
    pub(super) async fn peer(self: &Arc<Self>) -> Result<PeerClient<Sender>, NoAnswer> {
        let mut seen = self.state.subscribe();
        self.connect_if_needed();
        let settled = seen.wait_for(|state| match state {
            State::Idle | State::Connecting => false,
            // One that is closed gives way to its reason in a moment.
            State::Open(sender) => !sender.0.is_closed(),
            State::Down { .. } => true,
        });
        let settled = settled.await.map_err(|_| NoAnswer::NeverSent("the line is given up".into()))?;
        match &*settled {
            State::Open(sender) => Ok(self.client(sender.clone())),
            State::Down { why, .. } => {
                Err(NoAnswer::NeverSent(format!("{} cannot be reached: {why}", self.address)))
            }
            State::Idle | State::Connecting => unreachable!("these were waited out"),
        }
    }

    /// The peer answered: what broke before is forgotten.
    pub(super) fn answered(&self) {
        self.in_a_row.store(0, Ordering::Relaxed);
    }

    fn client(&self, sender: Sender) -> PeerClient<Sender> {
        let most = self.lane.bounds().message_bytes;
        // Connections are made here, so no name in a request is ever looked up.
        PeerClient::with_origin(sender, Uri::from_static("http://peer.reeve"))
            .max_decoding_message_size(most)
            .max_encoding_message_size(most)
    }

    fn connect_if_needed(self: &Arc<Self>) {
        let mut start = None;
        self.state.send_if_modified(|state| {
            start = match state {
                State::Idle => Some(Instant::now()),
                State::Down { again_at, .. } => Some(*again_at),
                State::Connecting | State::Open(_) => None,
            };
            if start.is_some() {
                *state = State::Connecting;
            }
            start.is_some()
        });
        if let Some(start) = start {
            let (address, lane, bytes) = (self.address.clone(), self.lane, Arc::clone(&self.bytes));
            // The task must not keep a line alive that nobody wants any more.
            let line = Arc::downgrade(self);
            self.threads.spawn(async move {
                sleep_until(start).await;
                live(line, &address, lane, bytes).await;
            });
        }
    }

    fn opened(&self, sender: Sender) {
        self.connected.fetch_add(1, Ordering::Relaxed);
        self.state.send_replace(State::Open(sender));
    }

    fn down(&self, why: String) {
        self.failed.fetch_add(1, Ordering::Relaxed);
        let in_a_row = self.in_a_row.fetch_add(1, Ordering::Relaxed);
        let doubled = limits::RECONNECT_FIRST * (1 << in_a_row.min(16));
        let again_at = Instant::now() + doubled.min(limits::RECONNECT_MAX);
        tracing::debug!(address = self.address, lane = ?self.lane, why, "no connection to a peer");
        self.state.send_replace(State::Down { why, again_at });
    }
}

/// The life of one connection.
async fn live(line: Weak<Line>, address: &str, lane: Lane, bytes: Arc<Bytes>) {
    let connecting = timeout(limits::CONNECT_PATIENCE, connect(address, lane, bytes));
    let why = match connecting.await {
        Err(_) => format!("no connection within {:?}", limits::CONNECT_PATIENCE),
        Ok(Err(error)) => error.to_string(),
        Ok(Ok((sender, connection))) => {
            let Some(kept) = line.upgrade() else { return };
            kept.opened(sender);
            drop(kept);
            match connection.await {
                Ok(()) => "the peer closed the connection".into(),
                Err(error) => told(&error),
            }
        }
    };
    if let Some(line) = line.upgrade() {
        line.down(why);
    }
}

async fn connect(address: &str, lane: Lane, bytes: Arc<Bytes>) -> io::Result<(Sender, Wire)> {
    let mut stream = TcpStream::connect(address).await?;
    stream.set_nodelay(true)?;
    greeting::send(&mut stream, lane).await?;
    let bounds = lane.bounds();
    let stream = TokioIo::new(Counted::new(stream, bytes, &[]));
    let handshake = http2::Builder::new(TokioExecutor::new())
        .timer(TokioTimer::new())
        .initial_stream_window_size(limits::ANSWER_WINDOW_BYTES)
        .initial_connection_window_size(limits::ANSWERS_WINDOW_BYTES)
        .max_frame_size(bounds.frame_bytes)
        .max_header_list_size(limits::HEADER_BYTES)
        .max_send_buf_size(limits::SEND_BUFFER_BYTES)
        .max_local_error_reset_streams(limits::RESETS_LOCAL)
        .keep_alive_interval(limits::KEEPALIVE_EVERY)
        .keep_alive_timeout(limits::KEEPALIVE_PATIENCE)
        .keep_alive_while_idle(true)
        .handshake(stream)
        .await;
    let (sender, connection) = handshake.map_err(|error| io::Error::other(told(&error)))?;
    Ok((Sender(sender), connection))
}

/// An error and its causes, in one line.
pub(super) fn told(error: &dyn Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(deeper) = cause {
        let more = deeper.to_string();
        if !text.contains(&more) {
            text = format!("{text}: {more}");
        }
        cause = deeper.source();
    }
    text
}

/// The sending end of a connection, as the generated client wants it.
#[derive(Clone)]
pub(super) struct Sender(SendRequest<Body>);

impl Service<Request<Body>> for Sender {
    type Response = Response<Incoming>;
    type Error = hyper::Error;
    type Future = BoxFuture<Self::Response, Self::Error>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), Self::Error>> {
        self.0.poll_ready(context)
    }

    fn call(
        &mut self,
        request: Request<Body>,
    ) -> Pin<Box<dyn Future<Output = hyper::Result<Self::Response>> + Send>> {
        Box::pin(self.0.send_request(request))
    }
}
