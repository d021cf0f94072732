//! Replies: one for each proposal, small enough to be remembered and repeated.

use crate::codec::wire::choice;
use crate::name::{ClientId, Revision, TaskId, Token, WorkerId};
use crate::refusal::Refusal;

/// What a command is answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reply {
    /// Done.
    Done,
    /// Nothing happened, for the stated reason.
    Refused(Refusal),
    /// These tasks exist: `count` of them, at consecutive positions.
    Submitted {
        /// The first.
        first: TaskId,
        /// How many.
        count: u32,
        /// They existed before: the idempotency key was known.
        existing: bool,
    },
    /// The task is leased.
    Granted {
        /// The fencing token.
        token: Token,
        /// When the attempt times out.
        deadline_ms: Option<u64>,
    },
    /// The same report was accepted before.
    AlreadyAccepted,
    /// The task is retried later.
    Retrying {
        /// When.
        until_ms: u64,
    },
    /// The task is dead: retries are used up.
    Died,
    /// The attempt now times out then.
    Extended {
        /// When.
        deadline_ms: Option<u64>,
    },
    /// The holder was asked; the answer comes as an event.
    Asked,
    /// A client session is open.
    ClientOpened(ClientId),
    /// A worker session is open.
    WorkerOpened(WorkerId),
}

/// A reply, and the revision at which it became true.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Answer {
    /// When the command was executed.
    pub revision: Revision,
    /// What it was answered.
    pub reply: Reply,
}

choice!(Reply, "reply" {
    1 = Done, 2 = Refused(refusal), 3 = Submitted { first, count, existing }, 4 = Granted { token, deadline_ms },
    5 = AlreadyAccepted, 6 = Retrying { until_ms }, 7 = Died, 8 = Extended { deadline_ms }, 9 = Asked,
    10 = ClientOpened(client), 11 = WorkerOpened(worker),
});
