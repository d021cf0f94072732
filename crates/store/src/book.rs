//! The book: the records of the replicated state, written behind.
//!
//! The apply thread notes what each entry changed, in memory. One worker flushes it now and then, as one atomic batch
//! with the id of the last entry in it. Whoever reads takes a view: what is on the disk, what is noted, and the revision,
//! taken together.
//!
//! What must never be here: consensus, a clock, a thread, and any knowledge of what a record decides.

pub mod events;
mod flush;
mod folder;
mod install;
pub(crate) mod mark;
mod overlay;
mod peek;
mod sheet;
mod trim;
mod view;

use std::ops::ControlFlow;
use std::sync::atomic::AtomicU64;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use bytes::Bytes;
use reeve_core::State;
use reeve_core::change::{Changes, Key, Written};
use reeve_core::event::Event;
use reeve_core::intern::{ClassId, NamespaceId};
use reeve_core::name::{ClientId, Era, Name, Revision};

use crate::disk::Disk;
use crate::engine::{Engine, Family, Room, View, Way};
use crate::fault::{Fault, FaultKind};
use crate::limits;
use crate::log::{Chain, LogId};

use events::Names;
pub use events::Seen;
use flush::{Floors, Plan};
use folder::Held;
use mark::Kept;
use sheet::Sheet;
pub use view::{BookView, Visit};

/// The names of all folders with a state, the one that counts first.
pub(crate) fn states<D: Disk>(disk: &D) -> Result<Vec<String>, Fault> {
    Ok(folder::numbers(disk)?.into_iter().map(folder::name).collect())
}

/// What is known of the last applied entry: where it is, and what was true after it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Applied {
    /// The entry; none before the first.
    pub id: Option<LogId>,
    /// The state's revision after it: the last entry that the state saw, if this one was none of its business.
    pub revision: Revision,
    /// The state's rolling digest after it.
    pub digest: u128,
    /// The log's hash chain up to it.
    pub chain: Chain,
    /// The entry that made the membership.
    pub membership_id: Option<LogId>,
    /// The membership, as the node encodes it.
    pub membership: Bytes,
    /// The history that it belongs to.
    pub era: Era,
}

impl Applied {
    /// The index of the entry; zero also before the first.
    #[must_use]
    pub fn index(&self) -> u64 {
        self.id.map_or(0, |id| id.index)
    }
}

/// A place in the database, for [`Book::scrub`]. The default is its beginning.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Cursor {
    family: Option<Family>,
    key: Vec<u8>,
}

/// One applied entry, for [`Book::note`].
#[derive(Clone, Debug)]
pub struct Noted<'a> {
    /// The entry, and what was true after it.
    pub applied: Applied,
    /// The state's time after it.
    pub now_ms: u64,
    /// What it changed; nothing for blank entries and memberships.
    pub changes: &'a Changes,
    /// Its bodies.
    pub bodies: &'a [Bytes],
    /// What watchers see of it.
    pub events: &'a [Event],
}

/// What is noted and not flushed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Backlog {
    /// Bytes of memory.
    pub bytes: u64,
    /// Log entries.
    pub entries: u64,
}

impl Backlog {
    /// Whether the apply thread must wait for the flusher.
    #[must_use]
    pub const fn is_full(self) -> bool {
        self.bytes >= limits::BACKLOG_BYTES_MAX || self.entries >= limits::BACKLOG_ENTRIES_MAX
    }
}

/// The records of the replicated state. Clones share it.
#[derive(Clone)]
pub struct Book<E: Engine> {
    inner: Arc<Inner<E>>,
}

struct Inner<E: Engine> {
    disk: E::Disk,
    cluster: u128,
    desk: Mutex<Desk<E>>,
    /// Held by whoever writes to the database or replaces it.
    pen: Mutex<Floors>,
    /// Numbers checkpoints.
    checkpoints: AtomicU64,
}

/// What the apply thread, readers and the flusher share. Nobody holds it for long.
struct Desk<E: Engine> {
    held: Arc<Held<E>>,
    active: Sheet,
    /// The oldest first.
    sealed: Vec<Arc<Sheet>>,
    /// How many of them a flush is writing.
    in_flight: usize,
    applied: Applied,
    flushed: Applied,
    /// Nothing that was born after this revision was ever written to the database.
    tried: u64,
    names: Names,
    kept: Kept,
    /// An install was cut off after its commit point: only the disk knows which state counts.
    cut_off: bool,
}

