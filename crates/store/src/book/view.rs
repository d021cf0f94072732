//! Views: everything as it was at one revision, for as long as somebody wants to read.

use std::ops::ControlFlow;
use std::sync::Arc;

use bytes::Bytes;
use reeve_core::State;
use reeve_core::change::{Key, Part};
use reeve_core::name::{Revision, TaskId};

use super::events::{self, Seen};
use super::flush::family;
use super::folder::Held;
use super::overlay::{Walk, find, is_gone};
use super::sheet::{Found, Sheet};
use super::{Applied, of_core};
use crate::engine::{Engine, Family, View, Way};
use crate::fault::{Fault, FaultKind};
use crate::limits;

/// Everything as it was at one revision.
pub struct BookView<E: Engine> {
    // Dropped in this order: a view never outlives its database.
    pub(super) engine: E::View,
    pub(super) held: Arc<Held<E>>,
    /// The newest first.
    pub(super) sheets: Vec<Arc<Sheet>>,
    pub(super) applied: Applied,
    pub(super) events_below: u64,
}

/// What a scan shows.
pub type Visit<'a> = &'a mut dyn FnMut(Key, &[u8]) -> ControlFlow<()>;

impl<E: Engine> BookView<E> {
    /// What was applied last.
    pub const fn applied(&self) -> &Applied {
        &self.applied
    }

    /// The revision as of which this is everything.
    pub const fn revision(&self) -> Revision {
        self.applied.revision
    }

    /// One record, or the bytes of one body.
    ///
    /// # Errors
    /// What the disk says.
    pub fn get(&self, key: Key) -> Result<Option<Bytes>, Fault> {
        match find(&self.sheets, key) {
            Some(Found::Put(bytes)) => Ok(Some(Bytes::copy_from_slice(bytes))),
            Some(Found::Body(bytes)) => Ok(Some(bytes.clone())),
            Some(Found::Deleted) => Ok(None),
            None => Ok(self.engine.get(family(key), &key.to_bytes())?.map(Bytes::from)),
        }
    }

    /// Opaque bytes of a task.
    ///
    /// # Errors
    /// What the disk says.
    pub fn body(&self, task: TaskId, part: Part) -> Result<Option<Bytes>, Fault> {
        self.get(Key::Body(task, part))
    }

    /// Shows the records from `from` (with it) to `to` (without it; `None` is the end), in order or in reverse, until
    /// told to stop. Received replies and old tombstones may or may not be among them.
    ///
    /// # Errors
    /// What the disk says, or a key that is none.
    pub fn scan(&self, from: Key, to: Option<Key>, way: Way, visit: Visit<'_>) -> Result<(), Fault> {
        let walk = Walk::new(&self.sheets, from, to, way);
        let mut merge = Merge { sheets: &self.sheets, walk, way, visit, stopped: false };
        let last = to.map_or(Family::Bodies, family);
        let mut families = vec![Family::Live, Family::History, Family::Bodies];
        families.retain(|one| (family(from)..=last).contains(one));
        if way == Way::Down {
            families.reverse();
        }
        let (from, to) = (from.to_bytes(), to.map(Key::to_bytes).unwrap_or_default());
        for family in families {
            let mut fault = None;
            self.engine.scan(family, &from, &to, way, &mut |key, record| match events::stored_key(
                family.name(),
                key,
            ) {
                Ok(key) => merge.stored(key, record),
                Err(damage) => {
                    fault = Some(damage);
                    ControlFlow::Break(())
                }
            })?;
            if let Some(fault) = fault {
                return Err(fault);
            }
            if merge.stopped {
                return Ok(());
            }
        }
        merge.rest();
        Ok(())
    }

    /// The state at this revision, built from its records.
    ///
    /// # Errors
    /// What the disk says, or records that contradict each other.
    pub fn state(&self) -> Result<State, Fault> {
        let mut pages =
            Pages { view: self, next: Some(Key::Meta), page: Vec::new().into_iter(), fault: None };
        let state = State::from_records(self.revision(), self.applied.digest, &mut pages);
        match (pages.fault, state) {
            (Some(fault), _) => Err(fault),
            (None, state) => state.map_err(|fault| of_core("the records of the state", &fault)),
        }
    }

    /// The revision below which there are no events any more.
    pub const fn events_below(&self) -> u64 {
        self.events_below
    }

    /// Shows the events of the entries from this revision on, in order, until told to stop, or until so many packed
    /// bytes were shown (one entry at least). The revision to go on from.
    ///
    /// # Errors
    /// [`FaultKind::Gone`] if events from there on have been dropped already; or what the disk says.
    pub fn events(
        &self,
        from: Revision,
        max_bytes: u64,
        visit: &mut dyn FnMut(Seen) -> ControlFlow<()>,
    ) -> Result<Revision, Fault> {
        if from.0 < self.events_below {
            let what = format!("the events before revision {} are dropped", self.events_below);
            return Err(Fault::new(FaultKind::Gone, "events", what));
        }
        let mut shown = 0;
        let mut next = Revision(self.applied.index() + 1).max(from);
        let mut fault = None;
        self.packed(from.0, &mut |revision, packed| {
            if shown > 0 && shown + packed.len() as u64 > max_bytes {
                next = Revision(revision);
                return ControlFlow::Break(());
            }
            shown += packed.len() as u64;
            match events::unpack(revision, &Bytes::copy_from_slice(packed)) {
                Ok(seen) => {
                    let flow = visit(seen);
                    if flow.is_break() {
                        next = Revision(revision + 1);
                    }
                    flow
                }
                Err(damage) => {
                    fault = Some(damage);
                    ControlFlow::Break(())
                }
            }
        })?;
        fault.map_or(Ok(next), Err)
    }

