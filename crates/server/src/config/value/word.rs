//! Words with rules of their own.

use super::{Value, quoted};
use crate::limits::NODE_NAME_BYTES_MAX;

/// The name of a node.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct NodeName(String);

impl NodeName {
    /// As it is written.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl Value for NodeName {
    fn noun() -> String {
        "a node name".into()
    }

    fn form() -> String {
        format!("at most {NODE_NAME_BYTES_MAX} letters, digits, `-`, `_` and `.`, such as \"node-1\"")
    }

    fn parse(text: &str) -> Option<Self> {
        let fine = |c: char| c.is_ascii_alphanumeric() || "-_.".contains(c);
        let fits = (1..=NODE_NAME_BYTES_MAX).contains(&text.len()) && text.chars().all(fine);
        fits.then(|| Self(text.into()))
    }

    fn show(&self) -> String {
        quoted(&self.0)
    }
}

/// How much is logged, by the part of the program that speaks.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct LogFilter(String);

/// The levels of the log, the quietest first.
const LEVELS: &[&str] = &["off", "error", "warn", "info", "debug", "trace"];

impl LogFilter {
    /// As it is written.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl Value for LogFilter {
    fn noun() -> String {
        "a log level".into()
    }

    fn form() -> String {
        format!("one of {}, or a list such as \"info,reeve_node=debug\"", LEVELS.join(", "))
    }

    fn parse(text: &str) -> Option<Self> {
        let part = |c: char| c.is_ascii_alphanumeric() || "_:".contains(c);
        let fine = |item: &str| match item.split_once('=') {
            Some((target, level)) => {
                !target.is_empty() && target.chars().all(part) && LEVELS.contains(&level)
            }
            None => LEVELS.contains(&item),
        };
        text.split(',').all(fine).then(|| Self(text.into()))
    }

    fn show(&self) -> String {
        quoted(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_word_keeps_its_rules() {
        assert!(NodeName::parse("node-1.a_b").is_some());
        assert!(NodeName::parse(&"a".repeat(NODE_NAME_BYTES_MAX)).is_some());
        for text in ["", "a b", "ä", "a/b", &"a".repeat(NODE_NAME_BYTES_MAX + 1)] {
            assert_eq!(NodeName::parse(text), None, "{text}");
        }
        for text in ["info", "off", "warn,reeve_node::office=trace"] {
            assert_eq!(LogFilter::parse(text).unwrap().as_str(), text);
        }
        for text in ["", "loud", "INFO", "info,", "=debug", "reeve_node=", "a b=info"] {
            assert_eq!(LogFilter::parse(text), None, "{text}");
        }
    }
}
