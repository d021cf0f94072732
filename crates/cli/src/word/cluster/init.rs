//! `reeve cluster init`.

use clap::Args;
use reeve_client::words::InitRequest;
use serde_json::json;

use crate::node::Node;
use crate::table::Told;
use crate::trouble::Trouble;

#[derive(Args)]
pub(crate) struct Arguments {}

impl Arguments {
    pub(crate) fn obey(self, node: &Node) -> Result<Told, Trouble> {
        let done = node.ask(async |cluster| cluster.init(InitRequest {}).await)?;
        let (cluster, number) = (done.cluster(), done.node());
        let text = format!("node {number} has founded cluster {cluster}\n");
        Ok(Told { text, json: json!({ "cluster": cluster, "node": number }) })
    }
}
