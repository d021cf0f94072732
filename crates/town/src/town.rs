//! Some servers, and what can be done to them.

use std::fs;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::thread::sleep;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use reeve_client::words::wish::Wish as Wished;
use reeve_client::words::{
    InitRequest, JoinRequest, Member, MembersRequest, Plain, Standing, StatusRequest, StatusResponse, Wish,
};
use rustix::process::Signal;
use serde_json::Value;

use crate::house::{House, Plan};
use crate::limits::{ANSWER, CHANGE, LONG, LOOK, TOLD_LINES};
use crate::questions;
use crate::site::Site;

/// Some servers, numbered from 1. What still runs is killed when it is dropped.
pub struct Town {
    // Dropped before the folder in which they live.
    houses: Vec<House>,
    plan: Plan,
    site: Site,
}

/// What came of a command that was typed.
#[derive(Debug)]
pub struct Said {
    /// The exit code; none after a crash.
    pub code: Option<i32>,
    /// On standard output.
    pub out: String,
    /// On standard error.
    pub err: String,
}

impl Town {
    /// So many servers, with fresh data folders, started. They belong to no cluster yet.
    ///
    /// # Errors
    /// When the system refuses something, or a server does not start.
    pub fn of(count: usize, plan: &Plan) -> Result<Self> {
        let site = plan.folder.as_deref().map_or_else(Site::passing, Site::lasting)?;
        let mut town = Self { houses: Vec::new(), plan: plan.clone(), site };
        for _ in 0..count {
            town.build()?;
        }
        // All at once, since each takes a moment.
        for number in town.numbers() {
            town.launch(number)?;
        }
        for number in town.numbers() {
            town.open(number)?;
        }
        Ok(town)
    }

    /// A server more, which is not started yet; its number.
    ///
    /// # Errors
    /// When there is no address for it.
    pub fn build(&mut self) -> Result<usize> {
        let number = self.houses.len() + 1;
        self.houses.push(House::new(format!("n{number}"), &self.plan, self.site.folder())?);
        Ok(number)
    }

    /// Has the first server found a cluster and all others join it; when this returns all vote, and one leads.
    ///
    /// # Errors
    /// When a server refuses, or it takes too long.
    pub fn found(&self) -> Result<()> {
        questions::ask(self.public(1)?, CHANGE, async |calls| calls.init(InitRequest {}).await)?;
        let seed = self.peer(1)?;
        for number in self.numbers().skip(1) {
            let wish = Some(Wish { wish: Some(Wished::Vote(Plain {})) });
            let request = JoinRequest { seed: Some(seed.clone()), wish };
            questions::ask(self.public(number)?, CHANGE, async |calls| calls.join(request).await)?;
        }
        let all = self.houses.len();
        self.until("all vote and one leads", |town| {
            town.leader().is_some() && town.numbers().all(|number| town.voters(number).len() == all)
        })?;
        Ok(())
    }

    /// The numbers of all servers.
    pub fn numbers(&self) -> impl Iterator<Item = usize> + use<> {
        1..=self.houses.len()
    }

    fn house(&self, number: usize) -> Result<&House> {
        let house = number.checked_sub(1).and_then(|place| self.houses.get(place));
        house.with_context(|| format!("there is no server {number}"))
    }

    fn house_mut(&mut self, number: usize) -> Result<&mut House> {
        let house = number.checked_sub(1).and_then(|place| self.houses.get_mut(place));
        house.with_context(|| format!("there is no server {number}"))
    }

    /// Where clients find a server.
    ///
    /// # Errors
    /// When there is no such server; the same for all that follow.
    pub fn public(&self, number: usize) -> Result<SocketAddr> {
        Ok(self.house(number)?.public())
    }

    /// Where clients find all servers, those that do not run included.
    #[must_use]
    pub fn addresses(&self) -> Vec<String> {
        self.houses.iter().map(|house| house.public().to_string()).collect()
    }

    /// Where a server is found by its peers.
    ///
    /// # Errors
    /// When there is no such server.
    pub fn peer(&self, number: usize) -> Result<String> {
        Ok(self.house(number)?.peer().to_string())
    }

    /// Where a server says how healthy it is.
    ///
    /// # Errors
    /// When there is no such server.
    pub fn health_address(&self, number: usize) -> Result<SocketAddr> {
        Ok(self.house(number)?.health())
    }

    /// Where the data of a server is.
    ///
    /// # Errors
    /// When there is no such server.
    pub fn data(&self, number: usize) -> Result<PathBuf> {
        Ok(self.house(number)?.data.clone())
    }

    /// Where a server writes what it has to say.
    ///
    /// # Errors
    /// When there is no such server.
    pub fn log(&self, number: usize) -> Result<PathBuf> {
        Ok(self.house(number)?.log())
    }

    /// The folder in which all this is.
    #[must_use]
    pub fn folder(&self) -> &Path {
        self.site.folder()
    }

    /// Has the folder stay when the town goes, to be looked at.
    pub fn keep(&mut self) {
        self.site.keep();
    }

