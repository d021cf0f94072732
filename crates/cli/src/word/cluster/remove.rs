//! `reeve cluster remove`.

use clap::Args;
use reeve_client::words::RemoveRequest;
use serde_json::json;

use crate::node::Node;
use crate::table::Told;
use crate::trouble::Trouble;

#[derive(Args)]
pub(crate) struct Arguments {
    /// Who leaves: its number or its name
    node: String,
    /// Even if that leaves an even number of voters, which bears no more failures than one less
    #[arg(long)]
    anyway: bool,
}

impl Arguments {
    pub(crate) fn obey(self, node: &Node) -> Result<Told, Trouble> {
        let Self { node: who, anyway } = self;
        let request = RemoveRequest { node: Some(who.clone()), anyway: Some(anyway) };
        let done = node.ask(async |cluster| cluster.remove(request).await)?;
        let text = format!("{who} is no longer a member\n");
        Ok(Told { text, json: json!({ "revision": done.revision() }) })
    }
}