    /// Shows packed events from this revision on, those of sheets too.
    pub(super) fn packed(
        &self,
        from: u64,
        visit: &mut dyn FnMut(u64, &[u8]) -> ControlFlow<()>,
    ) -> Result<(), Fault> {
        let group = self.applied.era.group;
        let (start, end) = (events::key(group, from), events::key(group, u64::MAX));
        // Those of sheets are all newer than those that were flushed before; while a flush runs they are in both.
        let mut noted = self.sheets.iter().rev().flat_map(|sheet| &sheet.events).peekable();
        while noted.next_if(|(revision, _)| *revision < from).is_some() {}
        let first_noted = noted.peek().map_or(u64::MAX, |(revision, _)| *revision);
        let (mut stopped, mut fault) = (false, None);
        self.engine.scan(Family::Events, &start, &end, Way::Up, &mut |key, packed| {
            match events::revision_of(key) {
                Ok(revision) if revision >= first_noted => return ControlFlow::Break(()),
                Ok(revision) => stopped = visit(revision, packed).is_break(),
                Err(damage) => {
                    fault = Some(damage);
                    stopped = true;
                }
            }
            if stopped { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
        })?;
        if let Some(fault) = fault {
            return Err(fault);
        }
        if !stopped {
            for (revision, packed) in noted {
                if visit(*revision, packed).is_break() {
                    break;
                }
            }
        }
        Ok(())
    }

    /// The number of the database behind this view.
    #[must_use]
    pub fn folder(&self) -> u64 {
        self.held.folder.number
    }
}

/// The records of the disk and of the overlay as one row.
struct Merge<'a, 'v> {
    sheets: &'a [Arc<Sheet>],
    walk: Walk<'a>,
    way: Way,
    visit: Visit<'v>,
    stopped: bool,
}

impl Merge<'_, '_> {
    fn show(&mut self, key: Key, bytes: &[u8]) -> ControlFlow<()> {
        let flow = (self.visit)(key, bytes);
        self.stopped = flow.is_break();
        flow
    }

    /// Shows what the overlay has before a record of the disk, and what is right of that record.
    fn stored(&mut self, key: Key, record: &[u8]) -> ControlFlow<()> {
        while let Some(noted) = self.walk.peek() {
            let is_before = match self.way {
                Way::Up => noted < key,
                Way::Down => noted > key,
            };
            if !is_before && noted != key {
                break;
            }
            if let Some(bytes) = self.walk.pop(noted).bytes() {
                self.show(noted, bytes)?;
            }
            if noted == key {
                return ControlFlow::Continue(());
            }
        }
        if is_gone(self.sheets, key) { ControlFlow::Continue(()) } else { self.show(key, record) }
    }

    /// Shows what the overlay has behind the last record of the disk.
    fn rest(&mut self) {
        while let Some(noted) = self.walk.peek() {
            if let Some(bytes) = self.walk.pop(noted).bytes()
                && self.show(noted, bytes).is_break()
            {
                return;
            }
        }
    }
}

/// The records of the state, read page by page.
struct Pages<'a, E: Engine> {
    view: &'a BookView<E>,
    /// Where the next page begins.
    next: Option<Key>,
    page: std::vec::IntoIter<(Key, Bytes)>,
    fault: Option<Fault>,
}

impl<E: Engine> Pages<'_, E> {
    fn turn(&mut self, from: Key) -> Result<(), Fault> {
        let mut bytes: Vec<u8> = Vec::with_capacity(limits::PAGE_BYTES);
        let mut ends: Vec<(Key, usize)> = Vec::with_capacity(limits::PAGE_RECORDS);
        self.next = None;
        let next = &mut self.next;
        self.view.scan(from, Some(FIRST_OF_HISTORY), Way::Up, &mut |key, record| {
            if ends.len() == limits::PAGE_RECORDS || bytes.len() >= limits::PAGE_BYTES {
                *next = Some(key);
                return ControlFlow::Break(());
            }
            bytes.extend_from_slice(record);
            ends.push((key, bytes.len()));
            ControlFlow::Continue(())
        })?;
        let bytes = Bytes::from(bytes);
        let mut start = 0;
        let slices =
            ends.into_iter().map(|(key, end)| (key, bytes.slice(std::mem::replace(&mut start, end)..end)));
        self.page = slices.collect::<Vec<_>>().into_iter();
        Ok(())
    }
}

impl<E: Engine> Iterator for Pages<'_, E> {
    type Item = Result<(Key, Bytes), reeve_core::Fault>;

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            if let Some(record) = self.page.next() {
                return Some(Ok(record));
            }
            if let Err(fault) = self.turn(self.next?) {
                // The reader stops at this; the fault itself is told by who asked for the state.
                self.fault = Some(fault);
                self.next = None;
                return Some(Err(reeve_core::Fault::Truncated));
            }
        }
    }
}

/// The least key that is no state.
const FIRST_OF_HISTORY: Key =
    Key::Spec(TaskId(reeve_core::name::Name { group: 0, era: 0, revision: Revision(0), position: 0 }));
