//! Openraft's own suite for storages, on our adapters, both engines and a simulated disk.
//!
//! It asks for four things that this store refuses on purpose. Each is seen to be refused, with nothing changed, before
//! the nearest thing that is allowed takes its place, and they are counted:
//! * a log that begins after a hole: the chain of a log begins at its first entry or goes on from a purge. The suite's
//!   logs get the blank entries that are missing;
//! * a truncation after an entry that is not there: whoever asks for it is wrong about the log. There is nothing to do;
//! * a purge beyond the log where no state ends: it would forget what is nowhere else. The state is noted to end there;
//! * the installation of a snapshot whose files were never sent: they are sent, as the network does.

use std::io;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use futures_util::Stream;
use openraft::entry::RaftEntry as _;
use openraft::storage::{
    EntryResponder, IOFlushed, LogState, RaftLogStorage, RaftSnapshotBuilder, RaftStateMachine,
};
use openraft::testing::log::{StoreBuilder, Suite};
use openraft::{OptionalSend, StorageError, TokioRuntime};
use reeve_core::change::Changes;
use reeve_core::effect::Effect;
use reeve_core::name::Revision;
use reeve_sim::cluster::disk::SimDisk;
use reeve_store::book::{self, Book, Noted};
use reeve_store::checkpoint::{Incoming, Manifest};
use reeve_store::disk::memory::MemoryDisk;
use reeve_store::disk::real::RealDisk;
use reeve_store::engine::Engine;
use reeve_store::engine::memory::Memory;
use reeve_store::engine::rocks::Rocks;
use reeve_store::fault::FaultKind;
use reeve_store::log::Log;
use reeve_store::reserve::{Reserve, Standing};
use reeve_store::start::{self, Found};
use tempfile::TempDir;

use super::convert::{entry_in, log_id_in};
use super::log::{LogKeeper, LogStorage};
use super::machine::{Builder, Machine};
use super::types;
use crate::books::{self, BookJob, BookKeeper, RoomKeeper};
use crate::ground::{Ground, SystemClock};
use crate::limits;
use crate::member::Member;
use crate::message::{Answer, Append, Identity, Letter, NoAnswer, Question};
use crate::pace::Pace;
use crate::platform::{Clock, Hands, Lane, Link, Network, Platform, Wires};
use crate::post::Worker;
use crate::receive::Reception;
use crate::scrub::{Findings, Scrub};
use crate::settings::{Live, Settings};
use crate::shared::Shared;

type Types = types::Types<TokioRuntime>;
type LogId = types::LogId<TokioRuntime>;
type Entry = types::RaftEntry<TokioRuntime>;
type Bench<E> = Ground<E, Alone, Idle>;

/// How often the suite asked for what is refused.
#[derive(Default)]
struct Asked {
    hole: AtomicUsize,
    truncation: AtomicUsize,
    purge: AtomicUsize,
    installation: AtomicUsize,
}

fn count(asked: &AtomicUsize) {
    asked.fetch_add(1, Ordering::Relaxed);
}

#[test]
fn the_storage_on_memory_passes_the_suite() {
    run::<Memory<MemoryDisk>>(|| (MemoryDisk::default(), None));
}

#[test]
fn the_storage_on_a_simulated_disk_passes_the_suite() {
    run::<Memory<SimDisk>>(|| (SimDisk::fresh(), None));
}

#[test]
fn the_storage_on_rocksdb_passes_the_suite() {
    run::<Rocks>(|| {
        let folder = tempfile::tempdir().unwrap();
        (RealDisk::open(folder.path()).unwrap(), Some(folder))
    });
}

fn run<E: Engine>(disk: fn() -> (E::Disk, Option<TempDir>)) {
    let asked = Arc::new(Asked::default());
    let builder = Fresh::<E> { disk, asked: Arc::clone(&asked) };
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    runtime.block_on(Suite::test_all(builder)).unwrap();
    let counts = [&asked.hole, &asked.truncation, &asked.purge, &asked.installation];
    let counts = counts.map(|count| count.load(Ordering::Relaxed));
    assert_eq!(counts, [11, 1, 2, 1], "the suite asks for what it always asked for");
}

/// Who keeps a book.
fn keeper<E: Engine>(
    disk: &E::Disk,
    book: &Book<E>,
    log: &Log<E>,
    settings: &Live,
    standing: &Arc<Mutex<Standing>>,
) -> BookKeeper<Bench<E>> {
    BookKeeper {
        book: book.clone(),
        clock: SystemClock::default(),
        settings: settings.clone(),
        flushed_ms: 0,
        rounds_ms: 0,
        reception: Reception::new(disk.clone()),
        room: RoomKeeper { reserve: Reserve::keep(disk.clone(), 0).unwrap(), standing: Arc::clone(standing) },
        scrub: Scrub::new(log.clone(), book.clone(), Findings::default(), 0),
    }
}

