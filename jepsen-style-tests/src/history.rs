//! The history of a trial: one line of JSON for each thing that was asked, answered or done to a server, in order of time.

use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use anyhow::{Context, Result};
use serde_json::{Value, json};

/// A history that is being written.
#[derive(Debug)]
pub struct History {
    began: Instant,
    path: PathBuf,
    file: Mutex<BufWriter<File>>,
}

#[cfg(test)]
impl History {
    /// An empty one, in a file that is gone with it.
    pub(crate) fn passing() -> Self {
        let file = tempfile::NamedTempFile::new().expect("there is room");
        Self::new(file.path()).expect("there is room")
    }
}

impl History {
    /// An empty one, in this file.
    ///
    /// # Errors
    /// When it cannot be written there.
    pub fn new(path: &Path) -> Result<Self> {
        let file = File::create(path).with_context(|| format!("cannot write {}", path.display()))?;
        Ok(Self { began: Instant::now(), path: path.into(), file: Mutex::new(BufWriter::new(file)) })
    }

    /// Where it is.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The time of a trial.
    #[must_use]
    pub fn now(&self) -> Duration {
        self.began.elapsed()
    }

    /// Notes what happens now; the moment that it was given.
    pub fn note(&self, mut what: Value) -> Duration {
        let mut file = self.file.lock().unwrap_or_else(PoisonError::into_inner);
        // Taken under the lock, so that lines are in order.
        let now = self.now();
        what["at"] = json!(now.as_secs_f64());
        // A trial without a disk to write its history on must still go on to its judgement.
        writeln!(file, "{what}").ok();
        now
    }

    /// Has everything be in the file.
    ///
    /// # Errors
    /// When the system refuses.
    pub fn flush(&self) -> Result<()> {
        Ok(self.file.lock().unwrap_or_else(PoisonError::into_inner).flush()?)
    }
}
