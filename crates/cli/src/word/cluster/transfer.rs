//! `reeve cluster transfer`.

use clap::Args;
use reeve_client::words::TransferRequest;
use serde_json::json;

use crate::node::Node;
use crate::table::Told;
use crate::trouble::Trouble;

#[derive(Args)]
pub(crate) struct Arguments {
    /// Who shall lead: a number or a name. Without it, the one that is furthest
    #[arg(long, value_name = "NODE")]
    to: Option<String>,
}

impl Arguments {
    pub(crate) fn obey(self, node: &Node) -> Result<Told, Trouble> {
        let request = TransferRequest { to: self.to.clone() };
        let done = node.ask(async |cluster| cluster.transfer(request).await)?;
        let text = match done.leader {
            Some(leader) => format!("node {leader} ({}) leads now\n", done.name()),
            None => {
                "another node leads now; `reeve cluster status` tells which as soon as it is heard\n".into()
            }
        };
        Ok(Told { text, json: json!({ "to": self.to, "leader": done.leader, "name": done.name }) })
    }
}
