//! Every bound of one choice, with its reason.
//!
//! What a bound leaves out comes next time: windows over lanes and workers move on until each lane has met each worker.

/// Most grants that one choice makes: more would make an entry that everybody waits for.
pub const GRANTS_PER_CHOICE: usize = 1_024;
/// Most grants chosen and not settled: a leader that hears nothing back must not promise the whole fleet away.
pub const GRANTS_UNSETTLED: usize = 65_536;
/// Most willing workers that one choice looks at: ranking them costs about a tenth of a microsecond each.
pub const WORKERS_PER_CHOICE: usize = 1_024;
/// Most lanes that one choice looks at, empty ones included.
pub const LANES_PER_CHOICE: usize = 4_096;
/// Most pairs of a class and a worker that one choice compares, but for a recheck of who is chosen: each costs some
/// thirty nanoseconds.
pub const FITS_PER_CHOICE: usize = 131_072;
/// Most tasks of submits in the same entry that one choice looks at.
pub const NEWBORNS_PER_CHOICE: usize = 1_024;
/// Most sessions that the answer to "why does it wait" looks at.
pub const WORKERS_PER_ANSWER: usize = 4_096;
/// Most credits that a session holds: no worker has more slots.
pub const CREDITS_MAX: u32 = reeve_core::limits::SLOTS_MAX;
/// The greatest load that a worker can report.
pub const LOAD_MAX: u16 = 1_000;

const _: () = {
    // With all workers of a window willing, a hundred classes are looked at each time.
    assert!(FITS_PER_CHOICE / WORKERS_PER_CHOICE >= 100);
    // One choice never uses up what may be unsettled: a few entries are in flight at once.
    assert!(GRANTS_UNSETTLED >= 16 * GRANTS_PER_CHOICE);
};
