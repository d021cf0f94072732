//! The start of a replica: who it is, whether it remembers all that it acknowledged, and how its log and its book go
//! together after whatever ended the last run.

use reeve_core::State;
use reeve_core::name::Era;

use crate::book::{Applied, Book};
use crate::disk::Disk;
use crate::engine::{Engine, Room};
use crate::fault::{Fault, FaultKind};
use crate::hard::{self, Hard, HardState, Identity, Standing};
use crate::log::{self, Course, Log, LogWriter, Place, Verdict, reconcile};
use crate::reserve;

/// The file that is locked while a process uses the folder.
pub(crate) const LOCK: &str = "lock";
/// What may be in a folder before there is a replica in it: traces of one whose creation was cut off, and what file
/// systems have of their own.
const BEFORE: [&str; 4] = [LOCK, hard::FRESH, reserve::FILE, "lost+found"];

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
            return Fault::new(FaultKind::Locked, LOCK, error.to_string());
        }
        Fault::io(LOCK, &error)
    })?;
    match HardState::open(disk)? {
        None => refuse_strangers(disk).map(|()| Found::Nothing(lock)),
        Some(hard) => Ok(Found::Replica(Box::new(remember(disk, lock, hard)?))),
    }
}

/// Refuses a folder that others use: no replica, but files.
fn refuse_strangers<D: Disk>(disk: &D) -> Result<(), Fault> {
    let items = disk.list("").map_err(|error| Fault::io("", &error))?;
    match items.iter().find(|item| !BEFORE.contains(&item.name.as_str())) {
        None => Ok(()),
        Some(stranger) => Err(Fault::new(
            FaultKind::Foreign,
            &stranger.name,
            "it is no replica's, and there is no replica here",
        )),
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
    let Hard { identity, .. } = *hard.get();
    let era = Era { group: identity.group, era: identity.era };
    let (book, applied) = Book::<E>::open(disk, identity.cluster)?;
    if applied.is_none() {
        book.begin(Applied { era, ..Applied::default() }, State::new(era).records());
    }
    let applied = applied.unwrap_or_default();
    let (log, mut writer) = Log::open(E::open(disk, log::FOLDER, Room::Log)?, hard)?;
    let verdict = judge(Some(&log), writer.hard(), &applied)?;
    if verdict == Verdict::Whole {
        let (purged, last) = log.state();
        if let Course::Reset(id) = reconcile(purged, last, applied.id) {
            writer.carry_out(vec![log.reset_to(id, applied.chain)], 0)?;
        }
    } else if writer.hard().standing == Standing::Whole {
        // Once found, it stays: what is appended later must not hide what is missing.
        writer.carry_out(vec![log.stand(Standing::Amnesiac)], 0)?;
    }
    let hard = *writer.hard();
    Ok(Remembered { hard, verdict, log, writer, book, disk: disk.clone(), lock })
}

/// Whether what was found together is all that there was.
pub(crate) fn judge<E: Engine>(
    log: Option<&Log<E>>,
    hard: &Hard,
    applied: &Applied,
) -> Result<Verdict, Fault> {
    let Hard { standing, vote, mark, .. } = *hard;
    let (purged, last) = log.map(Log::state).unwrap_or_default();
    let found = last.max(applied.id);
    let verdict = match reconcile(purged, last, applied.id) {
        // The log no longer has what the state lacks: this replica cannot go on from its own memory.
        Course::Reseed => Verdict::Amnesia { mark: mark.max(purged).unwrap_or_default(), found: applied.id },
        Course::Replay | Course::Reset(_) => Verdict::of(last, mark, applied.id),
    };
    match (verdict, standing, found) {
        (Verdict::Amnesia { .. } | Verdict::Forsworn { .. }, ..) => Ok(verdict),
        (Verdict::Whole, Standing::Amnesiac, _) => {
            Ok(Verdict::Amnesia { mark: mark.unwrap_or_default(), found })
        }
        // Whoever takes an entry has first promised its term, so a slot of the hard state was lost, or put back.
        (Verdict::Whole, Standing::Whole, Some(found)) if found.term > vote.map_or(0, |vote| vote.term) => {
            Ok(Verdict::Forsworn { vote, found })
        }
        (Verdict::Whole, Standing::Whole, _) => {
            log.map_or(Ok(()), |log| agree(log, applied))?;
            Ok(verdict)
        }
    }
}

/// Insists that the state has applied what the log has. A state that is beyond the log, or on another branch of it than
/// the end of the log, came from an install that was cut off: then the log goes.
fn agree<E: Engine>(log: &Log<E>, applied: &Applied) -> Result<(), Fault> {
    let (purged, last) = log.state();
    let Some(id) = applied.id.filter(|_| reconcile(purged, last, applied.id) == Course::Replay) else {
        return Ok(());
    };
    match log.place_at(id.index)? {
        Some(place) if place == (Place { id, chain: applied.chain }) => Ok(()),
        Some(_) | None => {
            let what = format!("entry {} is not the one that the state has applied", id.index);
            Err(Fault::damaged(log::FOLDER, what))
        }
    }
}
