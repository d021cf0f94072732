//! Only who was removed is told so: from the entry that is named to it on, no membership has it.

use reeve_node::member::Membership;
use reeve_store::log::{EntryKind, LogEntry};

use super::Violation;

/// A node was told that it was removed; these are the entries from the one on that was named to it.
///
/// # Errors
/// It is a member.
pub fn told<'e>(node: u64, entries: impl Iterator<Item = &'e LogEntry>) -> Result<(), Violation> {
    let violation = |what: String| Err(Violation { law: "removed_for_good", what });
    for entry in entries.filter(|entry| entry.kind == EntryKind::Membership) {
        match Membership::decode(&entry.payload) {
            Ok(membership) if membership.members.contains_key(&node) => {
                return violation(format!(
                    "node {node} was told that it was removed, and is a member by {:?}",
                    entry.id
                ));
            }
            Ok(_) => {}
            Err(fault) => return violation(format!("{:?} cannot be read: {fault}", entry.id)),
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use reeve_node::member::Member;
    use reeve_store::log::LogId;

    use super::*;

    fn entry(index: u64, members: &[u64]) -> LogEntry {
        let members = members.iter().map(|node| (*node, Member::default())).collect();
        let payload = Membership { voters: Vec::new(), members }.encode().into();
        LogEntry { id: LogId { term: 1, index }, kind: EntryKind::Membership, payload }
    }

    #[test]
    fn a_member_is_not_told_that_it_was_removed() {
        let entries = [entry(3, &[1, 2]), entry(5, &[1, 2, 4])];
        assert_eq!(told(3, entries.iter()), Ok(()));
        assert_eq!(told(2, entries.iter()).unwrap_err().law, "removed_for_good");
        assert_eq!(told(4, entries.iter()).unwrap_err().law, "removed_for_good");
    }
}
