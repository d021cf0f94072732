//! The start of a replica: who it is, whether it remembers all that it acknowledged, and how its log and its book go
//! together after whatever ended the last run.

use reeve_core::State;
use reeve_core::name::Era;
use serde::{Deserialize, Serialize};

use crate::book::{Applied, Book};
use crate::disk::Disk;
use crate::engine::{Engine, Room};
use crate::fault::{Fault, FaultKind};
use crate::frame::{self, Framed};
use crate::hard::{self, Hard, HardState, Identity, Standing};
use crate::log::{self, Course, Log, LogWriter, Place, Verdict, Vote, reconcile};
use crate::probe;
use crate::reserve;

/// The file that is locked while a process uses the folder.
pub const LOCK: &str = "lock";
/// What may be in a folder before there is a replica in it: traces of one whose creation was cut off, and what file
/// systems have of their own.
const BEFORE: [&str; 6] = [LOCK, NEWCOMER, hard::FRESH, probe::FILE, reserve::FILE, "lost+found"];
/// What one who is not a replica yet calls itself where it asks to be let in.
pub(crate) const NEWCOMER: &str = "newcomer";

/// The first shape of that file.
#[derive(Serialize, Deserialize)]
struct Newcomer {
    drawn: u128,
}

impl Framed for Newcomer {
    const MAGIC: [u8; 4] = *b"RVnc";
    const VERSION: u16 = 1;
}

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

/// What a start makes of what is in a folder together: the same whether it goes on with it, or somebody only looks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Judgement {
    /// Whether it has all that it acknowledged.
    pub verdict: Verdict,
    /// How the log and the state go on together, if it has.
    pub course: Course,
}

/// Takes the folder and opens what is in it.
///
/// # Errors
/// Another process uses it; it is damaged, foreign, or written by a newer build; or the disk does not answer.
pub fn open<E: Engine>(disk: &E::Disk) -> Result<Found<E>, Fault> {
    let lock = lock(disk)?;
    match HardState::open(disk)? {
        None => refuse_strangers(disk).map(|()| Found::Nothing(lock)),
        Some(hard) => Ok(Found::Replica(Box::new(remember(disk, lock, hard)?))),
    }
}

/// Takes the folder for this process, for as long as the lock is held.
///
/// # Errors
/// Another process uses it, or the disk does not answer.
pub fn lock<D: Disk>(disk: &D) -> Result<D::Lock, Fault> {
    disk.lock().map_err(|error| {
        if error.kind() == std::io::ErrorKind::WouldBlock {
            return Fault::new(FaultKind::Locked, LOCK, error.to_string());
        }
        Fault::io(LOCK, &error)
    })
}

/// Refuses a folder that others use: no replica, but files.
pub(crate) fn refuse_strangers<D: Disk>(disk: &D) -> Result<(), Fault> {
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

/// What one who is not a replica yet calls itself where it asks to be let in: what it drew the first time, or `fresh`, which
/// it keeps. So one who asks again, because no answer came, is known for the same, after a restart too.
///
/// # Errors
/// The disk refuses.
pub fn newcomer<D: Disk>(disk: &D, fresh: u128) -> Result<u128, Fault> {
    let told = |error: std::io::Error| Fault::io(NEWCOMER, &error);
    let found = disk.read(NEWCOMER).map_err(told)?;
    // One that cannot be read was cut off while it was written, and never told to anybody.
    if let Some(Ok(Newcomer { drawn })) = found.map(|bytes| frame::decode(&bytes, NEWCOMER)) {
        return Ok(drawn);
    }
    disk.remove(NEWCOMER).map_err(told)?;
    disk.write_at(NEWCOMER, 0, &frame::encode(&Newcomer { drawn: fresh })).map_err(told)?;
    disk.sync(NEWCOMER).map_err(told)?;
    disk.sync_folder("").map_err(told)?;
    Ok(fresh)
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
    mut hard: HardState<E::Disk>,
) -> Result<Remembered<E>, Fault> {
    // A name is given once: whoever finds this folder without its replica must ask under another.
    disk.remove(NEWCOMER).map_err(|error| Fault::io(NEWCOMER, &error))?;
    let (book, applied) = Book::<E>::open(disk, hard.get().identity.cluster)?;
    if let Some(applied) = &applied {
        let beside = beside(*hard.get(), applied);
        if beside != *hard.get() {
            hard.change(|hard| *hard = beside)?;
            // Once more, so that neither slot is of the old era: a promise of this one must outlive a slot that is lost.
            hard.change(|hard| hard.incarnation += 1)?;
        }
    }
    let Hard { identity, .. } = *hard.get();
    let era = Era { group: identity.group, era: identity.era };
    if applied.is_none() {
        book.begin(Applied { era, ..Applied::default() }, State::new(era).records());
    }
    let applied = applied.unwrap_or_default();
    let (log, mut writer) = Log::open(E::open(disk, log::FOLDER, Room::Log)?, hard)?;
    let Judgement { verdict, course } = judge(Some(&log), writer.hard(), &applied)?;
    if verdict == Verdict::Whole {
        if let Course::Reset(id) = course {
            let last = log.state().1;
            tracing::warn!(?last, behind = ?id, "the log ends before the state does, and begins anew behind it");
            writer.carry_out(vec![log.reset_to(id, applied.chain)], 0)?;
        }
    } else if writer.hard().standing == Standing::Whole {
        // Once found, it stays: what is appended later must not hide what is missing.
        writer.carry_out(vec![log.stand(Standing::Amnesiac)], 0)?;
    }
    let hard = *writer.hard();
    Ok(Remembered { hard, verdict, log, writer, book, disk: disk.clone(), lock })
}

/// What the hard state says beside this state. A state of a later era was recovered, and counts from the moment at which
/// it is on the disk: what of the recovery was not written by then is made up for at the next start. It has everything that
/// there is from now on, whatever this replica had forgotten of the old era, and promised in it. Once the state has gone on,
/// the hard state was of its era, and one that is not was put back from earlier: that is no recovery.
pub(crate) fn beside(hard: Hard, applied: &Applied) -> Hard {
    let is_fresh = applied.era.era > hard.identity.era && applied.membership_id == applied.id;
    let Some(id) = applied.id.filter(|_| is_fresh) else { return hard };
    Hard {
        identity: Identity { era: applied.era.era, ..hard.identity },
        standing: Standing::Whole,
        vote: Some(Vote { term: id.term, node: hard.identity.node, committed: false }),
        mark: Some(id),
        ..hard
    }
}

/// Whether what was found together is all that there was, and how it goes on.
pub(crate) fn judge<E: Engine>(
    log: Option<&Log<E>>,
    hard: &Hard,
    applied: &Applied,
) -> Result<Judgement, Fault> {
    let (purged, last) = log.map(Log::state).unwrap_or_default();
    let course = reconcile(purged, last, applied.id);
    let verdict = verdict(log, course, hard, applied)?;
    Ok(Judgement { verdict, course })
}

fn verdict<E: Engine>(
    log: Option<&Log<E>>,
    course: Course,
    hard: &Hard,
    applied: &Applied,
) -> Result<Verdict, Fault> {
    let Hard { standing, vote, mark, .. } = *hard;
    let (purged, last) = log.map(Log::state).unwrap_or_default();
    let found = last.max(applied.id);
    let verdict = match course {
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
