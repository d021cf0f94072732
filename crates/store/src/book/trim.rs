//! Trimming: old events go, as many as the node wants.

use std::ops::ControlFlow;

use reeve_core::name::Revision;

use super::{Book, events};
use crate::engine::Engine;
use crate::fault::Fault;
use crate::limits;

impl<E: Engine> Book<E> {
    /// How many bytes all packed events take.
    #[must_use]
    pub fn event_bytes(&self) -> u64 {
        self.desk().kept.bytes
    }

    /// Drops the events of entries below this revision: for readers at once, on the disk with the next flush. Where they
    /// begin now, which is lower if there were too many for one call.
    ///
    /// # Errors
    /// What the disk says.
    pub fn forget_events_below(&self, revision: Revision) -> Result<Revision, Fault> {
        self.trim(&|at, _, _| at < revision.0)
    }

    /// Drops the oldest events as long as all take more than `bytes`, or are from before `since_ms`: for readers at once,
    /// on the disk with the next flush. Where they begin now, which is lower if there were too many for one call.
    ///
    /// # Errors
    /// What the disk says.
    pub fn forget_events(&self, bytes: u64, since_ms: u64) -> Result<Revision, Fault> {
        self.trim(&|_, packed, left| {
            left > bytes || events::time_of(packed).is_some_and(|now_ms| now_ms < since_ms)
        })
    }

    /// Drops the oldest events as long as they are to go, by revision, packed bytes, and how many bytes there are.
    fn trim(&self, is_to_go: &dyn Fn(u64, &[u8], u64) -> bool) -> Result<Revision, Fault> {
        // One trim at a time, and none while a flush or an install decides what is there.
        let _pen = self.pen();
        let view = self.view();
        let (mut below, mut freed, mut looked) = (view.events_below(), 0, 0);
        let all = self.event_bytes();
        view.packed(below, &mut |revision, packed| {
            looked += 1;
            if looked > limits::TRIM_MAX || !is_to_go(revision, packed, all.saturating_sub(freed)) {
                return ControlFlow::Break(());
            }
            freed += packed.len() as u64;
            below = revision + 1;
            ControlFlow::Continue(())
        })?;
        let mut desk = self.desk();
        desk.kept.below = below;
        desk.kept.bytes = desk.kept.bytes.saturating_sub(freed);
        Ok(Revision(below))
    }
}
