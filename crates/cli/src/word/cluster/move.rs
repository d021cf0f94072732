//! `reeve cluster move`.

use clap::Args;
use reeve_client::words::MoveRequest;
use serde_json::json;

use super::address;
use super::join::Wishes;
use crate::node::Node;
use crate::table::Told;
use crate::trouble::Trouble;

#[derive(Args)]
pub(crate) struct Arguments {
    /// Which member: its number or its name
    node: String,
    /// What it is called now
    #[arg(long, value_name = "NAME")]
    name: Option<String>,
    /// Where other nodes find it now
    #[arg(long, value_name = "HOST:PORT")]
    peer: Option<String>,
    /// Where clients find it now
    #[arg(long, value_name = "HOST:PORT")]
    public: Option<String>,
    #[command(flatten)]
    wish: Wishes,
}

impl Arguments {
    pub(crate) fn obey(self, node: &Node) -> Result<Told, Trouble> {
        let Self { node: who, name, peer, public, wish } = self;
        let at = |flag, text: Option<String>| text.map(|text| address(flag, text)).transpose();
        let (peer, public) = (at("--peer", peer)?, at("--public", public)?);
        let request = MoveRequest { node: Some(who.clone()), name, peer, public, wish: wish.said() };
        let done = node.ask(async |cluster| cluster.r#move(request).await)?;
        let text = format!("what is known of {who} was changed\n");
        Ok(Told { text, json: json!({ "revision": done.revision() }) })
    }
}