    /// The process of a server.
    ///
    /// # Errors
    /// When it does not run.
    pub fn pid(&self, number: usize) -> Result<u32> {
        self.house(number)?.pid()
    }

    /// Whether a server was started, and not ended since. It may have ended by itself.
    #[must_use]
    pub fn runs(&self, number: usize) -> bool {
        self.house(number).is_ok_and(House::runs)
    }

    /// Sets a key of a server from its next start on.
    ///
    /// # Errors
    /// When there is no such server.
    pub fn set(&mut self, number: usize, setting: impl Into<String>) -> Result<()> {
        self.house_mut(number)?.settings.push(setting.into());
        Ok(())
    }

    /// Has the data of a server be elsewhere from its next start on.
    ///
    /// # Errors
    /// When there is no such server.
    pub fn set_data(&mut self, number: usize, data: impl Into<PathBuf>) -> Result<()> {
        self.house_mut(number)?.data = data.into();
        Ok(())
    }

    /// Has a server be started by another program from its next start on, which must become the server: what is said to it
    /// is this program, its words, and then the server with its words.
    ///
    /// # Errors
    /// When there is no such server.
    pub fn set_through(&mut self, number: usize, words: Vec<String>) -> Result<()> {
        self.house_mut(number)?.through = words;
        Ok(())
    }

    /// Has a server, which does not run, be found at another address from now on.
    ///
    /// # Errors
    /// When it runs.
    pub fn rehouse(&mut self, number: usize) -> Result<()> {
        self.house_mut(number)?.rehouse()
    }

    /// Starts a server on the data that it has, and waits until it answers. It need not have found a leader then.
    ///
    /// # Errors
    /// When it runs already, or ends by itself, or does not answer.
    pub fn start(&mut self, number: usize) -> Result<()> {
        self.launch(number)?;
        self.open(number)
    }

    /// Starts a server, and waits for nothing.
    ///
    /// # Errors
    /// When it runs already, or the system refuses.
    pub fn launch(&mut self, number: usize) -> Result<()> {
        self.house_mut(number)?.launch()
    }

    /// Waits until a server that was launched answers.
    ///
    /// # Errors
    /// When it ends by itself, or does not answer.
    pub fn open(&mut self, number: usize) -> Result<()> {
        let begin = Instant::now();
        loop {
            let starting =
                self.health(number, "/readyz").map_or(true, |(_, text)| text.trim_end() == "starting");
            if !starting && self.status(number).is_some() {
                return Ok(());
            }
            let still = self.house_mut(number)?.still();
            still.with_context(|| self.logs())?;
            ensure!(begin.elapsed() < LONG, "server {number} does not answer\n{}", self.logs());
            sleep(LOOK);
        }
    }

    /// Ends a server at once (SIGKILL).
    ///
    /// # Errors
    /// When it does not run, or had ended by itself.
    pub fn kill(&mut self, number: usize) -> Result<()> {
        let killed = self.house_mut(number)?.kill();
        killed.with_context(|| self.logs())
    }

    /// Asks a server to stop in order (SIGTERM), and waits until it has; its exit code.
    ///
    /// # Errors
    /// When it does not run, crashes, or goes on.
    pub fn stop(&mut self, number: usize) -> Result<i32> {
        self.house(number)?.signal(Signal::TERM)?;
        self.ended(number)
    }

    /// Waits until a server has ended by itself; its exit code.
    ///
    /// # Errors
    /// When it does not run, crashes, or goes on.
    pub fn ended(&mut self, number: usize) -> Result<i32> {
        let ended = self.house_mut(number)?.ended();
        ended.with_context(|| self.logs())
    }

    /// Whether a server that was started has ended by itself, and with which code; it does not run any more then.
    ///
    /// # Errors
    /// When it does not run, or crashed.
    pub fn has_ended(&mut self, number: usize) -> Result<Option<i32>> {
        let Some(status) = self.house_mut(number)?.look()? else { return Ok(None) };
        let code = status.code();
        Ok(Some(code.with_context(|| format!("server {number} crashed: {status}\n{}", self.logs()))?))
    }

    /// Stops a server where it is (SIGSTOP): its connections stay, and it says nothing.
    ///
    /// # Errors
    /// When it does not run.
    pub fn pause(&mut self, number: usize) -> Result<()> {
        self.house_mut(number)?.pause()
    }

    /// Lets a paused server go on (SIGCONT).
    ///
    /// # Errors
    /// When it does not run.
    pub fn resume(&mut self, number: usize) -> Result<()> {
        self.house_mut(number)?.resume()
    }

    /// Writes the configuration file of a server, for its next start or hangup.
    ///
    /// # Errors
    /// When there is no room.
    pub fn configure(&self, number: usize, text: &str) -> Result<()> {
        let file = self.house(number)?.file();
        fs::write(&file, text).with_context(|| format!("cannot write {}", file.display()))
    }

    /// Has a server read its configuration again (SIGHUP).
    ///
    /// # Errors
    /// When it does not run.
    pub fn hang_up(&self, number: usize) -> Result<()> {
        self.house(number)?.signal(Signal::HUP)
    }

