//! Every bound of the front door, with its reason.

use std::time::Duration;

/// Largest configuration file: a thousand times what the printed default takes; more is some other file.
pub const CONFIG_BYTES_MAX: u64 = 4 << 20;
/// Longest node name, in bytes: it is a label of every metric and a word of every log line.
pub const NODE_NAME_BYTES_MAX: usize = 64;
/// Longest host name in an address, in bytes: what DNS allows.
pub const HOST_BYTES_MAX: usize = 253;

/// Health connections at one time: probes and scrapers are few. Beyond it, callers wait in the system's queue.
pub const HEALTH_CONNECTIONS_MAX: usize = 64;
/// Bytes of a health request with all its headers. The HTTP library takes no less than this.
pub const HEALTH_REQUEST_BYTES_MAX: usize = 8 << 10;
/// Headers of a health request.
pub const HEALTH_HEADERS_MAX: usize = 64;
/// How long a health request may take to arrive.
pub const HEALTH_REQUEST_TIMEOUT: Duration = Duration::from_secs(5);
/// How long a health connection may live, from its first byte to the last of the answer.
pub const HEALTH_CONNECTION_TIMEOUT: Duration = Duration::from_secs(15);
/// Pause after the system refused a connection (out of descriptors): asking again at once would be a hot loop.
pub const ACCEPT_PAUSE: Duration = Duration::from_millis(100);

/// How often samples of histograms are folded: between two scrapes that never come they would pile up in memory.
pub const METRICS_UPKEEP: Duration = Duration::from_secs(5);
/// How often the service manager is told how the node is.
pub const STATUS_INTERVAL: Duration = Duration::from_secs(5);
/// How long the service manager may take to accept a message: it is told on the way to other things.
pub const NOTIFY_TIMEOUT: Duration = Duration::from_millis(500);
/// Longest status line for the service manager, in bytes: it is shown on one line of a terminal.
pub const STATUS_BYTES_MAX: usize = 256;
/// How long the process waits for its last threads once everything is closed.
pub const RUNTIME_STOP: Duration = Duration::from_millis(500);

/// Threads of consensus: one each for its core, the state machine and the office, since one of them may wait for another;
/// more would only pass work to and fro.
pub const RAFT_THREADS: usize = 3;
/// Threads for the log and snapshots on the wire: one may be busy with a large message while the other goes on.
pub const BULK_THREADS: usize = 2;
/// How often it is looked whether consensus still comes round.
pub const TURN_EVERY: Duration = Duration::from_millis(500);
/// How long it may not come round: longer than any pause that passes by itself, so that no node is restarted for a slow disk.
pub const TURN_PATIENCE: Duration = Duration::from_secs(15);

/// A disk whose median sync takes this long is warned about: twenty times what a disk in the machine takes, and every
/// proposal waits for it at least once. Beyond it elections take longer too, for a vote is a sync.
pub const SLOW_DISK: Duration = Duration::from_millis(10);

/// How long a member may take to let this node in: what the leader is given, and the way there.
pub const ADMIT_PATIENCE: Duration = Duration::from_secs(8);
/// How long a connection may take to an address where no member answered: it is only looked whether anybody is there.
pub const SEED_PATIENCE: Duration = Duration::from_secs(1);
/// How long a node waits to see what it was part of: who the others are after it was let in, who leads after another does.
/// Both come with the next message of the leader; who waits in vain is told less.
pub const SEEN_PATIENCE: Duration = Duration::from_secs(2);
/// The pause before the next seed is asked.
pub const ADMIT_PAUSE: Duration = Duration::from_secs(1);
/// Operators who wait at one time for a node to enter a cluster.
pub const ENTERING_MAX: usize = 16;
/// How long a change of the membership may take through another node.
pub const CHANGE_PATIENCE: Duration = Duration::from_secs(8);
/// The pause before it is tried again while nobody leads: a part of an election.
pub const LEADER_PAUSE: Duration = Duration::from_millis(100);

