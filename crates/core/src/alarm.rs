//! Alarms: what is wrong with the cluster itself, agreed by all.

use crate::codec::wire::{choice, shape};

/// What is wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum AlarmKind {
    /// A disk is nearly full. New tasks are refused.
    NoSpace,
    /// Clocks are further apart than log time may follow.
    ClockGap,
    /// Replicas differ and no majority agrees. New tasks are refused.
    Diverged,
}

impl AlarmKind {
    /// Whether new tasks are refused while this alarm is set.
    #[must_use]
    pub const fn stops_writes(self) -> bool {
        matches!(self, Self::NoSpace | Self::Diverged)
    }
}

/// One alarm: what is wrong, and where.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Alarm {
    /// What is wrong.
    pub kind: AlarmKind,
    /// The node that says so.
    pub node: u64,
}

choice!(AlarmKind, "alarm" { 1 = NoSpace, 2 = ClockGap, 3 = Diverged });
shape!(Alarm { kind, node });
