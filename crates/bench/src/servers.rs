//! Servers as users run them, each a process of its own, and their public door.

use std::collections::HashSet;
use std::path::Path;
use std::str::FromStr;
use std::thread::sleep;
use std::time::{Duration, Instant};

use reeve_client::Client;
use reeve_client::words::{Key, NewTask, SubmitManyRequest, SubmitRequest};
use reeve_core::State;
use reeve_core::name::{Name, TaskId};
use reeve_core::view::Known;
use reeve_node::store::disk::real::RealDisk;
use reeve_node::store::engine::rocks::Rocks;
use reeve_node::store::start::{self, Found};
use reeve_town::{Plan, Town};
use tempfile::TempDir;

use crate::cost::Usage;
use crate::limits::{LOOK_EVERY, PATIENCE, PAYLOAD_BYTES, STANDING_UP};
use crate::load::{Door, NotDone, Spent, Submitted};
use crate::{Fault, Setup, spec};

/// Some servers that make a cluster.
pub struct Servers {
    /// What can be done to them.
    pub town: Town,
    // Goes after them.
    _folder: TempDir,
}

pub(crate) fn down(error: anyhow::Error) -> Fault {
    Fault::Cluster(format!("{error:#}"))
}

impl Servers {
    /// So many, of the program that runs, with these settings, not yet a cluster.
    ///
    /// # Errors
    /// They do not start.
    pub fn apart(setup: &Setup, count: usize, settings: &[&str]) -> Result<Self, Fault> {
        let folder = crate::scratch(setup)?;
        let plan = Plan::of(&setup.reeve).at(folder.path().join("town"));
        let plan = settings.iter().fold(plan, |plan, setting| plan.set(*setting));
        let town = Town::of(count, &plan).map_err(down)?;
        Ok(Self { town, _folder: folder })
    }

    /// The same, as a cluster of voters.
    ///
    /// # Errors
    /// They do not come together.
    pub fn together(setup: &Setup, count: usize, settings: &[&str]) -> Result<Self, Fault> {
        let servers = Self::apart(setup, count, settings)?;
        servers.town.found().map_err(down)?;
        Ok(servers)
    }

    /// A number that a server tells as a metric.
    ///
    /// # Errors
    /// It does not tell it.
    pub fn gauge(&self, number: usize, name: &str) -> Result<u64, Fault> {
        let value = self.town.metric(number, name).map_err(down)?;
        value.ok_or_else(|| Fault::Cluster(format!("server {number} does not tell {name}")))
    }

    /// What they have used, with this process's own clients.
    ///
    /// # Errors
    /// As for them alone.
    pub fn spent(&self) -> Result<Spent, Fault> {
        let mut spent = self.spent_alone()?;
        spent.usage = Usage { resident: 0, ..Usage::own()? }.plus(spent.usage);
        Ok(spent)
    }

    /// What they have used, all of them.
    ///
    /// # Errors
    /// One of them does not run, or does not tell.
    pub fn spent_alone(&self) -> Result<Spent, Fault> {
        let mut spent = Spent::default();
        for number in self.town.numbers() {
            spent.usage = spent.usage.plus(Usage::of(self.town.pid(number).map_err(down)?)?);
            spent.entries = spent.entries.max(self.gauge(number, "reeve_raft_last_index")?);
            spent.syncs += self.gauge(number, "reeve_log_syncs")?;
            spent.nodes += 1;
        }
        Ok(spent)
    }

    /// Who leads, and the term of its office.
    ///
    /// # Errors
    /// Nobody does, or who did has just ceased to.
    pub fn reign(&self) -> Result<(usize, u64), Fault> {
        let leader = self.town.led().map_err(down)?;
        let office = self.town.standing(leader).and_then(|standing| standing.office);
        let ceased = || Fault::Cluster(format!("server {leader} led, and has ceased to"));
        Ok((leader, office.ok_or_else(ceased)?))
    }

    /// Whether all of them run and stand, and one leads.
    ///
    /// # Errors
    /// It is not so.
    pub fn stand(&self) -> Result<(), Fault> {
        if let Some(fallen) = self.town.numbers().find(|number| self.town.standing(*number).is_none()) {
            return Err(Fault::Cluster(format!("server {fallen} stands no more\n{}", self.town.logs())));
        }
        self.reign().map(drop)
    }

    /// A way for clients that ask this server first.
    ///
    /// # Errors
    /// There is none.
    pub fn door(&self, first: usize) -> Result<Public, Fault> {
        let mut all = self.town.addresses();
        let places = all.len().max(1);
        all.rotate_left(first.saturating_sub(1) % places);
        let client = Client::of(all).map_err(|trouble| Fault::Cluster(trouble.to_string()))?;
        Ok(Public { client: client.with_patience(PATIENCE) })
    }

    /// Whether each of these tasks is there, once, and nothing else is: on the disk of a follower that has applied what all
    /// have, and was stopped for this.
    ///
    /// # Errors
    /// It is not so.
    pub fn verify(&mut self, submitted: &[TaskId]) -> Result<(), Fault> {
        let town = &mut self.town;
        let agreed = town.until("all have applied the same", Town::agree).map_err(down);
        agreed.map_err(|fault| Fault::Wrong(fault.to_string()))?;
        let leader = town.led().map_err(down)?;
        let follower =
            town.numbers().find(|number| *number != leader && town.runs(*number)).unwrap_or(leader);
        let data = town.data(follower).map_err(down)?;
        town.stop(follower).map_err(down)?;
        judge(&kept(&data)?, submitted)
    }

