//! Why there is no answer.

use std::error::Error;
use std::time::Duration;

use tonic::{Code, ConnectError, Status};

/// Why there is no answer: what went wrong, where, and the way out.
#[derive(Clone, Debug, thiserror::Error)]
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
    /// What is asked is too large for one message. It was not done.
    #[error("CLIENT_TOO_LARGE: the request is too large: {what}. Split it")]
    TooLarge {
        /// How large it is.
        what: String,
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
        if code(status.message()).is_some() {
            return Self::Refused(status.message().into());
        }
        Self::NoAnswer { at: at.into(), why: format!("{:?}: {}", status.code(), status.message()) }
    }

    /// The stable code: that of the node if it refused.
    #[must_use]
    pub fn code(&self) -> &str {
        match self {
            Self::Address { .. } => "CLIENT_ADDRESS",
            Self::Unreachable { .. } => "CLIENT_UNREACHABLE",
            Self::TooLarge { .. } => "CLIENT_TOO_LARGE",
            Self::Refused(message) => code(message).unwrap_or_default(),
            Self::NoAnswer { .. } => "CLIENT_NO_ANSWER",
        }
    }
}

/// The code of a node that does not know itself whether it was done.
const OUTCOME_UNKNOWN: &str = "OUTCOME_UNKNOWN";

/// What to do about a call that failed.
#[derive(Debug)]
pub(crate) enum Failed {
    /// It was not done, and another node would say the same.
    Refused(Trouble),
    /// It was not done, and may be after a while.
    Busy { trouble: Trouble, retry: Duration },
    /// It was not done, and another node may do it.
    Elsewhere(Trouble),
    /// Nobody knows whether it was done.
    Unknown(Trouble),
}

impl Failed {
    pub(crate) fn of(at: &str, status: &Status) -> Self {
        let unknown = |why: String| Self::Unknown(Trouble::NoAnswer { at: at.into(), why });
        match code(status.message()) {
            Some(OUTCOME_UNKNOWN) => unknown(status.message().into()),
            Some(_) => {
                let trouble = Trouble::Refused(status.message().into());
                let retry = status.metadata().get("grpc-retry-pushback-ms");
                let retry = retry.and_then(|ms| ms.to_str().ok()?.parse().ok());
                match (status.code(), retry) {
                    (Code::Unavailable | Code::ResourceExhausted, Some(ms)) => {
                        Self::Busy { trouble, retry: Duration::from_millis(ms) }
                    }
                    (Code::Unavailable, None) => Self::Elsewhere(trouble),
                    (_, _) => Self::Refused(trouble),
                }
            }
            None if was_never_sent(status) => {
                Self::Elsewhere(Trouble::Unreachable { at: at.into(), why: causes(status) })
            }
            // Only the size of a message is a range of theirs: what is too large is read by nobody.
            None if status.code() == Code::OutOfRange => {
                Self::Refused(Trouble::TooLarge { what: status.message().into() })
            }
            None => unknown(format!("{:?}: {}", status.code(), status.message())),
        }
    }

    pub(crate) fn late(at: &str, patience: Duration) -> Self {
        Self::Unknown(Trouble::NoAnswer { at: at.into(), why: format!("it said nothing for {patience:?}") })
    }
}

/// Whether there was no connection on which to send anything.
fn was_never_sent(status: &Status) -> bool {
    let mut cause = status.source();
    while let Some(error) = cause {
        if error.is::<ConnectError>() {
            return true;
        }
        cause = error.source();
    }
    false
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

/// The code of ours that a message begins with, if it does.
fn code(message: &str) -> Option<&str> {
    let (code, _) = message.split_once(": ")?;
    let ours = !code.is_empty() && code.chars().all(|c| c.is_ascii_uppercase() || c == '_');
    ours.then_some(code)
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
