//! The index: from names to slot numbers, by hash.
//!
//! Many small tables instead of one: when a table of ten million entries grows at once, that single insert stalls
//! for hundreds of milliseconds. The hash is fixed, names of one entry lie side by side, and there is no way to walk
//! through a table, so hash order cannot reach a decision.

use hashbrown::HashTable;

use crate::name::Name;

/// Something that knows its own name.
pub(crate) trait Named {
    fn name(&self) -> Name;
}

/// From names to slot numbers.
#[derive(Clone, Debug)]
pub(crate) struct Index {
    tables: Vec<HashTable<u32>>,
}

/// Positions of one entry share a group of this many neighbouring buckets: one cache line serves a batch.
const NEIGHBOURS: u32 = 16;

fn hash(name: Name) -> u64 {
    let history = u64::from(name.group) << 16 | u64::from(name.era);
    let block =
        name.revision.0 ^ history.rotate_left(40) ^ u64::from(name.position / NEIGHBOURS).rotate_left(24);
    let mut mixed = block.wrapping_mul(0x9e37_79b9_7f4a_7c15);
    mixed ^= mixed >> 32;
    mixed = mixed.wrapping_mul(0xd6e8_feb8_6659_fd93);
    mixed ^= mixed >> 32;
    // The low bits choose the bucket, the high seven tell neighbours apart.
    let place = mixed << 4 | u64::from(name.position % NEIGHBOURS);
    place ^ u64::from(name.position % NEIGHBOURS) << 57
}

impl Index {
    /// An index of `tables` tables, a power of two.
    pub(crate) fn new(tables: usize) -> Self {
        Self { tables: (0..tables).map(|_| HashTable::new()).collect() }
    }

    fn table(&self, hash: u64) -> usize {
        (hash >> 40) as usize % self.tables.len()
    }

    /// The slot number of `name`; `named` tells the name in a slot.
    pub(crate) fn find(&self, name: Name, named: impl Fn(u32) -> Name) -> Option<u32> {
        let hash = hash(name);
        self.tables[self.table(hash)].find(hash, |slot| named(*slot) == name).copied()
    }

    /// Notes the slot of a name that is not here yet.
    pub(crate) fn insert(&mut self, name: Name, slot: u32, named: impl Fn(u32) -> Name) {
        let place = hash(name);
        let table = self.table(place);
        self.tables[table].insert_unique(place, slot, |slot| hash(named(*slot)));
    }

    /// Forgets a name that stands for this slot, if it does. Looks at nothing but the table.
    pub(crate) fn remove(&mut self, name: Name, slot: u32) {
        let hash = hash(name);
        let table = self.table(hash);
        if let Ok(entry) = self.tables[table].find_entry(hash, |other| *other == slot) {
            entry.remove();
        }
    }

    pub(crate) fn len(&self) -> usize {
        (0..self.tables.len()).map(|table| self.tables[table].len()).sum()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::name::{Era, Revision};

    #[test]
    fn every_name_is_found_and_forgotten_again() {
        let names: Vec<Name> = (0..200)
            .flat_map(|revision| (0..50).map(move |at| Name::new(Era::default(), Revision(revision), at)))
            .collect();
        let named = |slot: u32| names[slot as usize];
        let mut index = Index::new(4);
        for (slot, name) in (0..).zip(&names) {
            assert_eq!(index.find(*name, named), None);
            index.insert(*name, slot, named);
        }
        for (slot, name) in (0..).zip(&names) {
            assert_eq!(index.find(*name, named), Some(slot));
        }
        for (slot, name) in (0..).zip(&names[..5_000]) {
            index.remove(*name, slot + 1);
            assert_eq!(index.find(*name, named), Some(slot), "another slot's name stays");
            index.remove(*name, slot);
            assert_eq!(index.find(*name, named), None);
        }
        assert_eq!(index.len(), 5_000);
    }
}
