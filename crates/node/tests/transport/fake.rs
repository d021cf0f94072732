//! A replica that only listens, and the sockets around it.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use bytes::Bytes;
use reeve_node::member::Member;
use reeve_node::message::{
    Answer, Append, Appended, Identity, Letter, NoAnswer, Pulse, Question, Received, Refused, Report,
};
use reeve_node::platform::{Lane, Listener, Network};
use reeve_node::transport::{PeerLink, Serving, Threads, Transport};
use reeve_store::log::{EntryKind, LogEntry, LogId, Vote};
use tokio::runtime::Handle;
use tokio::sync::mpsc;

/// Long enough for anything that is to come.
pub(crate) const LONG: Duration = Duration::from_secs(10);

/// Answers what it is told to, and remembers what it heard.
#[derive(Clone, Default)]
pub(crate) struct Fake {
    pub questions: Arc<Mutex<Vec<Letter<Question>>>>,
    /// Taken in turn; without one, an empty one.
    pub answers: Arc<Mutex<VecDeque<Answer>>>,
    pub first: Arc<Mutex<Vec<Letter<Append>>>>,
    pub appends: Arc<Mutex<Vec<Append>>>,
    /// Taken in turn; without one, the message's log time comes back as the wall clock.
    pub appended: Arc<Mutex<VecDeque<Result<Appended, Refused>>>>,
    /// Never answers.
    pub silent: bool,
    /// Does not remember what it heard.
    pub forgetful: bool,
    /// Blocks its thread for so long at each piece of a snapshot.
    pub stuck: Option<Duration>,
    /// How many calls it is busy with.
    pub busy: Arc<AtomicUsize>,
}

/// One call under way.
struct Busy(Arc<AtomicUsize>);

impl Busy {
    fn with(fake: &Fake) -> Self {
        fake.busy.fetch_add(1, Ordering::SeqCst);
        Self(Arc::clone(&fake.busy))
    }
}

impl Drop for Busy {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::SeqCst);
    }
}

impl Fake {
    pub(crate) fn busy(&self) -> usize {
        self.busy.load(Ordering::SeqCst)
    }

    fn appended(&self, append: Append) -> Result<Appended, Refused> {
        let usual = Ok(appended(append.pulse.log_ms));
        if !self.forgetful {
            self.appends.lock().expect("it works").push(append);
        }
        self.appended.lock().expect("it works").pop_front().unwrap_or(usual)
    }
}

pub(crate) fn appended(number: u64) -> Appended {
    let report = Report { wall_ms: number, ..Report::default() };
    Appended { received: Received::Through(None), report }
}

impl Listener for Fake {
    async fn answer(&self, question: Letter<Question>) -> Answer {
        let _busy = Busy::with(self);
        if self.silent {
            std::future::pending::<()>().await;
        }
        if let (Some(stuck), Question::Piece { .. }) = (self.stuck, &question.body) {
            std::thread::sleep(stuck);
        }
        if !self.forgetful {
            self.questions.lock().expect("it works").push(question);
        }
        self.answers.lock().expect("it works").pop_front().unwrap_or(Answer::Have(Vec::new()))
    }

    async fn follow(
        &self,
        first: Letter<Append>,
        mut rest: mpsc::Receiver<Append>,
        back: mpsc::Sender<Result<Appended, Refused>>,
    ) {
        let _busy = Busy::with(self);
        self.first.lock().expect("it works").push(first.clone());
        let mut next = Some(first.body);
        while let Some(append) = next {
            if self.silent {
                std::future::pending::<()>().await;
            }
            if back.send(self.appended(append)).await.is_err() {
                return;
            }
            next = rest.recv().await;
        }
    }
}

pub(crate) fn here() -> Threads {
    Threads { pulse: Handle::current(), bulk: Handle::current() }
}

pub(crate) async fn serve(fake: &Fake) -> Serving {
    Serving::start("127.0.0.1:0", here(), fake.clone()).await.expect("it works")
}

/// A member at an address.
pub(crate) fn at(address: impl ToString) -> Member {
    Member { peer: address.to_string(), ..Member::default() }
}

/// A way to what is served, on one lane.
pub(crate) fn link(serving: &Serving, lane: Lane) -> PeerLink {
    Transport::new(here()).link(2, &at(serving.address()), lane)
}

pub(crate) fn letter<T>(body: T) -> Letter<T> {
    Letter { from: Identity { cluster: 1, group: 2, era: 3, node: 4 }, to: 5, body }
}

/// A message of the log with one entry of so many bytes.
pub(crate) fn append(number: u64, bytes: usize) -> Append {
    let id = LogId { term: 1, index: number };
    let payload = Bytes::from(vec![7; bytes]);
    Append {
        vote: Vote { term: 1, node: 1, committed: true },
        previous: None,
        entries: vec![LogEntry { id, kind: EntryKind::Normal, payload }],
        committed: None,
        pulse: Pulse { log_ms: number, quarantined: Vec::new() },
    }
}

pub(crate) async fn told(
    back: &mut mpsc::Receiver<Result<Appended, NoAnswer>>,
) -> Option<Result<u64, String>> {
    let answer = tokio::time::timeout(LONG, back.recv()).await.expect("something comes, or the end");
    answer.map(|answer| answer.map(|appended| appended.report.wall_ms).map_err(|error| error.to_string()))
}

/// Waits until something is so.
pub(crate) async fn until(what: &str, mut so: impl FnMut() -> bool) {
    for _ in 0..1_000 {
        if so() {
            return;
        }
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    panic!("still not: {what}");
}
