//! Which node is asked, how often, and what a caller is told, with nodes that say what they are told to say.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use reeve_client::words::tasks_server::{Tasks, TasksServer};
use reeve_client::words::{
    GetRequest, GetResponse, Key, SubmitManyRequest, SubmitManyResponse, SubmitRequest, SubmitResponse,
};
use reeve_client::{Client, Trouble};
use tokio::net::TcpListener;
use tonic::transport::Server;
use tonic::transport::server::TcpIncoming;
use tonic::{Code, Request, Response, Status};

/// What a node says, one after the other; when nothing is left, its last word for ever.
#[derive(Clone)]
struct Node {
    says: Arc<Mutex<VecDeque<Status>>>,
    asked: Arc<Mutex<usize>>,
    /// How long it takes to submit.
    takes: Duration,
}

impl Node {
    /// A node, and where it is. A status of `Ok` stands for an answer.
    async fn saying(says: &[Status]) -> (Self, String) {
        Self::serving(says, Duration::ZERO).await
    }

    /// One that takes its time.
    async fn slow(takes: Duration) -> (Self, String) {
        Self::serving(&[done()], takes).await
    }

    async fn serving(says: &[Status], takes: Duration) -> (Self, String) {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("there is room");
        let at = listener.local_addr().expect("there is room").to_string();
        let says = Arc::new(Mutex::new(says.iter().cloned().collect()));
        let node = Self { says, asked: Arc::default(), takes };
        let server = Server::builder().add_service(TasksServer::new(node.clone()));
        tokio::spawn(async move { server.serve_with_incoming(TcpIncoming::from(listener)).await });
        (node, at)
    }

    fn answer<T: Default>(&self) -> Result<Response<T>, Status> {
        *self.asked.lock().expect("nobody panicked") += 1;
        let mut says = self.says.lock().expect("nobody panicked");
        let status = if says.len() > 1 { says.pop_front() } else { says.front().cloned() };
        let status = status.expect("it has something to say");
        if status.code() == Code::Ok { Ok(Response::new(T::default())) } else { Err(status) }
    }

    fn asked(&self) -> usize {
        *self.asked.lock().expect("nobody panicked")
    }
}

#[tonic::async_trait]
impl Tasks for Node {
    async fn submit(&self, _: Request<SubmitRequest>) -> Result<Response<SubmitResponse>, Status> {
        tokio::time::sleep(self.takes).await;
        self.answer()
    }

    async fn submit_many(
        &self,
        _: Request<SubmitManyRequest>,
    ) -> Result<Response<SubmitManyResponse>, Status> {
        self.answer()
    }

    async fn get(&self, _: Request<GetRequest>) -> Result<Response<GetResponse>, Status> {
        self.answer()
    }
}

fn done() -> Status {
    Status::ok("")
}

fn no_leader() -> Status {
    Status::unavailable("NO_LEADER: nobody leads")
}

fn unknown() -> Status {
    Status::unknown("OUTCOME_UNKNOWN: it may have been done")
}

fn busy(ms: u64) -> Status {
    let mut status = Status::unavailable("BUSY: too much is waiting");
    status.metadata_mut().insert("grpc-retry-pushback-ms", ms.into());
    status
}

fn plain() -> SubmitRequest {
    SubmitRequest::default()
}

fn keyed() -> SubmitRequest {
    SubmitRequest { key: Some(Key { key: Some("k".into()), lifetime: None }), ..plain() }
}

fn client(at: &[&str]) -> Client {
    Client::of(at).expect("there is room").with_patience(Duration::from_millis(700))
}

#[tokio::test]
async fn without_a_key_what_nobody_knows_is_not_asked_again() {
    for status in [unknown(), Status::unavailable("the connection broke"), Status::deadline_exceeded("late")]
    {
        let (first, first_at) = Node::saying(&[status]).await;
        let (second, second_at) = Node::saying(&[done()]).await;
        let trouble = client(&[&first_at, &second_at]).submit(plain()).await.unwrap_err();
        assert!(matches!(trouble, Trouble::NoAnswer { .. }), "{trouble}");
        assert_eq!((first.asked(), second.asked()), (1, 0));
    }
}

#[tokio::test]
async fn with_a_key_it_is_asked_again_elsewhere() {
    let (first, first_at) = Node::saying(&[unknown()]).await;
    let (second, second_at) = Node::saying(&[done()]).await;
    let client = client(&[&first_at, &second_at]);
    client.submit(keyed()).await.unwrap();
    client.submit(plain()).await.unwrap();
    assert_eq!((first.asked(), second.asked()), (1, 2), "whoever was of use is asked first");
}

