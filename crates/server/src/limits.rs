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

const _: () = {
    // A slow request is cut off by its own bound before its connection is.
    assert!(HEALTH_REQUEST_TIMEOUT.as_millis() < HEALTH_CONNECTION_TIMEOUT.as_millis());
};
