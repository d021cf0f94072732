//! The public listener, and what operators ask through it. There is no authentication yet: where it may listen is the
//! matter of the configuration (`listen.insecure_no_auth`).

mod incoming;
mod room;
mod words;

use std::net::SocketAddr;
use std::sync::Arc;

use reeve_node::member::{Membership, Wish};
use reeve_node::message::Change;
use reeve_proto::v1 as wire;
use reeve_proto::v1::cluster_server::{Cluster, ClusterServer};
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio::task::{JoinError, JoinHandle};
use tonic::transport::Server;
use tonic::{Request, Response, Status};

use self::incoming::guarded;
use self::room::Room;
use self::words::{member_out, standing_out, wish_in};
use super::entrance::{Asking, Bid, Wanted, name_warning};
use super::refusal::Refusal;
use super::seat::{Seat, known_to_lead};
use super::stage::{Stage, Stages};
use super::tasks;
use crate::Failure;
use crate::config::{HostPort, Value};
use crate::health::Vitals;
use crate::limits::{
    PUBLIC_CALL_PATIENCE, PUBLIC_HEADER_BYTES, PUBLIC_KEEPALIVE_EVERY, PUBLIC_KEEPALIVE_PATIENCE,
    PUBLIC_MESSAGE_BYTES, PUBLIC_OPERATORS_BYTES, PUBLIC_RESETS_LOCAL, PUBLIC_RESETS_PENDING, PUBLIC_STREAMS,
    PUBLIC_WINDOW_BYTES,
};

/// The public listener. Dropping it stops it too, but waits for nothing.
pub(super) struct Door {
    address: SocketAddr,
    stop: watch::Sender<bool>,
    serving: JoinHandle<()>,
}

impl Door {
    /// Listens, to no more connections than this at one time, whose tasks have no more room than this together.
    pub(super) async fn open(
        address: SocketAddr,
        connections: usize,
        room: usize,
        stages: Arc<Stages>,
        asking: Asking,
    ) -> Result<Self, Failure> {
        let failed = |error| Failure::Listen { key: "listen.public", address, error };
        let listener = TcpListener::bind(address).await.map_err(failed)?;
        let address = listener.local_addr().map_err(failed)?;
        let (stop, mut stopping) = watch::channel(false);
        let tasks = tasks::service(Arc::clone(&stages));
        let cluster = ClusterServer::new(Service { stages, asking })
            .max_decoding_message_size(PUBLIC_MESSAGE_BYTES)
            .max_encoding_message_size(PUBLIC_MESSAGE_BYTES);
        let (room, operators) = (Room::of(room), Room::of(PUBLIC_OPERATORS_BYTES));
        let server = Server::builder()
            .timeout(PUBLIC_CALL_PATIENCE)
            .max_concurrent_streams(PUBLIC_STREAMS)
            .initial_stream_window_size(PUBLIC_WINDOW_BYTES)
            .initial_connection_window_size(PUBLIC_WINDOW_BYTES)
            .http2_keepalive_interval(Some(PUBLIC_KEEPALIVE_EVERY))
            .http2_keepalive_timeout(Some(PUBLIC_KEEPALIVE_PATIENCE))
            .http2_max_header_list_size(PUBLIC_HEADER_BYTES)
            .http2_max_pending_accept_reset_streams(Some(PUBLIC_RESETS_PENDING))
            .http2_max_local_error_reset_streams(Some(PUBLIC_RESETS_LOCAL))
            .add_service(operators.within(cluster))
            .add_service(room.within(tasks));
        let serving = tokio::spawn(async move {
            // Whoever held the sender has gone, or said so: either way it is over.
            let stopped = async move { drop(stopping.wait_for(|stop| *stop).await) };
            let incoming = guarded(listener, connections);
            if let Err(error) = server.serve_with_incoming_shutdown(incoming, stopped).await {
                tracing::error!("the public listener ended: {error}");
            }
        });
        Ok(Self { address, stop, serving })
    }

    pub(super) const fn address(&self) -> SocketAddr {
        self.address
    }

    /// Takes no more calls, and ends when those under way have.
    pub(super) async fn stop(self) -> Result<(), JoinError> {
        self.stop.send_replace(true);
        self.serving.await
    }
}

struct Service {
    stages: Arc<Stages>,
    asking: Asking,
}

impl Service {
    fn seat(&self) -> Result<Arc<dyn Seat>, Refusal> {
        self.stages.seat()
    }

