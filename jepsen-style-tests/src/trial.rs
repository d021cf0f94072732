//! A trial: a cluster under load, what is done to it, and the judgement at the end.

use std::collections::BTreeMap;
use std::fmt;
use std::fs;
use std::path::PathBuf;
use std::sync::Arc;
use std::thread::sleep;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail, ensure};
use reeve_client::Client;
use reeve_town::Town;
use serde_json::json;
use tokio::runtime::Builder;
use tokio::task::JoinSet;

use crate::history::History;
use crate::ledger::{Counts, Known, Ledger, Outcome, prefix};
use crate::limits::{ASKED_AFTERWARDS, CLIENTS, FLOW, FLOW_PATIENCE, LAST_PATIENCE, LOYAL, TRANSFER};
use crate::load::{self, Load};
use crate::memory::{self, Memory};

/// A cluster under load.
pub struct Trial {
    // Dropped before the servers.
    load: Option<Load>,
    /// How many of the clients know only one server.
    loyal: usize,
    /// What everybody was promised.
    pub ledger: Arc<Ledger>,
    history: Arc<History>,
    /// The servers.
    pub town: Town,
    /// Where the data of a server is found by this process, if not where the server finds it.
    elsewhere: BTreeMap<usize, PathBuf>,
}

/// What came of a trial in which everything held.
#[derive(Clone, Copy, Debug)]
pub struct Report {
    /// What came of the calls.
    pub counts: Counts,
    /// Unknown outcomes of clients that knew all servers.
    pub unknown_of_all: usize,
    /// Keys.
    pub keys: usize,
    /// Tasks on every server.
    pub tasks: usize,
    /// The longest time without any acknowledgement.
    pub longest_gap: Duration,
    /// How long all of it took.
    pub took: Duration,
}

/// What was known of the calls when the clients had stopped.
#[derive(Clone, Copy, Debug)]
pub struct Settled {
    /// What had come of them.
    pub counts: Counts,
    /// Keys in doubt of clients that knew all servers.
    pub unknown_of_all: usize,
    /// All keys in doubt; none is any more.
    pub settled: usize,
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Counts { acked, existing, refused, unknown, seen } = self.counts;
        write!(
            f,
            "{:.1} s: {} keys, {} tasks; {acked} acknowledged ({existing} once more), {refused} refused, {unknown} unknown ({} \
             of clients that know all), {seen} seen; longest gap {} ms",
            self.took.as_secs_f64(),
            self.keys,
            self.tasks,
            self.unknown_of_all,
            self.longest_gap.as_millis()
        )
    }
}

impl Trial {
    /// Has a scenario happen to a cluster under load, and judges what is left.
    ///
    /// # Errors
    /// What did not hold. The folder with the history, the logs and the data is kept then, and named.
    pub fn of(town: Town, scenario: impl FnOnce(&mut Self) -> Result<()>) -> Result<Report> {
        let mut trial = Self::under_load(town, LOYAL)?;
        let done = scenario(&mut trial).and_then(|()| trial.end());
        done.map_err(|error| {
            trial.town.keep();
            let logs = trial.town.logs();
            let flushed = trial.history.flush().is_ok();
            let path = trial.history.path().display();
            error.context(format!(
                "the history is in {path}{}\n{logs}",
                if flushed { "" } else { ", not all of it" }
            ))
        })
    }

    /// A cluster that stands, with clients at work, so many of whom know only one server.
    ///
    /// # Errors
    /// When they do not come to work.
    pub fn under_load(town: Town, loyal: usize) -> Result<Self> {
        let history = Arc::new(History::new(&town.folder().join("history.jsonl"))?);
        let ledger = Arc::new(Ledger::new(Arc::clone(&history)));
        let load = Some(Load::start(&town.addresses(), loyal, &ledger)?);
        let trial = Self { load, loyal, ledger, history, town, elsewhere: BTreeMap::new() };
        trial.flows()?;
        Ok(trial)
    }

    /// The time of this trial.
    #[must_use]
    pub fn now(&self) -> Duration {
        self.history.now()
    }

    /// Writes into the history what is done to a server, or what is the matter with it.
    pub fn note(&self, what: &str, server: usize) {
        self.history.note(json!({"fault": what, "server": server}));
    }

