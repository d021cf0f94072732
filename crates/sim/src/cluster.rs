//! The cluster-level simulator: whole replicas, as they ship, on machines that are not there.
//!
//! Here live the ground that the replicas of one process stand on (disks that forget what was not synced, a network that
//! delays, loses and cuts, clocks that drift and leap, processes that can be killed or frozen at any moment), the people
//! and workers around them, the one who does the damage, and what an outsider remembers of it all. Time is virtual, there
//! is one thread, and every choice comes from one seed: the same seed gives the same history, to the bit.
//!
//! What must never be here: anything of a replica's own. Whatever decides is the code that ships.

pub mod clock;
pub mod disk;
pub mod hands;
pub mod history;
pub mod law;
pub mod life;
pub mod limits;
pub mod machine;
pub mod nemesis;
pub mod network;
pub mod platform;
pub mod rare;
pub mod runtime;
pub mod signal;
pub mod trace;
pub mod watch;

use std::sync::{Mutex, MutexGuard, PoisonError};

/// What a lock guards. There is one thread, and a panic under a lock is the end of its history anyway.
pub(crate) fn held<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
