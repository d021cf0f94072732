//! An engine and a disk that tell in which order they were asked to make things durable, and that can be told to fail.

use std::io;
use std::sync::{Arc, Mutex};

use reeve_store::Fault;
use reeve_store::disk::{Disk, Item, Space};
use reeve_store::engine::{Batch, Engine, Family, Room};
use reeve_store::fault::FaultKind;
use reeve_store::hard::{FILE, Hard, HardState};

/// One thing that became durable.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Event {
    /// A batch of the log, and the hard state that stood when it was written.
    Log(Hard),
    /// The hard state.
    Hard(Hard),
}

/// When the power goes, counted in steps.
#[derive(Clone, Copy, Debug)]
pub(super) enum Cut {
    /// Before the step.
    Before(usize),
    /// After it, but nobody hears of it.
    After(usize),
}

#[derive(Default)]
struct Watch {
    events: Vec<Event>,
    steps: usize,
    cut: Option<Cut>,
}

/// A disk that is watched.
#[derive(Clone)]
pub(super) struct WatchedDisk<D> {
    pub(super) inner: D,
    watch: Arc<Mutex<Watch>>,
}

impl<D: Disk> WatchedDisk<D> {
    pub(super) fn new(inner: &D) -> Self {
        Self { inner: inner.clone(), watch: Arc::default() }
    }

    /// From now on, steps are counted, and the power goes.
    pub(super) fn cut(&self, cut: Cut) {
        *self.watch.lock().unwrap() = Watch { cut: Some(cut), ..Watch::default() };
    }

    /// What happened since it was last asked.
    pub(super) fn events(&self) -> Vec<Event> {
        std::mem::take(&mut self.watch.lock().unwrap().events)
    }

    fn hard(&self) -> Option<Hard> {
        HardState::peek(&self.inner).unwrap()
    }

    /// One step, if there still is power for it.
    fn step<T>(&self, work: impl FnOnce() -> T) -> io::Result<T> {
        let gone = || io::Error::other("the power is gone");
        let (step, cut) = {
            let mut watch = self.watch.lock().unwrap();
            watch.steps += 1;
            (watch.steps - 1, watch.cut)
        };
        match cut {
            Some(Cut::Before(at)) if step >= at => Err(gone()),
            Some(Cut::After(at)) if step > at => Err(gone()),
            Some(Cut::After(at)) if step == at => {
                work();
                Err(gone())
            }
            Some(Cut::Before(_) | Cut::After(_)) | None => Ok(work()),
        }
    }

    fn note(&self, event: Event) {
        self.watch.lock().unwrap().events.push(event);
    }
}

impl<D: Disk> Disk for WatchedDisk<D> {
    type Lock = D::Lock;

    fn read(&self, path: &str) -> io::Result<Option<Vec<u8>>> {
        self.inner.read(path)
    }

    fn read_at(&self, path: &str, offset: u64, length: usize) -> io::Result<Vec<u8>> {
        self.inner.read_at(path, offset, length)
    }

    fn write_at(&self, path: &str, offset: u64, bytes: &[u8]) -> io::Result<()> {
        self.step(|| self.inner.write_at(path, offset, bytes))?
    }

    fn truncate(&self, path: &str, length: u64) -> io::Result<()> {
        self.inner.truncate(path, length)
    }

    fn allocate(&self, path: &str, length: u64) -> io::Result<()> {
        self.inner.allocate(path, length)
    }

    fn sync(&self, path: &str) -> io::Result<()> {
        self.step(|| self.inner.sync(path))??;
        if path == FILE {
            self.note(Event::Hard(self.hard().unwrap()));
        }
        Ok(())
    }

    fn sync_folder(&self, path: &str) -> io::Result<()> {
        self.inner.sync_folder(path)
    }

    fn rename(&self, from: &str, to: &str) -> io::Result<()> {
        self.inner.rename(from, to)
    }

    fn remove(&self, path: &str) -> io::Result<()> {
        self.inner.remove(path)
    }

    fn list(&self, path: &str) -> io::Result<Vec<Item>> {
        self.inner.list(path)
    }

    fn space(&self) -> io::Result<Space> {
        self.inner.space()
    }

    fn lock(&self) -> io::Result<D::Lock> {
        self.inner.lock()
    }
}

/// An engine that is watched. Its own files are not.
#[derive(Clone)]
pub(super) struct Watched<E: Engine> {
    inner: E,
    disk: WatchedDisk<E::Disk>,
}

impl<E: Engine> Engine for Watched<E> {
    type Disk = WatchedDisk<E::Disk>;
    type View = E::View;

    fn open(disk: &Self::Disk, folder: &str, room: Room) -> Result<Self, Fault> {
        Ok(Self { inner: E::open(&disk.inner, folder, room)?, disk: disk.clone() })
    }

    fn open_to_read(disk: &Self::Disk, folder: &str, room: Room) -> Result<Option<Self>, Fault> {
        let inner = E::open_to_read(&disk.inner, folder, room)?;
        Ok(inner.map(|inner| Self { inner, disk: disk.clone() }))
    }

    fn get(&self, family: Family, key: &[u8]) -> Result<Option<Vec<u8>>, Fault> {
        self.inner.get(family, key)
    }

    fn write(&self, batch: Batch) -> Result<(), Fault> {
        let written = self.disk.step(|| self.inner.write(batch));
        written.map_err(|error| Fault::new(FaultKind::Io, "raft", error.to_string()))??;
        self.disk.note(Event::Log(self.disk.hard().unwrap()));
        Ok(())
    }

    fn flush(&self) -> Result<(), Fault> {
        self.inner.flush()
    }

    fn view(&self) -> E::View {
        self.inner.view()
    }

    fn checkpoint(&self, folder: &str) -> Result<(), Fault> {
        self.inner.checkpoint(folder)
    }

    fn figures(&self) -> Vec<(&'static str, u64)> {
        self.inner.figures()
    }
}
