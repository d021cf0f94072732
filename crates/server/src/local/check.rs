//! Whether a data folder is whole: everything in it is read.

use std::ops::ControlFlow;
use std::path::PathBuf;

use reeve_node::member::Membership;
use reeve_node::store::Fault;
use reeve_node::store::fault::FaultKind;
use reeve_node::store::hard::Hard;
use reeve_node::store::log::LogId;
use reeve_node::store::look::{Found, Look, Progress};

use super::{Held, LocalFailure, Rocks, hold, on_disk};
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
    /// Nothing, or no folder.
    Empty,
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
            Self::Empty => "empty",
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
    /// What it is.
    pub health: Health,
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
        folder: folder.clone(),
        health: Health::Empty,
        amiss: Vec::new(),
        replica: None,
        items: Vec::new(),
        read: Progress::default(),
    };
    if let Some(Held { look, _lock }) = hold(&folder)? {
        let examined = match look {
            Ok(None) => Ok(()),
            Ok(Some(look)) => report.examine(look),
            Err(fault) => report.note(fault),
        };
        examined.map_err(|fault| LocalFailure::of(&folder, fault))?;
    }
    Ok(report)
}

impl Report {
    /// Notes what is amiss, or gives it back if it only says that nobody could look. What was noted first decides.
    fn note(&mut self, fault: Fault) -> Result<(), Fault> {
        let Some(health) = Health::of(&fault) else { return Err(fault) };
        let message = fault.to_string();
        if matches!(self.health, Health::Whole | Health::Empty) {
            self.health = health;
        }
        if !self.amiss.contains(&message) {
            self.amiss.push(message);
        }
        Ok(())
    }

    fn examine(&mut self, look: Look<Rocks>) -> Result<(), Fault> {
        self.health = Health::Whole;
        self.items.clone_from(&look.items);
        self.replica = Some(self.facts(&look)?);
        let node = look.hard.identity.node;
        let amnesia = match &look.verdict {
            Some(Ok(verdict)) => Amnesia::of(*verdict, node),
            Some(Err(_)) | None => None,
        };
        let judged = match &look.verdict {
            Some(Err(fault)) => Some(again(fault)),
            Some(Ok(_)) | None => None,
        };
        if let Some(fault) = judged {
            self.note(fault)?;
        }
        let mut read = Progress::default();
        let verified = look.verify(|progress| {
            read = progress;
            ControlFlow::Continue(())
        });
        self.read = read;
        if let Err(fault) = verified {
            self.note(fault)?;
        }
        if let Some(amnesia) = amnesia {
            if self.health == Health::Whole {
                self.health = Health::Amnesiac;
            }
            self.amiss.push(amnesia.to_string());
        }
        Ok(())
    }

    fn facts(&mut self, look: &Look<Rocks>) -> Result<Facts, Fault> {
        let ends = match look.ends() {
            Ok(ends) => ends,
            Err(fault) => {
                self.note(again(fault))?;
                None
            }
        };
        let applied = match look.applied() {
            Ok(applied) => applied,
            Err(fault) => {
                self.note(again(fault))?;
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

/// A fault that is told where it was only borrowed.
pub(super) fn again(fault: &Fault) -> Fault {
    Fault::new(fault.kind, fault.at.clone(), fault.what.clone())
}
