//! `reeve cluster status`.

use clap::Args;
use reeve_client::words::{Standing, StatusRequest, StatusResponse};
use serde_json::json;

use super::ago::ago;
use crate::node::Node;
use crate::table::{Told, columns};
use crate::trouble::Trouble;

#[derive(Args)]
pub(crate) struct Arguments {}

impl Arguments {
    pub(crate) fn obey(self, node: &Node) -> Result<Told, Trouble> {
        let told = node.ask(async |cluster| cluster.status(StatusRequest {}).await)?;
        Ok(Told { text: text(&told), json: object(&told) })
    }
}

fn text(told: &StatusResponse) -> String {
    let ready = if told.ready() { "yes" } else { "no" };
    let mut rows = vec![
        ["name".into(), told.name().into()],
        ["role".into(), told.role().into()],
        ["ready".into(), format!("{ready}: {}", told.why())],
    ];
    if let Some(standing) = &told.standing {
        let number = |number: Option<u64>| number.map_or_else(|| "none".into(), |number| number.to_string());
        let Standing { node, term, office, committed, applied, flushed, .. } = standing;
        rows.extend([
            ["cluster".into(), standing.cluster().into()],
            ["era".into(), standing.era().to_string()],
            ["node".into(), number(*node)],
            ["term".into(), number(*term)],
            ["leader".into(), leader(standing)],
            ["office".into(), number(*office)],
            ["committed".into(), number(*committed)],
            ["applied".into(), number(*applied)],
            ["flushed".into(), number(*flushed)],
            ["digest".into(), digest(standing)],
            ["disk".into(), standing.disk().into()],
            ["disk sync".into(), format!("{} us", standing.disk_sync_us())],
            ["damage".into(), standing.disk_damage.clone().unwrap_or_else(|| "none found".into())],
        ]);
    }
    columns(&rows)
}

/// Who leads; if nobody does, who did.
fn leader(standing: &Standing) -> String {
    if let Some(leader) = standing.leader {
        return leader.to_string();
    }
    match (standing.last_leader, standing.leader_heard_ms) {
        (None, _) => "none".into(),
        (Some(last), _) if last == standing.node() => "none (this node led)".into(),
        (Some(last), Some(ms)) => format!("none (node {last} led, last heard {})", ago(ms)),
        (Some(last), None) => format!("none (node {last} led, and was not heard since this one started)"),
    }
}

/// The digest of a state to which nothing happened yet is zero.
fn digest(standing: &Standing) -> String {
    let digest = standing.digest();
    if digest.chars().all(|digit| digit == '0') { "none yet".into() } else { digest.into() }
}

fn object(told: &StatusResponse) -> serde_json::Value {
    let standing = told.standing.as_ref().map(|standing| {
        json!({
            "cluster": standing.cluster(),
            "era": standing.era(),
            "node": standing.node(),
            "term": standing.term(),
            "leader": standing.leader,
            "last_leader": standing.last_leader,
            "leader_heard_ms": standing.leader_heard_ms,
            "office": standing.office,
            "committed": standing.committed,
            "applied": standing.applied(),
            "flushed": standing.flushed(),
            "digest": standing.digest(),
            "disk": standing.disk(),
            "disk_sync_us": standing.disk_sync_us(),
            "disk_damage": standing.disk_damage,
        })
    });
    json!({
        "name": told.name(),
        "role": told.role(),
        "ready": told.ready(),
        "why": told.why(),
        "standing": standing,
    })
}
