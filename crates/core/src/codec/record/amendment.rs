//! What is stored of an update, in words.

use crate::class::Requirements;
use crate::codec::record::record;
use crate::entry::Actor;
use crate::task::Priority;

/// One update of a task. What is `None` did not change; the inner `None` took it away.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AmendmentRecord {
    /// When.
    pub at_ms: u64,
    /// By whom.
    pub actor: Actor,
    /// Another urgency.
    pub priority: Option<Priority>,
    /// Length and hash of another input.
    pub payload: Option<(u32, u128)>,
    /// Another earliest start.
    pub not_before_ms: Option<Option<u64>>,
    /// Another latest start.
    pub must_start_by_ms: Option<Option<u64>>,
    /// Another time for each attempt.
    pub attempt_timeout_ms: Option<Option<u64>>,
    /// Other requirements.
    pub requirements: Option<Requirements>,
}

record!(18 "amendment" AmendmentRecord {
    at_ms, actor, priority, payload, not_before_ms, must_start_by_ms, attempt_timeout_ms, requirements,
});