/// How long a call of an operator may take. Longer than what it asks for may take inside.
pub const PUBLIC_CALL_PATIENCE: Duration = Duration::from_secs(20);
/// Bytes of one public message: a membership has some hundred.
pub const PUBLIC_MESSAGE_BYTES: usize = 1 << 20;
/// Calls at one time on one public connection.
pub const PUBLIC_STREAMS: u32 = 256;
/// Bytes of all calls about tasks that were read and are not answered yet, over all connections: four times what may wait for
/// the log by default (`admission.max_bytes`), and forty of the largest. What is made of a request while it is answered comes
/// on top of it; so do answers that a caller asked for and does not read.
pub const PUBLIC_REQUESTS_BYTES: usize = 256 << 20;
/// The same for operators, who must get through when nobody else does: eight of their largest messages.
pub const PUBLIC_OPERATORS_BYTES: usize = 8 * PUBLIC_MESSAGE_BYTES;
/// What a call counts for beside its headers and its message: its stream, its task, and what is looked up for it. So there
/// are no more than 65,536 at one time.
pub const PUBLIC_CALL_BYTES: usize = 4 << 10;
/// Bytes that a connection may have sent and that are not read yet, in one call or in all. Times
/// `listen.max_connections` this is what requests can take beside [`PUBLIC_REQUESTS_BYTES`]: 1 GiB by default.
/// A connection over 100 ms still carries 2.5 MB a second.
pub const PUBLIC_WINDOW_BYTES: u32 = 256 << 10;
/// When to come again after there was no room: most calls are answered sooner.
pub const CROWDED_MS: u64 = 200;
/// Bytes with which a connection has said that it speaks HTTP/2: its preface, and the head of the first frame.
pub const PUBLIC_GREETING_BYTES: usize = 24 + 9;
/// How long it may take for them. They leave any client at once.
pub const PUBLIC_GREETING_PATIENCE: Duration = Duration::from_secs(5);
/// Headers of one public request: ours have some hundred bytes, and a token may come to them.
pub const PUBLIC_HEADER_BYTES: u32 = 16 << 10;
/// Streams that a client has opened and reset before they were looked at; beyond this its connection is closed.
pub const PUBLIC_RESETS_PENDING: usize = 20;
/// Streams that this side has reset because of what came on them; beyond this the connection is closed.
pub const PUBLIC_RESETS_LOCAL: usize = 64;
/// How often a silent public connection is asked whether it still lives.
pub const PUBLIC_KEEPALIVE_EVERY: Duration = Duration::from_secs(10);
/// How long it may take to say so.
pub const PUBLIC_KEEPALIVE_PATIENCE: Duration = Duration::from_secs(10);

/// Bytes of one payload: larger ones belong where files are kept. It is copied to every node.
pub const PAYLOAD_BYTES_MAX: usize = 1 << 20;
/// Bytes of all payloads of one submission: it is one entry of the log, which others wait behind.
pub const SUBMIT_BODY_BYTES_MAX: usize = 4 << 20;
/// Bytes of one message about tasks: a submission with everything, and room to say what is too large about one that is.
pub const PUBLIC_TASKS_MESSAGE_BYTES: usize = 6 << 20;
/// How long a call about tasks may take when its caller does not say.
pub const TASK_CALL_PATIENCE: Duration = Duration::from_secs(10);
/// The longest, whatever its caller says: it is told what came of it before the listener gives up.
pub const TASK_CALL_PATIENCE_MAX: Duration = Duration::from_secs(18);
/// How often a task is looked at that changes while it is looked at.
pub const LOOKS_MAX: usize = 4;
/// When to ask again after what passes by itself within an entry or two.
pub const ASK_AGAIN_MS: u64 = 50;
/// When to ask again while an alarm keeps new tasks out: people, or a disk that is cleaned up, have to do something first.
pub const WRITES_STOPPED_MS: u64 = 5_000;

const _: () = {
    assert!(TASK_CALL_PATIENCE_MAX.as_millis() < PUBLIC_CALL_PATIENCE.as_millis());
    assert!(TASK_CALL_PATIENCE.as_millis() <= TASK_CALL_PATIENCE_MAX.as_millis());
    assert!(PAYLOAD_BYTES_MAX <= SUBMIT_BODY_BYTES_MAX && SUBMIT_BODY_BYTES_MAX < PUBLIC_TASKS_MESSAGE_BYTES);
    assert!(
        16 * PUBLIC_TASKS_MESSAGE_BYTES < PUBLIC_REQUESTS_BYTES && PUBLIC_REQUESTS_BYTES < u32::MAX as usize
    );
    // An operator is told what came of a call rather than that it took too long.
    assert!(2 * CHANGE_PATIENCE.as_millis() < PUBLIC_CALL_PATIENCE.as_millis());
    assert!(2 * ADMIT_PATIENCE.as_millis() < PUBLIC_CALL_PATIENCE.as_millis());
    // A slow request is cut off by its own bound before its connection is.
    assert!(HEALTH_REQUEST_TIMEOUT.as_millis() < HEALTH_CONNECTION_TIMEOUT.as_millis());
};
