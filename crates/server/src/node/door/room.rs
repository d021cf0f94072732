//! The room that the requests of all connections have in memory together: what has come of them and is not answered yet.
//!
//! A connection may have many calls and there may be many connections, so no bound of each bounds them all. Who does not
//! fit any more is told to come again rather than made to wait: requests that are half here would wait for one another.
//! What came of a call counts until it is answered or given up. What was proposed by then and waits for the log has bounds of
//! its own (`admission`).

use std::convert::Infallible;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::{Context, Poll, ready};

use bytes::Bytes;
use hyper::body::{Frame, SizeHint};
use hyper::{Request, Response};
use tokio::sync::Semaphore;
use tonic::Status;
use tonic::body::Body;
use tonic::codegen::{BoxFuture, Service};
use tonic::server::NamedService;

use crate::limits::PUBLIC_CALL_BYTES;
use crate::node::tasks;

/// The room that is left. Clones share it.
#[derive(Clone)]
pub(super) struct Room(Arc<Semaphore>);

impl Room {
    pub(super) fn of(bytes: usize) -> Self {
        Self(Arc::new(Semaphore::new(bytes)))
    }

    /// Has a service take only what there is room for.
    pub(super) fn within<S>(&self, service: S) -> Within<S> {
        Within { service, room: self.clone() }
    }
}

/// What one call has taken of it, until it is dropped.
struct Share {
    room: Room,
    taken: AtomicUsize,
}

impl Share {
    fn take(&self, bytes: usize) -> Result<(), Status> {
        let permits = u32::try_from(bytes).ok().and_then(|bytes| self.room.0.try_acquire_many(bytes).ok());
        let Some(permits) = permits else {
            metrics::counter!("reeve_public_requests_crowded").increment(1);
            return Err(tasks::crowded());
        };
        permits.forget();
        self.taken.fetch_add(bytes, Ordering::Relaxed);
        Ok(())
    }
}

impl Drop for Share {
    fn drop(&mut self) {
        self.room.0.add_permits(*self.taken.get_mut());
    }
}

/// A service that takes only what there is room for.
#[derive(Clone)]
pub(super) struct Within<S> {
    service: S,
    room: Room,
}

impl<S: NamedService> NamedService for Within<S> {
    const NAME: &'static str = S::NAME;
}

impl<S> Service<Request<Body>> for Within<S>
where
    S: Service<Request<Body>, Response = Response<Body>, Error = Infallible>,
    S::Future: Send + 'static,
{
    type Response = Response<Body>;
    type Error = Infallible;
    type Future = BoxFuture<Response<Body>, Infallible>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        self.service.poll_ready(context)
    }

    fn call(&mut self, request: Request<Body>) -> Self::Future {
        let share = Arc::new(Share { room: self.room.clone(), taken: AtomicUsize::new(0) });
        let headers = request.headers().iter().map(|(name, value)| name.as_str().len() + value.len());
        if let Err(crowded) = share.take(PUBLIC_CALL_BYTES + headers.sum::<usize>()) {
            return Box::pin(std::future::ready(Ok(crowded.into_http())));
        }
        let counted = |body| Body::new(Counted { body, share: Arc::clone(&share) });
        let answer = self.service.call(request.map(counted));
        Box::pin(async move {
            let answer = answer.await;
            drop(share);
            answer
        })
    }
}

/// The body of a request, which is counted as it comes.
struct Counted {
    body: Body,
    share: Arc<Share>,
}

impl hyper::body::Body for Counted {
    type Data = Bytes;
    type Error = Status;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Status>>> {
        let Some(frame) = ready!(Pin::new(&mut self.body).poll_frame(context)) else {
            return Poll::Ready(None);
        };
        let frame = frame.and_then(|frame| {
            self.share.take(frame.data_ref().map_or(0, Bytes::len))?;
            Ok(frame)
        });
        Poll::Ready(Some(frame))
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

#[cfg(test)]
mod tests {
    use futures_util::stream;
    use http_body_util::{BodyExt, StreamBody};
    use tokio::sync::watch;
    use tonic::Code;

    use super::*;

    /// Reads each request, and answers how long it was once it may.
    #[derive(Clone)]
    struct Reader(watch::Receiver<bool>);

    impl Service<Request<Body>> for Reader {
        type Response = Response<Body>;
        type Error = Infallible;
        type Future = BoxFuture<Response<Body>, Infallible>;

        fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
            Poll::Ready(Ok(()))
        }

        fn call(&mut self, request: Request<Body>) -> Self::Future {
            let mut may = self.0.clone();
            Box::pin(async move {
                let read = match request.into_body().collect().await {
                    Ok(read) => read.to_bytes().len(),
                    Err(status) => return Ok(status.into_http()),
                };
                may.wait_for(|may| *may).await.expect("it is told");
                Ok(Response::builder().header("read", read).body(Body::empty()).expect("it is a response"))
            })
        }
    }

    const PIECES: usize = 4;
    const PIECE: usize = 1_000;
    const EACH: usize = PUBLIC_CALL_BYTES + PIECES * PIECE;

    fn request() -> Request<Body> {
        let piece = || Ok::<_, Status>(Frame::data(Bytes::from_static(&[7; PIECE])));
        Request::new(Body::new(StreamBody::new(stream::iter((0..PIECES).map(move |_| piece())))))
    }

    fn read(answer: &Response<Body>) -> Option<&str> {
        answer.headers().get("read").map(|read| read.to_str().expect("it is a number"))
    }

    #[tokio::test]
    async fn what_is_not_answered_yet_has_so_much_room_and_no_more() {
        let (may, told) = watch::channel(false);
        let room = Room::of(3 * EACH - 1);
        let mut service = room.within(Reader(told));
        let mut waiting: Vec<_> = (0..2).map(|_| service.call(request())).collect();
        for call in &mut waiting {
            assert!(futures_util::poll!(call).is_pending(), "it is read, and waits");
        }
        assert_eq!(room.0.available_permits(), EACH - 1);
        // All but the last of it would fit.
        let crowded = Status::from_header_map(service.call(request()).await.expect("an answer").headers());
        let crowded = crowded.expect("it is refused");
        assert!(crowded.code() == Code::Unavailable && crowded.message().starts_with("BUSY: "), "{crowded}");
        assert!(crowded.metadata().contains_key("grpc-retry-pushback-ms"));
        assert_eq!(room.0.available_permits(), EACH - 1, "what was read of it is forgotten");
        // Who leaves makes room.
        drop(waiting.pop());
        let mut third = service.call(request());
        assert!(futures_util::poll!(&mut third).is_pending());
        may.send_replace(true);
        for call in waiting.into_iter().chain([third]) {
            assert_eq!(read(&call.await.expect("an answer")), Some("4000"));
        }
        assert_eq!(room.0.available_permits(), 3 * EACH - 1);
    }

    #[tokio::test]
    async fn a_call_counts_before_anything_of_it_comes() {
        let (_may, told) = watch::channel(true);
        let mut service = Room::of(PUBLIC_CALL_BYTES + 20).within(Reader(told));
        let with = |value: &'static str| {
            Request::builder().header("token", value).body(Body::empty()).expect("it is a request")
        };
        assert_eq!(read(&service.call(with("0123456789")).await.expect("an answer")), Some("0"));
        let long = service.call(with("0123456789abcdef")).await.expect("an answer");
        assert_eq!(read(&long), None, "its headers count");
    }
}