#[tokio::test]
async fn a_doubt_is_not_forgotten() {
    // That the last attempts were refused says nothing of the first.
    for then in [no_leader(), Status::failed_precondition("QUEUE_FORBIDDEN: not here"), busy(1)] {
        let (node, at) = Node::saying(&[unknown(), then]).await;
        let trouble = client(&[&at]).submit(keyed()).await.unwrap_err();
        assert!(matches!(trouble, Trouble::NoAnswer { .. }) && node.asked() > 1, "{trouble}");
    }
    let (_, at) = Node::saying(&[unknown(), no_leader()]).await;
    let trouble = client(&[&at]).get(GetRequest::default()).await.unwrap_err();
    assert_eq!(trouble.code(), "NO_LEADER", "a look leaves no doubt");
}

#[tokio::test]
async fn what_was_not_done_is_tried_until_the_time_is_over() {
    let (first, first_at) = Node::saying(&[no_leader(), no_leader(), done()]).await;
    let (second, second_at) = Node::saying(&[no_leader()]).await;
    client(&[&first_at, &second_at]).submit(plain()).await.unwrap();
    assert_eq!((first.asked(), second.asked()), (3, 2));
    let (_, at) = Node::saying(&[no_leader()]).await;
    let begin = Instant::now();
    let trouble = client(&[&at]).submit(plain()).await.unwrap_err();
    assert!(matches!(&trouble, Trouble::Refused(_)) && trouble.code() == "NO_LEADER", "{trouble}");
    assert!(begin.elapsed() < Duration::from_secs(2), "{:?}", begin.elapsed());
}

#[tokio::test]
async fn what_is_refused_for_good_is_not_tried_again() {
    let (node, at) = Node::saying(&[Status::already_exists("KEY_MISMATCH: another")]).await;
    let trouble = client(&[&at]).submit(keyed()).await.unwrap_err();
    assert_eq!((trouble.code(), node.asked()), ("KEY_MISMATCH", 1));
}

#[tokio::test]
async fn a_busy_node_is_left_alone_for_as_long_as_it_says() {
    let (node, at) = Node::saying(&[busy(300), done()]).await;
    let begin = Instant::now();
    client(&[&at]).submit(plain()).await.unwrap();
    assert!(begin.elapsed() >= Duration::from_millis(300) && node.asked() == 2, "{:?}", begin.elapsed());
    let (node, at) = Node::saying(&[busy(60_000)]).await;
    let begin = Instant::now();
    let trouble = client(&[&at]).submit(plain()).await.unwrap_err();
    assert_eq!((trouble.code(), node.asked()), ("BUSY", 1));
    assert!(begin.elapsed() < Duration::from_millis(500), "it is known at once that there is no time");
}

#[tokio::test]
async fn a_node_that_falls_silent_is_left_within_a_second_and_a_slow_one_is_not() {
    // It takes connections and says nothing: a process that was stopped.
    let mute = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let mute_at = mute.local_addr().unwrap().to_string();
    let (node, at) = Node::saying(&[done()]).await;
    let client = |at: &[&str]| Client::of(at).unwrap().with_patience(Duration::from_secs(8));
    let begin = Instant::now();
    client(&[&mute_at, &at]).submit(keyed()).await.unwrap();
    assert_eq!(node.asked(), 1);
    let trouble = client(&[&mute_at]).submit(plain()).await.unwrap_err();
    assert!(matches!(trouble, Trouble::NoAnswer { .. }), "{trouble}");
    assert!(begin.elapsed() < Duration::from_secs(4), "twice a second, and some: {:?}", begin.elapsed());
    // One that works says that it lives, however long an answer takes.
    let (slow, at) = Node::slow(Duration::from_secs(2)).await;
    client(&[&at]).submit(plain()).await.unwrap();
    assert_eq!(slow.asked(), 1);
}

#[tokio::test]
async fn nobody_at_home_was_asked_nothing() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let gone = listener.local_addr().unwrap().to_string();
    drop(listener);
    let trouble = client(&[&gone]).submit(plain()).await.unwrap_err();
    assert!(matches!(trouble, Trouble::Unreachable { .. }), "{trouble}");
    let (node, at) = Node::saying(&[done()]).await;
    client(&[&gone, &at]).submit(plain()).await.unwrap();
    assert_eq!(node.asked(), 1);
}