/// What core says of bytes at `at`.
pub(crate) fn of_core(at: &str, fault: &reeve_core::Fault) -> Fault {
    use reeve_core::Fault as Core;
    let kind = match fault {
        Core::UnknownVersion { .. } | Core::UnknownLaw { .. } | Core::UnknownTag { .. } => FaultKind::Newer,
        Core::Truncated
        | Core::Trailing
        | Core::NotCanonical(_)
        | Core::BadText
        | Core::OutOfRange(_)
        | Core::Dangling(_)
        | Core::Broken(_) => FaultKind::Damaged,
    };
    Fault::new(kind, at, fault.to_string())
}

impl<E: Engine> Desk<E> {
    fn new(held: Held<E>, marks: Option<(Applied, Kept)>) -> Result<Self, Fault> {
        let (applied, kept) = marks.unwrap_or_default();
        let since = applied.index();
        let mut desk = Self {
            held: Arc::new(held),
            active: Sheet::new(since),
            sealed: Vec::new(),
            in_flight: 0,
            flushed: applied.clone(),
            applied,
            tried: since,
            names: Names::default(),
            kept,
            cut_off: false,
        };
        let mut names = Names::default();
        let mut read = |from: Key, to: Key| {
            desk.view().scan(from, Some(to), Way::Up, &mut |key, record| {
                if Names::has(key) {
                    names.put(key, record);
                }
                ControlFlow::Continue(())
            })
        };
        let first_client = ClientId(Name::new(Era::default(), Revision(0), 0));
        read(Key::Namespace(NamespaceId(0)), Key::Kind(reeve_core::intern::KindId(0)))?;
        read(Key::Class(ClassId(0)), Key::Client(first_client))?;
        desk.names = names;
        Ok(desk)
    }

    /// Begins a new sheet, if there is anything in the present one.
    fn seal(&mut self) {
        if self.active.applied.is_some() {
            let sealed = std::mem::replace(&mut self.active, Sheet::new(self.applied.index()));
            self.sealed.push(Arc::new(sealed));
        }
    }

    fn view(&mut self) -> BookView<E> {
        self.seal();
        BookView {
            engine: self.held.engine.view(),
            held: Arc::clone(&self.held),
            sheets: self.sealed.iter().rev().cloned().collect(),
            applied: self.applied.clone(),
            events_below: self.kept.below,
        }
    }

    /// Two neighbouring sheets, the older first, that should be one.
    fn to_merge(&self) -> Option<(Arc<Sheet>, Arc<Sheet>)> {
        let [.., older, newer] = self.sealed.get(self.in_flight..)? else { return None };
        let is_small = older.weight() < limits::SHEET_RATIO * newer.weight()
            && older.weight() + newer.weight() <= limits::SHEET_CHANGES;
        is_small.then(|| (Arc::clone(older), Arc::clone(newer)))
    }

    /// Puts one sheet in the place of two, if they are still there.
    fn replace(&mut self, older: &Arc<Sheet>, newer: &Arc<Sheet>, both: Sheet) -> bool {
        let row = &self.sealed[self.in_flight..];
        let same = |pair: &[Arc<Sheet>]| Arc::ptr_eq(&pair[0], older) && Arc::ptr_eq(&pair[1], newer);
        let Some(at) = row.windows(2).position(same) else { return false };
        let at = self.in_flight + at;
        self.sealed.splice(at..at + 2, [Arc::new(both)]);
        true
    }
}

impl<E: Engine> Book<E> {
    /// Opens the highest `state.<n>`, or creates the first, and removes what is left of others and of checkpoints. What
    /// was applied as of the last flush; `None` if there was none.
    ///
    /// # Errors
    /// What the disk says, damage, or a newer format.
    pub fn open(disk: &E::Disk, cluster: u128) -> Result<(Self, Option<Applied>), Fault> {
        let numbers = folder::numbers(disk)?;
        let number = numbers.first().copied().unwrap_or(1);
        let opened = Self::of(disk, cluster, &numbers, Held::open(disk, number)?)?;
        for old in numbers.iter().skip(1).map(|number| folder::name(*number)) {
            disk.remove(&old).map_err(|error| Fault::io(&old, &error))?;
        }
        let checkpoints = crate::checkpoint::FOLDER;
        disk.remove(checkpoints).map_err(|error| Fault::io(checkpoints, &error))?;
        disk.sync_folder("").map_err(|error| Fault::io("", &error))?;
        Ok(opened)
    }

