//! What operators are told when something was not done: a stable code, what is the matter, and the way out.

use reeve_node::message::Refused;
use tonic::{Code, Status};

/// Why something was not done.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(super) enum Refusal {
    #[error(
        "CLUSTER_NONE: this node belongs to no cluster, and waits for {0}. Found one with `reeve cluster init`, or join \
         one with `reeve cluster join --peer HOST:PORT`"
    )]
    None(String),
    #[error("CLUSTER_BELONGS: this node belongs to a cluster already. Ask one that does not")]
    Belongs,
    #[error("{0}")]
    Amnesia(String),
    #[error(
        "CLUSTER_NO_LEADER: nobody leads that this node could ask. Try again, or look at `reeve cluster status`"
    )]
    NoLeader,
    #[error("CLUSTER_BUSY: too much is waiting. Try again in {0} ms")]
    Busy(u64),
    #[error(
        "CLUSTER_UNKNOWN: whether it was done is unknown. Look at `reeve cluster members` before you try again"
    )]
    Unknown,
    #[error("CLUSTER_REFUSED: {0}")]
    Refused(String),
    #[error("CLUSTER_NO_SUCH_NODE: {0}. Look at `reeve cluster members`")]
    NoSuchNode(String),
    #[error("CLUSTER_ARGUMENT: {0}")]
    Argument(String),
    #[error(
        "CLUSTER_SEED: {seed} did not let this node in: {why}. Look whether it is a member's peer address"
    )]
    Seed { seed: String, why: String },
    #[error("CLUSTER_BROKEN: {0}. The process ends; look at its log")]
    Broken(String),
}

impl From<Refused> for Refusal {
    fn from(refused: Refused) -> Self {
        match refused {
            Refused::NotLeader { .. } | Refused::Closed => Self::NoLeader,
            Refused::Busy { retry_ms } => Self::Busy(retry_ms),
            Refused::Unknown => Self::Unknown,
            Refused::Stranger(_) | Refused::Amnesia(_) | Refused::Stopped { .. } | Refused::Impossible(_) => {
                Self::Refused(refused.to_string())
            }
        }
    }
}

impl From<Refusal> for Status {
    fn from(refusal: Refusal) -> Self {
        let code = match refusal {
            Refusal::None(_) | Refusal::Amnesia(_) | Refusal::Refused(_) => Code::FailedPrecondition,
            Refusal::Belongs => Code::AlreadyExists,
            Refusal::NoLeader | Refusal::Busy(_) | Refusal::Seed { .. } => Code::Unavailable,
            Refusal::Unknown => Code::Unknown,
            Refusal::NoSuchNode(_) => Code::NotFound,
            Refusal::Argument(_) => Code::InvalidArgument,
            Refusal::Broken(_) => Code::Internal,
        };
        Self::new(code, refusal.to_string())
    }
}