    /// Waits until new submissions are acknowledged, some of them.
    ///
    /// # Errors
    /// When they are not, for too long.
    pub fn flows(&self) -> Result<()> {
        let from = self.now();
        let begin = Instant::now();
        while self.ledger.new_since(from) < FLOW {
            ensure!(
                begin.elapsed() < FLOW_PATIENCE,
                "the service does not go on\n{:?}",
                self.ledger.counts()
            );
            sleep(Duration::from_millis(5));
        }
        Ok(())
    }

    /// Whoever leads, in a term after this one.
    ///
    /// # Errors
    /// When nobody comes to lead.
    pub fn led_after(&self, term: u64) -> Result<usize> {
        let later = |town: &Town| {
            let leader = town.leader()?;
            let office = town.standing(leader)?.office?;
            (office > term).then_some(leader)
        };
        self.town.until("another leads", |town| later(town).is_some())?;
        later(&self.town).or_else(|| self.town.leader()).context("somebody leads")
    }

    /// The term of the open office.
    #[must_use]
    pub fn term(&self) -> u64 {
        let office = |leader| self.town.standing(leader)?.office;
        self.town.leader().and_then(office).unwrap_or_default()
    }

    /// Some server that does not lead.
    ///
    /// # Errors
    /// When nobody leads.
    pub fn follower(&self) -> Result<usize> {
        let leader = self.town.led()?;
        let others = self.town.numbers().find(|number| *number != leader && self.town.runs(*number));
        others.context("somebody follows")
    }

    /// Ends a server at once.
    ///
    /// # Errors
    /// When it does not run; the same for all that follow.
    pub fn kill(&mut self, server: usize) -> Result<()> {
        self.note("kill", server);
        self.town.kill(server)
    }

    /// Starts a server and waits until it answers.
    ///
    /// # Errors
    /// When it does not.
    pub fn start(&mut self, server: usize) -> Result<()> {
        self.note("start", server);
        self.town.start(server)?;
        self.note("started", server);
        Ok(())
    }

    /// Stops a server in order.
    ///
    /// # Errors
    /// When it does not run, or ends otherwise.
    pub fn stop(&mut self, server: usize) -> Result<()> {
        self.note("stop", server);
        let code = self.town.stop(server)?;
        self.note("stopped", server);
        ensure!(code == 0, "server {server} stopped with code {code}");
        Ok(())
    }

    /// Stops a server where it is.
    ///
    /// # Errors
    /// When it does not run.
    pub fn pause(&mut self, server: usize) -> Result<()> {
        self.note("pause", server);
        self.town.pause(server)
    }

    /// Lets it go on.
    ///
    /// # Errors
    /// When it does not run.
    pub fn resume(&mut self, server: usize) -> Result<()> {
        self.note("resume", server);
        self.town.resume(server)
    }

    /// Has a server lead. Another may be faster than the one that was named, so it is asked for until it is so.
    ///
    /// # Errors
    /// When it comes not to lead.
    pub fn lead(&self, server: usize) -> Result<()> {
        self.note("shall lead", server);
        let name = format!("n{server}");
        let mut asked = None;
        self.town.until("it leads", |town| {
            let leader = town.leader();
            let Some(other) = leader.filter(|leader| *leader != server) else { return leader.is_some() };
            if asked.is_none_or(|asked: Instant| asked.elapsed() > TRANSFER) {
                // A refusal is a reason to ask again, too.
                drop(town.type_to(other, &["transfer", "--to", &name]));
                asked = Some(Instant::now());
            }
            false
        })?;
        Ok(())
    }

    /// Waits until a server is ready.
    ///
    /// # Errors
    /// When it is not for too long.
    pub fn ready(&self, server: usize) -> Result<()> {
        self.town.until(&format!("server {server} is ready"), |town| town.ready(server))?;
        self.note("ready", server);
        Ok(())
    }

    /// Has a server without a cluster take the place of a member, through one that runs.
    ///
    /// # Errors
    /// When it is not done.
    pub fn replace(&mut self, server: usize, old: u64, through: usize) -> Result<()> {
        self.note(&format!("takes the place of node {old}"), server);
        let peer = self.town.peer(through)?;
        self.town.do_at(server, &["replace", &old.to_string(), "--peer", &peer])?;
        self.town.until("it votes, and the old one does not", |town| {
            let voters = town.voters(server);
            voters.len() == 3 && !voters.contains(&old)
        })?;
        self.ready(server)
    }

    /// Has all clients rest, and waits until all servers are the same and know it.
    ///
    /// # Errors
    /// When that takes too long.
    pub fn rest(&self) -> Result<()> {
        let load = self.load()?;
        load.hold(true);
        self.town.until("all clients rest", |_| load.rests())?;
        self.town.until("all servers are the same", Town::agree)?;
        Ok(())
    }