    /// The same without a trace, for those who only look: nothing is created or removed, and nothing can be flushed.
    /// `None` if there is no state.
    pub(crate) fn look(disk: &E::Disk, cluster: u128) -> Result<Option<(Self, Option<Applied>)>, Fault> {
        let numbers = folder::numbers(disk)?;
        let Some(number) = numbers.first() else { return Ok(None) };
        let Some(held) = Held::open_to_read(disk, *number)? else { return Ok(None) };
        Self::of(disk, cluster, &numbers, held).map(Some)
    }

    fn of(
        disk: &E::Disk,
        cluster: u128,
        numbers: &[u64],
        held: Held<E>,
    ) -> Result<(Self, Option<Applied>), Fault> {
        let name = folder::name(held.folder.number);
        let marks = mark::get(&held.engine, &name, cluster)?;
        if marks.is_none() && numbers.len() > 1 {
            // An installed state always has its mark.
            return Err(Fault::damaged(name, "nothing was ever flushed to it"));
        }
        let applied = marks.as_ref().map(|(applied, _)| applied.clone());
        let floors = Floors::of(marks.as_ref().map(|(_, kept)| *kept));
        let inner = Inner {
            disk: disk.clone(),
            cluster,
            desk: Mutex::new(Desk::new(held, marks)?),
            pen: Mutex::new(floors),
            checkpoints: AtomicU64::new(0),
        };
        Ok((Self { inner: Arc::new(inner) }, applied))
    }

    fn desk(&self) -> MutexGuard<'_, Desk<E>> {
        self.inner.desk.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn pen(&self) -> MutexGuard<'_, Floors> {
        self.inner.pen.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The state as of the last note, built from its records: after opening, as of the last flush.
    ///
    /// # Errors
    /// What the disk says, or records that contradict each other.
    pub fn load(&self) -> Result<State, Fault> {
        self.view().state()
    }

    /// Reads every row of the database and shows how long it is, until told to stop.
    pub(crate) fn read_all(&self, visit: &mut dyn FnMut(u64) -> ControlFlow<()>) -> Result<(), Fault> {
        let held = Arc::clone(&self.desk().held);
        let view = held.engine.view();
        let mut flow = ControlFlow::Continue(());
        for family in Family::ALL.iter().filter(|family| family.room() == Room::State) {
            if flow.is_break() {
                break;
            }
            view.scan(*family, b"", b"", Way::Up, &mut |key, value| {
                flow = visit((key.len() + value.len()) as u64);
                flow
            })?;
        }
        Ok(())
    }

    /// Reads on in the database from a place, until about `budget_bytes` were read: what is not as it was written is a fault.
    /// Where to go on; `None` at the end.
    ///
    /// # Errors
    /// Damaged bytes, or a disk that does not answer.
    pub fn scrub(&self, from: Cursor, budget_bytes: u64) -> Result<Option<Cursor>, Fault> {
        let held = Arc::clone(&self.desk().held);
        let view = held.engine.view();
        let Cursor { family, mut key } = from;
        let families = Family::ALL.iter().filter(|family| family.room() == Room::State);
        let (mut bytes, mut stop) = (0, None);
        for family in families.skip_while(|at| family.is_some_and(|family| **at != family)) {
            view.scan(*family, &std::mem::take(&mut key), b"", Way::Up, &mut |key, value| {
                if bytes >= budget_bytes {
                    stop = Some(Cursor { family: Some(*family), key: key.to_vec() });
                    return ControlFlow::Break(());
                }
                bytes += (key.len() + value.len()) as u64;
                ControlFlow::Continue(())
            })?;
            if stop.is_some() {
                break;
            }
        }
        Ok(stop)
    }

    /// Notes the records of a state that no entry made: the one before the first entry. Only for an empty book.
    pub fn begin(&self, applied: Applied, records: impl IntoIterator<Item = (Key, Vec<u8>)>) {
        let mut desk = self.desk();
        for (key, record) in records {
            desk.active.put(key, &record);
            if Names::has(key) {
                desk.names.put(key, &record);
            }
        }
        desk.active.applied = Some(applied.clone());
        desk.applied = applied;
    }

