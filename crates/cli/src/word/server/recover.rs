//! `reeve server recover`: the way out when a majority is lost for good.

use std::io::Write;
use std::path::PathBuf;

use clap::Args;
use reeve_server::local::recover::{Already, Candidate, Outcome, Survey, recover, survey};
use reeve_server::{Config, Failure};
use serde_json::{Value, json};

use super::check::{entry, entry_object};
use super::run;
use crate::table::{Form, Told, columns};
use crate::trouble::Trouble;

#[derive(Args)]
pub(crate) struct Arguments {
    #[command(flatten)]
    server: run::Arguments,
    /// Another data folder of the same cluster that is left, here or on a mounted disk; may be given several times
    #[arg(long, value_name = "FOLDER")]
    also: Vec<PathBuf>,
    /// Do it: the data folder goes on alone, and what only the lost disks had is lost for good
    #[arg(long)]
    accept_loss: bool,
    /// Tell it as JSON
    #[arg(long)]
    json: bool,
}

impl Arguments {
    pub(crate) fn obey(self, out: &mut impl Write) -> Result<(), Trouble> {
        let config = self.server.sources().load().map_err(Failure::from)?;
        let form = if self.json { Form::Json } else { Form::Text };
        let told =
            if self.accept_loss { done(&config, &self.also)? } else { told(&survey(&config, &self.also)?) };
        Ok(told.write(form, out)?)
    }
}

fn done(config: &Config, also: &[PathBuf]) -> Result<Told, Trouble> {
    let recovered = match recover(config, also)? {
        Outcome::Recovered(recovered) => recovered,
        Outcome::Already(already) => {
            return Ok(Told { text: already_text(&already), json: already_object(&already) });
        }
    };
    let (identity, last) = (recovered.identity, recovered.last);
    let text = format!(
        "node {} is the only member of cluster {:032x} now, in era {}\n\
         everything up to entry {} of term {} counts; {} entries of its log were not in its state before\n\
         {NEXT}\n",
        identity.node, identity.cluster, identity.era, last.index, last.term, recovered.replayed,
    );
    let json = json!({
        "recovered": true,
        "already": false,
        "cluster": format!("{:032x}", identity.cluster),
        "era": identity.era,
        "node": identity.node,
        "last": { "term": last.term, "index": last.index },
        "replayed": recovered.replayed,
    });
    Ok(Told { text, json })
}

/// What to do once it is done.
const NEXT: &str = "start it, then let others join it anew, with empty data folders: `reeve cluster join`";

fn already_text(already: &Already) -> String {
    let Already { folder, identity, last } = already;
    format!(
        "{} is recovered already: node {} is the only voter of cluster {:032x}, in era {}, with everything up to entry {} \
         of term {}\nnothing was changed now\n{NEXT}\n",
        folder.display(),
        identity.node,
        identity.cluster,
        identity.era,
        last.index,
        last.term,
    )
}

fn already_object(already: &Already) -> Value {
    let Already { folder, identity, last } = already;
    json!({
        "recovered": true,
        "already": true,
        "folder": folder.display().to_string(),
        "cluster": format!("{:032x}", identity.cluster),
        "era": identity.era,
        "node": identity.node,
        "last": entry_object(Some(*last)),
    })
}

/// What there is to choose from. Nothing was changed.
fn told(survey: &Survey) -> Told {
    let mut rows = vec![["", "FOLDER", "NODE", "ERA", "REACHES ENTRY", "AMISS"].map(String::from)];
    rows.extend(survey.candidates.iter().enumerate().map(|(at, one)| row(one, at == survey.best)));
    let mut text = columns(&rows);
    let best = &survey.candidates[survey.best].folder;
    text.push('\n');
    for loss in &survey.loss {
        text.push_str(loss);
        text.push('\n');
    }
    match &survey.already {
        Some(already) => text.push_str(&already_text(already)),
        None => text.push_str(&format!(
            "\nNothing was changed. If the others are lost for good, type the same with\n  --data-dir {} --accept-loss\n",
            best.display()
        )),
    }
    let candidates: Vec<Value> = survey.candidates.iter().map(object).collect();
    let json = json!({
        "recovered": survey.already.is_some(),
        "already": survey.already.is_some(),
        "candidates": candidates,
        "best": best.display().to_string(),
        "loss": survey.loss,
    });
    Told { text, json }
}

fn row(one: &Candidate, best: bool) -> [String; 6] {
    let number = |number: Option<u64>| number.map_or_else(|| "?".into(), |number| number.to_string());
    [
        if best { "best" } else { "" }.into(),
        one.folder.display().to_string(),
        number(one.identity.map(|identity| identity.node)),
        number(one.identity.map(|identity| identity.era.into())),
        entry(one.reach),
        one.amiss.clone().unwrap_or_default(),
    ]
}

fn object(one: &Candidate) -> Value {
    json!({
        "folder": one.folder.display().to_string(),
        "node": one.identity.map(|identity| identity.node),
        "era": one.identity.map(|identity| identity.era),
        "reach": entry_object(one.reach),
        "amiss": one.amiss,
    })
}
