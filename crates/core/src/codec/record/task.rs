//! What is stored of a live task: all that its slot and its lease say.

use crate::codec::record::record;
use crate::codec::wire::{choice, shape, unmoved};
use crate::intern::{ClassId, QueueId};
use crate::lease::Grip;
use crate::task::{Cold, Ending, Otherwise, Priority, RetryPolicy, Rule, Standing};
use crate::{
    Fault,
    codec::wire::{Reader, Wire},
};

/// Where a live task stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum PhaseRecord {
    Blocked { waiting: u32 },
    Scheduled { until_ms: u64 },
    Ready { order: i64 },
    Leased { grip: Grip },
    Backoff { until_ms: u64 },
    Dead,
}

/// A live task.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct TaskRecord {
    pub queue: QueueId,
    pub class: ClassId,
    pub priority: Priority,
    pub held: bool,
    pub generation: u16,
    pub attempt: u32,
    pub failures: u16,
    pub crashes: u8,
    pub recalls: u8,
    pub since_ms: u64,
    pub phase: PhaseRecord,
    pub cold: Option<Box<Cold>>,
}

impl Wire for Priority {
    fn put(&self, out: &mut Vec<u8>) {
        out.push(self.get());
    }

    fn get(from: &mut Reader<'_>) -> Result<Self, Fault> {
        Self::new(from.byte()?).ok_or(Fault::OutOfRange("a priority"))
    }

    unmoved!();
}

shape!(Grip {
    token,
    worker,
    class,
    granted_ms,
    deadline_ms,
    pause_by_ms,
    cancel,
    suspended,
    left_ms,
    update,
    partials,
});
choice!(hidden PhaseRecord, "phase" {
    1 = Blocked { waiting }, 2 = Scheduled { until_ms }, 3 = Ready { order }, 4 = Leased { grip },
    5 = Backoff { until_ms }, 6 = Dead,
});
choice!(Standing, "standing" { 1 = Blocked, 2 = Scheduled, 3 = Ready, 4 = Leased, 5 = Backoff, 6 = Dead });
choice!(Ending, "ending" { 1 = Succeeded, 2 = Failed, 3 = Dead, 4 = Cancelled, 5 = Expired });
choice!(Rule, "rule" { 1 = Succeeded, 2 = Finished, 3 = Failed });
choice!(Otherwise, "otherwise" { 1 = Cancel, 2 = Run });
shape!(RetryPolicy { max_attempts, first_ms, factor_percent, max_ms });
/// What a task still waits for has records of its own, one for each: so the end of one thing rewrites little.
impl Wire for Cold {
    fn put(&self, out: &mut Vec<u8>) {
        let Self { not_before_ms, must_start_by_ms, attempt_timeout_ms, retry, awaited: _, .. } = self;
        let Self { parent, depth, key, crashed, updates, last, .. } = self;
        not_before_ms.put(out);
        must_start_by_ms.put(out);
        attempt_timeout_ms.put(out);
        retry.put(out);
        parent.put(out);
        depth.put(out);
        key.put(out);
        crashed.put(out);
        updates.put(out);
        last.put(out);
    }

    fn get(from: &mut Reader<'_>) -> Result<Self, Fault> {
        Ok(Self {
            not_before_ms: Wire::get(from)?,
            must_start_by_ms: Wire::get(from)?,
            attempt_timeout_ms: Wire::get(from)?,
            retry: Wire::get(from)?,
            awaited: Vec::new(),
            parent: Wire::get(from)?,
            depth: Wire::get(from)?,
            key: Wire::get(from)?,
            crashed: Wire::get(from)?,
            updates: Wire::get(from)?,
            last: Wire::get(from)?,
        })
    }

    unmoved!();
}
record!(11 "task" TaskRecord {
    queue, class, priority, held, generation, attempt, failures, crashes, recalls, since_ms, phase, cold,
});
