//! The health listener: `/livez`, `/readyz` and `/metrics`, in plain text that says why not.
//!
//! One request per connection, all of it bounded in bytes and time: this door must open while everything else is on fire.

use std::convert::Infallible;
use std::net::SocketAddr;
use std::sync::Arc;

use http_body_util::Full;
use hyper::body::{Bytes, Incoming};
use hyper::header::{ALLOW, CACHE_CONTROL, CONTENT_TYPE, HeaderValue};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Method, Request, Response, StatusCode};
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;

use crate::Failure;
use crate::limits::{
    ACCEPT_PAUSE, HEALTH_CONNECTION_TIMEOUT, HEALTH_CONNECTIONS_MAX, HEALTH_HEADERS_MAX,
    HEALTH_REQUEST_BYTES_MAX, HEALTH_REQUEST_TIMEOUT,
};

/// What Prometheus calls its text.
const EXPOSITION: HeaderValue = HeaderValue::from_static("text/plain; version=0.0.4; charset=utf-8");
const TEXT: HeaderValue = HeaderValue::from_static("text/plain; charset=utf-8");

/// How a node is. Every answer comes at once: nothing here may wait for a disk, a lock that is held long, or a quorum.
pub trait Vitals: Send + Sync + 'static {
    /// Whether this process works, or why not. A process that does not is restarted, so this never depends on others.
    fn live(&self) -> Result<(), String>;

    /// Whether requests should come here (the office is open, or the follower is in contact with a leader), with a line
    /// that says how it stands; or why not.
    fn ready(&self) -> Result<String, String>;

    /// What this node has to add to the recorded metrics, as Prometheus reads it.
    fn metrics(&self) -> String;
}

/// The listener, bound and not yet answering.
#[derive(Debug)]
pub struct Health {
    listener: TcpListener,
    address: SocketAddr,
}

impl Health {
    /// Binds the address that `key` names.
    pub async fn bind(key: &'static str, address: SocketAddr) -> Result<Self, Failure> {
        let failed = |error| Failure::Listen { key, address, error };
        let listener = TcpListener::bind(address).await.map_err(failed)?;
        let address = listener.local_addr().map_err(failed)?;
        Ok(Self { listener, address })
    }

    /// Where it listens, with the port that the system chose if none was given.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Answers until it is dropped.
    pub async fn serve(self, vitals: Arc<dyn Vitals>) {
        let mut connections = JoinSet::new();
        loop {
            if connections.len() >= HEALTH_CONNECTIONS_MAX {
                connections.join_next().await;
            }
            tokio::select! {
                accepted = self.listener.accept() => match accepted {
                    Ok((stream, _)) => drop(connections.spawn(converse(stream, Arc::clone(&vitals)))),
                    Err(error) => {
                        tracing::warn!(%error, "a health connection was not accepted");
                        tokio::time::sleep(ACCEPT_PAUSE).await;
                    }
                },
                Some(_) = connections.join_next() => {}
            }
        }
    }
}

/// One request and its answer. Whoever breaks off has no answer to wait for, so how it ends is of no interest.
async fn converse(stream: TcpStream, vitals: Arc<dyn Vitals>) {
    let answer = service_fn(move |request: Request<Incoming>| {
        let response = answer(&request, &*vitals);
        async move { Ok::<_, Infallible>(response) }
    });
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(HEALTH_REQUEST_TIMEOUT)
        .max_buf_size(HEALTH_REQUEST_BYTES_MAX)
        .max_headers(HEALTH_HEADERS_MAX)
        .keep_alive(false)
        .serve_connection(TokioIo::new(stream), answer);
    match tokio::time::timeout(HEALTH_CONNECTION_TIMEOUT, connection).await {
        Ok(Ok(())) => {}
        Ok(Err(error)) => tracing::debug!(%error, "a health connection broke"),
        Err(_) => tracing::debug!("a health connection took too long"),
    }
}

fn answer<B>(request: &Request<B>, vitals: &dyn Vitals) -> Response<Full<Bytes>> {
    if !matches!(*request.method(), Method::GET | Method::HEAD) {
        let mut refusal = respond(StatusCode::METHOD_NOT_ALLOWED, TEXT, "only GET and HEAD\n".into());
        refusal.headers_mut().insert(ALLOW, HeaderValue::from_static("GET, HEAD"));
        return refusal;
    }
    match request.uri().path() {
        "/livez" => verdict(vitals.live().map(|()| "live".into())),
        "/readyz" => verdict(vitals.ready()),
        "/metrics" => respond(StatusCode::OK, EXPOSITION, vitals.metrics()),
        _ => respond(StatusCode::NOT_FOUND, TEXT, "here are /livez, /readyz and /metrics\n".into()),
    }
}

fn verdict(verdict: Result<String, String>) -> Response<Full<Bytes>> {
    match verdict {
        Ok(how) => respond(StatusCode::OK, TEXT, how + "\n"),
        Err(why) => respond(StatusCode::SERVICE_UNAVAILABLE, TEXT, why + "\n"),
    }
}

fn respond(status: StatusCode, kind: HeaderValue, text: String) -> Response<Full<Bytes>> {
    let mut response = Response::new(Full::new(Bytes::from(text)));
    *response.status_mut() = status;
    response.headers_mut().insert(CONTENT_TYPE, kind);
    response.headers_mut().insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}