    /// Lets this node, which belongs to no cluster, come to belong to one.
    async fn enter(&self, wanted: Wanted) -> Result<Arc<dyn Seat>, Refusal> {
        match self.stages.now() {
            Stage::Fresh(_) => {}
            Stage::Seated(_) => return Err(self.stages.belongs()),
            Stage::Amnesiac(_) | Stage::Broken(_) => drop(self.seat()?),
        }
        self.asking.ask(wanted).await.unwrap_or_else(|| Err(self.stages.belongs()))
    }

    async fn change(&self, change: Change) -> Result<u64, Refusal> {
        Ok(self.seat()?.change(change).await?.0)
    }

    fn membership(&self) -> Result<Membership, Refusal> {
        Ok(self.seat()?.status().membership)
    }
}

/// The member that is meant by its number or its name.
fn meant(membership: &Membership, word: &str) -> Result<u64, Refusal> {
    if let Ok(number) = word.parse::<u64>() {
        return if membership.members.contains_key(&number) {
            Ok(number)
        } else {
            Err(Refusal::NoSuchNode(format!("node {number} is not a member")))
        };
    }
    Ok(membership.called(word)?)
}

fn given<T>(field: Option<T>, name: &str) -> Result<T, Refusal> {
    field.ok_or_else(|| Refusal::Argument(format!("the request lacks `{name}`")))
}

fn address(text: &str, name: &str) -> Result<HostPort, Refusal> {
    HostPort::parse(text)
        .ok_or_else(|| Refusal::Argument(format!("`{name}`: `{text}` is not {}", HostPort::form())))
}

#[tonic::async_trait]
impl Cluster for Service {
    async fn init(&self, _: Request<wire::InitRequest>) -> Result<Response<wire::InitResponse>, Status> {
        let identity = self.enter(Wanted::Init).await?.status().identity;
        let (cluster, node) = (Some(words::hex(identity.cluster)), Some(identity.node));
        Ok(Response::new(wire::InitResponse { cluster, node }))
    }

    async fn join(
        &self,
        request: Request<wire::JoinRequest>,
    ) -> Result<Response<wire::JoinResponse>, Status> {
        let request = request.into_inner();
        let seed = address(&given(request.seed, "seed")?, "seed")?;
        // Who is called what is known to the seed, not here.
        let bid = wish_in(request.wish, |word| {
            let called = |_| Bid::ReplaceCalled(word.into());
            Ok(word.parse().map_or_else(called, |node| Bid::Wish(Wish::Replace(node))))
        })?;
        let seat = self.enter(Wanted::Join { seed, bid }).await?;
        let identity = seat.status().identity;
        let (cluster, node) = (Some(words::hex(identity.cluster)), Some(identity.node));
        let warnings = name_warning(&*seat).await.into_iter().collect();
        Ok(Response::new(wire::JoinResponse { cluster, node, warnings }))
    }

    async fn status(
        &self,
        _: Request<wire::StatusRequest>,
    ) -> Result<Response<wire::StatusResponse>, Status> {
        let (ready, why) = match self.stages.ready() {
            Ok(why) => (true, why),
            Err(why) => (false, why),
        };
        let standing = match self.stages.now() {
            Stage::Seated(seat) => Some(standing_out(&seat.status(), seat.sync())),
            Stage::Fresh(_) | Stage::Amnesiac(_) | Stage::Broken(_) => None,
        };
        let role = match self.stages.now() {
            Stage::Seated(seat) => words::role(&seat.status()),
            Stage::Fresh(_) => "fresh",
            Stage::Amnesiac(_) => "amnesiac",
            Stage::Broken(_) => "stopping",
        };
        Ok(Response::new(wire::StatusResponse {
            name: Some(self.stages.name().into()),
            role: Some(role.into()),
            ready: Some(ready),
            why: Some(why),
            standing,
        }))
    }

    async fn members(
        &self,
        _: Request<wire::MembersRequest>,
    ) -> Result<Response<wire::MembersResponse>, Status> {
        let status = self.seat()?.status();
        let members = status.membership.members.iter();
        let members = members.map(|(node, member)| member_out(&status, *node, member)).collect();
        let changing = Some(status.membership.voters.len() > 1);
        let (asked, last_leader) = (Some(status.identity.node), status.last_leader);
        Ok(Response::new(wire::MembersResponse { members, changing, asked, last_leader }))
    }

    async fn remove(
        &self,
        request: Request<wire::RemoveRequest>,
    ) -> Result<Response<wire::RemoveResponse>, Status> {
        let request = request.into_inner();
        let node = meant(&self.membership()?, &given(request.node, "node")?)?;
        let anyway = given(request.anyway, "anyway")?;
        let revision = self.change(Change::Remove { node, anyway }).await?;
        Ok(Response::new(wire::RemoveResponse { revision: Some(revision) }))
    }

