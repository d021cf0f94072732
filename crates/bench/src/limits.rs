//! Every bound of the instrument, with its reason.

use std::time::Duration;

/// Bytes of one write of the disk's probe: one page, as a small entry of the log takes.
pub const PROBE_BYTES: usize = 4_096;
/// Writes of the probe: enough for a 99th percentile, over in a second on a slow disk.
pub const PROBE_WRITES: usize = 300;

/// The longest time that a histogram tells apart; nothing that is measured may take longer and count as done.
pub const LONGEST: Duration = Duration::from_secs(120);
/// Digits that a histogram keeps: three are more than two runs ever agree on.
pub const PRECISION: u8 = 3;

/// Bytes of the input of a task, as in the comparison with others.
pub const PAYLOAD_BYTES: usize = 128;
/// Bytes of its result.
pub const RESULT_BYTES: usize = 32;

/// How long anybody waits for one answer before the measurement has failed.
pub const PATIENCE: Duration = Duration::from_secs(20);
/// How long a cluster may take to stand up or to agree.
pub const STANDING_UP: Duration = Duration::from_secs(60);
/// How often it is looked whether something has come to pass that is not itself measured.
pub const LOOK_EVERY: Duration = Duration::from_millis(10);
/// How long a client waits that was told to come again, if it was not told for how long.
pub const COME_AGAIN: Duration = Duration::from_millis(20);

/// Threads of consensus and of the wire of a replica in this process: as many as a server has.
pub const RAFT_THREADS: usize = reeve_server::limits::RAFT_THREADS;
/// The same for the log and snapshots.
pub const BULK_THREADS: usize = reeve_server::limits::BULK_THREADS;
/// How long a thread may take to end.
pub const THREADS_END: Duration = Duration::from_secs(2);

/// Tasks in one call when many are loaded before something is measured.
pub const LOAD_BATCH: u32 = 1_000;
/// Such calls at one time.
pub const LOAD_CLIENTS: usize = 8;

/// Tasks that are submitted right before servers are killed: over well within the second after which the book is written,
/// so that most of it is only in the log.
pub const TAIL_TASKS: u32 = 5_000;
/// Of these, in one call: few, so that there are many entries to replay.
pub const TAIL_BATCH: u32 = 10;

/// How long a worker of a cycle may be silent: longer than any run.
pub const CYCLE_SESSION: Duration = Duration::from_secs(60);
/// How often it says that it lives.
pub const CYCLE_KEEPALIVE: Duration = Duration::from_secs(5);

/// When a client comes again to an office that is not open: it is most of an election.
pub const CLOSED_PAUSE: Duration = Duration::from_millis(50);

/// Tasks in one batch of cycles of the law: what an office puts into an entry under a fair load.
pub const LAW_BATCH: u32 = 64;
/// Batches whose entries are made at once, before the clock runs: few enough that they do not fill the memory.
pub const LAW_AHEAD: u32 = 128;
/// How often an entry is encoded and decoded: a tenth of a second, where each takes some microseconds.
pub const CODEC_ROUNDS: u32 = 10_000;

/// Entries whose offers may wait for the workers of a cycle: more than an office ever has in flight at full speed.
pub const OFFERS_WAITING_MAX: usize = 65_536;

/// How long it is waited before a leader is killed: clients have found it, and all is as usual.
pub const BEFORE_KILL: Duration = Duration::from_millis(700);
/// How long clients go on afterwards. A gap that is not over by then is told as this.
pub const AFTER_KILL: Duration = Duration::from_secs(4);
/// How long a cluster is left alone to come to rest.
pub const SETTLE: Duration = Duration::from_secs(2);
/// How often it is looked whether something has come to pass whose time is measured.
pub const LOOK_CLOSELY: Duration = Duration::from_millis(5);
