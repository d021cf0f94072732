//! What a replica stands on: one trait with its runtime, its engine, its network, its clock and its hands. Production has
//! one implementation, the simulator another; nothing else differs between them.

use std::future::Future;
use std::time::Duration;

use openraft::AsyncRuntime;
use reeve_core::effect::Effect;
use reeve_core::name::Revision;
use reeve_store::engine::Engine;
use tokio::sync::mpsc;

use crate::member::Member;
use crate::message::{Answer, Append, Appended, Letter, NoAnswer, Question, Refused};
use crate::post::{Post, Worker};

/// Everything below a replica.
pub trait Platform: Send + Sync + 'static {
    /// Tasks, timers and the randomness of elections.
    type Runtime: AsyncRuntime;
    /// Where it keeps what it must not forget.
    type Engine: Engine;
    /// How it reaches the others.
    type Network: Network;
    /// What time it is on this machine.
    type Clock: Clock;
    /// Who carries out what the office orders.
    type Hands: Hands;

    /// Gives a worker a place of its own to do what blocks, and the post through which it gets its jobs.
    fn employ<W: Worker>(&self, name: &'static str, worker: W) -> Post<W::Job>;
}

/// The clocks of one machine. They may differ between machines, leap and drift.
pub trait Clock: Clone + Send + Sync + 'static {
    /// Milliseconds since some start; never goes back.
    fn mono_ms(&self) -> u64;

    /// Milliseconds since 1970, as this machine believes.
    fn wall_ms(&self) -> u64;
}

/// The way to the other replicas.
pub trait Network: Clone + Send + Sync + 'static {
    /// A way to one of them.
    type Link: Link;

    /// A way to a replica, for one purpose. It connects when it is used first, and again after it broke.
    fn link(&self, to: u64, at: &Member, lane: Lane) -> Self::Link;
}

/// What a link is for. Each lane has a connection of its own, so that none waits for another.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Lane {
    /// The log.
    Log,
    /// Heartbeats and votes.
    Pulse,
    /// Snapshots.
    Bulk,
    /// What a follower passes on to its leader.
    Desk,
}

/// The two directions of an open stream of the log.
pub struct Wires {
    /// What goes out.
    pub out: mpsc::Sender<Append>,
    /// What was answered, in the same order.
    pub back: mpsc::Receiver<Result<Appended, NoAnswer>>,
}

/// A way to one replica.
pub trait Link: Send + Sync + 'static {
    /// Asks and waits for the answer, no longer than `patience`.
    fn ask(
        &mut self,
        question: Letter<Question>,
        patience: Duration,
    ) -> impl Future<Output = Result<Answer, NoAnswer>> + Send;

    /// Opens a stream of the log: what is put into the sender arrives in order, and each is answered in order. The stream
    /// ends with an error as soon as it cannot hold to that; whoever waits for an answer has a patience of its own.
    fn append(
        &mut self,
        first: Letter<Append>,
        patience: Duration,
    ) -> impl Future<Output = Result<Wires, NoAnswer>> + Send;
}

/// Who takes what comes from the others: the replica, as a network sees it.
pub trait Listener: Clone + Send + Sync + 'static {
    /// Answers a question.
    fn answer(&self, question: Letter<Question>) -> impl Future<Output = Answer> + Send;

    /// Takes a stream of the log and answers each message in order, until either side ends it. A stream that cannot go on
    /// ends with a refusal.
    fn follow(
        &self,
        first: Letter<Append>,
        rest: mpsc::Receiver<Append>,
        back: mpsc::Sender<Result<Appended, Refused>>,
    ) -> impl Future<Output = ()> + Send;
}

/// Who carries out the orders of the office: the doors in production, fake workers in the simulator.
pub trait Hands: Send + Sync + 'static {
    /// An office has opened. Whatever an earlier one asked for is void; `orders` are all that stand.
    fn opened(&self, term: u64, revision: Revision, orders: Vec<Effect>);

    /// Orders of the entry at `revision`. Carrying one out twice is harmless.
    fn carry_out(&self, term: u64, revision: Revision, orders: &[Effect]);

    /// The office has closed: what was not begun must not begin.
    fn closed(&self, term: u64);
}
