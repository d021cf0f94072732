//! Who comes to the public listener: no more at one time than may, and each must say quickly what it wants.
//!
//! A connection that is only opened, or sends its first bytes one by one, is closed when its patience is over. Once it
//! speaks HTTP/2, pings find out who has gone, and each call has its time.

use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use futures_util::Stream;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::{Instant, Sleep, sleep, sleep_until};
use tonic::transport::server::{Connected, TcpConnectInfo};

use crate::limits::{ACCEPT_PAUSE, PUBLIC_GREETING_BYTES, PUBLIC_GREETING_PATIENCE};

/// The connections that come in, no more than `most` at one time. Who comes beyond that is told nothing and closed: a
/// queue would only hide that there are too many.
pub(super) fn guarded(listener: TcpListener, most: usize) -> impl Stream<Item = io::Result<Guarded>> {
    let places = Arc::new(Semaphore::new(most.min(Semaphore::MAX_PERMITS)));
    futures_util::stream::unfold((listener, places, false), |(listener, places, mut warned)| async move {
        loop {
            let (stream, from) = match listener.accept().await {
                Ok(accepted) => accepted,
                Err(error) => {
                    tracing::warn!("a connection cannot be accepted: {error}");
                    sleep(ACCEPT_PAUSE).await;
                    continue;
                }
            };
            let Ok(place) = Arc::clone(&places).try_acquire_owned() else {
                metrics::counter!("reeve_public_connections_refused").increment(1);
                if !warned {
                    // Once for each time that it fills up: a flood must not fill the log as well.
                    tracing::warn!(%from, "too many connections to the public listener (listen.max_connections)");
                    warned = true;
                }
                continue;
            };
            warned = false;
            let guarded = stream.set_nodelay(true).map(|()| Guarded::new(stream, place));
            match guarded {
                Ok(guarded) => return Some((Ok(guarded), (listener, places, warned))),
                Err(error) => tracing::debug!("a connection has gone at once: {error}"),
            }
        }
    })
}

/// A connection that has a place, and little time to begin.
pub(super) struct Guarded {
    stream: TcpStream,
    /// Until it has said so much, its time runs.
    silent: Option<(usize, Pin<Box<Sleep>>)>,
    _place: OwnedSemaphorePermit,
}

impl Guarded {
    fn new(stream: TcpStream, place: OwnedSemaphorePermit) -> Self {
        let patience = Box::pin(sleep_until(Instant::now() + PUBLIC_GREETING_PATIENCE));
        Self { stream, silent: Some((PUBLIC_GREETING_BYTES, patience)), _place: place }
    }
}

impl Connected for Guarded {
    type ConnectInfo = TcpConnectInfo;

    fn connect_info(&self) -> TcpConnectInfo {
        self.stream.connect_info()
    }
}

impl AsyncRead for Guarded {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let before = buffer.filled().len();
        let read = Pin::new(&mut self.stream).poll_read(context, buffer);
        let came = buffer.filled().len().saturating_sub(before);
        if let Some((missing, patience)) = &mut self.silent {
            *missing = missing.saturating_sub(came);
            if *missing == 0 {
                self.silent = None;
            } else if patience.as_mut().poll(context).is_ready() {
                let silent = io::Error::new(io::ErrorKind::TimedOut, "it did not say in time what it wants");
                return Poll::Ready(Err(silent));
            }
        }
        read
    }
}

impl AsyncWrite for Guarded {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write(context, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(context)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        slices: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write_vectored(context, slices)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }
}
