//! One server: its program, its data, its address, and its process while it runs.

use std::ffi::OsStr;
use std::fs::{self, OpenOptions};
use std::net::{IpAddr, SocketAddr};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::thread::sleep;
use std::time::Instant;

use anyhow::{Context, Result, bail, ensure};
use rustix::process::{Pid, Signal, kill_process};

use crate::limits::{LONG, LOOK};
use crate::{address, site, threads};

/// How the servers of a town are run.
#[derive(Clone, Debug)]
pub struct Plan {
    pub(crate) reeve: PathBuf,
    pub(crate) folder: Option<PathBuf>,
    pub(crate) settings: Vec<String>,
}

impl Plan {
    /// With this program `reeve` (see [`crate::beside`]), in a temporary folder, with default settings but for the room
    /// that is set aside on the disk, of which there is none.
    #[must_use]
    pub fn of(reeve: impl Into<PathBuf>) -> Self {
        Self { reeve: reeve.into(), folder: None, settings: vec!["disk.reserve=0B".into()] }
    }

    /// Every server has this `key=value`. Of two for one key the later counts.
    #[must_use]
    pub fn set(mut self, setting: impl Into<String>) -> Self {
        self.settings.push(setting.into());
        self
    }

    /// In this folder, which stays. What an earlier town left there, running or lying, is ended and removed; a folder that
    /// holds anything else is refused.
    #[must_use]
    pub fn at(mut self, folder: impl Into<PathBuf>) -> Self {
        self.folder = Some(folder.into());
        self
    }
}

/// One server.
pub(crate) struct House {
    pub(crate) name: String,
    reeve: PathBuf,
    ip: IpAddr,
    /// Where its log and the number of its process are.
    folder: PathBuf,
    pub(crate) data: PathBuf,
    pub(crate) settings: Vec<String>,
    /// The program that starts it, with its words; none: it is started directly.
    pub(crate) through: Vec<String>,
    process: Option<Process>,
}

struct Process {
    child: Child,
    paused: bool,
}

impl House {
    pub(crate) fn new(name: String, plan: &Plan, folder: &Path) -> Result<Self> {
        Ok(Self {
            reeve: plan.reeve.clone(),
            ip: address::fresh()?,
            folder: folder.into(),
            data: folder.join(&name),
            settings: plan.settings.clone(),
            through: Vec::new(),
            process: None,
            name,
        })
    }

    pub(crate) const fn public(&self) -> SocketAddr {
        SocketAddr::new(self.ip, address::PUBLIC)
    }

    pub(crate) const fn peer(&self) -> SocketAddr {
        SocketAddr::new(self.ip, address::PEER)
    }

    pub(crate) const fn health(&self) -> SocketAddr {
        SocketAddr::new(self.ip, address::HEALTH)
    }

    pub(crate) fn log(&self) -> PathBuf {
        self.folder.join(format!("{}.log", self.name))
    }

    /// Its configuration file, if it has one.
    pub(crate) fn file(&self) -> PathBuf {
        self.folder.join(format!("{}.toml", self.name))
    }

    pub(crate) const fn runs(&self) -> bool {
        self.process.is_some()
    }

    /// Whether it runs and can answer.
    pub(crate) fn answers(&self) -> bool {
        self.process.as_ref().is_some_and(|process| !process.paused)
    }

    /// To be somewhere else from the next start on.
    pub(crate) fn rehouse(&mut self) -> Result<()> {
        ensure!(!self.runs(), "{} runs: it cannot be elsewhere", self.name);
        self.ip = address::fresh()?;
        Ok(())
    }

    /// Starts the process, and waits for nothing.
    pub(crate) fn launch(&mut self) -> Result<()> {
        ensure!(!self.runs(), "{} runs already", self.name);
        let log = self.log();
        let log = OpenOptions::new().create(true).append(true).open(&log);
        let log = log.with_context(|| format!("{} has nowhere to write", self.name))?;
        let mut words = self.through.iter().map(OsStr::new).chain([self.reeve.as_os_str()]);
        let mut command = Command::new(words.next().context("a program has a name")?);
        command.args(words).env_clear().env("RUST_BACKTRACE", "1");
        command.arg("server").arg("--data-dir").arg(&self.data);
        for (flag, at) in [
            ("--listen-public", self.public()),
            ("--listen-peer", self.peer()),
            ("--listen-health", self.health()),
        ] {
            command.arg(flag).arg(at.to_string());
        }
        let file = self.file();
        if file.exists() {
            command.arg("--config").arg(file);
        }
        command.arg("--set").arg(format!("node.name={}", self.name));
        for setting in &self.settings {
            command.arg("--set").arg(setting);
        }
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(log);
        let child = command.spawn().with_context(|| format!("cannot start {}", self.reeve.display()))?;
        let pid = child.id();
        // Owned from here on: whatever fails, it is ended.
        self.process = Some(Process { child, paused: false });
        fs::write(site::pid_file(&self.folder, &self.name), pid.to_string())?;
        Ok(())
    }

