//! Damage to the log of a server that does not run, as rot and accidents do it.

use std::fs::{self, OpenOptions};
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, ensure};

/// What is done to the write-ahead log, in which the newest entries of a replica's log are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Damage {
    /// One bit in the middle is the other way round.
    Bit,
    /// The second half is gone.
    Half,
    /// It is empty.
    All,
}

impl Damage {
    /// All there are.
    pub const ALL: [Self; 3] = [Self::Bit, Self::Half, Self::All];

    /// Does it; what was done, in words.
    ///
    /// # Errors
    /// When there is no such log, or it cannot be written.
    pub fn strike(self, data: &Path) -> Result<String> {
        let path = newest(&data.join("raft"))?;
        let file = OpenOptions::new().read(true).write(true).open(&path)?;
        let length = file.metadata()?.len();
        ensure!(length > 1_000, "{} is too short to be damaged: {length} bytes", path.display());
        match self {
            Self::Bit => {
                let mut byte = [0];
                file.read_exact_at(&mut byte, length / 2)?;
                file.write_all_at(&[byte[0] ^ 0b0001_0000], length / 2)?;
            }
            Self::Half => file.set_len(length / 2)?,
            Self::All => file.set_len(0)?,
        }
        file.sync_all()?;
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        Ok(format!("{self:?} of {name}, which has {length} bytes"))
    }
}

/// The write-ahead log with the greatest number.
fn newest(folder: &Path) -> Result<PathBuf> {
    let items = fs::read_dir(folder).with_context(|| format!("cannot read {}", folder.display()))?;
    let mut logs: Vec<PathBuf> = items.map(|item| Ok(item?.path())).collect::<Result<_>>()?;
    logs.retain(|path| path.extension().is_some_and(|end| end == "log"));
    logs.sort();
    logs.pop().with_context(|| format!("no write-ahead log is in {}", folder.display()))
}
