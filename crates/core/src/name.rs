//! Names: the fixed 128-bit identities of everything that the log gives birth to.
//!
//! A name is (group, era, revision, position): the Raft group, the era of its history, the log index that created
//! the thing, and its place in that entry. Names are therefore unique, ordered by birth, free to make, and the same
//! on every replica. No name is ever drawn from randomness or a clock, and none is ever used twice: recovery that
//! could repeat a revision raises the era.

use std::fmt;
use std::str::FromStr;

/// The Raft log index: the one order of everything.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Revision(pub u64);

impl fmt::Display for Revision {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// Which history this is: a Raft group, and the era that recovery and restore raise.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Era {
    /// The Raft group.
    pub group: u16,
    /// The era within the group.
    pub era: u16,
}

/// The identity of one thing born from the log.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Name {
    /// The Raft group whose log it was born in.
    pub group: u16,
    /// The era of that group's history.
    pub era: u16,
    /// The revision of the entry that created it.
    pub revision: Revision,
    /// Its place among the names of that entry.
    pub position: u32,
}

impl Name {
    /// The name of the thing at `position` of the entry at `revision`.
    #[must_use]
    pub const fn new(era: Era, revision: Revision, position: u32) -> Self {
        Self { group: era.group, era: era.era, revision, position }
    }
}

impl fmt::Display for Name {
    /// `48213-7`, and `2.1.48213-7` once group or era are not zero.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if (self.group, self.era) != (0, 0) {
            write!(f, "{}.{}.", self.group, self.era)?;
        }
        write!(f, "{}-{}", self.revision, self.position)
    }
}

impl fmt::Debug for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// Text that is not the canonical form of a name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NotAName;

impl fmt::Display for NotAName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("not a name: expected REVISION-POSITION, as in 48213-7, or GROUP.ERA.REVISION-POSITION")
    }
}

impl std::error::Error for NotAName {}

impl FromStr for Name {
    type Err = NotAName;

    fn from_str(text: &str) -> Result<Self, NotAName> {
        let (history, local) = match text.rsplit_once('.') {
            Some((history, local)) => (Some(history.split_once('.').ok_or(NotAName)?), local),
            None => (None, text),
        };
        let (group, era) = match history {
            Some((group, era)) => (group.parse().map_err(|_| NotAName)?, era.parse().map_err(|_| NotAName)?),
            None => (0, 0),
        };
        let (revision, position) = local.split_once('-').ok_or(NotAName)?;
        let revision = Revision(revision.parse().map_err(|_| NotAName)?);
        let name = Self { group, era, revision, position: position.parse().map_err(|_| NotAName)? };
        // One text form for each name: `007-1`, `+7-1` and `0.0.7-1` are not names.
        if name.to_string() == text { Ok(name) } else { Err(NotAName) }
    }
}

/// Declares kinds of names: the same 128 bits, but never mistaken for one another.
macro_rules! names {
    ($($(#[$doc:meta])* $kind:ident),* $(,)?) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $kind(pub Name);

        impl fmt::Display for $kind {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }

        impl fmt::Debug for $kind {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                fmt::Display::fmt(&self.0, f)
            }
        }

        impl FromStr for $kind {
            type Err = NotAName;

            fn from_str(text: &str) -> Result<Self, NotAName> {
                text.parse().map($kind)
            }
        }

        impl From<Name> for $kind {
            fn from(name: Name) -> Self {
                Self(name)
            }
        }
    )*};
}

names! {
    /// A task.
    TaskId,
    /// A lease, and the fencing token that its holder must show. A later lease has a greater token.
    Token,
    /// A client session.
    ClientId,
    /// A worker session.
    WorkerId,
}

/// How a command names a thing: by its identity, or by its place in the same entry, where its revision is not known yet.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Ref<T> {
    /// Something that exists already.
    Id(T),
    /// What an earlier proposal of the same entry creates at this position.
    Here(u32),
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_sixteen_bytes_and_ordered_by_birth() {
        assert_eq!(std::mem::size_of::<Name>(), 16);
        let name = |era, revision, position| Name::new(Era { group: 0, era }, Revision(revision), position);
        assert!(name(0, 9, 9) < name(0, 10, 0));
        assert!(name(0, 10, 0) < name(0, 10, 1));
        assert!(name(0, u64::MAX, 0) < name(1, 0, 0));
    }

    #[test]
    fn text_is_canonical_in_both_directions() {
        for text in
            ["0-0", "48213-7", "2.1.48213-7", "0.1.5-0", "65535.65535.18446744073709551615-4294967295"]
        {
            assert_eq!(text.parse::<Name>().unwrap().to_string(), text);
        }
        for text in [
            "",
            "7",
            "-",
            "7-",
            "-7",
            "007-1",
            "+7-1",
            "7-01",
            "0.0.7-1",
            "1.7-1",
            "7-4294967296",
            "a-b",
            "7-1 ",
        ] {
            assert_eq!(text.parse::<Name>(), Err(NotAName), "{text}");
        }
    }
}
