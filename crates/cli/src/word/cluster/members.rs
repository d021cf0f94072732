//! `reeve cluster members`.

use clap::Args;
use reeve_client::words::wish::Wish as Wished;
use reeve_client::words::{Member, MembersRequest, Plain};
use serde_json::json;

use crate::node::Node;
use crate::table::{Told, columns};
use crate::trouble::Trouble;

#[derive(Args)]
pub(crate) struct Arguments {}

impl Arguments {
    pub(crate) fn obey(self, node: &Node) -> Result<Told, Trouble> {
        let told = node.ask(async |cluster| cluster.members(MembersRequest {}).await)?;
        let mut rows = vec![["NODE", "NAME", "PEER", "PUBLIC", "ROLE", "APPLIED"].map(String::from)];
        rows.extend(told.members.iter().map(row));
        let mut text = columns(&rows);
        if told.changing() {
            text.push_str("A change of voters is under way.\n");
        }
        let members: Vec<_> = told.members.iter().map(object).collect();
        Ok(Told { text, json: json!({ "members": members, "changing": told.changing() }) })
    }
}

fn role(member: &Member) -> String {
    if member.leads() {
        return "leader".into();
    }
    if member.votes() {
        return "voter".into();
    }
    match wish(member) {
        Some(wish) if wish != "listen" => format!("learner, to {wish}"),
        Some(_) | None => "learner".into(),
    }
}

fn wish(member: &Member) -> Option<String> {
    Some(match member.wish.as_ref()?.wish.as_ref()? {
        Wished::Listen(Plain {}) => "listen".into(),
        Wished::Vote(Plain {}) => "vote".into(),
        Wished::VoteAnyway(Plain {}) => "vote anyway".into(),
        Wished::Replace(node) => format!("replace {node}"),
        Wished::Leave(Plain {}) => "leave".into(),
    })
}

fn row(member: &Member) -> [String; 6] {
    let text = |text: &str| text.to_owned();
    let applied = member.applied.map_or_else(|| "?".into(), |applied| applied.to_string());
    let (node, role) = (member.node().to_string(), role(member));
    [node, text(member.name()), text(member.peer()), text(member.public()), role, applied]
}

fn object(member: &Member) -> serde_json::Value {
    json!({
        "node": member.node(),
        "name": member.name(),
        "peer": member.peer(),
        "public": member.public(),
        "votes": member.votes(),
        "leads": member.leads(),
        "wish": wish(member),
        "applied": member.applied,
    })
}
