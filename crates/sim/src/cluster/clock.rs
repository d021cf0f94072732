//! The clocks of a simulated machine: they drift, and its wall clock leaps.

use std::sync::{Arc, Mutex};

use reeve_node::platform::Clock;

use super::held;
use super::trace::now_us;
use crate::story::START_MS;

/// The hardware of one machine; it survives the processes.
#[derive(Clone, Debug)]
pub struct Crystal(Arc<Mutex<Beat>>);

#[derive(Clone, Copy, Debug)]
struct Beat {
    /// How much too fast it runs, in millionths.
    ppm: i64,
    /// How far the wall clock is off, in milliseconds.
    offset_ms: i64,
}

/// The clocks as one process sees them.
#[derive(Clone, Debug)]
pub struct SimClock {
    crystal: Crystal,
    /// What the monotonic clock said at the beginning of time: any number, another for each process.
    base_ms: u64,
}

impl Crystal {
    /// A clock that runs so many millionths too fast, and is wrong by so much.
    #[must_use]
    pub fn new(ppm: i64, offset_ms: i64) -> Self {
        Self(Arc::new(Mutex::new(Beat { ppm, offset_ms })))
    }

    /// The wall clock leaps, forward or back.
    pub fn leap(&self, by_ms: i64) {
        held(&self.0).offset_ms += by_ms;
    }

    /// How far the wall clock is off, its drift apart.
    #[must_use]
    pub fn offset_ms(&self) -> i64 {
        held(&self.0).offset_ms
    }

    /// The wall clock is set right.
    pub fn set_right(&self) {
        held(&self.0).offset_ms = 0;
    }

    /// The clocks of a new process. What it notes of monotonic time means nothing to the next one.
    #[must_use]
    pub fn boot(&self, base_ms: u64) -> SimClock {
        SimClock { crystal: self.clone(), base_ms }
    }

    fn elapsed_ms(&self) -> u64 {
        let (us, ppm) = (i128::from(now_us()), i128::from(held(&self.0).ppm));
        u64::try_from((us + us * ppm / 1_000_000) / 1_000).unwrap_or(0)
    }
}

impl Clock for SimClock {
    fn mono_ms(&self) -> u64 {
        self.base_ms + self.crystal.elapsed_ms()
    }

    fn wall_ms(&self) -> u64 {
        (START_MS + self.crystal.elapsed_ms()).saturating_add_signed(self.crystal.offset_ms())
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use openraft_rt::AsyncRuntime;
    use openraft_rt_sim::SimRuntime;

    use super::*;

    #[test]
    fn it_drifts_and_leaps_and_never_goes_back() {
        SimRuntime::with_seed(1).block_on(async {
            let (fast, slow) = (Crystal::new(500, 0), Crystal::new(-500, 0));
            let (quick, late) = (fast.boot(7), slow.boot(7_000));
            SimRuntime::sleep(Duration::from_secs(1_000)).await;
            assert_eq!((quick.mono_ms(), late.mono_ms()), (7 + 1_000_500, 7_000 + 999_500));
            assert_eq!(quick.wall_ms() - late.wall_ms(), 1_000);
            let mono = quick.mono_ms();
            fast.leap(-3_600_000);
            assert_eq!(quick.mono_ms(), mono);
            assert_eq!(late.wall_ms() - quick.wall_ms(), 3_600_000 - 1_000);
            fast.set_right();
            assert_eq!(quick.wall_ms(), START_MS + 1_000_500);
            assert_eq!(fast.boot(0).wall_ms(), quick.wall_ms());
        });
    }
}
