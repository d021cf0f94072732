//! The log, as openraft wants it: writes are handed to one writer, in order, votes among them; what was appended can be
//! read at once.

use std::fmt::Debug;
use std::io;
use std::ops::{Bound, RangeBounds};
use std::time::Duration;

use openraft::storage::{IOFlushed, LogState, RaftLogReader, RaftLogStorage};
use openraft::{AsyncRuntime, OptionalSend};
use reeve_core::planted::{Bug, planted};
use reeve_store::book::Book;
use reeve_store::log::{Log, LogWriter, Write};
use tokio::sync::oneshot;

use super::convert::{entry_in, entry_out, log_id_in, log_id_out, vote_in, vote_out};
use super::types::{self, RaftEntry, Types};
use crate::limits;
use crate::office::desk::tell;
use crate::pace::Pace;
use crate::platform::{Clock, Platform};
use crate::post::{Post, Worker};

/// Openraft's log storage.
pub(crate) struct LogStorage<P: Platform> {
    log: Log<P::Engine>,
    book: Book<P::Engine>,
    post: Post<LogJob<P::Runtime>>,
}

impl<P: Platform> Clone for LogStorage<P> {
    fn clone(&self) -> Self {
        Self { log: self.log.clone(), book: self.book.clone(), post: self.post.clone() }
    }
}

/// One write, and who waits for it.
pub(crate) struct LogJob<R: AsyncRuntime> {
    write: Write,
    done: Done<R>,
}

enum Done<R: AsyncRuntime> {
    Flushed(IOFlushed<Types<R>>),
    Told(oneshot::Sender<io::Result<()>>),
    Nobody,
}

/// The one writer.
pub(crate) struct LogKeeper<P: Platform> {
    pub writer: LogWriter<P::Engine>,
    pub clock: P::Clock,
    pub pace: Pace,
}

impl<P: Platform> Worker for LogKeeper<P> {
    type Job = LogJob<P::Runtime>;

    fn work(&mut self, jobs: Vec<LogJob<P::Runtime>>) {
        let (writes, waiting): (Vec<_>, Vec<_>) = jobs.into_iter().map(|job| (job.write, job.done)).unzip();
        let begun_ms = self.clock.mono_ms();
        let result = self.writer.carry_out(writes, begun_ms);
        let now_ms = self.clock.mono_ms();
        self.pace.note(now_ms.saturating_sub(begun_ms), now_ms);
        let failure = result.err().map(|fault| fault.to_string());
        if let Some(failure) = &failure {
            tracing::error!("the log cannot be written, and nobody knows what of it was: {failure}");
        }
        for done in waiting {
            let result = failure.as_ref().map_or(Ok(()), |failure| Err(io::Error::other(failure.clone())));
            match done {
                Done::Flushed(callback) => callback.io_completed(result),
                Done::Told(sender) => tell(sender, result),
                Done::Nobody => {}
            }
        }
    }

    fn rest(&mut self) -> Option<Duration> {
        let mono_ms = self.clock.mono_ms();
        match self.writer.rest(mono_ms) {
            Ok(due_ms) => due_ms.map(|due_ms| Duration::from_millis(due_ms.saturating_sub(mono_ms))),
            Err(fault) => {
                // The writer refuses everything from now on; the next write says so to openraft.
                tracing::error!("the mark cannot be written: {fault}");
                None
            }
        }
    }
}

impl<P: Platform> LogStorage<P> {
    pub(crate) fn new(log: Log<P::Engine>, book: Book<P::Engine>, post: Post<LogJob<P::Runtime>>) -> Self {
        Self { log, book, post }
    }

    async fn hand_in(&self, write: Write, done: Done<P::Runtime>) -> io::Result<()> {
        self.post.hand_in(LogJob { write, done }).await.map_err(io::Error::other)
    }

    async fn hand_in_and_wait(&self, write: Write) -> io::Result<()> {
        let (sender, receiver) = oneshot::channel();
        self.hand_in(write, Done::Told(sender)).await?;
        receiver.await.map_err(io::Error::other)?
    }

