//! A shelf: a slab whose things are found by name.

use crate::index::{Index, Named};
use crate::name::Name;
use crate::slab::Slab;

/// Named things in numbered slots.
#[derive(Clone, Debug)]
pub(crate) struct Shelf<T> {
    slab: Slab<T>,
    index: Index,
}

impl<T: Named> Shelf<T> {
    /// A shelf whose index has `tables` tables, a power of two.
    pub(crate) fn new(tables: usize) -> Self {
        Self { slab: Slab::new(), index: Index::new(tables) }
    }

    pub(crate) const fn len(&self) -> u32 {
        self.slab.len()
    }

    pub(crate) fn find(&self, name: Name) -> Option<u32> {
        self.index.find(name, |slot| self.slab[slot].name())
    }

    /// Puts a thing on the shelf whose name is not there yet.
    pub(crate) fn insert(&mut self, thing: T) -> u32 {
        let name = thing.name();
        let slot = self.slab.insert(thing);
        let slab = &self.slab;
        self.index.insert(name, slot, |slot| slab[slot].name());
        slot
    }

    pub(crate) fn remove(&mut self, slot: u32) -> T {
        let thing = self.slab.remove(slot);
        self.index.remove(thing.name(), slot);
        thing
    }

    /// Everything, in an order that means nothing.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (u32, &T)> {
        self.slab.iter()
    }

    /// Everything, by name.
    pub(crate) fn sorted(&self) -> Vec<u32> {
        let mut slots: Vec<u32> = self.iter().map(|(slot, _)| slot).collect();
        slots.sort_by_key(|slot| self.slab[*slot].name());
        slots
    }

    pub(crate) fn index_len(&self) -> usize {
        self.index.len()
    }
}

impl<T> std::ops::Index<u32> for Shelf<T> {
    type Output = T;

    fn index(&self, slot: u32) -> &T {
        &self.slab[slot]
    }
}

impl<T> std::ops::IndexMut<u32> for Shelf<T> {
    fn index_mut(&mut self, slot: u32) -> &mut T {
        &mut self.slab[slot]
    }
}
