//! The start of a replica: who it is, whether it remembers all that it acknowledged, and how its log and its book go
//! together after whatever ended the last run.

use reeve_core::State;
use reeve_core::name::Era;

use crate::book::{Applied, Book};
use crate::disk::Disk;
use crate::engine::{Engine, Room};
use crate::fault::{Fault, FaultKind};
use crate::hard::{Hard, HardState, Identity, Standing};
use crate::log::{self, Course, Log, LogId, LogWriter, Verdict, reconcile};

/// The file that is locked while a process uses the folder.
const LOCK: &str = "lock";

/// What a replica remembers.
pub struct Remembered<E: Engine> {
    /// Who it is, and what it promised.
    pub hard: Hard,
    /// Whether it has all that it acknowledged. If not, it must neither vote nor lead.
    pub verdict: Verdict,
    /// Its log.
    pub log: Log<E>,
    /// The one who writes it.
    pub writer: LogWriter<E>,
    /// Its book.
    pub book: Book<E>,
    /// The folder.
    pub disk: E::Disk,
    /// The folder is this process's as long as this is held.
    pub lock: <E::Disk as Disk>::Lock,
}

/// What is in a data folder.
pub enum Found<E: Engine> {
    /// A replica.
    Replica(Box<Remembered<E>>),
    /// Nothing yet; the folder is this process's as long as this is held.
    Nothing(<E::Disk as Disk>::Lock),
}

/// Takes the folder and opens what is in it.
///
/// # Errors
/// Another process uses it; it is damaged, foreign, or written by a newer build; or the disk does not answer.
pub fn open<E: Engine>(disk: &E::Disk) -> Result<Found<E>, Fault> {
    let lock = disk.lock().map_err(|error| {
        if error.kind() == std::io::ErrorKind::WouldBlock {
            return Fault::new(FaultKind::Locked, LOCK, "another process uses this folder");
        }
        Fault::io(LOCK, &error)
    })?;
    match HardState::open(disk)? {
        None => Ok(Found::Nothing(lock)),
        Some(hard) => Ok(Found::Replica(Box::new(remember(disk, lock, hard)?))),
    }
}

/// Makes a new replica in a folder that none has used.
///
/// # Errors
/// The folder is in use, or the disk refuses.
pub fn create<E: Engine>(
    disk: &E::Disk,
    lock: <E::Disk as Disk>::Lock,
    identity: Identity,
) -> Result<Remembered<E>, Fault> {
    let hard = HardState::create(disk, identity)?;
    remember(disk, lock, hard)
}

fn remember<E: Engine>(
    disk: &E::Disk,
    lock: <E::Disk as Disk>::Lock,
    hard: HardState<E::Disk>,
) -> Result<Remembered<E>, Fault> {
    let Hard { identity, standing, mark, .. } = *hard.get();
    let era = Era { group: identity.group, era: identity.era };
    let (book, applied) = Book::<E>::open(disk, identity.cluster)?;
    if applied.is_none() {
        book.begin(Applied { era, ..Applied::default() }, State::new(era).records());
    }
    let applied = applied.unwrap_or_default();
    let (log, mut writer) = Log::open(E::open(disk, log::FOLDER, Room::Log)?, hard)?;
    let verdict = judge(&log, standing, mark, applied.id);
    match verdict {
        // Once found, it stays: what is appended later must not hide what is missing.
        Verdict::Amnesia { .. } if standing == Standing::Whole => {
            writer.carry_out(vec![log.stand(Standing::Amnesiac)], 0)?;
        }
        Verdict::Amnesia { .. } => {}
        Verdict::Whole => {
            let (purged, last) = log.state();
            if let Course::Reset(id) = reconcile(purged, last, applied.id) {
                writer.carry_out(vec![log.reset_to(id, applied.chain)], 0)?;
            }
        }
    }
    let hard = *writer.hard();
    Ok(Remembered { hard, verdict, log, writer, book, disk: disk.clone(), lock })
}

fn judge<E: Engine>(
    log: &Log<E>,
    standing: Standing,
    mark: Option<LogId>,
    applied: Option<LogId>,
) -> Verdict {
    let (purged, last) = log.state();
    let found = last.max(applied);
    let amnesia = Verdict::Amnesia { mark: mark.unwrap_or_default(), found };
    match (standing, reconcile(purged, last, applied)) {
        (Standing::Amnesiac, _) => amnesia,
        // The log no longer has what the state lacks: this replica cannot go on from its own memory.
        (Standing::Whole, Course::Reseed) => {
            Verdict::Amnesia { mark: mark.max(purged).unwrap_or_default(), found: applied }
        }
        (Standing::Whole, Course::Replay | Course::Reset(_)) => log.verdict(mark, applied),
    }
}
