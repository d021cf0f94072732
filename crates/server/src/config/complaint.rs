//! Complaints about a configuration: what is wrong, where, and the way out. The list of codes is [`Code`].

use std::fmt;
use std::path::PathBuf;

/// The kinds of complaints. A code never changes its meaning: people search for it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Code {
    /// The file cannot be read.
    File,
    /// The file is not TOML.
    Syntax,
    /// `--set` without `key=value`.
    Setting,
    /// There is no such key, section or variable.
    Unknown,
    /// Another type of TOML is wanted.
    Type,
    /// The value is not understood.
    Value,
    /// The value is too low or too high.
    Range,
    /// Two keys do not go together.
    Relation,
    /// Two listeners want the same address.
    Clash,
    /// A node is told to be found at an address where nobody can be found.
    Advertise,
    /// A listener would be open to the network without authentication.
    Exposed,
}

impl Code {
    /// Every code.
    pub const ALL: &'static [Self] = &[
        Self::File,
        Self::Syntax,
        Self::Setting,
        Self::Unknown,
        Self::Type,
        Self::Value,
        Self::Range,
        Self::Relation,
        Self::Clash,
        Self::Advertise,
        Self::Exposed,
    ];

    /// As it is printed.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::File => "CONFIG_FILE",
            Self::Syntax => "CONFIG_SYNTAX",
            Self::Setting => "CONFIG_SETTING",
            Self::Unknown => "CONFIG_UNKNOWN",
            Self::Type => "CONFIG_TYPE",
            Self::Value => "CONFIG_VALUE",
            Self::Range => "CONFIG_RANGE",
            Self::Relation => "CONFIG_RELATION",
            Self::Clash => "CONFIG_CLASH",
            Self::Advertise => "CONFIG_ADVERTISE",
            Self::Exposed => "CONFIG_EXPOSED",
        }
    }
}

/// Where a value was given.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Place {
    /// Nowhere: it is the default.
    Default,
    /// A whole file.
    File(PathBuf),
    /// A place in a file; lines and columns begin at 1.
    Line(PathBuf, usize, usize),
    /// An environment variable.
    Environment(String),
    /// A flag of the command line, as it is typed.
    Flag(&'static str),
    /// The running server, at a reload.
    Running,
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Default => write!(f, "default"),
            Self::File(path) => write!(f, "{}", path.display()),
            Self::Line(path, line, column) => write!(f, "{}:{line}:{column}", path.display()),
            Self::Environment(variable) => write!(f, "environment {variable}"),
            Self::Flag(flag) => write!(f, "{flag}"),
            Self::Running => write!(f, "reload"),
        }
    }
}

/// One thing that is wrong with a configuration.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Complaint {
    /// What kind of thing.
    pub code: Code,
    /// Where.
    pub place: Place,
    /// About which key, if about one.
    pub key: Option<String>,
    /// What is wrong, as a phrase.
    pub what: String,
    /// What to do, as a sentence.
    pub remedy: String,
}

impl fmt::Display for Complaint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { code, place, key, what, remedy } = self;
        let key = key.as_ref().map(|key| format!("{key}: ")).unwrap_or_default();
        write!(f, "{place}: {key}{what} ({}). {remedy}", code.as_str())
    }
}

/// All that is wrong with a configuration, one complaint per line, in the order of their places. Never empty.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{}", lines(.0))]
pub struct Complaints(pub Vec<Complaint>);

impl Complaints {
    /// In the order in which a reader goes through file, environment and flags.
    pub(super) fn sorted(mut complaints: Vec<Complaint>) -> Self {
        complaints.sort_by(|a, b| a.place.cmp(&b.place));
        Self(complaints)
    }
}

fn lines(complaints: &[Complaint]) -> String {
    let lines: Vec<String> = complaints.iter().map(Complaint::to_string).collect();
    lines.join("\n")
}
