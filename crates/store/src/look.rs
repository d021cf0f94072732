//! A look at a data folder from outside: what is in it, whether it is whole, and whether every byte can be read. Nothing
//! in the folder is changed, not even by a look that fails. Meanwhile no process may use it: what changes under the eyes
//! looks like damage.
//!
//! What must never be here: repair.

use std::ops::ControlFlow;

use reeve_core::change::Key;

use crate::book::{Applied, Book, states};
use crate::checkpoint;
use crate::disk::Disk;
use crate::engine::{Engine, Room};
use crate::fault::Fault;
use crate::hard::{self, Hard, HardState};
use crate::limits;
use crate::log::{self, Log, LogId};
use crate::probe;
use crate::reserve;
use crate::start::{self, Judgement, LOCK, NEWCOMER};

/// What is in a data folder. What could not be read is a fault beside what could.
pub struct Look<E: Engine> {
    /// Who it is, what it promised, and how far its log is known to have come; as the next start will have it.
    pub hard: Hard,
    /// Its log; none if there is none.
    pub log: Result<Option<Log<E>>, Fault>,
    /// Its book; none if there is no state.
    pub book: Result<Option<Book<E>>, Fault>,
    /// What a start would make of it, or why it would refuse.
    pub judgement: Result<Judgement, Fault>,
    /// What is in the folder, in order of names.
    pub items: Vec<Found>,
}

/// One name in a data folder.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Found {
    /// The name.
    pub name: String,
    /// The bytes of the file, or of all files in the folder.
    pub bytes: u64,
    /// What it is.
    pub what: What,
}

/// What a name in a data folder is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum What {
    /// It belongs there.
    Own,
    /// It was left behind by what was cut off, and goes at the next start or the next time.
    Leftover,
    /// Nothing that this build put there.
    Stranger,
}

impl std::fmt::Display for What {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Own => "its own",
            Self::Leftover => "left behind",
            Self::Stranger => "not its own",
        })
    }
}

/// How far a check has come.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Progress {
    /// Bytes that were read.
    pub bytes: u64,
    /// Entries of the log that were checked, each by itself and against the one before.
    pub entries: u64,
    /// Records, bodies and events of the book that were read.
    pub records: u64,
}

/// Looks at what is in a folder; `None` if there is no replica.
///
/// # Errors
/// The hard state cannot be read, the folder is somebody else's, or the disk does not answer.
pub fn look<E: Engine>(disk: &E::Disk) -> Result<Option<Look<E>>, Fault> {
    let Some(hard) = HardState::peek(disk)? else {
        return start::refuse_strangers(disk).map(|()| None);
    };
    let items = items(disk)?;
    let book = Book::<E>::look(disk, hard.identity.cluster);
    let hard = match &book {
        Ok(Some((_, Some(applied)))) => start::beside(hard, applied),
        Ok(Some((_, None)) | None) | Err(_) => hard,
    };
    let log = E::open_to_read(disk, log::FOLDER, Room::Log).and_then(|engine| {
        engine.map(|engine| Log::look(engine, hard.identity.group, hard.vote)).transpose()
    });
    // As a start does, and in its order: it opens the book, then the log.
    let judgement = match &book {
        Ok(found) => Ok(found.as_ref().and_then(|(_, applied)| applied.clone()).unwrap_or_default()),
        Err(fault) => Err(fault.clone()),
    };
    let judgement = judgement.and_then(|applied| {
        let log = log.as_ref().map_err(Fault::clone)?;
        start::judge(log.as_ref(), &hard, &applied)
    });
    let book = book.map(|found| found.map(|(book, _)| book));
    Ok(Some(Look { hard, log, book, judgement, items }))
}

impl<E: Engine> Look<E> {
    /// The first entry that the log has, and the last.
    ///
    /// # Errors
    /// What the log says of its first entry.
    pub fn ends(&self) -> Result<Option<(LogId, LogId)>, &Fault> {
        let Some(log) = self.log.as_ref()? else { return Ok(None) };
        let (purged, last) = log.state();
        let first = purged.map_or(0, |purged| purged.index + 1);
        // Its first entry was read when the log was opened.
        let first = log.id_at(first).ok().flatten();
        Ok(first.zip(last))
    }

    /// What was applied as of the last flush.
    ///
    /// # Errors
    /// What the book says.
    pub fn applied(&self) -> Result<Applied, &Fault> {
        Ok(self.book.as_ref()?.as_ref().map(Book::applied).unwrap_or_default())
    }

