//! `reeve server check`: whether a data folder is whole.

use std::io::Write;

use clap::Args;
use reeve_server::Failure;
use reeve_server::local::LogId;
use reeve_server::local::check::{Facts, Health, Report, check};
use serde_json::{Value, json};

use super::run;
use crate::table::{Form, Told, columns};
use crate::trouble::Trouble;

/// What `reeve server check --help` says of exit codes.
const EXIT_CODES: &str = "\
Exit codes:
  0  whole: it has all that it acknowledged, and every byte of it can be read
  1  it could not be looked at: a server runs on it, or the disk does not answer
  2  not understood: no such flag
  3  damaged: bytes that are not what was written
  4  amnesiac: it has forgotten what it acknowledged
  5  foreign: no replica's, another cluster's, or written by a newer build
  6  fresh: a folder in which no replica has lived
  7  absent: there is no such folder";

#[derive(Args)]
#[command(after_help = EXIT_CODES)]
pub(crate) struct Arguments {
    #[command(flatten)]
    server: run::Arguments,
    /// Tell it as JSON
    #[arg(long)]
    json: bool,
}

impl Arguments {
    pub(crate) fn obey(self, out: &mut impl Write) -> Result<(), Trouble> {
        let config = self.server.sources().load().map_err(Failure::from)?;
        let report = check(&config)?;
        let form = if self.json { Form::Json } else { Form::Text };
        Told { text: text(&report), json: object(&report) }.write(form, out)?;
        out.flush()?;
        let folder = report.folder.display();
        let default = default(&report);
        match report.health {
            Health::Whole => Ok(()),
            health @ Health::Fresh => Err(Trouble::Unsound(
                health,
                format!(
                    "CHECK_FRESH: {folder}{default}: no replica has lived here yet. Start a server on it, or name \
                     another"
                ),
            )),
            health @ Health::Absent => Err(Trouble::Unsound(
                health,
                format!(
                    "CHECK_ABSENT: {folder}{default}: there is no such folder. Name the right one with --data-dir or \
                     --config"
                ),
            )),
            health @ (Health::Damaged | Health::Amnesiac | Health::Foreign | Health::Newer) => {
                let amiss: Vec<String> =
                    report.amiss.iter().map(|amiss| format!("{folder}: {amiss}")).collect();
                Err(Trouble::Unsound(health, amiss.join("\n")))
            }
        }
    }
}

/// An entry, for people.
pub(super) fn entry(id: Option<LogId>) -> String {
    id.map_or_else(|| "none".to_owned(), |id| format!("{} of term {}", id.index, id.term))
}

/// Says so where the folder is the one that nobody named.
const fn default(report: &Report) -> &'static str {
    if report.default { " (the default of node.data_dir)" } else { "" }
}

fn text(report: &Report) -> String {
    let mut rows = vec![
        ["folder".into(), format!("{}{}", report.folder.display(), default(report))],
        ["health".into(), report.health.word().into()],
        ["started".into(), report.start.clone()],
    ];
    if let Some(facts) = &report.replica {
        rows.extend(facts_rows(facts));
        let read = format!("{} entries, {} records", report.read.entries, report.read.records);
        rows.push(["read".into(), read]);
    }
    let mut text = columns(&rows);
    if !report.items.is_empty() {
        let mut rows = vec![["NAME", "BYTES", "WHAT"].map(String::from)];
        rows.extend(
            report
                .items
                .iter()
                .map(|item| [item.name.clone(), item.bytes.to_string(), item.what.to_string()]),
        );
        text.push('\n');
        text.push_str(&columns(&rows));
    }
    text
}

fn facts_rows(facts: &Facts) -> Vec<[String; 2]> {
    let hard = &facts.hard;
    let vote = hard.vote.map_or_else(
        || "none".into(),
        |vote| {
            format!(
                "node {} in term {}{}",
                vote.node,
                vote.term,
                if vote.committed { ", elected" } else { "" }
            )
        },
    );
    let log = facts.ends.map_or_else(
        || "empty".into(),
        |(first, last)| {
            format!("{} of term {} to {} of term {}", first.index, first.term, last.index, last.term)
        },
    );
    let voters: Vec<String> = facts.membership.voters.iter().flatten().map(ToString::to_string).collect();
    let mut rows = vec![
        ["cluster".into(), format!("{:032x}", hard.identity.cluster)],
        ["era".into(), hard.identity.era.to_string()],
        ["node".into(), hard.identity.node.to_string()],
        ["starts".into(), hard.incarnation.to_string()],
        ["vote".into(), vote],
        ["mark".into(), entry(hard.mark)],
        ["log".into(), log],
        ["applied".into(), entry(facts.applied)],
        ["revision".into(), facts.revision.to_string()],
        ["digest".into(), format!("{:032x}", facts.digest)],
        ["voters".into(), if voters.is_empty() { "none".into() } else { voters.join(", ") }],
    ];
    let members = facts.membership.members.iter();
    rows.extend(members.map(|(node, member)| ["member".into(), format!("node {node}: {member}")]));
    rows
}

/// An entry, for machines.
pub(super) fn entry_object(id: Option<LogId>) -> Option<Value> {
    id.map(|id| json!({ "term": id.term, "index": id.index }))
}

fn object(report: &Report) -> Value {
    let items: Vec<Value> = report
        .items
        .iter()
        .map(|item| json!({ "name": item.name, "bytes": item.bytes, "what": item.what.to_string() }))
        .collect();
    json!({
        "folder": report.folder.display().to_string(),
        "health": report.health.word(),
        "started": report.start,
        "amiss": report.amiss,
        "replica": report.replica.as_ref().map(facts_object),
        "items": items,
        "read": { "entries": report.read.entries, "records": report.read.records },
    })
}

fn facts_object(facts: &Facts) -> Value {
    let hard = &facts.hard;
    let voters: Vec<u64> = facts.membership.voters.iter().flatten().copied().collect();
    let members = facts.membership.members.iter().map(|(node, member)| {
        json!({ "node": node, "name": member.name, "peer": member.peer, "public": member.public })
    });
    json!({
        "cluster": format!("{:032x}", hard.identity.cluster),
        "group": hard.identity.group,
        "era": hard.identity.era,
        "node": hard.identity.node,
        "starts": hard.incarnation,
        "vote": hard.vote.map(|vote| json!({ "term": vote.term, "node": vote.node, "elected": vote.committed })),
        "mark": entry_object(hard.mark),
        "first": entry_object(facts.ends.map(|(first, _)| first)),
        "last": entry_object(facts.ends.map(|(_, last)| last)),
        "applied": entry_object(facts.applied),
        "revision": facts.revision,
        "digest": format!("{:032x}", facts.digest),
        "voters": voters,
        "members": members.collect::<Vec<_>>(),
    })
}
