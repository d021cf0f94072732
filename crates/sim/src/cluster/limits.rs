//! Every bound of the cluster simulator, with its reason.

use std::time::Duration;

/// Messages of one stream between its ends: more than a replica has under way, so that the window of the replica is
/// what is tested.
pub const STREAM_WAITING: usize = 64;

/// Bytes that a disk loses or keeps as one piece.
pub const SECTOR: u64 = 512;

/// The room on a disk that nobody has made small: far above what a short history writes.
pub const DISK_BYTES: u64 = 1 << 40;

/// Changes of names after which files without a name are thrown away. A file costs its bytes until then.
pub const SWEEP_EVERY: u32 = 256;

/// Lines of a told history that are kept.
pub const LINES_MAX: usize = 1_000_000;

/// How long a connection may be silent before whoever waits on it knows that it is dead: what the keep-alives of the real
/// transport take.
pub const SILENCE: Duration = Duration::from_secs(3);

/// How long a process may take to stop in order: what a server is granted that nobody has set otherwise.
pub const STOP_GRACE: Duration = Duration::from_secs(20);
