//! The desk: how everybody else reaches the office. Errands wait here in order, and each gets its answer or the word that
//! nobody knows.

use bytes::Bytes;
use reeve_core::Answer;
use reeve_core::codec::wire::Wire;
use reeve_core::entry::Proposal;
use reeve_core::name::{TaskId, Token, WorkerId};
use tokio::sync::{mpsc, oneshot};

use super::admission::Weight;
use crate::limits;
use crate::message::Refused;

/// Proposals that are executed together or not at all, one after the other, and the bodies that they name.
#[derive(Clone, Debug, Default)]
pub struct Group {
    /// What is proposed. Positions of bodies and of names born here count from zero.
    pub proposals: Vec<Proposal>,
    /// The bodies.
    pub bodies: Vec<Bytes>,
}

impl Group {
    /// How much it is: tasks, with all else as one each, and the bytes that it takes in an entry.
    #[must_use]
    pub fn weight(&self) -> Weight {
        let mut written = Vec::new();
        let mut weight = Weight { commands: 0, bytes: 0 };
        for proposal in &self.proposals {
            weight.commands += u64::from(proposal.command.width().max(1));
            written.clear();
            proposal.put(&mut written);
            weight.bytes += written.len() as u64;
        }
        weight.bytes += self.bodies.iter().map(|body| body.len() as u64).sum::<u64>();
        weight
    }
}

/// Where an answer goes.
pub(crate) type Reply<T> = oneshot::Sender<Result<T, Refused>>;

/// Answers, if whoever asked is still there.
pub(crate) fn tell<T>(to: oneshot::Sender<T>, answer: T) {
    if to.send(answer).is_err() {
        tracing::trace!("nobody waits for this answer any more");
    }
}

/// What is asked of the office.
pub(crate) enum Errand {
    /// Get this into the log.
    Propose { group: Group, reply: Reply<Vec<Answer>> },
    /// This worker lives.
    Keepalive { worker: WorkerId, reply: Reply<()> },
    /// A worker is back, and says what it holds.
    Attach { worker: WorkerId, holds: Vec<(TaskId, Token)>, reply: Reply<Vec<Keep>> },
    /// A worker wants so many more tasks, and is so busy.
    Credit { worker: WorkerId, credits: u32, load: u16 },
    /// A worker's stream has ended. Its session lives on.
    Detach { worker: WorkerId },
    /// These offers were taken.
    Acknowledged { tokens: Vec<Token> },
    /// Another shall lead: close, and do not open again in this term unless nobody takes over.
    StepAside { done: oneshot::Sender<()> },
    /// Nobody took over: open again.
    Resume,
    /// The replica stops: close.
    Close { done: oneshot::Sender<()> },
}

/// What a worker that comes back is to do with a task that it holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Keep {
    /// Go on: the lease stands.
    Keep,
    /// Stop: the lease is no more.
    Drop,
    /// The outcome may have been lost on the way: say it again.
    Report,
}

/// The way to the office.
#[derive(Clone)]
pub(crate) struct Desk(mpsc::Sender<Errand>);

impl Desk {
    pub(crate) fn new() -> (Self, mpsc::Receiver<Errand>) {
        let (sender, receiver) = mpsc::channel(limits::ERRANDS_WAITING_MAX);
        (Self(sender), receiver)
    }

    /// Hands an errand in and waits for its answer.
    pub(crate) async fn ask<T>(&self, errand: impl FnOnce(Reply<T>) -> Errand) -> Result<T, Refused> {
        let (reply, answer) = oneshot::channel();
        // Nothing was accepted yet: a full desk is a refusal, not an unknown.
        self.0.try_send(errand(reply)).map_err(|error| match error {
            mpsc::error::TrySendError::Full(_) => Refused::Busy { retry_ms: limits::DESK_FULL_RETRY_MS },
            mpsc::error::TrySendError::Closed(_) => Refused::Closed,
        })?;
        answer.await.unwrap_or(Err(Refused::Unknown))
    }

    /// Hands in what needs no answer. When the desk is full it is lost, and whoever said it says it again.
    pub(crate) fn tell(&self, errand: Errand) {
        if self.0.try_send(errand).is_err() {
            tracing::debug!("the desk is full: a word of a worker was lost");
        }
    }

    /// Closes the office so that another may take over, and waits until it is closed.
    pub(crate) async fn step_aside(&self) {
        let (done, closed) = oneshot::channel();
        if self.0.send(Errand::StepAside { done }).await.is_ok() {
            // An office that is gone is closed.
            drop(closed.await);
        }
    }

    /// Nobody took over: the office may open again at once.
    pub(crate) async fn resume(&self) {
        // An office that is gone opens no more.
        drop(self.0.send(Errand::Resume).await);
    }

    /// Closes the office for good, and waits until it is closed.
    pub(crate) async fn close(&self) {
        let (done, closed) = oneshot::channel();
        if self.0.send(Errand::Close { done }).await.is_ok() {
            // An office that is gone is closed.
            drop(closed.await);
        }
    }
}
