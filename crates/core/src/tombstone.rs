//! Tombstones: what is remembered of finished tasks for a while, so that late reports and stale reads are told apart
//! from news.

use std::collections::VecDeque;

use crate::codec::wire::shape;
use crate::index::Index;
use crate::limits;
use crate::name::{Name, Revision, TaskId, Token, WorkerId};
use crate::task::Ending;

/// What is left of a finished task.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Tombstone {
    pub task: TaskId,
    /// When it was buried, in the log and by its clock: late reports have their time from then on.
    pub revision: Revision,
    pub buried_ms: u64,
    pub generation: u16,
    pub ending: Ending,
    /// Its history is gone too.
    pub forgotten: bool,
    /// The lease under which it ended.
    pub last: Option<(Token, WorkerId)>,
}

/// Tombstones, oldest first, numbered without gaps.
#[derive(Clone, Debug)]
pub(crate) struct Tombstones {
    stones: VecDeque<Tombstone>,
    /// The number of the oldest.
    first: u64,
    index: Index,
}

impl Tombstones {
    /// None yet; the next has the number `first`.
    pub(crate) fn new(first: u64) -> Self {
        Self { stones: VecDeque::new(), first, index: Index::new(256) }
    }

    pub(crate) const fn first(&self) -> u64 {
        self.first
    }

    pub(crate) fn next(&self) -> u64 {
        self.first + self.stones.len() as u64
    }

    // The index holds the low bits of a stone's number: far fewer stones than 2^32 stand at any time.
    fn low(number: u64) -> u32 {
        (number & u64::from(u32::MAX)) as u32
    }

    fn at(&self, low: u32) -> usize {
        low.wrapping_sub(Self::low(self.first)) as usize
    }

    fn named(&self, low: u32) -> Name {
        self.stones[self.at(low)].task.0
    }

    pub(crate) fn get(&self, task: TaskId) -> Option<&Tombstone> {
        let low = self.index.find(task.0, |low| self.named(low))?;
        Some(&self.stones[self.at(low)])
    }

    /// Puts up a stone; an older one of the same task no longer counts. Returns its number.
    pub(crate) fn push(&mut self, stone: Tombstone) -> u64 {
        // Only a task that was retried or forgotten can have been buried before.
        if stone.generation > 0 || stone.forgotten {
            self.lift(stone.task);
        }
        let number = self.next();
        self.stones.push_back(stone);
        let (stones, first) = (&self.stones, Self::low(self.first));
        let named = |low: u32| stones[low.wrapping_sub(first) as usize].task.0;
        self.index.insert(stone.task.0, Self::low(number), named);
        number
    }

    /// The task lives again: its stone, if any, no longer counts.
    pub(crate) fn lift(&mut self, task: TaskId) {
        if let Some(low) = self.index.find(task.0, |low| self.named(low)) {
            self.index.remove(task.0, low);
        }
    }

    /// Removes the oldest stone if it has stood for its time, or there are too many.
    pub(crate) fn pop_old(&mut self, now_ms: u64) -> Option<Tombstone> {
        let oldest = self.stones.front()?;
        let old =
            oldest.buried_ms + limits::TOMBSTONE_MS <= now_ms || self.stones.len() > limits::TOMBSTONES_MAX;
        if !old {
            return None;
        }
        // Unless a younger stone of the same task counts instead.
        self.index.remove(oldest.task.0, Self::low(self.first));
        self.first += 1;
        self.stones.pop_front()
    }

    /// All stones with their numbers, oldest first.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (u64, &Tombstone)> {
        (self.first..).zip(&self.stones)
    }
}

shape!(Tombstone { task, revision, buried_ms, generation, ending, forgotten, last });
