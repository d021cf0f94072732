//! Faults: bad news that is true on this machine only.
//!
//! A refusal is a reply, the same on every replica. A fault never becomes a reply: bytes that cannot be understood,
//! or records that contradict each other, stop the replica, which says why and what the way out is.

use std::fmt;

/// Why bytes or records cannot be used.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fault {
    /// The bytes end before the value does.
    Truncated,
    /// Bytes are left over behind a complete value.
    Trailing,
    /// A value is written longer or in another order than its one canonical form.
    NotCanonical(&'static str),
    /// Text that is not UTF-8.
    BadText,
    /// A number outside the range of its field.
    OutOfRange(&'static str),
    /// A tag that this version does not know.
    UnknownTag {
        /// The family of tags.
        family: &'static str,
        /// The tag found.
        tag: u8,
    },
    /// A shape written by a newer version.
    UnknownVersion {
        /// The shape.
        shape: &'static str,
        /// The version found.
        version: u8,
    },
    /// An entry or state under a law that this version does not know.
    UnknownLaw {
        /// The law found.
        law: u32,
        /// The newest law known here.
        known: u32,
    },
    /// A record refers to something that is not among the records.
    Dangling(&'static str),
    /// The records contradict a law of the state.
    Broken(String),
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Truncated => {
                f.write_str("the bytes end before the value does: damaged, restore this replica")
            }
            Self::Trailing => {
                f.write_str("bytes are left over behind the value: damaged, or written by a newer version")
            }
            Self::NotCanonical(what) => {
                write!(f, "{what} is not in its canonical form: damaged, restore this replica")
            }
            Self::BadText => f.write_str("text is not UTF-8: damaged, restore this replica"),
            Self::OutOfRange(what) => write!(f, "{what} is out of range: damaged, restore this replica"),
            Self::UnknownTag { family, tag } => {
                write!(f, "{family} {tag} is not known here: upgrade this replica")
            }
            Self::UnknownVersion { shape, version } => {
                write!(f, "{shape} in version {version} is not known here: upgrade this replica")
            }
            Self::UnknownLaw { law, known } => {
                write!(f, "law {law} is not known here (newest known: {known}): upgrade this replica")
            }
            Self::Dangling(what) => write!(f, "a record refers to a missing {what}: restore this replica"),
            Self::Broken(why) => write!(f, "the records contradict each other: {why}: restore this replica"),
        }
    }
}

impl std::error::Error for Fault {}
