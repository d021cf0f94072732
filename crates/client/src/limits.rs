//! Every bound of the client, with its reason.

use std::time::Duration;

/// How long a node may take to be reached: longer than a lost packet takes to be sent again.
pub const CONNECT_PATIENCE: Duration = Duration::from_secs(5);

/// How long it may take to answer an operator: longer than it lets itself, so that its own reason is heard.
pub const ANSWER_PATIENCE: Duration = Duration::from_secs(30);

/// How long a call of a program may take, with everything that it tries, unless it says otherwise: several elections.
pub const CALL_PATIENCE: Duration = Duration::from_secs(10);
/// The least: below this not even a node that is well has time to answer, and its answer would be taken for none.
pub const CALL_PATIENCE_MIN: Duration = Duration::from_millis(20);
/// How long one node is waited for when another may be asked instead.
pub const ATTEMPT_PATIENCE: Duration = Duration::from_secs(3);
/// How long a node may take to be reached when another may be asked instead.
pub const REACH_PATIENCE: Duration = Duration::from_secs(1);
/// The first wait between two attempts: a part of an election.
pub const BACK_OFF_FIRST: Duration = Duration::from_millis(20);
/// The longest: by then an election is over.
pub const BACK_OFF_MAX: Duration = Duration::from_millis(500);
/// How often a connection with open calls is asked whether it still lives: a machine that vanished and a process that was
/// stopped say nothing. Four small frames a second, and none when nothing is asked.
pub const KEEPALIVE_EVERY: Duration = Duration::from_millis(250);
/// How long it may take to say so. A node says it at once, however slow its disk is; with this a silent one is left within
/// a second, and a lost packet or two does no harm.
pub const KEEPALIVE_PATIENCE: Duration = Duration::from_millis(750);
/// The largest message. A node bounds what it takes by itself; this bounds what it may send.
pub const MESSAGE_BYTES: usize = 8 << 20;
