//! `reeve cluster replace`.

use clap::Args;
use reeve_client::words::Wish;
use reeve_client::words::wish::Wish as Wished;

use super::join::join;
use crate::node::Node;
use crate::table::Told;
use crate::trouble::Trouble;

#[derive(Args)]
pub(crate) struct Arguments {
    /// The member who leaves: its number or its name
    node: String,
    /// Any other member, by its peer address
    #[arg(long, value_name = "HOST:PORT")]
    peer: String,
}

impl Arguments {
    pub(crate) fn obey(self, node: &Node) -> Result<Told, Trouble> {
        join(node, self.peer, Wish { wish: Some(Wished::Replace(self.node)) })
    }
}