    /// Notes one applied entry, in memory. Entries come once and in order.
    ///
    /// # Panics
    /// If the entry comes out of order, or core named a body that it does not have.
    pub fn note(&self, entry: Noted<'_>) {
        let Noted { applied, now_ms, changes, bodies, events } = entry;
        let mut guard = self.desk();
        let desk = &mut *guard;
        assert!(applied.id > desk.applied.id, "entries are noted once, in order");
        if !events.is_empty() {
            let packed = desk.names.pack(now_ms, events, changes);
            desk.kept.bytes += packed.len() as u64;
            desk.active.events(applied.index(), packed);
        }
        for (key, written) in changes.iter() {
            match written {
                Written::Put(record) => {
                    desk.active.put(key, record);
                    if Names::has(key) {
                        desk.names.put(key, record);
                    }
                }
                Written::Deleted => {
                    desk.active.delete(key);
                    if Names::has(key) {
                        desk.names.delete(key);
                    }
                }
                Written::Body(body) => {
                    let bytes = &bodies[body.position as usize];
                    desk.active.body(key, bytes.clone());
                }
            }
        }
        desk.active.entries += 1;
        desk.active.applied = Some(applied.clone());
        desk.applied = applied;
        if desk.active.weight() >= limits::SHEET_CHANGES {
            desk.seal();
        }
    }

    /// What was noted last.
    #[must_use]
    pub fn applied(&self) -> Applied {
        self.desk().applied.clone()
    }

    /// What was applied as of the last completed flush: up to there the log may forget.
    #[must_use]
    pub fn flushed(&self) -> Applied {
        self.desk().flushed.clone()
    }

    /// What is noted and not flushed.
    #[must_use]
    pub fn backlog(&self) -> Backlog {
        let desk = self.desk();
        let sheets = desk.sealed.iter().map(|sheet| &**sheet).chain([&desk.active]);
        sheets.fold(Backlog::default(), |sum, sheet| Backlog {
            bytes: sum.bytes + sheet.bytes(),
            entries: sum.entries + sheet.entries,
        })
    }

    /// What an operator would want to know of the database.
    #[must_use]
    pub fn figures(&self) -> Vec<(&'static str, u64)> {
        let held = Arc::clone(&self.desk().held);
        held.engine.figures()
    }

    /// Everything as of the last note.
    #[must_use]
    pub fn view(&self) -> BookView<E> {
        let mut desk = self.desk();
        let view = desk.view();
        // The reader pays for the merging of small sheets, outside the lock; who loses a race has merged for nothing.
        while let Some((older, newer)) = desk.to_merge() {
            drop(desk);
            let both = Sheet::merged(&older, &newer);
            desk = self.desk();
            if !desk.replace(&older, &newer, both) {
                break;
            }
        }
        drop(desk);
        view
    }

    /// Writes everything noted so far as one atomic batch, and makes it durable.
    ///
    /// # Errors
    /// The outcome on the disk is unknown. What is noted stays noted, so it may be tried again.
    pub fn flush(&self) -> Result<Applied, Fault> {
        self.flush_with(&mut self.pen())
    }

    fn flush_with(&self, floors: &mut Floors) -> Result<Applied, Fault> {
        let mut desk = self.desk();
        if desk.cut_off {
            return Err(Fault::new(
                FaultKind::Io,
                folder::name(desk.held.folder.number),
                "an install was cut off: only a start from the disk tells which state counts",
            ));
        }
        desk.seal();
        let (applied, kept, tried) = (desk.applied.clone(), desk.kept, desk.tried);
        if desk.sealed.is_empty() && kept.below == floors.events {
            return Ok(desk.flushed.clone());
        }
        desk.in_flight = desk.sealed.len();
        desk.tried = applied.index();
        let sheets: Vec<Arc<Sheet>> = desk.sealed.iter().rev().cloned().collect();
        let held = Arc::clone(&desk.held);
        drop(desk);
        let mut plan = Plan::new(&sheets, &applied, kept, floors, tried, self.inner.cluster);
        let batch = std::mem::take(&mut plan.batch);
        let written = held.engine.write(batch).and_then(|()| held.engine.flush());
        let mut desk = self.desk();
        let in_flight = std::mem::take(&mut desk.in_flight);
        written?;
        desk.sealed.drain(..in_flight);
        desk.flushed = applied.clone();
        plan.raise(floors);
        Ok(applied)
    }
}
