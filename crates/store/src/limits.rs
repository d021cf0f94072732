//! Every bound of the memory, with its reason.

/// How much longer than twice its useful length a journal of the engine in memory may get before it is written anew.
pub const JOURNAL_SLACK: u64 = 1 << 20;

/// Longest frame of local metadata that is read: the manifest of the largest checkpoint fits many times.
pub const FRAME_BYTES_MAX: usize = 64 << 20;

/// Bytes noted and not flushed, at which the apply thread must wait for the flusher: a disk that stalls for a second at
/// full load stays below it, and a replica on a small machine can afford it twice (noted, and being written).
pub const BACKLOG_BYTES_MAX: u64 = 256 << 20;
/// Entries noted and not flushed, at which the apply thread must wait: a restart replays them in a few seconds.
pub const BACKLOG_ENTRIES_MAX: u64 = 1_000_000;
/// What a noted change costs beside its bytes: its place in a map, and in the sorted row of a sealed sheet.
pub const CHANGE_BYTES: u64 = 128;

/// The first chunk of a sheet's bytes. Small, because every view that finds something new begins a sheet.
pub const CHUNK_BYTES_FIRST: usize = 4 << 10;
/// Later chunks double up to this: large enough to be rare, small enough to be no stall.
pub const CHUNK_BYTES_MAX: usize = 1 << 20;
/// Changes after which a sheet is sealed, view or not: its map stays near the cache, and never grows for so long that the
/// apply thread would feel it. No merging makes a larger one, so that no reader merges for long.
pub const SHEET_CHANGES: usize = 1 << 16;
/// A sealed sheet is merged into the one before it unless that one is so many times as large. Thus a full backlog of small
/// changes is a few dozen sheets, and a change is copied no more often than the logarithm of a sheet.
pub const SHEET_RATIO: usize = 2;

/// Records that loading reads at once: seeking is nothing beside them, and they fit a cache.
pub const PAGE_RECORDS: usize = 4_096;
/// Bytes that loading reads at once.
pub const PAGE_BYTES: usize = 1 << 20;

/// Packed events that one call of a trim looks at, so that it never takes long.
pub const TRIM_MAX: usize = 100_000;

/// Bytes read at once where a whole file is hashed.
pub const HASH_BYTES: usize = 1 << 20;
/// Largest piece of a file that a checkpoint serves at once: below every sane limit of a message.
pub const PIECE_BYTES_MAX: usize = 4 << 20;
/// Received bytes after which an incoming checkpoint is synced: what an interrupted transfer repeats at most.
pub const SETTLE_BYTES: u64 = 16 << 20;
/// Most files of a checkpoint: at 64 MiB each, more than any disk holds.
pub const CHECKPOINT_FILES_MAX: usize = 1 << 20;

/// The longest payload of a log entry: the office caps its entries far below, and a round must fit in memory.
pub const ENTRY_PAYLOAD_BYTES_MAX: usize = 64 << 20;
/// What an entry counts for beside its payload, in the tail and in what one read gives.
pub const ENTRY_OVERHEAD_BYTES: u64 = 128;
/// How much of the log is kept in memory once it is durable: some seconds of a busy cluster, so that followers and the
/// state are served without a look at the disk.
pub const LOG_TAIL_BYTES: u64 = 32 << 20;
/// How many of the last entries are checked link by link at opening: what was written just before a crash, in well under
/// a second. The rest is left to reads and to the scrub.
pub const LOG_OPEN_ENTRIES: u64 = 1_000;
/// How far the mark may trail the log: one sync of the hard state in this time is little, and what was acknowledged
/// within it is still covered by what the peers saw.
pub const MARK_TRAIL_MS: u64 = 50;

/// Writes by which the speed of a disk is measured: enough for a median,
pub const PROBE_WRITES: usize = 15;
/// and no more once they have taken so long together: nobody waits for a slow disk to hear that it is slow.
pub const PROBE_MS: u64 = 1_000;
/// Bytes of each: one page, as a small entry of the log costs.
pub const PROBE_BYTES: usize = 4 << 10;

/// Bytes that a look reads before it tells how far it is.
pub const LOOK_BYTES: u64 = 4 << 20;

/// RocksDB's threads in a process: one that flushes and one that compacts, however many databases there are.
pub const ROCKS_THREADS: i32 = 2;

/// Bytes of a table between two nudges to the disk.
pub const ROCKS_BYTES_PER_SYNC: u64 = 1 << 20;

/// How fast tables may be written: what a replica at its fastest writes behind, some 40 MB a second before compression, with
/// room to sort it; and a part only of what a disk can do that is fit for a replica. Reckoned, not measured.
pub const ROCKS_BYTES_PER_SECOND: i64 = 128 << 20;

/// How finely that is dealt out, in microseconds: small helpings, between which a sync of the log has its turn.
pub const ROCKS_REFILL_MICROS: i64 = 10_000;

/// A memtable of the log. The log files that go with all of them are read at each start: at most 256 MB, about a second.
pub const ROCKS_LOG_MEMTABLE_BYTES: usize = 64 << 20;

/// A memtable of each of the state's families. Any that is full flushes all.
pub const ROCKS_STATE_MEMTABLE_BYTES: usize = 64 << 20;

/// Memtables that a family may have, one to write to and the others waiting for the one thread that flushes.
pub const ROCKS_MEMTABLES: i32 = 4;

/// Log files kept to be written over: as many as memtables that can wait.
pub const ROCKS_REUSED_LOGS: usize = 4;

/// What is kept in memory of the log's tables. Hardly anything is ever read from them.
pub const ROCKS_LOG_CACHE_BYTES: usize = 8 << 20;

/// What is kept in memory of the state's tables, with their indexes and filters.
pub const ROCKS_STATE_CACHE_BYTES: usize = 64 << 20;

/// Bits of a filter for each key: one in a hundred of the tables that do not have a key is read in vain.
pub const ROCKS_BLOOM_BITS: f64 = 10.0;

/// More tables than there can ever be: a limit that is never reached.
pub const ROCKS_NEVER: i32 = i32::MAX;

/// The size and number of RocksDB's own diaries.
pub const ROCKS_DIARY_BYTES: usize = 4 << 20;
/// See [`ROCKS_DIARY_BYTES`].
pub const ROCKS_DIARIES: usize = 4;

/// What must be free beyond a threshold before it is taken for passed: more than one compaction frees and takes again.
pub const DISK_MARGIN_BYTES: u64 = 512 << 20;
/// On small disks: low below one part in so many,
pub const DISK_LOW_PART: u64 = 10;
/// critical below one in so many,
pub const DISK_CRITICAL_PART: u64 = 40;
/// and a margin of one in so many.
pub const DISK_MARGIN_PART: u64 = 80;