    /// Reads everything: each entry of the log with its checksum and its link to the one before, all that the book has,
    /// and the state that it makes, with its laws. Tells how far it is, and goes on until told to stop. Whether it came
    /// to the end.
    ///
    /// # Errors
    /// The first thing that is not as it was written.
    pub fn verify(self, mut go_on: impl FnMut(Progress) -> ControlFlow<()>) -> Result<bool, Fault> {
        let mut progress = Progress::default();
        if let Some(log) = self.log?
            && verify_log(&log, &mut progress, &mut go_on)?.is_break()
        {
            return Ok(false);
        }
        match self.book? {
            Some(book) => Ok(verify_book(&book, &mut progress, &mut go_on)?.is_continue()),
            None => Ok(true),
        }
    }
}

fn verify_log<E: Engine>(
    log: &Log<E>,
    progress: &mut Progress,
    go_on: &mut impl FnMut(Progress) -> ControlFlow<()>,
) -> Result<ControlFlow<()>, Fault> {
    let (purged, last) = log.state();
    let first = purged.map_or(0, |purged| purged.index + 1);
    let end = last.map_or(first, |last| last.index + 1);
    let mut from = first;
    while from < end {
        let next = log.scrub(from, limits::LOOK_BYTES)?.unwrap_or(end);
        progress.entries += next - from;
        progress.bytes += limits::LOOK_BYTES;
        if go_on(*progress).is_break() {
            return Ok(ControlFlow::Break(()));
        }
        from = next;
    }
    Ok(ControlFlow::Continue(()))
}

fn verify_book<E: Engine>(
    book: &Book<E>,
    progress: &mut Progress,
    go_on: &mut impl FnMut(Progress) -> ControlFlow<()>,
) -> Result<ControlFlow<()>, Fault> {
    let mut told = progress.bytes;
    let mut flow = ControlFlow::Continue(());
    book.read_all(&mut |bytes| {
        progress.records += 1;
        progress.bytes += bytes;
        if progress.bytes - told >= limits::LOOK_BYTES {
            told = progress.bytes;
            flow = go_on(*progress);
        }
        flow
    })?;
    if flow.is_break() {
        return Ok(flow);
    }
    if book.applied().id.is_some() {
        verify_state(book)?;
    }
    Ok(go_on(*progress))
}

/// The state that the records make: it is of the era that its mark says, its laws hold, and what it would write today is
/// what is there.
fn verify_state<E: Engine>(book: &Book<E>) -> Result<(), Fault> {
    let broken = |what: String| Fault::damaged("the records of the state", what);
    let view = book.view();
    let state = view.state()?;
    if state.era() != view.applied().era {
        return Err(broken(format!(
            "they are of {:?}, and the mark says {:?}",
            state.era(),
            view.applied().era
        )));
    }
    state.check().map_err(|law| broken(format!("a law does not hold: {law:?}")))?;
    for (key, record) in state.records() {
        // A reply is kept with the floor of its own request, which may be below that of the session.
        if !matches!(key, Key::Reply(..)) && view.get(key)?.as_deref() != Some(&record[..]) {
            return Err(broken(format!("{key:?} is not what the state makes of it")));
        }
    }
    Ok(())
}

fn items<D: Disk>(disk: &D) -> Result<Vec<Found>, Fault> {
    let numbers = states(disk)?;
    let items = disk.list("").map_err(|error| Fault::io("", &error))?;
    let found = items.into_iter().map(|item| {
        let what = match item.name.as_str() {
            LOCK | hard::FILE | log::FOLDER | reserve::FILE => What::Own,
            hard::FRESH | NEWCOMER | probe::FILE | checkpoint::FOLDER | checkpoint::INCOMING => {
                What::Leftover
            }
            name if numbers.first().is_some_and(|newest| newest == name) => What::Own,
            name if numbers.iter().any(|older| older == name) => What::Leftover,
            _ => What::Stranger,
        };
        let bytes = match item.length {
            Some(length) => length,
            None => size(disk, &item.name)?,
        };
        Ok(Found { name: item.name, bytes, what })
    });
    found.collect()
}

/// The bytes of all files in a folder.
fn size<D: Disk>(disk: &D, folder: &str) -> Result<u64, Fault> {
    let items = disk.list(folder).map_err(|error| Fault::io(folder, &error))?;
    let sizes = items.into_iter().map(|item| match item.length {
        Some(length) => Ok(length),
        None => size(disk, &format!("{folder}/{}", item.name)),
    });
    sizes.sum()
}
