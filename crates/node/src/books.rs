//! The keeper of the book: everything about it that blocks is done here, by one worker.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use bytes::Bytes;
use reeve_core::State;
use reeve_core::planted::{Bug, planted};
use reeve_store::Fault;
use reeve_store::book::{Applied, Book};
use reeve_store::checkpoint::{Checkpoint, Received};
use reeve_store::disk::Disk;
use reeve_store::engine::Engine;
use reeve_store::reserve::{Reserve, Standing};
use tokio::sync::oneshot;

use crate::limits;
use crate::office::desk::tell;
use crate::platform::{Clock, Platform};
use crate::post::Worker;
use crate::receive::Reception;
use crate::scrub::Scrub;
use crate::settings::Live;

/// The files of a snapshot, or the promise of them.
pub(crate) enum Parcel<E: Engine> {
    /// This replica's own state: its files are made when somebody needs them.
    Own,
    /// Files that came from the leader, complete.
    Received(Box<Received<E>>),
}

/// One piece of work.
pub(crate) enum BookJob<E: Engine> {
    /// Make what was applied durable.
    Flush { done: oneshot::Sender<Result<Applied, Fault>> },
    /// Make the files of a snapshot.
    Checkpoint { done: oneshot::Sender<Result<Checkpoint<E>, Fault>> },
    /// Read a piece of a file of them: before the first one, all of the file is read and checked.
    Chunk { of: Checkpoint<E>, file: String, offset: u64, done: oneshot::Sender<Result<Bytes, Fault>> },
    /// Begin to receive a snapshot, or go on; how much of each file is here.
    Receive { manifest: Bytes, done: oneshot::Sender<Result<Vec<u64>, Fault>> },
    /// Take a piece of it.
    Piece { file: u32, offset: u64, bytes: Bytes, done: oneshot::Sender<Result<Vec<u64>, Fault>> },
    /// All of it is here: check it.
    Finish { done: oneshot::Sender<Result<Received<E>, Fault>> },
    /// Put received files in the place of the state.
    Install { received: Received<E>, done: oneshot::Sender<Result<(Applied, State), Fault>> },
}

/// The one keeper.
pub(crate) struct BookKeeper<P: Platform> {
    pub book: Book<P::Engine>,
    pub clock: P::Clock,
    pub settings: Live,
    pub flushed_ms: u64,
    /// When it last did what it does by itself. Whoever asks for a flush must not keep it from the rest.
    pub rounds_ms: u64,
    pub reception: Reception<P::Engine>,
    pub room: RoomKeeper<<P::Engine as Engine>::Disk>,
    pub scrub: Scrub<P::Engine>,
}

/// Who watches how much room there is on the disk, and keeps a reserve for the log.
pub(crate) struct RoomKeeper<D: Disk> {
    pub reserve: Reserve<D>,
    pub standing: Arc<Mutex<Standing>>,
}

impl<D: Disk> RoomKeeper<D> {
    /// Looks; gives the reserve to the log while there is hardly any room, and takes it back afterwards.
    fn look(&mut self, settings: &Live) -> Result<(), Fault> {
        let space = self.reserve.space()?;
        let thresholds = settings.now().thresholds(space.total);
        let next = {
            let mut standing = self.standing.lock().unwrap_or_else(PoisonError::into_inner);
            *standing = standing.next(space, &thresholds);
            *standing
        };
        match next {
            Standing::Critical if self.reserve.is_kept() => self.reserve.release(),
            Standing::Critical | Standing::Low => Ok(()),
            Standing::Plenty => self.reserve.restore().map(drop),
        }
    }
}

impl<P: Platform> BookKeeper<P> {
    fn flush(&mut self) -> Result<Applied, Fault> {
        self.flushed_ms = self.clock.mono_ms();
        self.book.flush()
    }

    fn install(&mut self, received: Received<P::Engine>) -> Result<(Applied, State), Fault> {
        let applied = self.book.install(received)?;
        Ok((applied, self.book.load()?))
    }
}

impl<P: Platform> Worker for BookKeeper<P> {
    type Job = BookJob<P::Engine>;

    fn work(&mut self, jobs: Vec<Self::Job>) {
        for job in jobs {
            // Whoever asked may have gone; what was asked is done all the same.
            match job {
                BookJob::Flush { done } => tell(done, self.flush()),
                BookJob::Checkpoint { done } => tell(done, self.book.checkpoint()),
                BookJob::Chunk { of, file, offset, done } => {
                    tell(done, of.chunk(&file, offset, limits::PIECE_BYTES));
                }
                BookJob::Receive { manifest, done } => tell(done, self.reception.begin(&manifest)),
                BookJob::Piece { file, offset, bytes, done } => {
                    tell(done, self.reception.piece(file, offset, &bytes));
                }
                BookJob::Finish { done } => tell(done, self.reception.finish()),
                BookJob::Install { received, done } => tell(done, self.install(received)),
            }
        }
    }

    fn rest(&mut self) -> Option<Duration> {
        let (interval, scrub) = {
            let settings = self.settings.now();
            (settings.flush_interval, settings.scrub_interval)
        };
        let now_ms = self.clock.mono_ms();
        let since = |ms| Duration::from_millis(now_ms.saturating_sub(ms));
        let waited = since(self.rounds_ms);
        if waited < interval {
            return Some((interval - waited).min(limits::LIVE_TICK));
        }
        self.rounds_ms = now_ms;
        if let Err(fault) = self.room.look(&self.settings) {
            tracing::warn!("the room on the disk cannot be told: {fault}");
        }
        if since(self.flushed_ms) >= interval
            && !planted(Bug::EarlyPurge)
            && let Err(fault) = self.flush()
        {
            // Nothing is lost: the log is kept until the state is durable, and the next round tries again.
            tracing::error!("the state cannot be written: {fault}");
        }
        self.scrub.step(now_ms, scrub);
        Some(interval.min(limits::LIVE_TICK))
    }
}