/// The janitor has the state flushed before each purge. That must keep nobody from looking at the disk.
#[test]
fn a_keeper_that_is_told_to_flush_again_and_again_looks_at_the_disk_all_the_same() {
    let disk = MemoryDisk::default();
    let Ok(Found::Nothing(lock)) = start::open::<Memory<MemoryDisk>>(&disk) else {
        panic!("the folder is new")
    };
    let identity = reeve_store::hard::Identity { cluster: 1, node: 0, era: 0, group: 0 };
    let made = start::create::<Memory<MemoryDisk>>(&disk, lock, identity).unwrap();
    let settings = Live::from(Settings { flush_interval: Duration::from_millis(60), ..Settings::default() });
    // As it once was: there is room now.
    let standing = Arc::new(Mutex::new(Standing::Critical));
    let mut keeper = keeper(&disk, &made.book, &made.log, &settings, &standing);
    let start = keeper.clock.mono_ms();
    (keeper.flushed_ms, keeper.rounds_ms) = (start, start);
    while *standing.lock().unwrap() == Standing::Critical {
        assert!(keeper.clock.mono_ms() - start < 5_000, "it never looks");
        std::thread::sleep(Duration::from_millis(10));
        let (done, _flushed) = tokio::sync::oneshot::channel();
        keeper.work(vec![BookJob::Flush { done }]);
        keeper.rest();
    }
}

/// Makes a replica's storage, empty.
struct Fresh<E: Engine> {
    disk: fn() -> (E::Disk, Option<TempDir>),
    asked: Arc<Asked>,
}

/// What goes when a case is over.
type Guard<E> = (<<E as Engine>::Disk as reeve_store::disk::Disk>::Lock, Option<TempDir>);

impl<E: Engine> StoreBuilder<Types, Storage<E>, State<E>, Guard<E>> for Fresh<E> {
    async fn build(&self) -> Result<(Guard<E>, Storage<E>, State<E>), StorageError<Types>> {
        let (disk, folder) = (self.disk)();
        let Ok(Found::Nothing(lock)) = start::open::<E>(&disk) else { panic!("the folder is new") };
        let identity = reeve_store::hard::Identity { cluster: 1, node: 0, era: 0, group: 0 };
        let made = start::create::<E>(&disk, lock, identity).unwrap();
        let standing = Arc::new(Mutex::new(Standing::Plenty));
        let (clock, bench) = (SystemClock::default(), Bench::<E>::default());
        let settings = Live::from(Settings { slow_sync: Duration::MAX, ..Settings::default() });
        let keeper = keeper(&disk, &made.book, &made.log, &settings, &standing);
        let books = bench.employ("book", keeper);
        let pace = Pace::new(settings);
        let writers =
            bench.employ("log", LogKeeper::<Bench<E>> { writer: made.writer, clock, pace: pace.clone() });
        let identity = Identity { cluster: 1, group: 0, era: 0, node: 0 };
        let state = made.book.load().unwrap();
        let shared = Arc::new(Shared::<Bench<E>>::new(
            identity,
            clock,
            state,
            &made.book.applied(),
            books.clone(),
            standing,
            pace,
        ));
        let storage = Storage {
            inner: LogStorage::new(made.log.clone(), made.book.clone(), writers),
            log: made.log,
            book: made.book.clone(),
            asked: Arc::clone(&self.asked),
        };
        let inner = Machine::new(shared, made.book.clone(), books);
        let state = State { inner, book: made.book, disk, asked: Arc::clone(&self.asked) };
        Ok(((made.lock, folder), storage, state))
    }
}

/// The log storage, for a suite that asks for more than it gives.
struct Storage<E: Engine> {
    inner: LogStorage<Bench<E>>,
    log: Log<E>,
    book: Book<E>,
    asked: Arc<Asked>,
}

impl<E: Engine> RaftLogStorage<Types> for Storage<E> {
    type LogReader = LogStorage<Bench<E>>;

    async fn get_log_state(&mut self) -> io::Result<LogState<Types>> {
        self.inner.get_log_state().await
    }

    async fn get_log_reader(&mut self) -> Self::LogReader {
        self.inner.get_log_reader().await
    }

    async fn save_vote(&mut self, vote: &types::Vote) -> io::Result<()> {
        self.inner.save_vote(vote).await
    }

    async fn append<I>(&mut self, entries: I, callback: IOFlushed<Types>) -> io::Result<()>
    where
        I: IntoIterator<Item = Entry> + OptionalSend,
        I::IntoIter: OptionalSend,
    {
        let mut entries: Vec<Entry> = entries.into_iter().collect();
        let (before, first) = (self.log.state(), entries[0].log_id);
        let next = before.1.map_or(0, |last| last.index + 1);
        if next < first.index() {
            count(&self.asked.hole);
            let refused = entries.iter().cloned().map(entry_in::<TokioRuntime>).collect();
            assert_eq!(self.log.append(refused).unwrap_err().kind, FaultKind::Misused);
            assert_eq!(self.log.state(), before);
            let missing = (next..first.index()).map(|index| Entry::new_blank(LogId { index, ..first }));
            entries.splice(0..0, missing);
        }
        self.inner.append(entries, callback).await
    }

