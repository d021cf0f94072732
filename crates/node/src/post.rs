//! A post: where work that blocks is done, in order, by one worker. In production a thread of its own, in the simulator a
//! task that first lets some time pass; the loop is the same.

use std::time::Duration;

use openraft::AsyncRuntime;
use openraft::async_runtime::Select2;
use tokio::sync::mpsc;

use crate::limits;

/// Somebody who does blocking work.
pub trait Worker: Send + 'static {
    /// One piece of it.
    type Job: Send + 'static;

    /// Does everything that waits, in order.
    fn work(&mut self, jobs: Vec<Self::Job>);

    /// Nothing waits. When it wants to be asked again although nothing came, it says in how long.
    fn rest(&mut self) -> Option<Duration>;
}

/// The way to a worker.
pub struct Post<Job>(mpsc::Sender<Job>);

impl<Job> Clone for Post<Job> {
    fn clone(&self) -> Self {
        Self(self.0.clone())
    }
}

/// The worker has gone: the replica is stopping, or has lost its memory.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the worker has gone")]
pub struct Gone;

impl<Job> Post<Job> {
    /// A post and what its worker is to be given.
    #[must_use]
    pub fn new() -> (Self, Inbox<Job>) {
        let (sender, receiver) = mpsc::channel(limits::POST_WAITING_MAX);
        (Self(sender), Inbox(receiver))
    }

    /// Hands in a job. The order of jobs is the order of their handing in; waits while too many wait.
    ///
    /// # Errors
    /// When the worker has gone.
    pub async fn hand_in(&self, job: Job) -> Result<(), Gone> {
        self.0.send(job).await.map_err(|_| Gone)
    }
}

/// What waits for a worker.
pub struct Inbox<Job>(mpsc::Receiver<Job>);

/// The working day: until nobody can hand in a job any more. `delay` is awaited before each round.
pub async fn labour<R: AsyncRuntime, W: Worker, F: Future<Output = ()> + Send>(
    mut worker: W,
    mut inbox: Inbox<W::Job>,
    mut delay: impl FnMut() -> F + Send,
) {
    loop {
        let first = match worker.rest() {
            None => inbox.0.recv().await,
            Some(pause) => match R::select2(inbox.0.recv(), R::sleep(pause)).await {
                Select2::First(job) => job,
                Select2::Second(()) => continue,
            },
        };
        let Some(first) = first else { return };
        delay().await;
        let mut jobs = vec![first];
        while jobs.len() < limits::POST_ROUND_MAX {
            let Ok(job) = inbox.0.try_recv() else { break };
            jobs.push(job);
        }
        worker.work(jobs);
    }
}
