//! Faults: what can be wrong with a replica's own memory. A fault is local; it is never a reply to anybody, and after one
//! on the log or the vote nobody knows what is on the disk: the process ends and starts from what the disk says.

use std::io;

/// What went wrong, where, and what to do about it.
#[derive(Clone, Debug, thiserror::Error)]
#[error("{}: {at}: {what}. {}", self.code(), self.remedy())]
pub struct Fault {
    /// Which kind of trouble.
    pub kind: FaultKind,
    /// The file or folder, relative to the data folder.
    pub at: String,
    /// What was found.
    pub what: String,
}

/// The kinds of trouble, each with a code that never changes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FaultKind {
    /// The system refused to read or write.
    Io,
    /// The disk is full.
    Full,
    /// Bytes that are not what was written.
    Damaged,
    /// Written by a newer build.
    Newer,
    /// Belongs to something else: another program, cluster, node or era.
    Foreign,
    /// Another process is using it.
    Locked,
    /// It was asked for something that is no longer, or not yet, there.
    Gone,
    /// It was asked for something that its contract does not allow.
    Misused,
}

impl Fault {
    /// A fault of this kind.
    pub fn new(kind: FaultKind, at: impl Into<String>, what: impl Into<String>) -> Self {
        Self { kind, at: at.into(), what: what.into() }
    }

    /// Bytes at `at` that are not what was written.
    pub fn damaged(at: impl Into<String>, what: impl Into<String>) -> Self {
        Self::new(FaultKind::Damaged, at, what)
    }

    /// What the system said about `at`.
    pub fn io(at: impl Into<String>, error: &io::Error) -> Self {
        let full = matches!(error.kind(), io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded);
        Self::new(if full { FaultKind::Full } else { FaultKind::Io }, at, error.to_string())
    }

    /// The stable code.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self.kind {
            FaultKind::Io => "STORE_IO",
            FaultKind::Full => "STORE_FULL",
            FaultKind::Damaged => "STORE_DAMAGED",
            FaultKind::Newer => "STORE_NEWER",
            FaultKind::Foreign => "STORE_FOREIGN",
            FaultKind::Locked => "STORE_LOCKED",
            FaultKind::Gone => "STORE_GONE",
            FaultKind::Misused => "STORE_MISUSED",
        }
    }

    /// The way out.
    #[must_use]
    pub const fn remedy(&self) -> &'static str {
        match self.kind {
            FaultKind::Io => "Check the disk and its permissions, then start again",
            FaultKind::Full => "Free space or grow the disk; the node goes on by itself",
            FaultKind::Damaged => {
                "Look with `reeve server check`; if other replicas are whole, move this folder away and join anew"
            }
            FaultKind::Newer => "Start the newer build of reeve",
            FaultKind::Foreign => "Name the right data folder, or move this one away",
            FaultKind::Locked => "Stop the other process, or give this one a data folder of its own",
            FaultKind::Gone => "Ask for something newer",
            FaultKind::Misused => "This is an error in reeve: please report it",
        }
    }
}

impl From<Fault> for io::Error {
    fn from(fault: Fault) -> Self {
        Self::other(fault)
    }
}
