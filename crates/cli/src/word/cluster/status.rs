//! `reeve cluster status`.

use clap::Args;
use reeve_client::words::{Standing, StatusRequest, StatusResponse};
use serde_json::json;

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
        let Standing { node, term, leader, office, committed, applied, flushed, .. } = standing;
        rows.extend([
            ["cluster".into(), standing.cluster().into()],
            ["era".into(), standing.era().to_string()],
            ["node".into(), number(*node)],
            ["term".into(), number(*term)],
            ["leader".into(), number(*leader)],
            ["office".into(), number(*office)],
            ["committed".into(), number(*committed)],
            ["applied".into(), number(*applied)],
            ["flushed".into(), number(*flushed)],
            ["digest".into(), standing.digest().into()],
            ["disk".into(), standing.disk().into()],
            ["disk sync".into(), format!("{} us", standing.disk_sync_us())],
            ["damage".into(), standing.disk_damage.clone().unwrap_or_else(|| "none found".into())],
        ]);
    }
    columns(&rows)
}

fn object(told: &StatusResponse) -> serde_json::Value {
    let standing = told.standing.as_ref().map(|standing| {
        json!({
            "cluster": standing.cluster(),
            "era": standing.era(),
            "node": standing.node(),
            "term": standing.term(),
            "leader": standing.leader,
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
