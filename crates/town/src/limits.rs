//! Every bound of a town, with its reason.

use std::time::Duration;

/// How long anything may take that is waited for: nothing here takes this long on any machine.
pub const LONG: Duration = Duration::from_secs(60);

/// How long a server may take to say how it is, before it counts as silent. One that is paused takes the question and
/// never answers.
pub const ANSWER: Duration = Duration::from_secs(2);

/// How long a server may take for what changes a cluster: as long as it gives itself, and a little.
pub const CHANGE: Duration = Duration::from_secs(35);

/// How often what is waited for is looked at: often enough to measure gaps of a fraction of a second.
pub const LOOK: Duration = Duration::from_millis(10);

/// How much of the log of each server is told when something went wrong, in lines.
pub const TOLD_LINES: usize = 30;

/// How many addresses are tried before a machine counts as full.
pub const ADDRESS_TRIES: usize = 2_000;

/// How long a fork of this process may hold a lock that was let go: far longer than it takes to become another program.
pub const FORKED: Duration = Duration::from_secs(1);
