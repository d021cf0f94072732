//! The table of all keys. To add one, add an entry: the printed file, parsing, the environment, `--set`, the range and
//! the reload follow from it. What must hold between keys stands in `relations.rs`.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use super::table::keys;
use super::value::{ByteSize, Engine, HostPort, LogFilter, LogFormat, NodeName};

keys! {
    /// Who this node is, and where it keeps what it must not lose.
    node: Node {
        /// The name of this node in logs, metrics and `reeve cluster status`; each node of a cluster needs its own.
        /// Empty: the name of the machine.
        name: Option<NodeName> = "", restart;
        /// The folder of everything that must survive: log, vote, state. A local disk, never a network file system,
        /// and never shared by two nodes.
        data_dir: PathBuf = "/var/lib/reeve", restart;
        /// What keeps the data: "rocksdb" (on disk), or "memory" (for trials: everything is forgotten at the end).
        engine: Engine = "rocksdb", restart;
        /// Peer addresses of nodes that are in the cluster already, as host:port. A node without data asks them to let
        /// it in; they are not looked at once it belongs to a cluster.
        join: Vec<HostPort> = "", restart;
    }

    /// Where this node listens, and where others are told to find it.
    listen: Listen {
        /// The address for clients and workers.
        public: SocketAddr = "127.0.0.1:7461", restart;
        /// The address for the other nodes of the cluster.
        peer: SocketAddr = "127.0.0.1:7462", restart;
        /// The address of /livez, /readyz and /metrics.
        health: SocketAddr = "127.0.0.1:7463", restart;
        /// Where clients and workers find this node, as host:port. Empty: the same as `public`.
        advertise_public: Option<HostPort> = "", restart;
        /// Where the other nodes find this node, as host:port. Empty: the same as `peer`.
        advertise_peer: Option<HostPort> = "", restart;
        /// The most connections of clients and workers at one time; more are closed at once. Each needs a file
        /// descriptor (see `LimitNOFILE=` of systemd, or `ulimit -n`) and up to 256 KiB for what it sent and is not
        /// read yet; what was read and is not answered yet has 256 MiB for all of them together.
        max_connections: u64 = "4096" in "16" to "1000000", restart;
        /// There is no authentication yet: whoever reaches a listener may do anything. So an address that is not
        /// loopback is refused unless this is true, and a warning is given at each start.
        insecure_no_auth: bool = "false", restart;
    }

    /// How the nodes agree. The times must suit the slowest network path between two nodes, and be the same on all.
    raft: Raft {
        /// How often the leader tells the others that it is there.
        heartbeat_interval: Duration = "50ms" in "5ms" to "10s", restart;
        /// How long a follower at least waits for a sign of the leader before it stands for election. At least twice
        /// `heartbeat_interval`.
        election_timeout_min: Duration = "150ms" in "10ms" to "60s", restart;
        /// How long it waits at most; each node picks a time between the two, so that two seldom stand at once.
        election_timeout_max: Duration = "300ms" in "20ms" to "120s", restart;
        /// How much of the log is kept behind what is safely in the state. A follower that was away for longer than
        /// this reaches back needs a whole snapshot.
        log_kept: ByteSize = "256MiB" in "1MiB" to "64GiB", live;
        /// How long an entry is kept behind what is safely in the state, if `log_kept` has room for it.
        log_kept_age: Duration = "10m" in "1s" to "7d", live;
    }

    /// How the state reaches the disk.
    store: Store {
        /// How often changed records are written in the background. A restart replays what was not yet written, so
        /// longer means fewer writes and a longer restart. Nothing is lost either way: the log has it.
        flush_interval: Duration = "1s" in "50ms" to "5m", live;
        /// How often everything on the disk is read again, slowly, to find damage while other nodes are still whole. 0ms:
        /// never.
        scrub_interval: Duration = "1d" in "0ms" to "365d", live;
    }

    /// How requests are put together into entries of the log.
    batch: Batch {
        /// The most commands in one entry; one that makes many tasks counts as so many, and may be larger than this.
        max_commands: u64 = "1024" in "1" to "10000", restart;
        /// The most bytes in one entry. A single request may be larger than this; it then rides alone.
        max_bytes: ByteSize = "256KiB" in "64KiB" to "16MiB", restart;
        /// How many entries may be on their way to a majority at one time.
        entries_in_flight: u64 = "4" in "1" to "64", restart;
    }

    /// How much may wait for the log before new submits are refused with "try again later". What ends tasks gets in for
    /// longer: until several times as much waits.
    admission: Admission {
        /// The most commands that wait or are on their way when a submit comes; each task counts as one.
        max_commands: u64 = "200000" in "100" to "1000000", live;
        /// Their most bytes; they are held in memory.
        max_bytes: ByteSize = "64MiB" in "1MiB" to "4GiB", live;
    }

    /// What to do before the disk of `node.data_dir` is full or slow.
    disk: Disk {
        /// Room that is taken at the first start and given back when the disk is nearly full, so that the node can
        /// still tidy up. 0B: none.
        reserve: ByteSize = "64MiB" in "0B" to "16GiB", restart;
        /// With less free room than this, the cluster refuses new submits; work that is under way goes on. A tenth of the
        /// disk at most.
        low: ByteSize = "2GiB" in "16MiB" to "1TiB", live;
        /// With less free room than this, the node gives up its reserve. A fortieth of the disk at most.
        critical: ByteSize = "512MiB" in "8MiB" to "1TiB", live;
        /// A leader whose disk takes longer than this to confirm a write, again and again, hands leadership to another
        /// node.
        fsync_slow: Duration = "500ms" in "5ms" to "60s", live;
    }

    /// What the process writes to standard error.
    log: Log {
        /// How much is said: off, error, warn, info, debug or trace; for parts of the program, a list such as
        /// "info,reeve_node=debug".
        level: LogFilter = "info,openraft=error", live;
        /// "text" for people, "json" for machines.
        format: LogFormat = "text", restart;
    }

    /// How the process behaves towards whoever started it.
    process: Process {
        /// How long an orderly stop may take: readiness fails, leadership is handed over, everything is written. After
        /// that the process ends with code 1. A second signal ends it at once.
        shutdown_grace: Duration = "20s" in "1s" to "10m", live;
        /// Answer the watchdog of the service manager (WatchdogSec= of systemd) for as long as the node is alive.
        watchdog: bool = "true", restart;
    }
}
