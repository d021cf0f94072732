//! Every bound of the trials, with its reason.

use std::time::Duration;

/// How many clients submit at once: enough that entries are shared, few enough that a machine of two cores is not busy
/// with them alone.
pub const CLIENTS: usize = 9;
/// How many of them know only one server each, so that every server is asked whatever becomes of it.
pub const LOYAL: usize = 3;
/// How long a client goes on with one submission before it calls the outcome unknown: several elections.
pub const PATIENCE: Duration = Duration::from_secs(4);
/// How long one goes on at the end, when everything is healed.
pub const LAST_PATIENCE: Duration = Duration::from_secs(20);
/// How long a client rests after a refusal, so that a dead server does not fill the history.
pub const REST: Duration = Duration::from_millis(50);
/// How long a client rests between two calls: trials want faults at many moments, not as many tasks as possible.
pub const PACE: Duration = Duration::from_millis(3);
/// How many tasks one submission of several has.
pub const BATCH: usize = 7;
/// How many tasks are asked for one by one at the end; the data folders are read for all of them.
pub const ASKED_AFTERWARDS: usize = 300;
/// How many new submissions must be acknowledged before a service counts as going on.
pub const FLOW: usize = 25;
/// How long a service may take to go on after the worst of faults, on a busy machine.
pub const FLOW_PATIENCE: Duration = Duration::from_secs(20);
/// How long a change of leaders is waited for before it is asked for again.
pub const TRANSFER: Duration = Duration::from_secs(1);
/// How long after the last write of a log its mark may trail, with room for a busy machine.
pub const MARK_TRAILS: Duration = Duration::from_millis(500);
/// How long a chapter of the demonstration lasts in which nothing happens to anybody: long enough to be read.
pub const CHAPTER: Duration = Duration::from_secs(2);
