//! The folder in which a town stands: one that goes when the town goes, or one that stays, and then nobody else builds
//! there meanwhile, and what an earlier town left running ends first.

use std::fs::{self, File, OpenOptions, TryLockError};
use std::path::{Path, PathBuf};
use std::time::Instant;

use anyhow::{Context, Result, bail, ensure};
use rustix::process::{Pid, PidfdFlags, Signal, pidfd_open, pidfd_send_signal};
use tempfile::TempDir;

use crate::limits::{FORKED, LONG, LOOK};

/// What tells a folder of ours from any other.
const LOCK: &str = "town.lock";
/// How the names of the files end that hold the number of a process.
const PID: &str = "pid";

/// The folder of a town.
pub(crate) enum Site {
    /// Goes with the town.
    Passing(TempDir),
    /// Stays.
    Lasting { folder: PathBuf, _lock: File },
}

impl Site {
    pub(crate) fn passing() -> Result<Self> {
        Ok(Self::Passing(tempfile::Builder::new().prefix("reeve-town-").tempdir()?))
    }

    /// Takes this folder, which is empty afterwards. Refused if it holds what is not ours, or if a town stands there.
    pub(crate) fn lasting(folder: &Path) -> Result<Self> {
        let told = || format!("cannot build in {}", folder.display());
        fs::create_dir_all(folder).with_context(told)?;
        let folder = folder.canonicalize().with_context(told)?;
        let lock = folder.join(LOCK);
        let strange = !lock.exists() && fs::read_dir(&folder).with_context(told)?.next().is_some();
        ensure!(!strange, "{} holds other things: name a folder that is not there yet", folder.display());
        let lock = OpenOptions::new().create(true).append(true).open(lock).with_context(told)?;
        let begin = Instant::now();
        loop {
            match lock.try_lock() {
                Ok(()) => break,
                // A process that was forked beside us holds every lock for the moment until it has become what it will be.
                Err(TryLockError::WouldBlock) if begin.elapsed() < FORKED => std::thread::sleep(LOOK),
                Err(TryLockError::WouldBlock) => {
                    bail!("another town stands in {} at this moment", folder.display())
                }
                Err(TryLockError::Error(error)) => return Err(error).with_context(told),
            }
        }
        clear(&folder).with_context(told)?;
        Ok(Self::Lasting { folder, _lock: lock })
    }

    pub(crate) fn folder(&self) -> &Path {
        match self {
            Self::Passing(folder) => folder.path(),
            Self::Lasting { folder, .. } => folder,
        }
    }

    /// Has the folder stay when the town goes.
    pub(crate) fn keep(&mut self) {
        match self {
            Self::Passing(folder) => folder.disable_cleanup(true),
            Self::Lasting { .. } => {}
        }
    }
}

/// The file in which the process of a server is noted.
pub(crate) fn pid_file(folder: &Path, name: &str) -> PathBuf {
    folder.join(name).with_extension(PID)
}

/// Ends what an earlier town left running, and removes what it left lying.
fn clear(folder: &Path) -> Result<()> {
    let items: Vec<PathBuf> = fs::read_dir(folder)?.map(|item| Ok(item?.path())).collect::<Result<_>>()?;
    for noted in items.iter().filter(|path| path.extension().is_some_and(|end| end == PID)) {
        let text = fs::read_to_string(noted)?;
        if let Ok(pid) = text.trim().parse() {
            end(pid, &noted.with_extension(""))?;
        }
    }
    for path in items {
        if path.is_dir() {
            fs::remove_dir_all(path)?;
        } else if path.file_name().is_some_and(|name| name != LOCK) {
            fs::remove_file(path)?;
        }
    }
    Ok(())
}

/// Kills a process, if it is still the server on this data: the number may be somebody else's by now.
fn end(pid: i32, data: &Path) -> Result<()> {
    let Some(pid) = Pid::from_raw(pid) else { return Ok(()) };
    // From here on it means this very process, whoever gets the number later.
    let Ok(process) = pidfd_open(pid, PidfdFlags::empty()) else { return Ok(()) };
    if !serves(pid, data) {
        return Ok(());
    }
    pidfd_send_signal(&process, Signal::KILL).context("cannot end a server of an earlier run")?;
    let begin = Instant::now();
    while serves(pid, data) {
        ensure!(begin.elapsed() < LONG, "process {pid:?} of an earlier run does not end");
        std::thread::sleep(LOOK);
    }
    Ok(())
}

/// Whether a process is a server on this data. One that has ended has no words any more.
fn serves(pid: Pid, data: &Path) -> bool {
    let words = fs::read(format!("/proc/{}/cmdline", pid.as_raw_nonzero())).unwrap_or_default();
    let words: Vec<&[u8]> = words.split(|byte| *byte == 0).collect();
    let data = data.as_os_str().as_encoded_bytes();
    words.get(1) == Some(&b"server".as_slice())
        && words.windows(2).any(|pair| pair == [b"--data-dir".as_slice(), data])
}

#[cfg(test)]
mod tests {
    use std::process::{Child, Command};

    use super::*;

    #[test]
    fn a_folder_is_ours_alone_and_begins_empty() {
        let outer = tempfile::tempdir().unwrap();
        let folder = outer.path().join("town");
        let site = Site::lasting(&folder).unwrap();
        let error = Site::lasting(&folder).err().unwrap().to_string();
        assert!(error.contains("another town"), "{error}");
        fs::create_dir(site.folder().join("n1")).unwrap();
        fs::write(site.folder().join("n1.log"), "old").unwrap();
        drop(site);
        let site = Site::lasting(&folder).unwrap();
        assert_eq!(fs::read_dir(site.folder()).unwrap().count(), 1, "the lock");
        let error = Site::lasting(outer.path()).err().unwrap().to_string();
        assert!(error.contains("holds other things"), "{error}");
    }

    #[test]
    fn only_a_server_on_our_data_is_ended() {
        let folder = tempfile::tempdir().unwrap();
        let ours = folder.path().join("n1");
        let script = folder.path().join("server");
        fs::write(&script, "read line\n").unwrap();
        let start = |data: &Path| {
            let mut command = Command::new("sh");
            command.current_dir(folder.path()).stdin(std::process::Stdio::piped());
            command.args(["server", "--data-dir"]).arg(data).spawn().unwrap()
        };
        let (mut left, mut other) = (start(&ours), start(Path::new("elsewhere")));
        let until_named = |child: &Child, data: &Path| {
            let pid = Pid::from_child(child);
            while !serves(pid, data) {
                std::thread::sleep(LOOK);
            }
        };
        until_named(&left, &ours);
        until_named(&other, Path::new("elsewhere"));
        // Our own child stays as a zombie, which has no words.
        end(i32::try_from(left.id()).unwrap(), &ours).unwrap();
        assert!(!left.wait().unwrap().success());
        end(i32::try_from(other.id()).unwrap(), &ours).unwrap();
        assert!(other.try_wait().unwrap().is_none(), "it is not ours");
        other.kill().unwrap();
        other.wait().unwrap();
    }
}
