//! `reeve cluster WORD`.

use std::io::Write;

use clap::{Args, Subcommand};
use reeve_server::config::{HostPort, Value};

use crate::node::Node;
use crate::table::Form;
use crate::trouble::Trouble;

mod ago;
mod init;
mod join;
mod members;
mod r#move;
mod remove;
mod replace;
mod status;
mod transfer;

/// Whom to ask, how to tell, and what about.
#[derive(Args)]
pub(crate) struct Words {
    /// The node to ask, by its public address
    #[arg(long, global = true, value_name = "HOST:PORT", env = "REEVE_AT", default_value = "127.0.0.1:7461")]
    at: String,
    /// Tell it as JSON
    #[arg(long, global = true)]
    json: bool,
    #[command(subcommand)]
    word: Word,
}

/// Every word about clusters.
#[derive(Subcommand)]
enum Word {
    /// Found a cluster of which the asked node is the first member
    Init(init::Arguments),
    /// Have the asked node, which belongs to no cluster, join one
    Join(join::Arguments),
    /// Have the asked node, which belongs to no cluster, take the place of a member, who leaves
    Replace(replace::Arguments),
    /// Show who belongs to the cluster
    Members(members::Arguments),
    /// Show how the asked node is
    Status(status::Arguments),
    /// Have a member leave for good
    Remove(remove::Arguments),
    /// Tell where a member is now, what it is called, or what it is to become
    Move(r#move::Arguments),
    /// Have another node lead
    Transfer(transfer::Arguments),
}

/// The address that was given with a flag.
fn address(flag: &'static str, text: String) -> Result<String, Trouble> {
    if HostPort::parse(&text).is_some() { Ok(text) } else { Err(Trouble::Address { flag, text }) }
}

impl Words {
    pub(crate) fn obey(self, out: &mut impl Write) -> Result<(), Trouble> {
        let form = if self.json { Form::Json } else { Form::Text };
        let node = Node::at(&self.at)?;
        let told = match self.word {
            Word::Init(arguments) => arguments.obey(&node),
            Word::Join(arguments) => arguments.obey(&node),
            Word::Replace(arguments) => arguments.obey(&node),
            Word::Members(arguments) => arguments.obey(&node),
            Word::Status(arguments) => arguments.obey(&node),
            Word::Remove(arguments) => arguments.obey(&node),
            Word::Move(arguments) => arguments.obey(&node),
            Word::Transfer(arguments) => arguments.obey(&node),
        };
        Ok(told?.write(form, out)?)
    }
}
