//! What workers, through whatever door they come, have to say to the office. Only the leader's office listens.

use std::time::Duration;

use openraft::AsyncRuntime;
use reeve_core::name::{TaskId, Token, WorkerId};

use crate::message::Refused;
use crate::office::desk::{Errand, Keep};
use crate::platform::Platform;
use crate::replica::Replica;

impl<P: Platform> Replica<P> {
    /// A worker lives. Comes back only when a majority was in contact after this was said.
    ///
    /// # Errors
    /// Why it is not acknowledged: the worker must not count on its session.
    pub async fn keep_alive(&self, worker: WorkerId, patience: Duration) -> Result<(), Refused> {
        let asking = self.inner.desk.ask(|reply| Errand::Keepalive { worker, reply });
        P::Runtime::timeout(patience, asking).await.unwrap_or(Err(Refused::Unknown))
    }

    /// A worker is here, with what it holds. What it is to do with each, in the order in which it listed them.
    ///
    /// # Errors
    /// Its session is no more, or the office is not open here.
    pub async fn attach(
        &self,
        worker: WorkerId,
        holds: Vec<(TaskId, Token)>,
        patience: Duration,
    ) -> Result<Vec<Keep>, Refused> {
        let asking = self.inner.desk.ask(|reply| Errand::Attach { worker, holds, reply });
        P::Runtime::timeout(patience, asking).await.unwrap_or(Err(Refused::Unknown))
    }

    /// A worker wants so many more tasks, and is so busy, in thousandths.
    pub fn credit(&self, worker: WorkerId, credits: u32, load: u16) {
        self.inner.desk.tell(Errand::Credit { worker, credits, load });
    }

    /// A worker's stream has ended. Its session lives on until it is silent for too long.
    pub fn detach(&self, worker: WorkerId) {
        self.inner.desk.tell(Errand::Detach { worker });
    }

    /// A worker has taken these offers.
    pub fn acknowledge(&self, tokens: Vec<Token>) {
        self.inner.desk.tell(Errand::Acknowledged { tokens });
    }
}