    /// Types `reeve cluster …`, to one server.
    ///
    /// # Errors
    /// When the program cannot be started. What it refuses is no error here.
    pub fn type_to(&self, number: usize, words: &[&str]) -> Result<Said> {
        let mut command = Command::new(&self.plan.reeve);
        let at = self.public(number)?.to_string();
        let output = command.env_clear().arg("cluster").args(words).env("REEVE_AT", at).output();
        let output = output.with_context(|| format!("cannot start {}", self.plan.reeve.display()))?;
        let text = |bytes: Vec<u8>| String::from_utf8_lossy(&bytes).into_owned();
        Ok(Said { code: output.status.code(), out: text(output.stdout), err: text(output.stderr) })
    }

    /// The same, when it must be done; the answer, as JSON.
    ///
    /// # Errors
    /// When it is not done.
    pub fn do_at(&self, number: usize, words: &[&str]) -> Result<Value> {
        let said = self.type_to(number, &[words, &["--json"]].concat())?;
        ensure!(said.code == Some(0), "{words:?}: {}\n{}", said.err, self.logs());
        serde_json::from_str(&said.out).with_context(|| format!("{words:?}: this is no JSON: {}", said.out))
    }

    /// How a server is, if it runs and answers.
    #[must_use]
    pub fn status(&self, number: usize) -> Option<StatusResponse> {
        let house = self.house(number).ok().filter(|house| house.answers())?;
        questions::ask(house.public(), ANSWER, async |calls| calls.status(StatusRequest {}).await).ok()
    }

    /// How a member stands, if it answers and belongs to a cluster.
    #[must_use]
    pub fn standing(&self, number: usize) -> Option<Standing> {
        self.status(number)?.standing
    }

    /// Whether all servers that run have applied the same entries, and are the same after them.
    #[must_use]
    pub fn agree(&self) -> bool {
        let state =
            |number| self.standing(number).map(|standing| (standing.applied(), standing.digest().to_owned()));
        let states: Vec<_> = self.numbers().filter(|number| self.runs(*number)).map(state).collect();
        states.iter().all(Option::is_some) && states.windows(2).all(|pair| pair[0] == pair[1])
    }

    /// Who belongs to the cluster, as a server sees it; nobody if it does not answer.
    #[must_use]
    pub fn members(&self, number: usize) -> Vec<Member> {
        let Some(house) = self.house(number).ok().filter(|house| house.answers()) else { return Vec::new() };
        let told =
            questions::ask(house.public(), ANSWER, async |calls| calls.members(MembersRequest {}).await);
        told.map(|told| told.members).unwrap_or_default()
    }

    /// The numbers, in the cluster, of those who vote, as a server sees it; nobody if it does not answer.
    #[must_use]
    pub fn voters(&self, number: usize) -> Vec<u64> {
        let members = self.members(number).into_iter();
        members.filter(Member::votes).map(|member| member.node()).collect()
    }

    /// What a server says on its health listener: the code and the text.
    ///
    /// # Errors
    /// When it says nothing.
    pub fn health(&self, number: usize, path: &str) -> Result<(u16, String)> {
        questions::health(self.health_address(number)?, path)
    }

    /// The value of a metric of a server that has no labels; none if it does not tell that one.
    ///
    /// # Errors
    /// When it says nothing.
    pub fn metric(&self, number: usize, name: &str) -> Result<Option<u64>> {
        Ok(questions::value(&self.health(number, "/metrics")?.1, name))
    }

    /// Whether requests should go to a server.
    #[must_use]
    pub fn ready(&self, number: usize) -> bool {
        self.house(number).is_ok_and(House::answers)
            && self.health(number, "/readyz").is_ok_and(|(code, _)| code == 200)
    }

    /// The server whose office is open, among those that answer; of two, the one of the later term.
    #[must_use]
    pub fn leader(&self) -> Option<usize> {
        let office = |number: usize| self.standing(number)?.office;
        self.numbers().filter_map(|number| Some((office(number)?, number))).max().map(|(_, number)| number)
    }

    /// Waits until a server leads; which.
    ///
    /// # Errors
    /// When none does for too long.
    pub fn led(&self) -> Result<usize> {
        let mut leader = None;
        self.until("somebody leads", |town| {
            leader = town.leader();
            leader.is_some()
        })?;
        leader.context("somebody leads")
    }

    /// Waits until something is so, and says how long it took.
    ///
    /// # Errors
    /// When it is not so for too long.
    pub fn until(&self, what: &str, mut so: impl FnMut(&Self) -> bool) -> Result<Duration> {
        let begin = Instant::now();
        while !so(self) {
            ensure!(begin.elapsed() < LONG, "still not: {what}\n{}", self.logs());
            sleep(LOOK);
        }
        Ok(begin.elapsed())
    }

    /// The end of what each server wrote.
    #[must_use]
    pub fn logs(&self) -> String {
        let told = |house: &House| format!("--- {}\n{}\n", house.name, house.told(TOLD_LINES));
        self.houses.iter().map(told).collect()
    }
}
