//! What is on the disk of a server that has ended: every task, with what it is.

use std::collections::BTreeMap;
use std::ops::ControlFlow;
use std::path::Path;

use anyhow::{Context, Result, anyhow, ensure};
use reeve_core::change::Part;
use reeve_store::disk::real::RealDisk;
use reeve_store::engine::rocks::Rocks;
use reeve_store::log::Verdict;
use reeve_store::look::look;

/// What is on a disk.
#[derive(Debug)]
pub struct Memory {
    /// The last entry that its state has.
    pub applied: u64,
    /// The input of each task, with the ids of the tasks that have it: one each, if all is well.
    pub tasks: BTreeMap<String, Vec<String>>,
}

/// Reads the state in this data folder, and everything else there, and insists that every byte is as it was written.
///
/// # Errors
/// When something is not, or is not there.
pub fn read(data: &Path) -> Result<Memory> {
    let told = || format!("what is in {}", data.display());
    let disk = RealDisk::open(data).with_context(told)?;
    let found = look::<Rocks>(&disk).with_context(told)?.with_context(told)?;
    let book = found.book.as_ref().map_err(|fault| anyhow!("{}: {fault}", told()))?;
    let book = book.as_ref().with_context(told)?;
    let (state, view) = (book.load().with_context(told)?, book.view());
    let mut tasks: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for task in state.tasks() {
        let payload = view.body(task.id, Part::Payload).with_context(told)?.unwrap_or_default();
        tasks.entry(String::from_utf8_lossy(&payload).into_owned()).or_default().push(task.id.to_string());
    }
    let applied = book.applied().index();
    drop((state, view));
    let judged = found.judgement.as_ref().map(|judgement| judgement.verdict);
    ensure!(matches!(judged, Ok(Verdict::Whole)), "{}: {judged:?}", told());
    found.verify(|_| ControlFlow::Continue(())).with_context(told)?;
    Ok(Memory { applied, tasks })
}
