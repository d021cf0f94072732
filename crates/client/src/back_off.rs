//! How long to wait before the next attempt: longer each time, and never as long as everybody else.

use std::collections::hash_map::RandomState;
use std::hash::{BuildHasher, Hasher};
use std::time::Duration;

use crate::limits::{BACK_OFF_FIRST, BACK_OFF_MAX};

/// The waits between the attempts of one call.
#[derive(Debug)]
pub(crate) struct BackOff(Duration);

impl Default for BackOff {
    fn default() -> Self {
        Self(BACK_OFF_FIRST)
    }
}

impl BackOff {
    /// The next wait: between half and all of what is due, so that clients who failed together come back apart.
    pub(crate) fn next(&mut self) -> Duration {
        let due = self.0;
        self.0 = (due * 2).min(BACK_OFF_MAX);
        // The standard library seeds each of these anew: as random as spreading out needs.
        let drawn = RandomState::new().build_hasher().finish();
        let half = due / 2;
        half + half.mul_f64((drawn >> 11) as f64 / (1_u64 << 53) as f64)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_grow_up_to_a_bound_and_differ() {
        let mut back_off = BackOff::default();
        let mut due = BACK_OFF_FIRST;
        for _ in 0..20 {
            let wait = back_off.next();
            assert!(wait >= due / 2 && wait <= due, "{wait:?} of {due:?}");
            due = (due * 2).min(BACK_OFF_MAX);
        }
        let waits: Vec<Duration> = (0..20).map(|_| BackOff::default().next()).collect();
        assert!(waits.iter().any(|wait| *wait != waits[0]), "all of them wait the same: {waits:?}");
    }
}
