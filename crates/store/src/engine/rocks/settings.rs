//! Every setting of RocksDB that differs from its default or must not follow it, with its reason. The sizes stand in
//! [`crate::limits`].

use rocksdb::{
    BlockBasedOptions, Cache, DBCompressionType, DBRecoveryMode, FlushOptions, Options, ReadOptions,
    WriteOptions,
};

use crate::engine::Room;
use crate::limits;

/// The settings of a whole database.
pub(super) fn database(room: Room) -> Options {
    let mut options = Options::default();
    // Damage is to be heard of as soon as it can be seen.
    options.set_paranoid_checks(true);
    // Every table stays open: no read waits for an open, and no table can be missed only when it is needed.
    options.set_max_open_files(-1);
    // All databases of a process share RocksDB's two threads, one to flush and one to compact: the rest of the machine is
    // for the replica.
    options.set_max_background_jobs(limits::ROCKS_THREADS);
    // Families are flushed together or not at all. In the state nothing else makes a flush one point in time; in the log it
    // frees a log file at once, which otherwise waits for a family that is hardly ever written.
    options.set_atomic_flush(true);
    // Tables go to the disk as they are written, so that the sync at their end does not hold up the log's.
    options.set_bytes_per_sync(limits::ROCKS_BYTES_PER_SYNC);
    // RocksDB's own diary is for post-mortems only.
    options.set_max_log_file_size(limits::ROCKS_DIARY_BYTES);
    options.set_keep_log_file_num(limits::ROCKS_DIARIES);
    options.set_stats_dump_period_sec(0);
    options.set_stats_persist_period_sec(0);
    // Where the log does not check, it ends. After a power cut that is the torn end of what nobody was promised; after
    // damage it is silent loss. To refuse the one is to refuse the other (sectors land out of order), so RocksDB must not
    // be asked to tell them apart: the mark beside it does. The one mode that can go together with reused log files, too.
    options.set_wal_recovery_mode(DBRecoveryMode::PointInTime);
    match room {
        // Writing over an old log file needs no new blocks and no new length: half the price of a sync.
        Room::Log => options.set_recycle_log_file_num(limits::ROCKS_REUSED_LOGS),
        // The log of the replica does not wait for history to be sorted.
        Room::State => {
            options.set_ratelimiter(limits::ROCKS_BYTES_PER_SECOND, limits::ROCKS_REFILL_MICROS, 10)
        }
    }
    options
}

/// What a database keeps in memory of its tables, for all its families.
pub(super) fn cache(room: Room) -> Cache {
    Cache::new_lru_cache(match room {
        Room::Log => limits::ROCKS_LOG_CACHE_BYTES,
        Room::State => limits::ROCKS_STATE_CACHE_BYTES,
    })
}

/// The settings of each family.
pub(super) fn family(room: Room, cache: &Cache) -> Options {
    let mut options = Options::default();
    options.set_max_write_buffer_number(limits::ROCKS_MEMTABLES);
    options.set_level_compaction_dynamic_level_bytes(true);
    let mut tables = BlockBasedOptions::default();
    tables.set_block_cache(cache);
    // Otherwise every table's index and filter is in memory, however many tables there are.
    tables.set_cache_index_and_filter_blocks(true);
    tables.set_pin_l0_filter_and_index_blocks_in_cache(true);
    match room {
        Room::Log => {
            options.set_write_buffer_size(limits::ROCKS_LOG_MEMTABLE_BYTES);
            // What reaches a table was purged by then, or will be soon.
            options.set_compression_per_level(&[
                DBCompressionType::None,
                DBCompressionType::None,
                DBCompressionType::Lz4,
            ]);
            // Nothing may ever hold up the log. It is short: what piles up is what is about to be purged.
            options.set_level_zero_slowdown_writes_trigger(limits::ROCKS_NEVER);
            options.set_level_zero_stop_writes_trigger(limits::ROCKS_NEVER);
            options.set_soft_pending_compaction_bytes_limit(0);
            options.set_hard_pending_compaction_bytes_limit(0);
        }
        Room::State => {
            options.set_write_buffer_size(limits::ROCKS_STATE_MEMTABLE_BYTES);
            options.set_compression_type(DBCompressionType::Lz4);
            // Reads of history ask for single keys, most of them in no table but one.
            tables.set_bloom_filter(limits::ROCKS_BLOOM_BITS, false);
            tables.set_optimize_filters_for_memory(true);
        }
    }
    options.set_block_based_table_factory(&tables);
    options
}

pub(super) fn writing(room: Room) -> WriteOptions {
    let mut options = WriteOptions::default();
    match room {
        Room::Log => options.set_sync(true),
        // What was not flushed is in the log of the replica.
        Room::State => options.disable_wal(true),
    }
    options
}

pub(super) fn reading() -> ReadOptions {
    let mut options = ReadOptions::default();
    options.set_verify_checksums(true);
    options
}

pub(super) fn flushing() -> FlushOptions {
    let mut options = FlushOptions::default();
    options.set_wait(true);
    options
}
