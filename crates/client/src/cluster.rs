//! What operators ask of a node.

use reeve_proto::v1::cluster_client::ClusterClient;
use tonic::transport::{Channel, Endpoint};
use tonic::{Response, Status};

use crate::limits::{ANSWER_PATIENCE, CONNECT_PATIENCE};
use crate::node::endpoint;
use crate::trouble::{Trouble, causes};

/// The calls that a node takes.
pub type Calls = ClusterClient<Channel>;

/// A node at its public address, to be asked about its cluster.
#[derive(Clone, Debug)]
pub struct Cluster {
    at: String,
    endpoint: Endpoint,
}

impl Cluster {
    /// The node at `host:port`. Connects to nobody yet.
    ///
    /// # Errors
    /// When that is no address.
    pub fn at(at: &str) -> Result<Self, Trouble> {
        let endpoint = endpoint(at)?.connect_timeout(CONNECT_PATIENCE).timeout(ANSWER_PATIENCE);
        Ok(Self { at: at.into(), endpoint })
    }

    /// Asks, and waits for the answer.
    ///
    /// # Errors
    /// When there is none, and whether the question may have been acted on all the same.
    pub async fn ask<T>(
        &self,
        question: impl AsyncFnOnce(&mut Calls) -> Result<Response<T>, Status>,
    ) -> Result<T, Trouble> {
        let channel = self.endpoint.connect().await;
        let channel =
            channel.map_err(|error| Trouble::Unreachable { at: self.at.clone(), why: causes(&error) })?;
        let answer = question(&mut Calls::new(channel)).await;
        Ok(answer.map_err(|status| Trouble::of(&self.at, &status))?.into_inner())
    }
}