    /// Waits until it is so, looking often.
    ///
    /// # Errors
    /// It takes too long.
    pub fn until(&self, what: &str, every: Duration, so: impl Fn(&Town) -> bool) -> Result<Instant, Fault> {
        let begun = Instant::now();
        loop {
            if so(&self.town) {
                return Ok(Instant::now());
            }
            if begun.elapsed() > STANDING_UP {
                return Err(Fault::Cluster(format!("waited in vain: {what}\n{}", self.town.logs())));
            }
            sleep(every);
        }
    }

    /// Has one more server built and taken in; its number.
    ///
    /// # Errors
    /// It is not let in.
    pub fn admit(&mut self, seed: usize) -> Result<usize, Fault> {
        let number = self.town.build().map_err(down)?;
        self.town.start(number).map_err(down)?;
        let peer = self.town.peer(seed).map_err(down)?;
        self.town.do_at(number, &["join", "--peer", &peer, "--listen-only"]).map_err(down)?;
        Ok(number)
    }

    /// Waits until all have written what they applied.
    ///
    /// # Errors
    /// It takes too long.
    pub fn flushed(&self) -> Result<(), Fault> {
        let all = |town: &Town| {
            town.numbers().all(|number| {
                town.standing(number).is_some_and(|standing| standing.flushed() >= standing.applied())
            })
        };
        self.until("all to have written what they applied", LOOK_EVERY, all).map(drop)
    }
}

/// The state that is on a disk nobody uses.
fn kept(data: &Path) -> Result<State, Fault> {
    let failed = |what: String| Fault::Wrong(format!("{}: {what}", data.display()));
    let disk = RealDisk::open(data).map_err(|error| failed(error.to_string()))?;
    match start::open::<Rocks>(&disk).map_err(|fault| failed(fault.to_string()))? {
        Found::Replica(remembered) => remembered.book.load().map_err(|fault| failed(fault.to_string())),
        Found::Nothing(_) => Err(failed("there is no replica".into())),
    }
}

fn judge(state: &State, submitted: &[TaskId]) -> Result<(), Fault> {
    let names: HashSet<TaskId> = submitted.iter().copied().collect();
    if names.len() != submitted.len() {
        let said = submitted.len();
        return Err(Fault::Wrong(format!("{said} tasks were acknowledged under {} names", names.len())));
    }
    if let Some(task) = submitted.iter().find(|task| !matches!(state.task(**task), Known::Live(_))) {
        return Err(Fault::Wrong(format!("task {task} was acknowledged and is lost")));
    }
    nothing_else(submitted.len(), state.live())
}

/// All of them are there; then there must be no more.
fn nothing_else(said: usize, live: u32) -> Result<(), Fault> {
    if u64::from(live) == said as u64 {
        return Ok(());
    }
    Err(Fault::Wrong(format!("{said} tasks were acknowledged, and {live} are there")))
}

/// The public door of a cluster.
#[derive(Clone)]
pub struct Public {
    client: Client,
}

fn new_task() -> NewTask {
    NewTask {
        queue: Some(spec::QUEUE.into()),
        kind: Some(spec::QUEUE.into()),
        payload: Some(vec![b'p'; PAYLOAD_BYTES].into()),
        ..NewTask::default()
    }
}

fn named(task: &str) -> Result<TaskId, NotDone> {
    let name =
        Name::from_str(task).map_err(|error| NotDone::Never(format!("`{task}` is no task: {error}")))?;
    Ok(TaskId(name))
}

impl Public {
    /// Submits one task under a key: once, whatever becomes of answers.
    ///
    /// # Errors
    /// As for a door.
    pub async fn submit_once(&self, key: &str) -> Result<TaskId, NotDone> {
        let key = Some(Key { key: Some(key.into()), lifetime: None });
        let told = self.client.submit(SubmitRequest { task: Some(new_task()), key }).await;
        named(told.map_err(troubled)?.task())
    }
}

fn troubled(trouble: reeve_client::Trouble) -> NotDone {
    NotDone::Unknown(trouble.to_string())
}

impl Door for Public {
    async fn submit(&mut self, tasks: u32) -> Result<Submitted, NotDone> {
        if tasks == 1 {
            let told = self.client.submit(SubmitRequest { task: Some(new_task()), key: None }).await;
            return Ok(Submitted { first: named(told.map_err(troubled)?.task())?, count: 1 });
        }
        let all = vec![new_task(); usize::try_from(tasks).unwrap_or(usize::MAX)];
        let told =
            self.client.submit_many(SubmitManyRequest { tasks: all, key: None }).await.map_err(troubled)?;
        let first = named(told.tasks.first().map_or("", String::as_str))?;
        let submitted = Submitted { first, count: u32::try_from(told.tasks.len()).unwrap_or(u32::MAX) };
        // Told one by one, they are one entry's all the same.
        let last = submitted.names().last();
        if last.map(|task| task.to_string()).as_ref() != told.tasks.last() {
            return Err(NotDone::Never(format!("names that do not follow one another, from {first} on")));
        }
        Ok(submitted)
    }
}

#[cfg(test)]
mod tests {
    use reeve_core::name::{Era, Revision};

    use super::*;

    #[test]
    fn what_is_lost_or_named_twice_is_seen() {
        let (state, task) = (State::new(Era::default()), TaskId(Name::new(Era::default(), Revision(7), 0)));
        assert!(judge(&state, &[]).is_ok());
        for (submitted, complaint) in [(vec![task], "is lost"), (vec![task, task], "under 1 names")] {
            let told = judge(&state, &submitted).unwrap_err().to_string();
            assert!(told.starts_with("BENCH_WRONG: ") && told.contains(complaint), "{told}");
        }
        assert!(nothing_else(7, 7).is_ok());
        assert!(nothing_else(7, 8).unwrap_err().to_string().starts_with("BENCH_WRONG: "));
    }
}
