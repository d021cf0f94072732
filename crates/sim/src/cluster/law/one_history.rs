//! One content per index, over all nodes and all their lives: what one has applied, no other applies differently.

use std::collections::BTreeMap;

use reeve_store::log::{LogEntry, LogId};

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

    /// The last entry that anybody was seen to have applied.
    #[must_use]
    pub fn last(&self) -> Option<LogId> {
        self.entries.last_key_value().map(|(_, entry)| entry.id)
    }

    /// All entries from an index on, as far as anybody was seen to have applied them.
    pub fn since(&self, index: u64) -> impl Iterator<Item = &LogEntry> {
        self.entries.range(index..).map(|(_, entry)| entry)
    }

    /// The entry at an index, if anybody was seen to have applied it.
    #[must_use]
    pub fn at(&self, index: u64) -> Option<&LogEntry> {
        self.entries.get(&index)
    }
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;
    use reeve_store::log::EntryKind;

    use super::*;

    fn entry(term: u64, payload: &'static [u8]) -> LogEntry {
        let id = LogId { term, index: 7 };
        LogEntry { id, kind: EntryKind::Normal, payload: Bytes::from_static(payload) }
    }

    #[test]
    fn all_apply_the_same() {
        let mut history = History::default();
        assert_eq!(history.see(1, entry(2, b"one")), Ok(()));
        assert_eq!(history.see(2, entry(2, b"one")), Ok(()));
        for other in [entry(2, b"two"), entry(3, b"one")] {
            assert_eq!(history.see(3, other).unwrap_err().law, "one_history");
        }
        assert_eq!(history.last(), Some(LogId { term: 2, index: 7 }));
    }
}
