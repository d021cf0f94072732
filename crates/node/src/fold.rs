//! One entry after another, folded into the state and into the book: the same for a replica that runs and for one that is
//! recovered.

use std::sync::{PoisonError, RwLock};

use reeve_core::change::Changes;
use reeve_core::name::Revision;
use reeve_core::{LAW, Outcome, State};
use reeve_store::Fault;
use reeve_store::book::{Applied, Book, Noted};
use reeve_store::engine::Engine;
use reeve_store::log::{EntryKind, LogEntry};

/// Where entries go, one by one and in order.
pub(crate) struct Fold<E: Engine> {
    book: Book<E>,
    /// What the book was last told.
    applied: Applied,
}

impl<E: Engine> Fold<E> {
    /// On top of what the book has.
    pub(crate) fn new(book: Book<E>) -> Self {
        let applied = book.applied();
        Self { book, applied }
    }

    pub(crate) const fn book(&self) -> &Book<E> {
        &self.book
    }

    pub(crate) const fn applied(&self) -> &Applied {
        &self.applied
    }

    /// The book was told something else: a whole state was put in its place.
    pub(crate) fn goes_on_from(&mut self, applied: Applied) {
        self.applied = applied;
    }

    /// One more entry; what the law made of it, if it was for the law.
    ///
    /// # Errors
    /// The law cannot read it.
    pub(crate) fn take(&mut self, entry: LogEntry, state: &RwLock<State>) -> Result<Option<Outcome>, Fault> {
        let revision = Revision(entry.id.index);
        self.applied.chain = self.applied.chain.link(&entry);
        self.applied.id = Some(entry.id);
        match entry.kind {
            EntryKind::Blank => self.pass(state),
            EntryKind::Membership => {
                self.applied.membership_id = Some(entry.id);
                self.applied.membership = entry.payload;
                self.pass(state);
            }
            EntryKind::Normal => return self.obey(revision, &entry, state).map(Some),
        }
        Ok(None)
    }

    /// An entry that is none of the law's business.
    fn pass(&self, state: &RwLock<State>) {
        let now_ms = state.read().unwrap_or_else(PoisonError::into_inner).now_ms();
        let (applied, changes) = (self.applied.clone(), Changes::default());
        self.book.note(Noted { applied, now_ms, changes: &changes, bodies: &[], events: &[] });
    }

    /// The law speaks; the book remembers.
    fn obey(
        &mut self,
        revision: Revision,
        entry: &LogEntry,
        state: &RwLock<State>,
    ) -> Result<Outcome, Fault> {
        let decoded = reeve_core::codec::entry::decode(revision, &entry.payload, LAW).map_err(|fault| {
            Fault::damaged(format!("log entry {revision}"), format!("the law cannot read it: {fault}"))
        })?;
        let bodies = decoded.bodies.clone();
        let outcome = {
            let mut state = state.write().unwrap_or_else(PoisonError::into_inner);
            let outcome = reeve_core::apply(&mut state, decoded);
            self.applied.digest = state.digest();
            outcome
        };
        self.applied.revision = outcome.revision;
        self.book.note(Noted {
            applied: self.applied.clone(),
            now_ms: outcome.now_ms,
            changes: &outcome.changes,
            bodies: &bodies,
            events: &outcome.events,
        });
        Ok(outcome)
    }
}