    /// Has them go on.
    ///
    /// # Errors
    /// When they were stopped.
    pub fn work(&self) -> Result<()> {
        self.load()?.hold(false);
        Ok(())
    }

    fn load(&self) -> Result<&Load> {
        self.load.as_ref().context("the clients are at work until the end")
    }

    /// Says where the data of a server is found from here.
    pub fn found_at(&mut self, server: usize, data: PathBuf) {
        self.elsewhere.insert(server, data);
    }

    /// Stops the clients, settles what is unknown, and judges. All servers that run then are members, and whole.
    ///
    /// # Errors
    /// What does not hold.
    pub fn end(&mut self) -> Result<Report> {
        let Settled { counts, unknown_of_all, .. } = self.settle()?;
        self.rests()?;
        for server in self.running() {
            self.look(server, ASKED_AFTERWARDS)?;
        }
        let tasks = self.judge_disks()?;
        self.history.note(json!({"judged": "all held"}));
        Ok(Report {
            counts,
            unknown_of_all,
            keys: self.ledger.keys().len(),
            tasks,
            longest_gap: self.ledger.longest_gap(),
            took: self.now(),
        })
    }

    /// Stops the clients, and asks once more under each key whose outcome is unknown.
    ///
    /// # Errors
    /// When that cannot be settled, or a promise was broken.
    pub fn settle(&mut self) -> Result<Settled> {
        self.load.take().context("the clients are at work until the end")?.stop()?;
        let counts = self.ledger.counts();
        let keys = self.ledger.keys();
        let doubtful: Vec<(&String, &Known)> = keys.iter().filter(|(_, known)| known.doubt).collect();
        let loyal: Vec<String> = (0..self.loyal).map(prefix).collect();
        let of_loyal = |key: &str| loyal.iter().any(|prefix| key.starts_with(prefix));
        let unknown_of_all = doubtful.iter().filter(|(key, _)| !of_loyal(key)).count();
        let settled = doubtful.len();
        let addresses = self.addresses()?;
        let runtime = Builder::new_current_thread().enable_all().build()?;
        runtime.block_on(async {
            let client = Client::of(addresses)?.with_patience(LAST_PATIENCE);
            for (key, known) in doubtful {
                let call = self.ledger.ask(CLIENTS, key, known.size);
                let outcome = load::submit(&client, key, known.size).await;
                let settled = matches!(outcome, Outcome::Acked { .. });
                let told = format!("{key} cannot be settled: {outcome:?}");
                self.ledger.hear(call, outcome);
                ensure!(settled, told);
            }
            Ok(())
        })?;
        self.unbroken()?;
        Ok(Settled { counts, unknown_of_all, settled })
    }

    fn unbroken(&self) -> Result<()> {
        let broken = self.ledger.broken();
        ensure!(broken.is_empty(), "promises were broken:\n{}", broken.join("\n"));
        Ok(())
    }

    /// The servers that run.
    #[must_use]
    pub fn running(&self) -> Vec<usize> {
        self.town.numbers().filter(|number| self.town.runs(*number)).collect()
    }

    fn addresses(&self) -> Result<Vec<String>> {
        self.running().into_iter().map(|number| Ok(self.town.public(number)?.to_string())).collect()
    }

    /// Waits until all servers that run are the same, and have everything written.
    ///
    /// # Errors
    /// When they do not come to that.
    pub fn rests(&self) -> Result<()> {
        self.town.until("all servers are the same, and all is written", |town| {
            let written = |number| town.standing(number).is_some_and(|now| now.flushed() >= now.applied());
            self.running().into_iter().all(written) && town.agree()
        })?;
        Ok(())
    }

