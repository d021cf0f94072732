//! Why there is no answer.

use std::error::Error;

use tonic::Status;

/// Why there is no answer: what went wrong, where, and the way out.
#[derive(Debug, thiserror::Error)]
pub enum Trouble {
    /// What was said to be a node's address is none.
    #[error("CLIENT_ADDRESS: `{at}` is no address of a node: {why}. Write it as host:port")]
    Address {
        /// What was said.
        at: String,
        /// What is wrong with it.
        why: String,
    },
    /// The node is not there. It was asked nothing.
    #[error("CLIENT_UNREACHABLE: no node answers at {at}: {why}. Start it, or ask another")]
    Unreachable {
        /// Where it was looked for.
        at: String,
        /// What the system said.
        why: String,
    },
    /// The node did not do it, and says why with a code of its own.
    #[error("{0}")]
    Refused(String),
    /// Nobody knows whether the node did it.
    #[error(
        "CLIENT_NO_ANSWER: {at} gave no answer: {why}. Whether it was done is unknown; look before you ask again"
    )]
    NoAnswer {
        /// Who was asked.
        at: String,
        /// What came instead.
        why: String,
    },
}

impl Trouble {
    pub(crate) fn of(at: &str, status: &Status) -> Self {
        if has_code(status.message()) {
            return Self::Refused(status.message().into());
        }
        Self::NoAnswer { at: at.into(), why: format!("{:?}: {}", status.code(), status.message()) }
    }
}

/// An error and what caused it, in one line.
pub(crate) fn causes(error: &dyn Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(deeper) = cause {
        text = format!("{text}: {deeper}");
        cause = deeper.source();
    }
    text
}

/// Whether a message begins with a code of ours.
fn has_code(message: &str) -> bool {
    let code = message.split_once(": ").map_or("", |(code, _)| code);
    !code.is_empty() && code.chars().all(|c| c.is_ascii_uppercase() || c == '_')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_node_refused_is_told_apart_from_no_answer() {
        let refused = Trouble::of("a:1", &Status::not_found("CLUSTER_NO_SUCH_NODE: no member is called `x`"));
        assert!(matches!(&refused, Trouble::Refused(_)), "{refused}");
        for message in ["Timeout expired", "", ": no", "transport error: broken"] {
            let none = Trouble::of("a:1", &Status::cancelled(message));
            assert!(matches!(&none, Trouble::NoAnswer { .. }), "{none}");
        }
    }
}