    async fn truncate_after(&mut self, last: Option<LogId>) -> io::Result<()> {
        let before = self.log.state();
        if last.is_some_and(|last| before.1.is_none_or(|end| end.index < last.index())) {
            count(&self.asked.truncation);
            self.inner.truncate_after(last).await.unwrap_err();
            assert_eq!(self.log.state(), before);
            return Ok(());
        }
        self.inner.truncate_after(last).await
    }

    async fn purge(&mut self, upto: LogId) -> io::Result<()> {
        let (before, end) = (self.log.state(), Some(log_id_in::<TokioRuntime>(&upto)));
        if before.1.map(|last| last.index) < Some(upto.index()) && self.book.applied().id != end {
            count(&self.asked.purge);
            self.inner.purge(upto).await.unwrap_err();
            assert_eq!(self.log.state(), before);
            let applied = book::Applied { id: end, ..self.book.applied() };
            let changes = Changes::default();
            self.book.note(Noted { applied, now_ms: 0, changes: &changes, bodies: &[], events: &[] });
        }
        self.inner.purge(upto).await
    }
}

/// The state machine, for a suite that installs snapshots which nobody sent.
struct State<E: Engine> {
    inner: Machine<Bench<E>>,
    book: Book<E>,
    disk: E::Disk,
    asked: Arc<Asked>,
}

/// A snapshot, and whose it is.
struct Parcel<E: Engine> {
    inner: books::Parcel<E>,
    sender: Book<E>,
}

type Snapshot<E> = openraft::type_config::alias::SnapshotOf<Types, Parcel<E>>;

fn of<E: Engine>(sender: &Book<E>, snapshot: super::machine::Snapshot<Bench<E>>) -> Snapshot<E> {
    let openraft::Snapshot { meta, snapshot: inner } = snapshot;
    openraft::Snapshot { meta, snapshot: Parcel { inner, sender: sender.clone() } }
}

struct Making<E: Engine> {
    inner: Builder<Bench<E>>,
    book: Book<E>,
}

impl<E: Engine> RaftSnapshotBuilder<Types> for Making<E> {
    type SnapshotData = Parcel<E>;

    async fn build_snapshot(&mut self) -> io::Result<Snapshot<E>> {
        Ok(of(&self.book, self.inner.build_snapshot().await?))
    }
}

impl<E: Engine> RaftStateMachine<Types> for State<E> {
    type SnapshotData = Parcel<E>;
    type SnapshotBuilder = Making<E>;

    async fn applied_state(&mut self) -> io::Result<(Option<LogId>, types::StoredMembership<TokioRuntime>)> {
        self.inner.applied_state().await
    }

    async fn apply<Strm>(&mut self, entries: Strm) -> io::Result<()>
    where
        Strm: Stream<Item = io::Result<EntryResponder<Types>>> + Unpin + OptionalSend,
    {
        self.inner.apply(entries).await
    }

    async fn get_snapshot_builder(&mut self) -> Making<E> {
        Making { inner: self.inner.get_snapshot_builder().await, book: self.book.clone() }
    }

    async fn install_snapshot(
        &mut self,
        meta: &types::SnapshotMeta<TokioRuntime>,
        parcel: Parcel<E>,
    ) -> io::Result<()> {
        count(&self.asked.installation);
        let before = self.inner.applied_state().await?;
        self.inner.install_snapshot(meta, parcel.inner).await.unwrap_err();
        assert_eq!(self.inner.applied_state().await?, before);
        let sent = parcel.sender.checkpoint()?;
        let manifest = Manifest::from_bytes(&sent.manifest().to_bytes())?;
        let mut incoming = Incoming::<E>::begin(&self.disk, manifest)?;
        for file in &sent.manifest().files {
            while incoming.have(&file.name)? < file.length {
                let offset = incoming.have(&file.name)?;
                incoming.write(&file.name, offset, &sent.chunk(&file.name, offset, limits::PIECE_BYTES)?)?;
            }
        }
        let received = Machine::<Bench<E>>::received(incoming.finish()?)?;
        assert_eq!(received.meta, *meta);
        self.inner.install_snapshot(meta, received.snapshot).await
    }

    async fn get_current_snapshot(&mut self) -> io::Result<Option<Snapshot<E>>> {
        Ok(self.inner.get_current_snapshot().await?.map(|snapshot| of(&self.book, snapshot)))
    }
}

/// A network without anybody else.
#[derive(Clone)]
struct Alone;

impl Network for Alone {
    type Link = Self;

    fn link(&self, _to: u64, _at: &Member, _lane: Lane) -> Self {
        Self
    }
}

impl Link for Alone {
    async fn ask(&mut self, _question: Letter<Question>, _patience: Duration) -> Result<Answer, NoAnswer> {
        Err(NoAnswer::NeverSent("there is nobody".into()))
    }

    async fn append(&mut self, _first: Letter<Append>, _patience: Duration) -> Result<Wires, NoAnswer> {
        Err(NoAnswer::NeverSent("there is nobody".into()))
    }
}

/// Hands without orders.
struct Idle;

impl Hands for Idle {
    fn opened(&self, _term: u64, _revision: Revision, _orders: Vec<Effect>) {}
    fn carry_out(&self, _term: u64, _revision: Revision, _orders: &[Effect]) {}
    fn closed(&self, _term: u64) {}
}
