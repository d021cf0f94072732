//! What is stored of a revoked lease whose holder has not confirmed that it stopped.

use crate::codec::record::record;
use crate::intern::QueueId;
use crate::lease::Grip;
use crate::name::TaskId;

/// A draining lease.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct DrainRecord {
    pub task: TaskId,
    pub generation: u16,
    pub queue: QueueId,
    pub grip: Grip,
}

record!(13 "drain" DrainRecord { task, generation, queue, grip });