    fn process(&mut self) -> Result<&mut Process> {
        let name = &self.name;
        self.process.as_mut().with_context(|| format!("{name} does not run"))
    }

    /// Ends it at once: the system tells it nothing. Its data is as it had written it, as far as the system knows.
    /// A server that had ended by itself is not one that was killed.
    pub(crate) fn kill(&mut self) -> Result<()> {
        self.still()?;
        let process = self.process()?;
        process.child.kill()?;
        process.child.wait()?;
        self.gone()
    }

    /// Waits until it has ended by itself.
    pub(crate) fn ended(&mut self) -> Result<i32> {
        let begin = Instant::now();
        loop {
            if let Some(status) = self.look()? {
                let name = &self.name;
                return status.code().with_context(|| format!("{name} crashed: {status}"));
            }
            ensure!(begin.elapsed() < LONG, "{} goes on, and should have ended", self.name);
            sleep(LOOK);
        }
    }

    /// How it ended, if it has. It does not run any more then.
    pub(crate) fn look(&mut self) -> Result<Option<ExitStatus>> {
        let status = self.process()?.child.try_wait()?;
        if status.is_some() {
            self.gone()?;
        }
        Ok(status)
    }

    fn gone(&mut self) -> Result<()> {
        self.process = None;
        Ok(fs::remove_file(site::pid_file(&self.folder, &self.name))?)
    }

    pub(crate) fn pid(&self) -> Result<u32> {
        let process = self.process.as_ref().with_context(|| format!("{} does not run", self.name))?;
        Ok(process.child.id())
    }

    /// Has the system tell it something.
    pub(crate) fn signal(&self, signal: Signal) -> Result<()> {
        // A child that nobody waited for keeps its number, so nobody else can have it.
        let pid =
            i32::try_from(self.pid()?).ok().and_then(Pid::from_raw).context("a process has a number")?;
        kill_process(pid, signal).with_context(|| format!("cannot tell {} anything", self.name))
    }

    /// Stops it where it is; when this returns, none of its threads moves.
    pub(crate) fn pause(&mut self) -> Result<()> {
        self.signal(Signal::STOP)?;
        self.process()?.paused = true;
        let begin = Instant::now();
        while threads::states(self.pid()?)?.iter().any(|state| *state != 'T') {
            ensure!(begin.elapsed() < LONG, "{} does not stand still", self.name);
            sleep(LOOK);
        }
        Ok(())
    }

    /// Lets it go on.
    pub(crate) fn resume(&mut self) -> Result<()> {
        self.signal(Signal::CONT)?;
        self.process()?.paused = false;
        Ok(())
    }

    /// The end of what it wrote.
    pub(crate) fn told(&self, lines: usize) -> String {
        let log = fs::read(self.log()).unwrap_or_default();
        let log = String::from_utf8_lossy(&log);
        let log: Vec<&str> = log.lines().collect();
        log[log.len().saturating_sub(lines)..].join("\n")
    }

    /// Fails if it has ended by itself.
    pub(crate) fn still(&mut self) -> Result<()> {
        match self.look()? {
            None => Ok(()),
            Some(status) => bail!("{} ended by itself: {status}", self.name),
        }
    }
}

impl Drop for House {
    fn drop(&mut self) {
        if let Some(process) = &mut self.process {
            // It may have ended by itself.
            drop(process.child.kill());
            drop(process.child.wait());
            drop(self.gone());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_ended_by_itself_was_not_killed() {
        let folder = tempfile::tempdir().unwrap();
        let mut house = House::new("n1".into(), &Plan::of("/bin/false"), folder.path()).unwrap();
        house.launch().unwrap();
        while !threads::states(house.pid().unwrap()).unwrap().iter().all(|state| *state == 'Z') {
            sleep(LOOK);
        }
        let told = house.kill().unwrap_err().to_string();
        assert!(told.contains("ended by itself") && told.contains("exit status: 1"), "{told}");
        assert!(!house.runs());
    }
}
