//! What is stored of a revoked lease whose holder has not confirmed that it stopped.

use crate::codec::record::record;
use crate::intern::{ClassId, QueueId};
use crate::name::{TaskId, WorkerId};

/// A draining lease.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct DrainRecord {
    pub task: TaskId,
    pub generation: u16,
    pub worker: WorkerId,
    pub queue: QueueId,
    pub class: ClassId,
    pub granted_ms: u64,
}

record!(12 "drain" DrainRecord { task, generation, worker, queue, class, granted_ms });
