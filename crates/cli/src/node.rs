//! A node, to be asked something while the program waits.

use reeve_client::Cluster;
use reeve_client::cluster::Calls;
use tokio::runtime::{Builder, Runtime};
use tonic::{Response, Status};

use crate::trouble::Trouble;

/// A node at its public address.
pub(crate) struct Node {
    runtime: Runtime,
    cluster: Cluster,
}

impl Node {
    pub(crate) fn at(at: &str) -> Result<Self, Trouble> {
        let cluster = Cluster::at(at)?;
        Ok(Self { runtime: Builder::new_current_thread().enable_all().build()?, cluster })
    }

    /// Asks, and waits for the answer.
    pub(crate) fn ask<T>(
        &self,
        question: impl AsyncFnOnce(&mut Calls) -> Result<Response<T>, Status>,
    ) -> Result<T, Trouble> {
        Ok(self.runtime.block_on(self.cluster.ask(question))?)
    }
}
