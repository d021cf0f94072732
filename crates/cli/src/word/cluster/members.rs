//! `reeve cluster members`.

use clap::Args;
use reeve_client::words::wish::Wish as Wished;
use reeve_client::words::{Member, MembersRequest, MembersResponse, Plain};
use serde_json::json;

use super::ago::ago;
use crate::node::Node;
use crate::table::{Told, columns};
use crate::trouble::Trouble;

#[derive(Args)]
pub(crate) struct Arguments {}

impl Arguments {
    pub(crate) fn obey(self, node: &Node) -> Result<Told, Trouble> {
        let told = node.ask(async |cluster| cluster.members(MembersRequest {}).await)?;
        let mut rows = vec![["NODE", "NAME", "PEER", "PUBLIC", "ROLE", "HEARD", "APPLIED"].map(String::from)];
        rows.extend(told.members.iter().map(|member| row(&told, member)));
        let mut text = columns(&rows);
        if !asked_leads(&told) {
            text.push_str(&who_knows(&told));
        }
        if told.changing() {
            text.push_str("A change of voters is under way.\n");
        }
        let members: Vec<_> = told.members.iter().map(object).collect();
        let (changing, asked, last_leader) = (told.changing(), told.asked(), told.last_leader);
        let json =
            json!({ "members": members, "changing": changing, "asked": asked, "last_leader": last_leader });
        Ok(Told { text, json })
    }
}

fn leader(told: &MembersResponse) -> Option<&Member> {
    told.members.iter().find(|member| member.leads())
}

fn asked_leads(told: &MembersResponse) -> bool {
    leader(told).is_some_and(|leader| leader.node == told.asked)
}

/// Whether the asked node hears nothing of it.
const fn is_unknown(member: &Member) -> bool {
    member.silent.is_none()
}

fn who_knows(told: &MembersResponse) -> String {
    match leader(told) {
        Some(leader) => {
            format!("?: only the leader knows; ask it: `reeve cluster members --at {}`\n", leader.public())
        }
        None => "?: only a leader knows, and none is heard.\n".into(),
    }
}

fn role(told: &MembersResponse, member: &Member) -> String {
    let mut role = match (member.leads(), member.votes(), wish(member)) {
        (true, ..) => "leader".into(),
        (false, true, _) => "voter".into(),
        (false, false, Some(wish)) if wish != "listen" => format!("learner, to {wish}"),
        (false, false, _) => "learner".into(),
    };
    if member.silent() {
        role.push_str(", silent");
    }
    if leader(told).is_none() && told.last_leader == member.node {
        let until =
            member.heard_ms.map_or_else(|| "; led last".into(), |ms| format!("; led until {}", ago(ms)));
        role.push_str(&until);
    }
    role
}

fn heard(told: &MembersResponse, member: &Member) -> String {
    match member.heard_ms {
        _ if told.asked == member.node => "here".into(),
        Some(ms) => ago(ms),
        None if is_unknown(member) => "?".into(),
        None => "never".into(),
    }
}

fn applied(told: &MembersResponse, member: &Member) -> String {
    match member.applied {
        Some(applied) => applied.to_string(),
        // It would have told its leader.
        None if asked_leads(told) => "-".into(),
        None => "?".into(),
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

fn row(told: &MembersResponse, member: &Member) -> [String; 7] {
    let text = |text: &str| text.to_owned();
    let (node, role, heard) = (member.node().to_string(), role(told, member), heard(told, member));
    [
        node,
        text(member.name()),
        text(member.peer()),
        text(member.public()),
        role,
        heard,
        applied(told, member),
    ]
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
        "heard_ms": member.heard_ms,
        "silent": member.silent,
    })
}
