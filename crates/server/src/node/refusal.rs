//! What operators are told when something was not done: a stable code, what is the matter, and the way out.

use reeve_node::member::Misnamed;
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
    #[error(
        "CLUSTER_BELONGS: this node belongs to a cluster already. Ask one that does not; or, if this one was removed or \
         is to begin anew: {0}, and ask again"
    )]
    Belongs(String),
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
    #[error("CLUSTER_AMBIGUOUS: {0}. `reeve cluster move NUMBER --name NAME` calls one of them otherwise")]
    Ambiguous(String),
    #[error("CLUSTER_ARGUMENT: {0}")]
    Argument(String),
    #[error("CLUSTER_SEED: {seed} did not let this node in: {why}")]
    Seed { seed: String, why: Shut },
    #[error("CLUSTER_BROKEN: {0}. The process ends; look at its log")]
    Broken(String),
}

/// Why no cluster was found behind an address.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(super) enum Shut {
    #[error("it is the peer address of this node itself. Give that of a member")]
    Own,
    #[error(
        "nobody listens there: {0}. Either no server runs there; or it belongs to no cluster yet, and does not listen for \
         peers until it does (`reeve cluster init` on it founds one); or this is not its peer address (`listen.peer`, port \
         7462 unless set)"
    )]
    Nobody(String),
    #[error(
        "somebody listens there, and does not answer as a member does: {0}. Look whether it is a member's peer address \
         (`listen.peer`) rather than its public one, and whether that server is well"
    )]
    Other(String),
    #[error(
        "it is a member, and nobody leads its cluster: more than half of the voters must run. Try again then"
    )]
    Leaderless,
    #[error("it is a member, and did not hear what became of it. Ask again: who asks twice is let in once")]
    Unknown,
}

impl From<Misnamed> for Refusal {
    fn from(misnamed: Misnamed) -> Self {
        match misnamed {
            Misnamed::Nobody(_) => Self::NoSuchNode(misnamed.to_string()),
            Misnamed::Several { .. } => Self::Ambiguous(misnamed.to_string()),
        }
    }
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
            Refusal::Belongs(_) => Code::AlreadyExists,
            Refusal::NoLeader | Refusal::Busy(_) | Refusal::Seed { .. } => Code::Unavailable,
            Refusal::Unknown => Code::Unknown,
            Refusal::NoSuchNode(_) => Code::NotFound,
            Refusal::Argument(_) | Refusal::Ambiguous(_) => Code::InvalidArgument,
            Refusal::Broken(_) => Code::Internal,
        };
        Self::new(code, refusal.to_string())
    }
}
