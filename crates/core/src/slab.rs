//! A slab: numbered slots in fixed chunks.
//!
//! Growth never moves what is there, so that no insert stalls while millions of slots are copied. Numbers are reused
//! and say nothing: nothing that apply decides may depend on them, because a rebuilt state numbers differently.

/// The number that no slot has.
pub(crate) const NONE: u32 = u32::MAX;

const CHUNK_BITS: u32 = 12;
const CHUNK: usize = 1 << CHUNK_BITS;

#[derive(Clone, Debug)]
enum Slot<T> {
    Used(T),
    Free { next: u32 },
}

/// Slots of `T`.
#[derive(Clone, Debug)]
pub(crate) struct Slab<T> {
    chunks: Vec<Vec<Slot<T>>>,
    free: u32,
    length: u32,
}

impl<T> Slab<T> {
    pub(crate) const fn new() -> Self {
        Self { chunks: Vec::new(), free: NONE, length: 0 }
    }

    pub(crate) const fn len(&self) -> u32 {
        self.length
    }

    pub(crate) fn insert(&mut self, value: T) -> u32 {
        self.length += 1;
        if self.free != NONE {
            let number = self.free;
            let slot = self.slot_mut(number);
            let Slot::Free { next } = std::mem::replace(slot, Slot::Used(value)) else {
                unreachable!("the free list names free slots only")
            };
            self.free = next;
            return number;
        }
        if self.chunks.last().is_none_or(|chunk| chunk.len() == CHUNK) {
            // The first chunk grows as it is needed, so that a small state stays small.
            self.chunks.push(if self.chunks.is_empty() { Vec::new() } else { Vec::with_capacity(CHUNK) });
        }
        let at = self.chunks.len() - 1;
        let chunk = &mut self.chunks[at];
        chunk.push(Slot::Used(value));
        u32::try_from(at * CHUNK + chunk.len() - 1).expect("limits keep slot numbers in 32 bits")
    }

    pub(crate) fn remove(&mut self, number: u32) -> T {
        let next = self.free;
        let slot = self.slot_mut(number);
        let Slot::Used(value) = std::mem::replace(slot, Slot::Free { next }) else {
            unreachable!("only used slots are removed")
        };
        self.free = number;
        self.length -= 1;
        value
    }

    fn slot_mut(&mut self, number: u32) -> &mut Slot<T> {
        &mut self.chunks[(number >> CHUNK_BITS) as usize][number as usize % CHUNK]
    }

    /// All used slots, in the meaningless order of their numbers: for sums, checks, and lists that are sorted after.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (u32, &T)> {
        let slots = self.chunks.iter().flatten();
        (0..).zip(slots).filter_map(|(number, slot)| match slot {
            Slot::Used(value) => Some((number, value)),
            Slot::Free { .. } => None,
        })
    }
}

impl<T> std::ops::Index<u32> for Slab<T> {
    type Output = T;

    fn index(&self, number: u32) -> &T {
        match &self.chunks[(number >> CHUNK_BITS) as usize][number as usize % CHUNK] {
            Slot::Used(value) => value,
            Slot::Free { .. } => unreachable!("a slot number outlived its slot"),
        }
    }
}

impl<T> std::ops::IndexMut<u32> for Slab<T> {
    fn index_mut(&mut self, number: u32) -> &mut T {
        match self.slot_mut(number) {
            Slot::Used(value) => value,
            Slot::Free { .. } => unreachable!("a slot number outlived its slot"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slots_are_reused_and_never_moved() {
        let mut slab = Slab::new();
        let numbers: Vec<u32> = (0..10_000).map(|value| slab.insert(value)).collect();
        let before = std::ptr::from_ref(&slab[5_000]);
        assert_eq!(slab.remove(numbers[77]), 77);
        assert_eq!(slab.insert(-1), numbers[77]);
        for value in 0..100_000 {
            slab.insert(value);
        }
        assert_eq!(before, std::ptr::from_ref(&slab[5_000]));
        assert_eq!((slab.len(), slab.iter().count()), (110_000, 110_000));
    }
}
