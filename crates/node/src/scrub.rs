//! The scrub: everything that is on the disk is read again now and then, a little at a time, so that damage is found while
//! other replicas are still whole. What is found is told; nothing is repaired here.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use reeve_store::Fault;
use reeve_store::book::{Book, Cursor};
use reeve_store::engine::Engine;
use reeve_store::log::Log;

use crate::limits;

/// What the scrub has found. Clones share it.
#[derive(Clone, Debug, Default)]
pub(crate) struct Findings(Arc<Mutex<Found>>);

#[derive(Debug, Default)]
struct Found {
    damage: Option<String>,
    /// The leader has made room for another because of it.
    answered: bool,
}

impl Findings {
    fn found(&self) -> MutexGuard<'_, Found> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What was found in the last round, if anything was.
    pub(crate) fn damage(&self) -> Option<String> {
        self.found().damage.clone()
    }

    /// Whether something was found that nobody has answered yet.
    pub(crate) fn is_unanswered(&self) -> bool {
        let found = self.found();
        found.damage.is_some() && !found.answered
    }

    /// Another leads because of what was found.
    pub(crate) fn answer(&self) {
        let mut found = self.found();
        found.answered = found.damage.is_some();
    }

    fn tell(&self, fault: &Fault) {
        tracing::error!("the scrub has found damage on the disk of this replica: {fault}");
        self.found().damage = Some(fault.to_string());
    }

    fn whole(&self) {
        *self.found() = Found::default();
    }
}

/// How far a round has come.
enum Place {
    /// At this entry of the log.
    Log(u64),
    /// Here in the book.
    Book(Cursor),
    /// It is done.
    Done,
}

/// The one who reads everything again.
pub(crate) struct Scrub<E: Engine> {
    log: Log<E>,
    book: Book<E>,
    findings: Findings,
    place: Place,
    /// When this round began, and when it went on last.
    begun_ms: u64,
    step_ms: u64,
    /// Nothing was found in this round so far.
    clean: bool,
}

impl<E: Engine> Scrub<E> {
    /// Begins its first round at once.
    pub(crate) fn new(log: Log<E>, book: Book<E>, findings: Findings, mono_ms: u64) -> Self {
        let place = Place::Log(0);
        Self { log, book, findings, place, begun_ms: mono_ms, step_ms: mono_ms, clean: true }
    }

    /// Reads on for a moment, if it is time to. Never, if the time between two rounds is none.
    pub(crate) fn step(&mut self, mono_ms: u64, interval: Duration) {
        if interval.is_zero() || mono_ms.saturating_sub(self.step_ms) < limits::SCRUB_PAUSE_MS {
            return;
        }
        self.step_ms = mono_ms;
        self.place = match std::mem::replace(&mut self.place, Place::Done) {
            Place::Log(from) => match self.log.scrub(from, limits::SCRUB_BYTES) {
                Ok(Some(next)) => Place::Log(next),
                Ok(None) => Place::Book(Cursor::default()),
                Err(fault) => {
                    self.amiss(&fault);
                    Place::Book(Cursor::default())
                }
            },
            Place::Book(from) => match self.book.scrub(from, limits::SCRUB_BYTES) {
                Ok(Some(next)) => Place::Book(next),
                Ok(None) => self.end(),
                Err(fault) => {
                    self.amiss(&fault);
                    self.end()
                }
            },
            Place::Done if u128::from(mono_ms.saturating_sub(self.begun_ms)) >= interval.as_millis() => {
                (self.begun_ms, self.clean) = (mono_ms, true);
                Place::Log(0)
            }
            Place::Done => Place::Done,
        };
    }

    fn amiss(&mut self, fault: &Fault) {
        self.clean = false;
        self.findings.tell(fault);
    }

    fn end(&self) -> Place {
        if self.clean {
            self.findings.whole();
        }
        Place::Done
    }
}
