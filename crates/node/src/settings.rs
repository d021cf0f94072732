//! What an operator may set, and what openraft is told.

use std::sync::{Arc, PoisonError, RwLock, RwLockReadGuard};
use std::time::Duration;

use openraft::{Config, SnapshotPolicy};
use reeve_core::planted::Bug;
use reeve_store::reserve::Thresholds;

use crate::limits;

/// The settings of one replica. The defaults are those of the configuration file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Settings {
    /// How often a leader is heard of.
    pub heartbeat: Duration,
    /// The shortest wait before a follower that hears nothing stands for election.
    pub election_min: Duration,
    /// The longest.
    pub election_max: Duration,
    /// How long changes of the state may wait for their flush.
    pub flush_interval: Duration,
    /// How much of the log is kept for followers that come back: no more than this many bytes,
    pub keep_bytes: u64,
    /// and nothing older than this. What is not durable in the state yet is kept in any case.
    pub keep_age: Duration,
    /// A write of the log that takes this long is slow; a leader with a slow disk hands over.
    pub slow_sync: Duration,
    /// Room on the disk that is set aside for the log.
    pub reserve_bytes: u64,
    /// With less free room than this, new tasks are refused,
    pub disk_low: u64,
    /// and with less than this the reserve is given to the log. On small disks both count for less.
    pub disk_critical: u64,
    /// How often everything on the disk is read again; never, if zero.
    pub scrub_interval: Duration,
    /// Commands that may wait for the log before new work is refused, each task as one,
    pub waiting_commands: u64,
    /// and their bytes.
    pub waiting_bytes: u64,
    /// Most commands in one entry, each task as one.
    pub entry_commands: usize,
    /// Most bytes in one entry.
    pub entry_bytes: usize,
    /// Entries proposed and not yet answered.
    pub entries_in_flight: usize,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            heartbeat: Duration::from_millis(50),
            election_min: Duration::from_millis(150),
            election_max: Duration::from_millis(300),
            flush_interval: Duration::from_secs(1),
            keep_bytes: 256 << 20,
            keep_age: Duration::from_secs(600),
            slow_sync: Duration::from_millis(500),
            reserve_bytes: 64 << 20,
            disk_low: 2 << 30,
            disk_critical: 512 << 20,
            scrub_interval: Duration::from_secs(24 * 60 * 60),
            waiting_commands: 200_000,
            waiting_bytes: 64 << 20,
            entry_commands: 1_024,
            entry_bytes: 256 << 10,
            entries_in_flight: 4,
        }
    }
}

fn millis(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}

impl Settings {
    /// What openraft is told.
    ///
    /// # Errors
    /// Times that do not go together.
    pub(crate) fn raft(&self) -> Result<Arc<Config>, String> {
        let config = Config {
            cluster_name: "reeve".into(),
            heartbeat_interval: millis(self.heartbeat),
            election_timeout_min: millis(self.election_min),
            election_timeout_max: millis(self.election_max),
            // A leader that restarts before its own flush must never go on in its old term: it would write other entries
            // under ids that followers hold already.
            enable_leader_restore: Some(reeve_core::planted::planted(Bug::ResumeTerm)),
            enable_pre_vote: Some(true),
            // A leader that has lost its quorum falls silent, so that those who still hear it may elect another.
            quorum_loss_probe_interval: Some(2 * millis(self.election_max)),
            // When to make the state durable and how far to purge is decided here, by time and by what is flushed.
            snapshot_policy: SnapshotPolicy::Never,
            max_in_snapshot_log_to_keep: u64::MAX,
            purge_batch_size: limits::PURGE_BATCH,
            replication_lag_threshold: u64::MAX,
            max_payload_entries: limits::MESSAGE_ENTRIES,
            install_snapshot_timeout: millis(limits::INSTALL_PATIENCE),
            ..Config::default()
        };
        config.validate().map(Arc::new).map_err(|error| error.to_string())
    }

    /// Takes over what a running replica may be told anew. The rest was given to openraft, or to the others, at the start.
    fn take_live(&mut self, new: &Self) {
        let Self {
            heartbeat: _,
            election_min: _,
            election_max: _,
            flush_interval,
            keep_bytes,
            keep_age,
            slow_sync,
            reserve_bytes: _,
            disk_low,
            disk_critical,
            scrub_interval,
            waiting_commands,
            waiting_bytes,
            entry_commands: _,
            entry_bytes: _,
            entries_in_flight: _,
        } = new.clone();
        (self.flush_interval, self.keep_bytes, self.keep_age) = (flush_interval, keep_bytes, keep_age);
        (self.slow_sync, self.disk_low, self.disk_critical) = (slow_sync, disk_low, disk_critical);
        (self.scrub_interval, self.waiting_commands) = (scrub_interval, waiting_commands);
        self.waiting_bytes = waiting_bytes;
    }

    /// What the standing of a disk of this size is judged by.
    pub(crate) fn thresholds(&self, total: u64) -> Thresholds {
        Thresholds::of(total, self.disk_low, self.disk_critical)
    }

    pub(crate) fn keep_ms(&self) -> u64 {
        millis(self.keep_age)
    }

    pub(crate) fn slow_sync_ms(&self) -> u64 {
        millis(self.slow_sync)
    }

    /// The age at which the last word of a quorum no longer proves that this leader leads.
    pub(crate) const fn contact(&self) -> Duration {
        self.election_max
    }
}

/// Settings that are looked up when they are used, so that some of them can change while a replica runs. Clones share them.
#[derive(Clone, Debug, Default)]
pub struct Live(Arc<RwLock<Settings>>);

impl From<Settings> for Live {
    fn from(settings: Settings) -> Self {
        Self(Arc::new(RwLock::new(settings)))
    }
}

impl Live {
    /// As they are now. To be held for moments, and never across an await.
    pub fn now(&self) -> RwLockReadGuard<'_, Settings> {
        self.0.read().unwrap_or_else(PoisonError::into_inner)
    }

    /// From now on, what can change at once is as in these: the pace of flushes, what is kept of the log, what a slow and
    /// a full disk is, how often the disk is read again, and how much may wait.
    pub fn retune(&self, new: &Settings) {
        self.0.write().unwrap_or_else(PoisonError::into_inner).take_live(new);
    }
}
