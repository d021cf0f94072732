//! Chance: every random choice of a history, from its seed alone.

use rand_pcg::Pcg64Mcg;
use rand_pcg::rand_core::{Rng, SeedableRng};

/// The dice of one history. The generator's sequence is fixed by its definition, so that a seed means the same history
/// on every machine and with every build.
#[derive(Clone, Debug)]
pub(crate) struct Chance(Pcg64Mcg);

impl Chance {
    /// The dice of a seed.
    #[must_use]
    pub(crate) fn of(seed: u64) -> Self {
        Self(Pcg64Mcg::seed_from_u64(seed))
    }

    /// Dice of their own, for one part of the history: what other parts throw does not move them.
    #[must_use]
    pub(crate) fn branch(&mut self) -> Self {
        Self::of(self.0.next_u64())
    }

    /// True in so many cases of a hundred.
    pub(crate) fn percent(&mut self, percent: u32) -> bool {
        self.below(100) < u64::from(percent)
    }

    /// A number below `end`, which is not zero.
    pub(crate) fn below(&mut self, end: u64) -> u64 {
        // The remainder's bias is far below anything that matters to a simulator.
        self.0.next_u64() % end
    }

    /// A number from `start` to `end`, both included.
    pub(crate) fn between(&mut self, start: u64, end: u64) -> u64 {
        start + self.below(end - start + 1)
    }

    /// One of a list.
    pub(crate) fn among<'a, T>(&mut self, items: &'a [T]) -> Option<&'a T> {
        if items.is_empty() { None } else { items.get(self.below(items.len() as u64) as usize) }
    }

    /// One of what can be walked through twice.
    pub(crate) fn pick<T>(&mut self, items: impl Iterator<Item = T> + Clone) -> Option<T> {
        let count = items.clone().count() as u64;
        if count == 0 { None } else { items.clone().nth(self.below(count) as usize) }
    }

    /// A small number, smaller ones more often.
    pub(crate) fn small(&mut self, end: u64) -> u64 {
        let first = self.below(end);
        self.below(first + 1)
    }
}
