//! `reeve cluster join`.

use clap::Args;
use reeve_client::words::wish::Wish as Wished;
use reeve_client::words::{JoinRequest, Plain, Wish};
use serde_json::json;

use super::address;
use crate::node::Node;
use crate::table::Told;
use crate::trouble::Trouble;

#[derive(Args)]
pub(crate) struct Arguments {
    /// Any member, by its peer address
    #[arg(long, value_name = "HOST:PORT")]
    peer: String,
    #[command(flatten)]
    wish: Wishes,
}

/// What a member is to become; without a flag it votes, when that makes an odd number of voters.
#[derive(Args)]
#[group(multiple = false)]
pub(crate) struct Wishes {
    /// Never vote, only listen
    #[arg(long)]
    listen_only: bool,
    /// Vote as soon as it has caught up, even if that makes an even number of voters
    #[arg(long)]
    anyway: bool,
    /// Vote in the place of this node, which leaves: its number or its name
    #[arg(long, value_name = "NODE")]
    replace: Option<String>,
}

impl Wishes {
    /// As the wire has it, if anything was said.
    pub(crate) fn said(self) -> Option<Wish> {
        let wish = match self {
            Self { listen_only: true, .. } => Wished::Listen(Plain {}),
            Self { anyway: true, .. } => Wished::VoteAnyway(Plain {}),
            Self { replace: Some(node), .. } => Wished::Replace(node),
            Self { listen_only: false, anyway: false, replace: None } => return None,
        };
        Some(Wish { wish: Some(wish) })
    }
}

/// Joins.
pub(crate) fn join(node: &Node, peer: String, wish: Wish) -> Result<Told, Trouble> {
    let peer = address("--peer", peer)?;
    let request = JoinRequest { seed: Some(peer), wish: Some(wish) };
    let done = node.ask(async |cluster| cluster.join(request).await)?;
    let (cluster, number) = (done.cluster(), done.node());
    let mut text = format!("this is node {number} of cluster {cluster} now\n");
    text.extend(done.warnings.iter().map(|warning| format!("warning: {warning}\n")));
    Ok(Told { text, json: json!({ "cluster": cluster, "node": number, "warnings": done.warnings }) })
}

impl Arguments {
    pub(crate) fn obey(self, node: &Node) -> Result<Told, Trouble> {
        let vote = Wish { wish: Some(Wished::Vote(Plain {})) };
        join(node, self.peer, self.wish.said().unwrap_or(vote))
    }
}
