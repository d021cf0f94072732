//! Lanes: where ready tasks wait, one lane for each (class, queue) that has live tasks.
//!
//! A lane has one list for each priority, linked through the task slots. The order of a list is the order of its
//! tasks' order keys, which their records hold: new, retried and resumed tasks go to the tail; recalled, released
//! and drained ones to the head.

use std::collections::BTreeMap;
use std::ops::Bound;

use crate::intern::{ClassId, QueueId};
use crate::planted::{Bug, planted};
use crate::shelf::Shelf;
use crate::slab::{NONE, Slab};
use crate::task::{Priority, Task};

#[derive(Clone, Debug)]
pub(crate) struct Lane {
    pub class: ClassId,
    pub queue: QueueId,
    /// Live tasks of this class in this queue, ready or not.
    pub tasks: u32,
    /// Ready tasks that are not held.
    pub ready: u32,
    heads: [u32; Priority::COUNT],
    tails: [u32; Priority::COUNT],
}

/// Which end of a ready list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum End {
    Head,
    Tail,
}

#[derive(Clone, Debug)]
pub(crate) struct Lanes {
    slab: Slab<Lane>,
    numbers: BTreeMap<(ClassId, QueueId), u32>,
}

impl Lanes {
    pub(crate) const fn new() -> Self {
        Self { slab: Slab::new(), numbers: BTreeMap::new() }
    }

    pub(crate) fn get(&self, lane: u32) -> &Lane {
        &self.slab[lane]
    }

    /// The lane for one more task, and whether it is new.
    pub(crate) fn enter(&mut self, class: ClassId, queue: QueueId) -> (u32, bool) {
        let (lane, fresh) = match self.numbers.get(&(class, queue)) {
            Some(lane) => (*lane, false),
            None => {
                let ends = [NONE; Priority::COUNT];
                let lane =
                    self.slab.insert(Lane { class, queue, tasks: 0, ready: 0, heads: ends, tails: ends });
                self.numbers.insert((class, queue), lane);
                (lane, true)
            }
        };
        self.slab[lane].tasks += 1;
        (lane, fresh)
    }

    /// One task less in the lane; whether that was the last.
    pub(crate) fn leave(&mut self, lane: u32) -> bool {
        self.slab[lane].tasks -= 1;
        let last = self.slab[lane].tasks == 0;
        if last {
            let Lane { class, queue, .. } = self.slab.remove(lane);
            self.numbers.remove(&(class, queue));
        }
        last
    }

    /// Links a task at one end of its list.
    pub(crate) fn link(&mut self, tasks: &mut Shelf<Task>, task: u32, end: End) {
        let (lane, priority) = (tasks[task].lane, tasks[task].priority);
        let lane = &mut self.slab[lane];
        lane.ready += 1;
        let (head, tail) =
            (&mut lane.heads[priority.get() as usize], &mut lane.tails[priority.get() as usize]);
        match end {
            End::Tail => {
                (tasks[task].previous, tasks[task].next) = (*tail, NONE);
                if *tail == NONE {
                    *head = task
                } else {
                    tasks[*tail].next = task
                }
                *tail = task;
            }
            End::Head => {
                (tasks[task].previous, tasks[task].next) = (NONE, *head);
                if *head == NONE {
                    *tail = task
                } else {
                    tasks[*head].previous = task
                }
                *head = task;
            }
        }
    }

    pub(crate) fn unlink(&mut self, tasks: &mut Shelf<Task>, task: u32) {
        let Task { lane, priority, previous, next, .. } = tasks[task];
        let lane = &mut self.slab[lane];
        lane.ready -= 1;
        let (head, tail) =
            (&mut lane.heads[priority.get() as usize], &mut lane.tails[priority.get() as usize]);
        if previous == NONE {
            *head = next
        } else {
            tasks[previous].next = next
        }
        if next == NONE {
            *tail = previous
        } else {
            tasks[next].previous = previous
        }
        (tasks[task].previous, tasks[task].next) = (NONE, NONE);
    }

    /// All lanes, by class and queue.
    pub(crate) fn iter(&self) -> impl Iterator<Item = &Lane> {
        self.numbers.values().map(|lane| &self.slab[*lane])
    }

    /// The lanes behind this one, by class and queue, whether it exists or not; all of them behind none.
    pub(crate) fn after(&self, lane: Option<(ClassId, QueueId)>) -> impl Iterator<Item = &Lane> {
        let from = lane.map_or(Bound::Unbounded, Bound::Excluded);
        let behind = self.numbers.range((from, Bound::Unbounded));
        behind.map(|(_, lane)| &self.slab[*lane])
    }

    /// The lane of this class and queue.
    pub(crate) fn find(&self, class: ClassId, queue: QueueId) -> Option<&Lane> {
        self.numbers.get(&(class, queue)).map(|lane| &self.slab[*lane])
    }

    /// The lanes of one class, by queue.
    pub(crate) fn of_class(&self, class: ClassId) -> impl Iterator<Item = &Lane> {
        let lanes = self.numbers.range((class, QueueId(0))..=(class, QueueId(u32::MAX)));
        lanes.map(|(_, lane)| &self.slab[*lane])
    }
}

impl Lane {
    /// The first ready task of the highest priority that has one.
    pub(crate) fn first(&self) -> Option<u32> {
        if planted(Bug::Inversion) {
            return self.heads.iter().copied().find(|head| *head != NONE);
        }
        self.heads.iter().rev().copied().find(|head| *head != NONE)
    }

    /// The ready tasks of one priority, in order.
    pub(crate) fn list<'a>(
        &'a self,
        tasks: &'a Shelf<Task>,
        priority: usize,
    ) -> impl Iterator<Item = u32> + 'a {
        let after = |task: u32| (task != NONE).then_some(task);
        std::iter::successors(after(self.heads[priority]), move |task| after(tasks[*task].next))
    }

    /// The first ready task of one priority, or `NONE`.
    pub(crate) const fn head(&self, priority: usize) -> u32 {
        self.heads[priority]
    }

    pub(crate) const fn tail(&self, priority: usize) -> u32 {
        self.tails[priority]
    }
}
