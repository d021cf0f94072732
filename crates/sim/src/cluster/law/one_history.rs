//! One content per index, over all nodes and all their lives: what one has applied, no other applies differently.

use std::collections::BTreeMap;

use reeve_store::log::LogEntry;

use super::Violation;

/// All entries that anybody has applied.
#[derive(Debug, Default)]
pub struct History {
    entries: BTreeMap<u64, LogEntry>,
}

impl History {
    /// This machine has applied this entry.
    ///
    /// # Errors
    /// Another was applied at that index.
    pub fn see(&mut self, seat: u64, entry: LogEntry) -> Result<(), Violation> {
        let known = self.entries.entry(entry.id.index).or_insert_with(|| entry.clone());
        if *known == entry {
            return Ok(());
        }
        let what = format!(
            "machine {seat} applied {:?} {:?} with {} bytes where {:?} {:?} with {} bytes was applied before",
            entry.id,
            entry.kind,
            entry.payload.len(),
            known.id,
            known.kind,
            known.payload.len()
        );
        Err(Violation { law: "one_history", what })
    }

    /// The entry at an index, if anybody was seen to have applied it.
    #[must_use]
    pub fn at(&self, index: u64) -> Option<&LogEntry> {
        self.entries.get(&index)
    }
}
