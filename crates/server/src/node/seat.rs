//! A replica at its place in a cluster, whatever engine it stands on.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use reeve_core::Answer;
use reeve_core::name::{Revision, TaskId};
use reeve_core::task::Seen;
use reeve_node::Replica;
use reeve_node::ground::{Ground, Workers};
use reeve_node::member::{Member, Wish};
use reeve_node::message::{Change, Refused};
use reeve_node::office::desk::Group;
use reeve_node::status::Status;
use reeve_node::store::disk::Disk;
use reeve_node::store::engine::Engine;
use reeve_node::transport::{Serving, Transport};
use tokio::runtime::Handle;
use tokio::time::Instant;

use super::hands::NoDoors;
use super::tasks::{self, Fresh, Looked, Unseen};
use crate::Config;
use crate::limits::{CHANGE_PATIENCE, LEADER_PAUSE, SEEN_PATIENCE};

/// What a replica stands on in production.
pub(super) type Floor<E> = Ground<E, Transport, NoDoors>;

/// A replica at its place.
pub(super) trait Seat: Send + Sync {
    /// How it is.
    fn status(&self) -> Status;

    /// Changes the membership. What was begun is brought to its end, even if nobody waits for it any more.
    fn change(&self, change: Change) -> BoxFuture<'static, Result<Revision, Refused>>;

    /// Gets proposals into the log, by whoever leads.
    fn propose(&self, group: Group, patience: Duration) -> BoxFuture<'static, Result<Vec<Answer>, Refused>>;

    /// Looks at a task.
    fn look(
        &self,
        task: TaskId,
        fresh: Fresh,
        patience: Duration,
    ) -> BoxFuture<'static, Result<Looked, Unseen>>;

    /// How those of these tasks ended of which only the archive knows.
    fn ended(&self, tasks: Vec<TaskId>) -> BoxFuture<'static, Result<BTreeMap<TaskId, Seen>, Unseen>>;

    /// Waits until consensus has come round once; whether it has.
    fn turns(&self) -> BoxFuture<'static, bool>;

    /// Waits until it cannot go on.
    fn died(&self) -> BoxFuture<'static, String>;

    /// How long a sync of its disk took when it started.
    fn sync(&self) -> Duration;

    /// The threads at its engine.
    fn workers(&self) -> Workers;

    /// Hands over, writes and closes.
    fn stop(&self) -> BoxFuture<'_, ()>;
}

/// A replica on an engine.
pub(super) struct Seated<E: Engine> {
    pub replica: Replica<Floor<E>>,
    pub serving: Mutex<Option<Serving>>,
    pub raft: Handle,
    pub workers: Workers,
    pub sync: Duration,
    /// The data folder is this process's for as long.
    pub _lock: <E::Disk as Disk>::Lock,
}

impl<E: Engine> Seat for Seated<E> {
    fn status(&self) -> Status {
        self.replica.status()
    }

    fn change(&self, change: Change) -> BoxFuture<'static, Result<Revision, Refused>> {
        let replica = self.replica.clone();
        let changing = self.raft.spawn(async move {
            let trying = || replica.change_members(change.clone(), CHANGE_PATIENCE);
            while_nobody_leads(CHANGE_PATIENCE, trying).await
        });
        async move { changing.await.unwrap_or(Err(Refused::Unknown)) }.boxed()
    }

    fn propose(&self, group: Group, patience: Duration) -> BoxFuture<'static, Result<Vec<Answer>, Refused>> {
        let replica = self.replica.clone();
        async move { replica.propose(group, patience).await }.boxed()
    }

    fn look(
        &self,
        task: TaskId,
        fresh: Fresh,
        patience: Duration,
    ) -> BoxFuture<'static, Result<Looked, Unseen>> {
        tasks::look(self.replica.clone(), task, fresh, patience).boxed()
    }

    fn ended(&self, tasks: Vec<TaskId>) -> BoxFuture<'static, Result<BTreeMap<TaskId, Seen>, Unseen>> {
        tasks::ended(self.replica.clone(), tasks).boxed()
    }

    fn turns(&self) -> BoxFuture<'static, bool> {
        let replica = self.replica.clone();
        async move { replica.turns().await }.boxed()
    }

    fn died(&self) -> BoxFuture<'static, String> {
        let replica = self.replica.clone();
        async move { replica.died().await }.boxed()
    }

    fn sync(&self) -> Duration {
        self.sync
    }

    fn workers(&self) -> Workers {
        self.workers.clone()
    }

    fn stop(&self) -> BoxFuture<'_, ()> {
        let replica = self.replica.clone();
        let stopping = self.raft.spawn(async move { replica.stop().await });
        let serving = self.serving.lock().unwrap_or_else(PoisonError::into_inner).take();
        async move {
            if let Err(error) = stopping.await {
                tracing::warn!("the replica did not stop in order: {error}");
            }
            let Some(serving) = serving else { return };
            if let Err(error) = serving.stop().await {
                tracing::warn!("the peer listener did not stop in order: {error}");
            }
        }
        .boxed()
    }
}

/// Tries again for so long as the answer is that nobody leads: an election takes moments, and nothing has happened.
pub(super) async fn while_nobody_leads<T, F: Future<Output = Result<T, Refused>>>(
    patience: Duration,
    mut trying: impl FnMut() -> F,
) -> Result<T, Refused> {
    let start = Instant::now();
    loop {
        match trying().await {
            Err(Refused::NotLeader { .. } | Refused::Closed) if start.elapsed() < patience => {
                tokio::time::sleep(LEADER_PAUSE).await;
            }
            other => return other,
        }
    }
}

/// Waits until such a one is known to lead, and says who. Who else leads, if that takes too long.
pub(super) async fn known_to_lead(seat: &dyn Seat, such: impl Fn(u64) -> bool + Send) -> Option<u64> {
    let start = Instant::now();
    loop {
        let leader = seat.status().leads_still();
        if leader.is_some_and(&such) || start.elapsed() >= SEEN_PATIENCE {
            return leader;
        }
        tokio::time::sleep(LEADER_PAUSE).await;
    }
}

/// What this node tells others of itself.
#[derive(Clone, Debug)]
pub(crate) struct Myself {
    pub name: String,
    pub peer: String,
    pub public: String,
}

impl Myself {
    pub(crate) fn of(config: &Config) -> Self {
        Self {
            name: config.node_name(),
            peer: config.advertised_peer().to_string(),
            public: config.advertised_public().to_string(),
        }
    }

    pub(crate) fn with(&self, wish: Wish) -> Member {
        let Self { name, peer, public } = self.clone();
        Member { name, peer, public, wish, drawn: 0 }
    }
}