    /// Asks a server for some of the tasks that were acknowledged, at most about so many; how many it was asked for.
    ///
    /// # Errors
    /// When one is not there, or nobody can say.
    pub fn look(&self, server: usize, most: usize) -> Result<usize> {
        let keys = self.ledger.keys();
        let tasks: Vec<String> = keys.into_values().filter_map(|known| known.tasks).flatten().collect();
        let step = tasks.len().div_ceil(most.max(1)).max(1);
        let asked: Vec<String> = tasks.into_iter().step_by(step).collect();
        let at = self.town.public(server)?.to_string();
        let runtime = Builder::new_current_thread().enable_all().build()?;
        runtime.block_on(async {
            let client = Client::of([at])?.with_patience(LAST_PATIENCE);
            let mut looking: JoinSet<Result<()>> = JoinSet::new();
            for part in asked.chunks(asked.len().div_ceil(CLIENTS).max(1)) {
                let (client, part, ledger) = (client.clone(), part.to_vec(), Arc::clone(&self.ledger));
                looking.spawn(async move {
                    for task in part {
                        let found = load::look(&client, &task).await;
                        ledger.look(
                            CLIENTS,
                            &task,
                            found.with_context(|| format!("nobody says how {task} is"))?,
                        );
                    }
                    Ok(())
                });
            }
            while let Some(looked) = looking.join_next().await {
                looked??;
            }
            Ok::<_, anyhow::Error>(())
        })?;
        self.unbroken()?;
        Ok(asked.len())
    }

    /// Ends all servers and reads what is on their disks: exactly what was promised. How many tasks that is.
    ///
    /// # Errors
    /// When it is anything else.
    pub fn judge_disks(&mut self) -> Result<usize> {
        let keys = self.ledger.keys();
        let servers = self.running();
        for server in &servers {
            self.kill(*server)?;
        }
        let mut count = 0;
        for server in servers {
            let data = self.elsewhere.get(&server).cloned();
            let memory = memory::read(&data.map_or_else(|| self.town.data(server), Ok)?)?;
            judge(&keys, &memory)
                .with_context(|| format!("server {server}, which has applied {}", memory.applied))?;
            count = memory.tasks.len();
        }
        Ok(count)
    }

    /// Moves the data of a server that does not run out of the way.
    ///
    /// # Errors
    /// When it runs, or the system refuses.
    pub fn wipe(&mut self, server: usize) -> Result<()> {
        ensure!(!self.town.runs(server), "server {server} runs");
        self.note("wipe", server);
        Ok(fs::remove_dir_all(self.town.data(server)?)?)
    }
}

/// Holds what is on a disk against what was promised.
fn judge(keys: &BTreeMap<String, Known>, memory: &Memory) -> Result<()> {
    let mut left = memory.tasks.clone();
    for (key, known) in keys {
        for place in 0..known.size {
            let payload = load::payload(key, place);
            let found = left.remove(&payload).unwrap_or_default();
            match &known.tasks {
                Some(promised) => ensure!(
                    found.as_slice() == promised.get(place).map(std::slice::from_ref).unwrap_or_default(),
                    "{payload} was acknowledged as {promised:?}, and is there as {found:?}"
                ),
                // Whatever was in doubt was settled before.
                None => ensure!(found.is_empty(), "{payload} was refused, and is there as {found:?}"),
            }
        }
    }
    if let Some((payload, found)) = left.first_key_value() {
        bail!("nobody asked for {payload:?}, which is there as {found:?}, with {} more", left.len() - 1);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn memory(tasks: &[(&str, &[&str])]) -> Memory {
        let tasks = tasks
            .iter()
            .map(|(payload, ids)| ((*payload).to_owned(), ids.iter().map(ToString::to_string).collect()));
        Memory { applied: 9, tasks: tasks.collect() }
    }

    #[test]
    fn what_is_lost_doubled_or_never_asked_for_is_seen() {
        let ledger = Ledger::new(Arc::new(History::passing()));
        let call = ledger.ask(0, "a", 2);
        let tasks = vec!["1-0".into(), "1-1".into()];
        ledger.hear(call, Outcome::Acked { tasks, revision: 1, existing: false });
        let call = ledger.ask(0, "b", 1);
        ledger.hear(call, Outcome::Refused("BUSY: no".into()));
        let keys = ledger.keys();
        let held = |tasks: &[(&str, &[&str])]| judge(&keys, &memory(tasks)).is_ok();
        assert!(held(&[("a/0", &["1-0"]), ("a/1", &["1-1"])]));
        assert!(!held(&[("a/0", &["1-0"])]), "lost");
        assert!(!held(&[("a/0", &["1-0"]), ("a/1", &["1-2"])]), "another");
        assert!(!held(&[("a/0", &["1-0"]), ("a/1", &["1-1", "2-0"])]), "twice");
        assert!(!held(&[("a/0", &["1-0"]), ("a/1", &["1-1"]), ("b/0", &["2-0"])]), "refused and done");
        assert!(!held(&[("a/0", &["1-0"]), ("a/1", &["1-1"]), ("x", &["2-0"])]), "never asked for");
    }
}
