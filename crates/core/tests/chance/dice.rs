//! Dice: chance that a seed decides, the same on every machine.

/// A small, well-mixed generator (splitmix64).
#[derive(Clone, Debug)]
pub(crate) struct Dice(u64);

impl Dice {
    pub(crate) fn new(seed: u64) -> Self {
        Self(seed)
    }

    pub(crate) fn roll(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// A number below `bound`, which is not zero.
    pub(crate) fn below(&mut self, bound: usize) -> usize {
        (self.roll() % bound as u64) as usize
    }

    /// True in `percent` of a hundred cases.
    pub(crate) fn chance(&mut self, percent: usize) -> bool {
        self.below(100) < percent
    }

    /// One of several.
    pub(crate) fn pick<T: Clone>(&mut self, from: &[T]) -> T {
        from[self.below(from.len())].clone()
    }

    /// One of several, if there are any.
    pub(crate) fn any<T: Clone>(&mut self, from: &[T]) -> Option<T> {
        if from.is_empty() { None } else { Some(self.pick(from)) }
    }
}

/// How much longer than usual the tests shall look: the number in `REEVE_FUZZ`.
pub(crate) fn patience() -> u64 {
    std::env::var("REEVE_FUZZ").ok().and_then(|times| times.parse().ok()).unwrap_or(1)
}

/// Runs `test` with many seeds; says which one failed.
pub(crate) fn for_seeds(count: u64, test: impl Fn(u64) + std::panic::RefUnwindSafe) {
    for seed in 0..count * patience() {
        if let Err(panic) = std::panic::catch_unwind(|| test(seed)) {
            eprintln!("it was seed {seed}");
            std::panic::resume_unwind(panic);
        }
    }
}
