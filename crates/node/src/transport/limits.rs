//! Every bound of the wire between replicas, with its reason. It has nothing in common with any public listener's.

use std::time::Duration;

use crate::limits::{MESSAGE_BYTES, PIECE_BYTES};
use crate::platform::Lane;

/// What one lane may use, on both sides of its connection.
pub(super) struct Bounds {
    /// The largest message.
    pub message_bytes: usize,
    /// What may be on its way to the listener and unread, in each stream and in the whole connection.
    pub window_bytes: u32,
    /// The largest frame: small ones let streams take turns, large ones cost less.
    pub frame_bytes: u32,
    /// Questions and streams that one peer may have open at once.
    pub streams: u32,
}

/// Votes and heartbeats: a hundred bytes each.
const PULSE: Bounds =
    Bounds { message_bytes: 1 << 20, window_bytes: 1 << 20, frame_bytes: 16 << 10, streams: 64 };

/// The log: an entry larger than [`MESSAGE_BYTES`] goes alone, and one of ten thousand tasks with large bodies has some
/// dozen megabytes. The window holds all messages that may be in flight to a follower, so that a slow round trip does
/// not slow the log.
const LOG: Bounds =
    Bounds { message_bytes: 32 << 20, window_bytes: 8 << 20, frame_bytes: 256 << 10, streams: 64 };

/// Snapshots: few streams, large messages, wide windows for links with a long way.
const BULK: Bounds =
    Bounds { message_bytes: 32 << 20, window_bytes: 16 << 20, frame_bytes: 1 << 20, streams: 16 };

/// What is passed on to the leader: many groups of proposals at once, each no larger than an entry may be.
const DESK: Bounds =
    Bounds { message_bytes: 32 << 20, window_bytes: 8 << 20, frame_bytes: 64 << 10, streams: 1024 };

impl Lane {
    /// What this lane may use.
    pub(super) const fn bounds(self) -> &'static Bounds {
        match self {
            Self::Pulse => &PULSE,
            Self::Log => &LOG,
            Self::Bulk => &BULK,
            Self::Desk => &DESK,
        }
    }
}

/// What may be on its way back and unread in each stream: answers are small, and whoever does not read them must not
/// have them pile up.
pub(super) const ANSWER_WINDOW_BYTES: u32 = 256 << 10;

/// The same for a whole connection.
pub(super) const ANSWERS_WINDOW_BYTES: u32 = 4 << 20;

/// How long a connection may take to come about. A machine that does not answer at all is not worth a whole election.
pub(super) const CONNECT_PATIENCE: Duration = Duration::from_secs(1);

/// How long a newcomer may take to say what it wants: all it has to send is 32 bytes.
pub(super) const GREETING_PATIENCE: Duration = Duration::from_secs(2);

/// Newcomers who have not said yet what they want.
pub(super) const GREETINGS_MAX: usize = 256;

/// Connections of all peers together: four for each member, and as many again while old ones are not known to be dead.
pub(super) const CONNECTIONS_MAX: usize = 256;

/// How often a silent connection is asked whether it still lives.
pub(super) const KEEPALIVE_EVERY: Duration = Duration::from_secs(1);

/// How long it may take to say so. A machine that vanished is noticed after both together.
pub(super) const KEEPALIVE_PATIENCE: Duration = Duration::from_secs(2);

/// The pause after a first failure; it doubles with each further one. Members restart, and are wanted back soon.
pub(super) const RECONNECT_FIRST: Duration = Duration::from_millis(10);

/// The longest pause: five attempts a second for each lane are no storm, and a vote waits no longer than this.
pub(super) const RECONNECT_MAX: Duration = Duration::from_millis(200);

/// Headers of one request. Ours have about 200 bytes.
pub(super) const HEADER_BYTES: u32 = 8 << 10;

/// Streams that a peer has opened and reset before they were looked at; beyond this its connection is closed.
pub(super) const RESETS_PENDING: usize = 20;

/// Streams that this side has reset because of what came on them; beyond this the connection is closed.
pub(super) const RESETS_LOCAL: usize = 64;

/// What may wait in one stream for the connection to take it.
pub(super) const SEND_BUFFER_BYTES: usize = 1 << 20;

/// How long open calls may take to end when the listener stops. They are told to, so this is for peers that hang.
pub(super) const STOP_PATIENCE: Duration = Duration::from_secs(2);

/// The pause after a connection could not be accepted: most likely no more files may be opened.
pub(super) const ACCEPT_PAUSE: Duration = Duration::from_millis(50);

const _: () = {
    // What is sent as one message fits into one message, with room for what stands around it.
    assert!(LOG.message_bytes >= 2 * MESSAGE_BYTES && BULK.message_bytes >= 2 * PIECE_BYTES);
    // All messages in flight to a follower fit into the window.
    assert!(LOG.window_bytes as usize >= crate::limits::APPENDS_IN_FLIGHT * MESSAGE_BYTES);
    assert!(BULK.window_bytes > LOG.window_bytes);
};
