//! The state machine, as openraft wants it: each entry goes through the law, its changes into the book, its answers back
//! to the batcher, and its orders to the office.

use std::io;
use std::sync::{Arc, PoisonError};

use futures_util::{Stream, StreamExt};
use openraft::OptionalSend;
use openraft::storage::{EntryResponder, RaftSnapshotBuilder, RaftStateMachine};
use reeve_core::name::Revision;
use reeve_core::planted::{Bug, planted};
use reeve_store::Fault;
use reeve_store::book::{self, Book};
use reeve_store::checkpoint::Received;
use reeve_store::engine::Engine;
use reeve_store::log::LogEntry;
use tokio::sync::oneshot;

use super::convert::{entry_in, log_id_out, stored_membership};
use super::types::{self, Applied, SnapshotMeta, StoredMembership, Types};
use crate::books::{self, BookJob};
use crate::fold::Fold;
use crate::platform::Platform;
use crate::post::Post;
use crate::shared::Shared;

pub(crate) type Parcel<P> = books::Parcel<<P as Platform>::Engine>;
pub(crate) type Snapshot<P> =
    openraft::type_config::alias::SnapshotOf<Types<<P as Platform>::Runtime>, Parcel<P>>;

/// Openraft's state machine.
pub(crate) struct Machine<P: Platform> {
    shared: Arc<Shared<P>>,
    fold: Fold<P::Engine>,
    post: Post<BookJob<P::Engine>>,
}

impl<P: Platform> Machine<P> {
    pub(crate) fn new(shared: Arc<Shared<P>>, book: Book<P::Engine>, post: Post<BookJob<P::Engine>>) -> Self {
        Self { shared, fold: Fold::new(book), post }
    }

    /// One entry through the law; the office hears of it.
    fn apply_one(&mut self, entry: LogEntry) -> Result<Applied, Fault> {
        let revision = Revision(entry.id.index);
        let outcome = self.fold.take(entry, &self.shared.state)?;
        let answers = outcome.map_or_else(Vec::new, |outcome| {
            self.shared.order(outcome.revision, &outcome.effects);
            outcome.replies
        });
        self.shared.applied(revision, self.fold.applied().digest);
        Ok(Applied { answers })
    }

    /// What openraft is told of a state.
    fn meta(applied: &book::Applied) -> io::Result<SnapshotMeta<P::Runtime>> {
        Ok(openraft::SnapshotMeta {
            last_log_id: applied.id.map(log_id_out::<P::Runtime>),
            last_membership: stored_membership::<P::Runtime>(applied.membership_id, &applied.membership)?,
        })
    }

    /// A snapshot that came from elsewhere, as openraft wants it.
    pub(crate) fn received(received: Received<P::Engine>) -> io::Result<Snapshot<P>> {
        let meta = Self::meta(&received.manifest().applied)?;
        Ok(openraft::Snapshot { meta, snapshot: books::Parcel::Received(Box::new(received)) })
    }
}

impl<P: Platform> RaftStateMachine<Types<P::Runtime>> for Machine<P> {
    type SnapshotData = Parcel<P>;
    type SnapshotBuilder = Builder<P>;

    async fn applied_state(
        &mut self,
    ) -> io::Result<(Option<types::LogId<P::Runtime>>, StoredMembership<P::Runtime>)> {
        let meta = Self::meta(self.fold.applied())?;
        Ok((meta.last_log_id, meta.last_membership))
    }

    async fn apply<Strm>(&mut self, mut entries: Strm) -> io::Result<()>
    where
        Strm: Stream<Item = io::Result<EntryResponder<Types<P::Runtime>>>> + Unpin + OptionalSend,
    {
        while let Some(next) = entries.next().await {
            let (entry, responder) = next?;
            let answer = self.apply_one(entry_in::<P::Runtime>(entry))?;
            // Dropped unsent, it would look like the end of this replica.
            if let Some(responder) = responder {
                responder.send(answer);
            }
            if self.fold.book().backlog().is_full() {
                // The flusher is behind by more than memory may hold: apply waits for it, and admission sees why.
                flush(&self.post).await?;
            }
        }
        Ok(())
    }

    async fn get_snapshot_builder(&mut self) -> Builder<P> {
        Builder { book: self.fold.book().clone(), post: self.post.clone() }
    }

    async fn install_snapshot(
        &mut self,
        meta: &SnapshotMeta<P::Runtime>,
        parcel: Parcel<P>,
    ) -> io::Result<()> {
        let books::Parcel::Received(received) = parcel else {
            return Err(io::Error::other("a snapshot of one's own is no news"));
        };
        let (sender, receiver) = oneshot::channel();
        let job = BookJob::Install { received: *received, done: sender };
        self.post.hand_in(job).await.map_err(io::Error::other)?;
        let (applied, state) = receiver.await.map_err(io::Error::other)??;
        let installed = applied.id.map(log_id_out::<P::Runtime>);
        if installed != meta.last_log_id {
            return Err(io::Error::other(format!(
                "the snapshot ends at {:?}, not where it was said to",
                applied.id
            )));
        }
        let revision = Revision(applied.index());
        tracing::info!("a snapshot was installed: the state is at revision {revision} now");
        let old =
            std::mem::replace(&mut *self.shared.state.write().unwrap_or_else(PoisonError::into_inner), state);
        // A large one takes its time to go, and nobody should wait for that.
        drop(old);
        self.shared.applied(revision, applied.digest);
        self.fold.goes_on_from(applied);
        Ok(())
    }

    async fn get_current_snapshot(&mut self) -> io::Result<Option<Snapshot<P>>> {
        let flushed = self.fold.book().flushed();
        if flushed.id.is_none() {
            return Ok(None);
        }
        Ok(Some(openraft::Snapshot { meta: Self::meta(&flushed)?, snapshot: books::Parcel::Own }))
    }
}

/// Makes what is applied durable. The files of a snapshot are made only when somebody needs them.
pub(crate) struct Builder<P: Platform> {
    book: Book<P::Engine>,
    post: Post<BookJob<P::Engine>>,
}

impl<P: Platform> RaftSnapshotBuilder<Types<P::Runtime>> for Builder<P> {
    type SnapshotData = Parcel<P>;

    async fn build_snapshot(&mut self) -> io::Result<Snapshot<P>> {
        if planted(Bug::EarlyPurge) {
            let meta = Machine::<P>::meta(&self.book.applied())?;
            return Ok(openraft::Snapshot { meta, snapshot: books::Parcel::Own });
        }
        flush(&self.post).await?;
        let meta = Machine::<P>::meta(&self.book.flushed())?;
        Ok(openraft::Snapshot { meta, snapshot: books::Parcel::Own })
    }
}

async fn flush<E: Engine>(post: &Post<BookJob<E>>) -> io::Result<()> {
    let (sender, receiver) = oneshot::channel();
    post.hand_in(BookJob::Flush { done: sender }).await.map_err(io::Error::other)?;
    receiver.await.map_err(io::Error::other)??;
    Ok(())
}