    async fn r#move(
        &self,
        request: Request<wire::MoveRequest>,
    ) -> Result<Response<wire::MoveResponse>, Status> {
        let request = request.into_inner();
        let membership = self.membership()?;
        let node = meant(&membership, &given(request.node, "node")?)?;
        let at = |text: Option<String>, name| {
            text.map(|text| address(&text, name).map(|at| at.to_string())).transpose()
        };
        let (peer, public) = (at(request.peer, "peer")?, at(request.public, "public")?);
        let wish =
            request.wish.map(|wish| wish_in(Some(wish), |word| meant(&membership, word).map(Wish::Replace)));
        let change = Change::Move { node, name: request.name, peer, public, wish: wish.transpose()? };
        let revision = self.change(change).await?;
        Ok(Response::new(wire::MoveResponse { revision: Some(revision) }))
    }

    async fn transfer(
        &self,
        request: Request<wire::TransferRequest>,
    ) -> Result<Response<wire::TransferResponse>, Status> {
        let to = match request.into_inner().to {
            Some(word) => Some(meant(&self.membership()?, &word)?),
            None => None,
        };
        let seat = self.seat()?;
        let before = seat.status().leader;
        self.change(Change::Transfer { to }).await?;
        let took_over = |leader| to.map_or(Some(leader) != before, |to| leader == to);
        let leader = known_to_lead(&*seat, took_over).await;
        let members = seat.status().membership.members;
        let name = leader.and_then(|leader| Some(members.get(&leader)?.name.clone()));
        Ok(Response::new(wire::TransferResponse { leader, name }))
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use bytes::Bytes;
    use futures_util::future::{Either, select};
    use futures_util::{StreamExt, stream};
    use http_body_util::StreamBody;
    use hyper::body::Frame;
    use hyper_util::rt::{TokioExecutor, TokioIo};
    use tokio::net::TcpStream;
    use tokio::time::timeout;
    use tonic::Code;
    use tonic::body::Body;

    use super::*;

    const LONG: Duration = Duration::from_secs(10);
    const MIB: usize = 1 << 20;

    /// Calls on a connection of its own, sends so much of a message, and leaves it at that; what came of it.
    async fn begin(address: SocketAddr, bytes: usize) -> Status {
        let stream = TcpStream::connect(address).await.expect("it listens");
        let io = TokioIo::new(stream);
        let opened = hyper::client::conn::http2::handshake(TokioExecutor::new(), io).await;
        let (mut sender, connection) = opened.expect("it speaks HTTP/2");
        tokio::spawn(connection);
        let length = u32::try_from(4 * MIB).expect("it is short").to_be_bytes();
        let head = Bytes::from([&[0], &length[..]].concat());
        let pieces = std::iter::once(head).chain((0..bytes >> 10).map(|_| Bytes::from_static(&[0; 1 << 10])));
        let pieces = stream::iter(pieces.map(|piece| Ok::<_, Status>(Frame::data(piece))));
        let request = hyper::Request::post(format!("http://{address}/reeve.v1.Tasks/Submit"))
            .header("content-type", "application/grpc")
            .body(Body::new(StreamBody::new(pieces.chain(stream::pending()))))
            .expect("it is a request");
        let answer = sender.send_request(request).await.expect("it answers");
        Status::from_header_map(answer.headers()).expect("it has a status")
    }

    #[tokio::test]
    async fn all_connections_share_one_room() {
        let stages = Arc::new(Stages::new("one".into(), None, LONG));
        let any = SocketAddr::from(([127, 0, 0, 1], 0));
        let (asking, _asked) = Asking::way();
        let door = Door::open(any, 16, 3 * MIB, stages, asking).await.expect("a port is free");
        let (one, other) = (begin(door.address(), 2 * MIB), begin(door.address(), 2 * MIB));
        tokio::pin!(one, other);
        let first = timeout(LONG, select(one, other)).await.expect("one of them has no room");
        let (Either::Left((status, rest)) | Either::Right((status, rest))) = first;
        assert!(status.code() == Code::Unavailable && status.message().starts_with("BUSY: "), "{status}");
        timeout(Duration::from_millis(300), rest).await.expect_err("the other has, and may go on");
        // What was read of the first is forgotten: there is room for a little more.
        let third = begin(door.address(), MIB / 2);
        timeout(Duration::from_millis(300), third).await.expect_err("it has, too");
    }
}
