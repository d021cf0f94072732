//! The entries on the disk, as they were at one moment: each is checked by itself and against the one before.

use std::ops::ControlFlow;

use super::chain::Chain;
use super::entry::{self, Kept};
use super::{FOLDER, Place};
use crate::engine::{Family, View, Way};
use crate::fault::Fault;

/// The entries on the disk at one moment.
pub(super) struct Stored<V> {
    pub(super) view: V,
    pub(super) group: u16,
    pub(super) purged: Option<Place>,
}

impl<V: View> Stored<V> {
    /// The first index that was not purged.
    pub(super) fn first(&self) -> u64 {
        self.purged.map_or(0, |place| place.id.index + 1)
    }

    /// The last entry.
    pub(super) fn last(&self) -> Result<Option<Kept>, Fault> {
        // From the head there would be all that was purged to step over.
        let (from, to) = (entry::key(self.group, self.first()), entry::key(self.group, u64::MAX));
        let mut found = None;
        self.view.scan(Family::Log, &from, &to, Way::Down, &mut |key, value| {
            found = Some(entry::decode(key, value));
            ControlFlow::Break(())
        })?;
        found.transpose()
    }

    /// Shows the entries from `from` to `to` (without it), which must all be there, until told to stop.
    pub(super) fn walk(
        &self,
        from: u64,
        to: u64,
        mut visit: impl FnMut(Kept) -> ControlFlow<()>,
    ) -> Result<(), Fault> {
        let first = self.first();
        // The chain of the entry before is in the purge mark, or in that entry.
        let before = self.purged.map_or(Chain::default(), |place| place.chain);
        let (mut next, mut before) = if from == first { (from, Some(before)) } else { (from - 1, None) };
        let (lower, upper) = (entry::key(self.group, next), entry::key(self.group, to));
        let mut outcome = Ok(());
        let mut stopped = false;
        self.view.scan(Family::Log, &lower, &upper, Way::Up, &mut |key, value| match check(
            key, value, next, before,
        ) {
            Ok(kept) => {
                let wanted = next >= from;
                (next, before) = (next + 1, Some(kept.chain));
                let flow = if wanted { visit(kept) } else { ControlFlow::Continue(()) };
                stopped = flow.is_break();
                flow
            }
            Err(fault) => {
                outcome = Err(fault);
                ControlFlow::Break(())
            }
        })?;
        outcome?;
        if stopped || next >= to { Ok(()) } else { Err(missing(next)) }
    }
}

/// The entry under this key, if it is the expected one and follows the one before.
fn check(key: &[u8], value: &[u8], expected: u64, before: Option<Chain>) -> Result<Kept, Fault> {
    let kept = entry::decode(key, value)?;
    if kept.entry.id.index != expected {
        return Err(missing(expected));
    }
    if let Some(before) = before {
        kept.check_link(before)?;
    }
    Ok(kept)
}

fn missing(index: u64) -> Fault {
    Fault::damaged(FOLDER, format!("entry {index} is missing"))
}
