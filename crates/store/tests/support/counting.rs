//! An engine that counts what is written to it, by family, and lets others act while it writes. Each test runs on a thread of its own.

use std::cell::RefCell;
use std::collections::BTreeMap;

use reeve_store::Fault;
use reeve_store::engine::{Batch, Engine, Family, Room, Write};

/// How many records were put, and how many deletions there were.
#[derive(Default)]
pub(crate) struct Writes {
    pub puts: BTreeMap<Family, u64>,
    pub deletes: BTreeMap<Family, u64>,
}

thread_local! {
    static WRITES: RefCell<Writes> =
        const { RefCell::new(Writes { puts: BTreeMap::new(), deletes: BTreeMap::new() }) };
}

type Hook = Box<dyn FnMut()>;

thread_local! {
    static HOOK: RefCell<Option<Hook>> = const { RefCell::new(None) };
}

/// Runs this before and after each write and flush of the engine, until another takes its place.
pub(crate) fn meanwhile(hook: Option<Hook>) {
    HOOK.set(hook);
}

fn pause() {
    // Taken out, because what it does may end here again.
    if let Some(mut hook) = HOOK.take() {
        hook();
        HOOK.set(Some(hook));
    }
}

/// What was written since this was last asked.
pub(crate) fn writes() -> Writes {
    WRITES.take()
}

#[derive(Clone)]
pub(crate) struct Counting<E>(E);

impl<E: Engine> Engine for Counting<E> {
    type Disk = E::Disk;
    type View = E::View;

    fn open(disk: &E::Disk, folder: &str, room: Room) -> Result<Self, Fault> {
        E::open(disk, folder, room).map(Self)
    }

    fn open_to_read(disk: &E::Disk, folder: &str, room: Room) -> Result<Option<Self>, Fault> {
        Ok(E::open_to_read(disk, folder, room)?.map(Self))
    }

    fn get(&self, family: Family, key: &[u8]) -> Result<Option<Vec<u8>>, Fault> {
        self.0.get(family, key)
    }

    fn write(&self, batch: Batch) -> Result<(), Fault> {
        for write in &batch.writes {
            WRITES.with_borrow_mut(|writes| match write {
                Write::Put(family, ..) => *writes.puts.entry(*family).or_default() += 1,
                Write::Delete(family, ..) | Write::DeleteRange(family, ..) => {
                    *writes.deletes.entry(*family).or_default() += 1;
                }
            });
        }
        pause();
        self.0.write(batch)?;
        pause();
        Ok(())
    }

    fn flush(&self) -> Result<(), Fault> {
        self.0.flush()?;
        pause();
        Ok(())
    }

    fn view(&self) -> E::View {
        self.0.view()
    }

    fn checkpoint(&self, folder: &str) -> Result<(), Fault> {
        self.0.checkpoint(folder)
    }

    fn figures(&self) -> Vec<(&'static str, u64)> {
        self.0.figures()
    }
}
