//! No amnesia: a node that runs has of what it acknowledged all that was committed; after damage to its disk, all that its
//! mark says. Otherwise it must not run.

use std::collections::{BTreeMap, BTreeSet};

use reeve_store::log::LogId;

use super::Violation;
use super::one_history::History;

/// What the nodes acknowledged on the wire.
#[derive(Debug, Default)]
pub struct Memories {
    /// What is not known to be committed, or to be replaced.
    open: BTreeMap<u64, BTreeSet<LogId>>,
    /// The last committed entry that each node must have.
    floors: BTreeMap<u64, LogId>,
    /// Nodes whose disk was damaged: what of their word is still on its way counts no more.
    damaged: BTreeSet<u64>,
}

impl Memories {
    /// A node said that it has the log up to this entry.
    pub fn acknowledges(&mut self, node: u64, id: LogId) {
        if !self.damaged.contains(&node) {
            self.open.entry(node).or_default().insert(id);
        }
    }

    /// Settles what of it is committed, as far as the history is known.
    pub fn settle(&mut self, history: &History) {
        for (node, open) in &mut self.open {
            open.retain(|id| {
                let Some(entry) = history.at(id.index) else { return true };
                if entry.id == *id {
                    let floor = self.floors.entry(*node).or_insert(*id);
                    *floor = (*floor).max(*id);
                }
                false
            });
        }
    }

    /// The disk of a node was damaged when its mark stood there: what is beyond it cannot be missed.
    pub fn damaged(&mut self, node: u64, mark: Option<LogId>) {
        self.open.remove(&node);
        self.damaged.insert(node);
        if let Some(floor) = self.floors.remove(&node).min(mark) {
            self.floors.insert(node, floor);
        }
    }

    /// What a node must have.
    #[must_use]
    pub fn floor(&self, node: u64) -> Option<LogId> {
        self.floors.get(&node).copied()
    }

    /// A node runs, and of what it must have it has this at that index, or has purged it.
    ///
    /// # Errors
    /// It has forgotten it.
    pub fn has(&self, node: u64, found: Option<LogId>, purged: Option<LogId>) -> Result<(), Violation> {
        let Some(floor) = self.floor(node) else { return Ok(()) };
        if found == Some(floor) || purged.is_some_and(|purged| purged.index >= floor.index) {
            return Ok(());
        }
        let what = format!("node {node} runs with {found:?} where it had acknowledged {floor:?}");
        Err(Violation { law: "remembers", what })
    }
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;
    use reeve_store::log::{EntryKind, LogEntry};

    use super::*;

    const fn id(term: u64, index: u64) -> LogId {
        LogId { term, index }
    }

    fn memories(committed: &[LogId]) -> Memories {
        let (mut memories, mut history) = (Memories::default(), History::default());
        for id in committed {
            let entry = LogEntry { id: *id, kind: EntryKind::Blank, payload: Bytes::new() };
            history.see(1, entry).unwrap();
        }
        memories.acknowledges(2, id(1, 4));
        memories.acknowledges(2, id(1, 5));
        memories.settle(&history);
        memories
    }

    #[test]
    fn what_was_acknowledged_and_committed_is_there() {
        let memories = memories(&[id(1, 4), id(1, 5)]);
        assert_eq!(memories.has(2, Some(id(1, 5)), None), Ok(()));
        assert_eq!(memories.has(2, None, Some(id(3, 9))), Ok(()), "it has it in its state");
        assert_eq!(memories.has(2, None, Some(id(1, 4))).unwrap_err().law, "remembers");
        assert_eq!(memories.has(2, Some(id(2, 5)), None).unwrap_err().law, "remembers");
        assert_eq!(memories.has(3, None, None), Ok(()));
    }

    #[test]
    fn what_was_not_committed_may_go() {
        let memories = memories(&[id(1, 4), id(2, 5)]);
        assert_eq!(memories.floor(2), Some(id(1, 4)));
    }

    #[test]
    fn damage_beyond_the_mark_cannot_be_missed() {
        let mut memories = memories(&[id(1, 4), id(1, 5)]);
        memories.damaged(2, Some(id(1, 4)));
        assert_eq!(memories.floor(2), Some(id(1, 4)));
        memories.damaged(2, Some(id(1, 5)));
        assert_eq!(memories.floor(2), Some(id(1, 4)));
        memories.damaged(2, None);
        assert_eq!(memories.floor(2), None);
    }
}
