//! A disk of its own for one server, small enough to be filled: a tmpfs in a mount namespace that nobody else sees and that
//! goes with the last process in it.

use std::fs::{self, OpenOptions};
use std::io::{BufRead, BufReader, ErrorKind, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use anyhow::{Context, Result, bail};
use rustix::fs::statvfs;

/// The file that takes up room.
const BALLAST: &str = "ballast";
/// How much is written at once.
const PIECE: usize = 1 << 20;

/// A small disk.
pub struct SmallDisk {
    /// Keeps the namespace for as long as its input is open.
    holder: Child,
    /// How the others get in.
    flags: &'static [&'static str],
    at: PathBuf,
}

impl SmallDisk {
    /// One with so many bytes, in this folder, as those see it who are let in.
    ///
    /// # Errors
    /// When the system permits no mounts: neither to this user nor in a namespace of its own.
    pub fn new(at: &Path, bytes: u64) -> Result<Self> {
        fs::create_dir_all(at)?;
        let mut troubles = Vec::new();
        // As root of the machine, or else as one in a namespace of users.
        for (words, flags) in
            [(&["-m"][..], &["-m"][..]), (&["-U", "-r", "-m"], &["-U", "-m", "--preserve-credentials"])]
        {
            match hold(at, bytes, words) {
                Ok(holder) => return Ok(Self { holder, flags, at: at.into() }),
                Err(trouble) => troubles.push(format!("unshare {}: {trouble}", words.join(" "))),
            }
        }
        bail!(
            "no small disk can be mounted here, and without one nobody can see what a full disk does: {}. Run this as \
             root with CAP_SYS_ADMIN, or where user namespaces are permitted",
            troubles.join("; ")
        )
    }

    /// What a server is started through, to be let in.
    #[must_use]
    pub fn through(&self) -> Vec<String> {
        let mut words = vec!["nsenter".to_owned(), "-t".into(), self.holder.id().to_string()];
        words.extend(self.flags.iter().map(ToString::to_string));
        words.push("--".into());
        words
    }

    /// Where a folder on it is found from outside.
    #[must_use]
    pub fn outside(&self) -> PathBuf {
        let root = PathBuf::from(format!("/proc/{}/root", self.holder.id()));
        root.join(self.at.strip_prefix("/").unwrap_or(&self.at))
    }

    /// How many bytes are free.
    ///
    /// # Errors
    /// When the system does not say.
    pub fn room(&self) -> Result<u64> {
        let stat = statvfs(self.outside())?;
        Ok(stat.f_bavail * stat.f_frsize)
    }

    /// Takes up room until no more than this is left.
    ///
    /// # Errors
    /// When the system refuses for another reason than that there is no room.
    pub fn fill(&self, leave: u64) -> Result<()> {
        let mut ballast = OpenOptions::new().create(true).append(true).open(self.outside().join(BALLAST))?;
        loop {
            let over = self.room()?.saturating_sub(leave);
            let piece = usize::try_from(over).unwrap_or(PIECE).min(PIECE);
            if piece == 0 {
                return Ok(());
            }
            match ballast.write_all(&vec![1; piece]) {
                Ok(()) => {}
                Err(error) if error.kind() == ErrorKind::StorageFull => return Ok(()),
                Err(error) => return Err(error).context("the ballast"),
            }
        }
    }

    /// Gives back what was taken up.
    ///
    /// # Errors
    /// When the system refuses.
    pub fn free(&self) -> Result<()> {
        Ok(fs::remove_file(self.outside().join(BALLAST))?)
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        // It ends by itself as soon as its input is closed, and is not waited for if it has.
        drop(self.holder.kill());
        drop(self.holder.wait());
    }
}

/// A process in a namespace in which the disk is mounted.
fn hold(at: &Path, bytes: u64, words: &[&str]) -> Result<Child> {
    let script = format!(
        "mount -t tmpfs -o size={bytes},mode=0700 reeve-trial \"$1\" && echo mounted && read -r line"
    );
    let mut command = Command::new("unshare");
    command.args(words).args(["--", "sh", "-c", &script, "sh"]).arg(at);
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut holder = command.spawn().context("there is no `unshare`")?;
    let mut said = String::new();
    if let Some(out) = &mut holder.stdout {
        BufReader::new(out).read_line(&mut said)?;
    }
    if said.trim() == "mounted" {
        return Ok(holder);
    }
    let ended = holder.wait_with_output()?;
    bail!("{}", String::from_utf8_lossy(&ended.stderr).trim())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_small_disk_is_full_and_free_again() {
        let at = std::env::temp_dir().join(format!("small-disk-{}", std::process::id()));
        let disk = SmallDisk::new(&at, 8 << 20).unwrap();
        assert!(disk.room().unwrap() > 7 << 20);
        disk.fill(1 << 20).unwrap();
        assert!(disk.room().unwrap() <= 1 << 20);
        disk.fill(0).unwrap();
        assert_eq!(disk.room().unwrap(), 0);
        assert_eq!(fs::read_dir(&at).unwrap().count(), 0, "nobody else sees it");
        disk.free().unwrap();
        assert!(disk.room().unwrap() > 7 << 20);
        drop(disk);
        fs::remove_dir(&at).unwrap();
    }
}
