//! The listener: one port, to which peers connect once for each lane.
//!
//! Newcomers are heard on the threads of heartbeats, since a peer that comes back must not wait; all they can cost there
//! is 32 bytes. Then each connection goes to the threads of its lane, together with the readiness of its socket.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use hyper::server::conn::http2;
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use reeve_proto::internal::v1::peer_server::PeerServer;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::{JoinError, JoinHandle, JoinSet};
use tokio::time::{sleep, timeout};
use tonic::codegen::Service;

use super::counted::{Bytes, Counted};
use super::service::{PeerService, stopped};
use super::{Threads, greeting, limits};
use crate::platform::{Lane, Listener};

/// What a listener has seen so far.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Served {
    /// Connections taken.
    pub accepted: u64,
    /// Bytes that came.
    pub bytes_in: u64,
    /// Bytes that went.
    pub bytes_out: u64,
}

#[derive(Default)]
struct Counts {
    accepted: [AtomicU64; 4],
    bytes: [Arc<Bytes>; 4],
    refused: AtomicU64,
}

const fn place(lane: Lane) -> usize {
    match lane {
        Lane::Log => 0,
        Lane::Pulse => 1,
        Lane::Bulk => 2,
        Lane::Desk => 3,
    }
}

/// A port that is being served. Dropping it stops it too, but waits for nothing.
pub struct Serving {
    address: SocketAddr,
    counts: Arc<Counts>,
    stop: watch::Sender<bool>,
    accepting: JoinHandle<()>,
}

impl Serving {
    /// Listens at `address` and hands what comes to `listener`.
    ///
    /// # Errors
    /// When the address cannot be had.
    pub async fn start<L: Listener>(address: &str, threads: Threads, listener: L) -> io::Result<Self> {
        let address = address.to_owned();
        let binding = threads.pulse.spawn(async move { TcpListener::bind(address).await });
        let port = binding.await.map_err(io::Error::other)??;
        let address = port.local_addr()?;
        let counts = Arc::<Counts>::default();
        let (stop, stopping) = watch::channel(false);
        let pulse = threads.pulse.clone();
        let door = Door {
            counts: Arc::clone(&counts),
            greetings: JoinSet::new(),
            connections: JoinSet::new(),
            threads,
            listener,
            stopping,
        };
        let accepting = pulse.spawn(door.keep(port));
        Ok(Self { address, counts, stop, accepting })
    }

    /// Where it listens.
    #[must_use]
    pub const fn address(&self) -> SocketAddr {
        self.address
    }

    /// What came on a lane so far.
    #[must_use]
    pub fn served(&self, lane: Lane) -> Served {
        let bytes = &self.counts.bytes[place(lane)];
        Served {
            accepted: self.counts.accepted[place(lane)].load(Ordering::Relaxed),
            bytes_in: bytes.read(),
            bytes_out: bytes.written(),
        }
    }

    /// Connections that were not taken: too many, too slow, or not from a replica.
    #[must_use]
    pub fn refused(&self) -> u64 {
        self.counts.refused.load(Ordering::Relaxed)
    }

    /// Stops: the port is free at once, open calls and streams are ended, and connections closed.
    ///
    /// # Errors
    /// When the listener itself had come to grief.
    pub async fn stop(self) -> Result<(), JoinError> {
        self.stop.send_replace(true);
        self.accepting.await
    }
}

/// What the accepting task holds.
struct Door<L> {
    threads: Threads,
    listener: L,
    counts: Arc<Counts>,
    stopping: watch::Receiver<bool>,
    greetings: JoinSet<Option<(Lane, std::net::TcpStream)>>,
    connections: JoinSet<()>,
}

