//! A data folder while no server runs on it: what is in it, whether it is whole, and the way out when a majority of its
//! cluster is lost for good.
//!
//! What must never be here: how it is told to people, and any change that nobody asked for in so many words.

pub mod check;
pub mod recover;

use std::path::Path;

use reeve_node::store::Fault;
use reeve_node::store::disk::Disk;
use reeve_node::store::disk::real::{RealDisk, RealLock};
use reeve_node::store::hard;
/// The name of an entry.
pub use reeve_node::store::log::LogId;
use reeve_node::store::look::{Look, look};
use reeve_node::store::start;

use crate::Config;
use crate::config::Engine;

/// What every folder here stands on.
type Rocks = reeve_node::store::engine::rocks::Rocks;

/// Why nothing was looked at, or done.
#[derive(Debug, thiserror::Error)]
pub enum LocalFailure {
    /// Nothing is kept on any disk.
    #[error(
        "LOCAL_ENGINE: node.engine is `memory`, which keeps nothing. Set it to `rocksdb`, or name another file"
    )]
    Engine,
    /// A folder that cannot be used, or is not as it should be.
    #[error("{folder}: {fault}")]
    Folder {
        /// Which.
        folder: String,
        /// What is the matter.
        fault: Fault,
    },
    /// There is nothing that could be recovered.
    #[error("RECOVER_NOTHING: {0}. Name a data folder in which a replica has lived")]
    Nothing(String),
    /// It is not needed.
    #[error(
        "RECOVER_NEEDLESS: a majority of the voters is here and whole (nodes {0}). Start them: then nothing at all is lost"
    )]
    Needless(String),
    /// Another disk is better.
    #[error(
        "RECOVER_WORSE: {better} has more than the folder that was to be recovered. Recover that one, with --data-dir"
    )]
    Worse {
        /// Which.
        better: String,
    },
}

impl LocalFailure {
    fn of(folder: &Path, fault: Fault) -> Self {
        Self::Folder { folder: folder.display().to_string(), fault }
    }
}

/// What is seen of a folder.
enum Sight {
    /// There is none.
    Absent,
    /// There is nothing in it.
    Empty,
    /// Something.
    Held(Box<Held>),
}

/// What a folder held when it was looked at, and the proof that nobody changes it meanwhile.
struct Held {
    look: Result<Option<Look<Rocks>>, Fault>,
    _lock: Option<RealLock>,
}

/// Only the engine that keeps something has folders.
fn on_disk(config: &Config) -> Result<&Path, LocalFailure> {
    match config.node.engine {
        Engine::Rocksdb => Ok(&config.node.data_dir),
        Engine::Memory => Err(LocalFailure::Engine),
    }
}

/// Looks into a folder that no process uses. Leaves no trace but in the lock of a folder in which a replica has lived.
fn hold(folder: &Path) -> Result<Sight, LocalFailure> {
    let failed = |fault| LocalFailure::of(folder, fault);
    let io = |error: std::io::Error| failed(Fault::io("", &error));
    if !folder.try_exists().map_err(io)? {
        return Ok(Sight::Absent);
    }
    let disk = RealDisk::open(folder).map_err(io)?;
    let items = disk.list("").map_err(io)?;
    if items.is_empty() {
        return Ok(Sight::Empty);
    }
    let used = items.iter().any(|item| item.name == start::LOCK || item.name == hard::FILE);
    let lock = if used { Some(start::lock(&disk).map_err(failed)?) } else { None };
    Ok(Sight::Held(Box::new(Held { look: look::<Rocks>(&disk), _lock: lock })))
}
