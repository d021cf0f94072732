//! The kinds of values: how each is written, read and shown. A kind is one file or one block here; what it is called
//! and how it is written are part of every complaint about it.

use std::fmt::Debug;
use std::net::SocketAddr;
use std::path::PathBuf;

mod address;
mod choice;
mod quantity;
mod word;

pub use address::HostPort;
pub use choice::{Engine, LogFormat};
pub use quantity::ByteSize;
pub use word::{LogFilter, NodeName};

/// A value as it was written, before anybody knows what it should be.
#[derive(Clone, Debug, PartialEq)]
pub enum Raw {
    /// From the environment or a flag: it may become anything.
    Word(String),
    /// A string of the file.
    Text(String),
    /// A whole number of the file.
    Integer(i128),
    /// `true` or `false` in the file.
    Bool(bool),
    /// An array of the file.
    List(Vec<Raw>),
    /// Anything else of the file, by the name of its type.
    Other(&'static str),
}

impl Raw {
    /// How a complaint names it.
    pub(super) fn told(&self) -> String {
        match self {
            Self::Word(text) => format!("`{text}`"),
            Self::Text(text) => format!("the string {}", quoted(text)),
            Self::Integer(number) => format!("the number {number}"),
            Self::Bool(value) => format!("the bool {value}"),
            Self::List(_) => "an array".into(),
            Self::Other(kind) => format!("a {kind}"),
        }
    }
}

/// Why something written is not a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Misfit {
    /// Another type of the file was wanted.
    Type,
    /// The right type, but not understood.
    Text,
    /// Understood, but too low or too high.
    Range,
}

/// A kind of values.
pub trait Value: Clone + Debug + PartialOrd {
    /// What it is, for "`x` is not …".
    fn noun() -> String;

    /// How it is written in the file, for "Write …".
    fn form() -> String;

    /// From the text of a string, a variable or a flag.
    fn parse(text: &str) -> Option<Self>;

    /// As the file writes it.
    fn show(&self) -> String;

    /// From what stands in a layer.
    fn read(raw: &Raw) -> Result<Self, Misfit> {
        match raw {
            Raw::Word(text) | Raw::Text(text) => Self::parse(text).ok_or(Misfit::Text),
            Raw::Integer(_) | Raw::Bool(_) | Raw::List(_) | Raw::Other(_) => Err(Misfit::Type),
        }
    }
}

/// A string as the file writes it.
pub(super) fn quoted(text: &str) -> String {
    let mut quoted = String::from("\"");
    for c in text.chars() {
        match c {
            '"' | '\\' => quoted.extend(['\\', c]),
            c if c.is_control() => quoted += &format!("\\u{:04X}", u32::from(c)),
            c => quoted.push(c),
        }
    }
    quoted + "\""
}

impl Value for bool {
    fn noun() -> String {
        "a bool".into()
    }

    fn form() -> String {
        "true or false".into()
    }

    fn parse(text: &str) -> Option<Self> {
        text.parse().ok()
    }

    fn show(&self) -> String {
        self.to_string()
    }

    fn read(raw: &Raw) -> Result<Self, Misfit> {
        match raw {
            Raw::Word(text) => Self::parse(text).ok_or(Misfit::Text),
            Raw::Bool(value) => Ok(*value),
            Raw::Text(_) | Raw::Integer(_) | Raw::List(_) | Raw::Other(_) => Err(Misfit::Type),
        }
    }
}

impl Value for u64 {
    fn noun() -> String {
        "a count".into()
    }

    fn form() -> String {
        "a whole number, such as 1000".into()
    }

    fn parse(text: &str) -> Option<Self> {
        text.replace('_', "").parse().ok()
    }

    fn show(&self) -> String {
        self.to_string()
    }

    fn read(raw: &Raw) -> Result<Self, Misfit> {
        match raw {
            Raw::Word(text) => Self::parse(text).ok_or(Misfit::Text),
            Raw::Integer(number) => Self::try_from(*number).map_err(|_| Misfit::Text),
            Raw::Text(_) | Raw::Bool(_) | Raw::List(_) | Raw::Other(_) => Err(Misfit::Type),
        }
    }
}

impl Value for PathBuf {
    fn noun() -> String {
        "a path".into()
    }

    fn form() -> String {
        "the path of a folder, such as \"/var/lib/reeve\"".into()
    }

    fn parse(text: &str) -> Option<Self> {
        (!text.is_empty() && !text.contains('\0')).then(|| text.into())
    }

    fn show(&self) -> String {
        quoted(&self.to_string_lossy())
    }
}

impl Value for SocketAddr {
    fn noun() -> String {
        "an address to listen at".into()
    }

    fn form() -> String {
        "an IP address and a port, such as \"127.0.0.1:7461\" or \"[::1]:7461\"".into()
    }

    fn parse(text: &str) -> Option<Self> {
        text.parse().ok()
    }

    fn show(&self) -> String {
        quoted(&self.to_string())
    }
}

/// Nothing is written as the empty string.
impl<T: Value> Value for Option<T> {
    fn noun() -> String {
        T::noun()
    }

    fn form() -> String {
        format!("{}, or \"\"", T::form())
    }

    fn parse(text: &str) -> Option<Self> {
        if text.is_empty() { Some(None) } else { T::parse(text).map(Some) }
    }

    fn show(&self) -> String {
        self.as_ref().map_or_else(|| quoted(""), T::show)
    }
}

/// In the environment and in flags the items are separated by commas.
impl<T: Value> Value for Vec<T> {
    fn noun() -> String {
        format!("a list where each item is {}", T::noun())
    }

    fn form() -> String {
        format!("an array where each item is {}", T::form())
    }

    fn parse(text: &str) -> Option<Self> {
        let items = text.split(',').map(str::trim);
        if text.trim().is_empty() { Some(Vec::new()) } else { items.map(T::parse).collect() }
    }

    fn show(&self) -> String {
        let items: Vec<String> = self.iter().map(T::show).collect();
        format!("[{}]", items.join(", "))
    }

    fn read(raw: &Raw) -> Result<Self, Misfit> {
        match raw {
            Raw::Word(text) => Self::parse(text).ok_or(Misfit::Text),
            Raw::List(items) => items.iter().map(T::read).collect(),
            Raw::Text(_) | Raw::Integer(_) | Raw::Bool(_) | Raw::Other(_) => Err(Misfit::Type),
        }
    }
}