impl<L: Listener> Door<L> {
    async fn keep(mut self, port: TcpListener) {
        let stopped = stopped(self.stopping.clone());
        tokio::pin!(stopped);
        loop {
            tokio::select! {
                () = &mut stopped => break,
                accepted = port.accept() => match accepted {
                    Ok((stream, from)) => self.greet(stream, from),
                    Err(error) => {
                        tracing::warn!("a peer's connection cannot be accepted: {error}");
                        sleep(limits::ACCEPT_PAUSE).await;
                    }
                },
                Some(heard) = self.greetings.join_next() => match heard {
                    Ok(Some((lane, stream))) => self.serve(lane, stream),
                    Ok(None) | Err(_) => self.refuse(),
                },
                Some(_) = self.connections.join_next() => {}
            }
        }
        drop(port);
        self.greetings.abort_all();
        let ending = async { while self.connections.join_next().await.is_some() {} };
        if timeout(limits::STOP_PATIENCE, ending).await.is_err() {
            self.connections.shutdown().await;
        }
    }

    fn refuse(&self) {
        self.counts.refused.fetch_add(1, Ordering::Relaxed);
    }

    fn greet(&mut self, mut stream: TcpStream, from: SocketAddr) {
        if self.greetings.len() >= limits::GREETINGS_MAX || self.connections.len() >= limits::CONNECTIONS_MAX
        {
            tracing::warn!(%from, "too many connections to the peer port");
            return self.refuse();
        }
        self.greetings.spawn(async move {
            let heard = timeout(limits::GREETING_PATIENCE, greeting::receive(&mut stream)).await;
            let lane = match heard {
                Ok(Ok(lane)) => lane,
                Ok(Err(error)) => {
                    tracing::warn!(%from, %error, "refused at the peer port");
                    return None;
                }
                Err(_) => {
                    tracing::warn!(%from, "refused at the peer port: it said nothing");
                    return None;
                }
            };
            Some((lane, stream.into_std().ok()?))
        });
    }

    fn serve(&mut self, lane: Lane, stream: std::net::TcpStream) {
        let place = place(lane);
        self.counts.accepted[place].fetch_add(1, Ordering::Relaxed);
        let bytes = Arc::clone(&self.counts.bytes[place]);
        let service = PeerService { listener: self.listener.clone(), stopping: self.stopping.clone() };
        let connection = async move {
            if let Err(error) = serve(lane, stream, bytes, service).await {
                tracing::debug!(?lane, "a peer's connection ended: {error}");
            }
        };
        self.connections.spawn_on(connection, self.threads.of(lane));
    }
}

async fn serve<L: Listener>(
    lane: Lane,
    stream: std::net::TcpStream,
    bytes: Arc<Bytes>,
    service: PeerService<L>,
) -> io::Result<()> {
    let stream = TcpStream::from_std(stream)?;
    stream.set_nodelay(true)?;
    let bounds = lane.bounds();
    let stopped = stopped(service.stopping.clone());
    let service = PeerServer::new(service)
        .max_decoding_message_size(bounds.message_bytes)
        .max_encoding_message_size(bounds.message_bytes);
    let answer = hyper::service::service_fn(move |request| service.clone().call(request));
    let connection = http2::Builder::new(TokioExecutor::new())
        .timer(TokioTimer::new())
        .initial_stream_window_size(bounds.window_bytes)
        .initial_connection_window_size(bounds.window_bytes)
        .max_frame_size(bounds.frame_bytes)
        .max_concurrent_streams(bounds.streams)
        .max_header_list_size(limits::HEADER_BYTES)
        .max_send_buf_size(limits::SEND_BUFFER_BYTES)
        .max_pending_accept_reset_streams(limits::RESETS_PENDING)
        .max_local_error_reset_streams(limits::RESETS_LOCAL)
        .keep_alive_interval(limits::KEEPALIVE_EVERY)
        .keep_alive_timeout(limits::KEEPALIVE_PATIENCE)
        .serve_connection(TokioIo::new(Counted::new(stream, bytes, greeting::PREFACE)), answer);
    tokio::pin!(connection);
    tokio::select! {
        ended = connection.as_mut() => return ended.map_err(io::Error::other),
        () = stopped => connection.as_mut().graceful_shutdown(),
    }
    connection.await.map_err(io::Error::other)
}