    fn read(&self, from: u64, to: u64, bytes: usize) -> io::Result<Vec<RaftEntry<P::Runtime>>> {
        self.log.read(from, to, bytes as u64)?.into_iter().map(entry_out::<P::Runtime>).collect()
    }
}

impl<P: Platform> RaftLogReader<Types<P::Runtime>> for LogStorage<P> {
    async fn try_get_log_entries<RB: RangeBounds<u64> + Clone + Debug + OptionalSend>(
        &mut self,
        range: RB,
    ) -> io::Result<Vec<RaftEntry<P::Runtime>>> {
        let from = match range.start_bound() {
            Bound::Included(from) => *from,
            Bound::Excluded(before) => before + 1,
            Bound::Unbounded => 0,
        };
        let to = match range.end_bound() {
            Bound::Included(last) => last.saturating_add(1),
            Bound::Excluded(to) => *to,
            Bound::Unbounded => u64::MAX,
        };
        self.read(from, to, usize::MAX)
    }

    async fn limited_get_log_entries(
        &mut self,
        start: u64,
        end: u64,
    ) -> io::Result<Vec<RaftEntry<P::Runtime>>> {
        self.read(start, end, limits::MESSAGE_BYTES)
    }

    async fn read_vote(&mut self) -> io::Result<Option<types::Vote>> {
        Ok(self.log.vote_saved().map(vote_out))
    }
}

impl<P: Platform> RaftLogStorage<Types<P::Runtime>> for LogStorage<P> {
    type LogReader = Self;

    async fn get_log_state(&mut self) -> io::Result<LogState<Types<P::Runtime>>> {
        let (purged, last) = self.log.state();
        Ok(LogState {
            last_purged_log_id: purged.map(log_id_out::<P::Runtime>),
            last_log_id: last.or(purged).map(log_id_out::<P::Runtime>),
        })
    }

    async fn get_log_reader(&mut self) -> Self {
        self.clone()
    }

    async fn save_vote(&mut self, vote: &types::Vote) -> io::Result<()> {
        if planted(Bug::EarlyVote) {
            return Ok(());
        }
        let write = self.log.vote(vote_in(vote));
        self.hand_in_and_wait(write).await
    }

    async fn append<I>(&mut self, entries: I, callback: IOFlushed<Types<P::Runtime>>) -> io::Result<()>
    where
        I: IntoIterator<Item = RaftEntry<P::Runtime>> + OptionalSend,
        I::IntoIter: OptionalSend,
    {
        let entries = entries.into_iter().map(entry_in::<P::Runtime>).collect();
        let write = self.log.append(entries)?;
        if planted(Bug::EarlyAck) {
            self.hand_in(write, Done::Nobody).await?;
            callback.io_completed(Ok(()));
            return Ok(());
        }
        self.hand_in(write, Done::Flushed(callback)).await
    }

    async fn truncate_after(&mut self, last_log_id: Option<types::LogId<P::Runtime>>) -> io::Result<()> {
        let write = self.log.truncate_after(last_log_id.as_ref().map(log_id_in::<P::Runtime>))?;
        self.hand_in_and_wait(write).await
    }

    async fn purge(&mut self, log_id: types::LogId<P::Runtime>) -> io::Result<()> {
        let upto = log_id_in::<P::Runtime>(&log_id);
        let (_, last) = self.log.state();
        if last.is_some_and(|last| upto.index <= last.index) {
            return self.hand_in(self.log.purge(upto)?, Done::Nobody).await;
        }
        // A snapshot was installed beyond the end of the log: the log goes on from there.
        let applied = self.book.applied();
        if applied.id != Some(upto) {
            return Err(io::Error::other(format!(
                "the log is to begin after {upto:?}, and no state ends there"
            )));
        }
        self.hand_in_and_wait(self.log.reset_to(upto, applied.chain)).await
    }
}
