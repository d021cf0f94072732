//! Whether a data folder is whole: everything in it is read.

use std::ops::ControlFlow;
use std::path::PathBuf;

use reeve_node::member::Membership;
use reeve_node::store::Fault;
use reeve_node::store::fault::FaultKind;
use reeve_node::store::hard::Hard;
use reeve_node::store::log::{Course, LogId};
use reeve_node::store::look::{Found, Look, Progress};

use super::{Held, LocalFailure, Rocks, Sight, hold, on_disk};
use crate::Config;
use crate::node::stage::Amnesia;

/// What a folder is, in one word.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Health {
    /// A replica that has all that it acknowledged, and every byte of it can be read.
    Whole,
    /// Bytes that are not what was written.
    Damaged,
    /// A replica that has forgotten what it acknowledged.
    Amnesiac,
    /// Something else than a replica's, or another's.
    Foreign,
    /// A newer build wrote it.
    Newer,
    /// A folder in which no replica has lived.
    Fresh,
    /// No folder.
    Absent,
}

impl Health {
    /// The word.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Whole => "whole",
            Self::Damaged => "damaged",
            Self::Amnesiac => "amnesiac",
            Self::Foreign => "foreign",
            Self::Newer => "newer",
            Self::Fresh => "fresh",
            Self::Absent => "absent",
        }
    }

    /// What a fault makes of a folder; nothing if it only says that nobody could look.
    const fn of(fault: &Fault) -> Option<Self> {
        match fault.kind {
            FaultKind::Damaged | FaultKind::Gone | FaultKind::Misused => Some(Self::Damaged),
            FaultKind::Foreign => Some(Self::Foreign),
            FaultKind::Newer => Some(Self::Newer),
            FaultKind::Io | FaultKind::Full | FaultKind::Locked => None,
        }
    }
}

/// What an examination found.
pub struct Report {
    /// The folder.
    pub folder: PathBuf,
    /// Whether it is the one that counts where none is named.
    pub default: bool,
    /// What it is.
    pub health: Health,
    /// What a server would do that is started on it.
    pub start: String,
    /// What is amiss, and the way out.
    pub amiss: Vec<String>,
    /// What is known of the replica in it.
    pub replica: Option<Facts>,
    /// What is in the folder, in order of names.
    pub items: Vec<Found>,
    /// How much was read.
    pub read: Progress,
}

/// What is known of a replica.
pub struct Facts {
    /// Who it is and what it promised.
    pub hard: Hard,
    /// The first entry of its log, and the last.
    pub ends: Option<(LogId, LogId)>,
    /// The last entry that its state has applied and written.
    pub applied: Option<LogId>,
    /// The revision of the state.
    pub revision: u64,
    /// Its digest.
    pub digest: u128,
    /// Who belongs to its cluster, as of that state.
    pub membership: Membership,
}

/// Reads everything in the data folder that a configuration names, and tells what it is.
///
/// # Errors
/// It cannot be looked at: a server runs on it, or the disk does not answer.
pub fn check(config: &Config) -> Result<Report, LocalFailure> {
    let folder = on_disk(config)?.to_path_buf();
    let mut report = Report {
        default: folder == Config::default().node.data_dir,
        folder: folder.clone(),
        health: Health::Fresh,
        start: "it waits until it founds a cluster, or joins one".into(),
        amiss: Vec::new(),
        replica: None,
        items: Vec::new(),
        read: Progress::default(),
    };
    match hold(&folder)? {
        Sight::Absent => report.health = Health::Absent,
        Sight::Empty => {}
        Sight::Held(held) => {
            let Held { look, _lock } = *held;
            let examined = match look {
                Ok(None) => Ok(()),
                Ok(Some(look)) => report.examine(look),
                Err(fault) => report.refused(fault),
            };
            examined.map_err(|fault| LocalFailure::of(&folder, fault))?;
        }
    }
    Ok(report)
}

impl Report {
    /// Notes what is amiss, or gives it back if it only says that nobody could look. What was noted first decides.
    fn note(&mut self, fault: Fault) -> Result<(), Fault> {
        let Some(health) = Health::of(&fault) else { return Err(fault) };
        let message = fault.to_string();
        if matches!(self.health, Health::Whole | Health::Fresh) {
            self.health = health;
        }
        if !self.amiss.contains(&message) {
            self.amiss.push(message);
        }
        Ok(())
    }

    /// Notes why a start would refuse.
    fn refused(&mut self, fault: Fault) -> Result<(), Fault> {
        self.start = format!("it refuses, with {}", fault.code());
        self.note(fault)
    }

    /// What a start makes of it comes first, and decides; then everything is read.
    fn examine(&mut self, look: Look<Rocks>) -> Result<(), Fault> {
        self.items.clone_from(&look.items);
        self.judge(&look)?;
        let sound = self.health == Health::Whole;
        self.replica = Some(self.facts(&look)?);
        let mut read = Progress::default();
        let verified = look.verify(|progress| {
            read = progress;
            ControlFlow::Continue(())
        });
        self.read = read;
        if let Err(fault) = verified {
            self.note(fault)?;
        }
        if sound && self.health != Health::Whole {
            self.start = "it may go on until it comes to the damage: a start does not read everything".into();
        }
        Ok(())
    }

    fn judge(&mut self, look: &Look<Rocks>) -> Result<(), Fault> {
        let judgement = match &look.judgement {
            Ok(judgement) => judgement,
            Err(fault) => return self.refused(fault.clone()),
        };
        match (Amnesia::of(judgement.verdict, look.hard.identity.node), judgement.course) {
            (Some(amnesia), _) => {
                self.health = Health::Amnesiac;
                self.start = "it takes no part, with NODE_AMNESIA".into();
                self.amiss.push(amnesia.to_string());
            }
            (None, Course::Reset(id)) => {
                self.health = Health::Whole;
                self.start = anew(look, id);
            }
            (None, Course::Replay | Course::Reseed) => {
                self.health = Health::Whole;
                self.start = "it goes on".into();
            }
        }
        Ok(())
    }

    fn facts(&mut self, look: &Look<Rocks>) -> Result<Facts, Fault> {
        let ends = match look.ends() {
            Ok(ends) => ends,
            Err(fault) => {
                self.note(fault.clone())?;
                None
            }
        };
        let applied = match look.applied() {
            Ok(applied) => applied,
            Err(fault) => {
                self.note(fault.clone())?;
                Default::default()
            }
        };
        let membership = match &applied.membership[..] {
            [] => Membership::default(),
            written => match Membership::decode(written) {
                Ok(membership) => membership,
                Err(fault) => {
                    self.note(fault)?;
                    Membership::default()
                }
            },
        };
        let (revision, digest) = (applied.revision.0, applied.digest);
        Ok(Facts { hard: look.hard, ends, applied: applied.id, revision, digest, membership })
    }
}

/// What a start does where the state is further than the log.
fn anew(look: &Look<Rocks>, id: LogId) -> String {
    let last = look.log.as_ref().ok().and_then(Option::as_ref).map(|log| log.state().1);
    let log = match last {
        None => "is missing".into(),
        Some(None) => "is empty".into(),
        Some(Some(last)) => format!("ends at entry {}", last.index),
    };
    let LogId { term, index } = id;
    format!(
        "it goes on, and its log begins anew behind entry {index} of term {term}: the log {log}, and the state has \
         everything that this node acknowledged, as far as its mark tells"
    )
}
