//! Every lease as those see it who only hear of it: its clocks, and what was asked of its holder.

use std::collections::BTreeMap;

use reeve_core::effect::{Effect, Holding, Order};
use reeve_core::event::{AttemptEnd, Step};
use reeve_core::intern::ClassId;
use reeve_core::name::{Revision, TaskId, Token, WorkerId};
use reeve_core::task::Ending;

use super::said::Said;

/// What was granted, once and for all.
#[derive(Clone, Copy, Debug)]
pub struct Grant {
    /// To whom, and what.
    pub holding: Holding,
    /// What is charged for it.
    pub class: ClassId,
    /// The number of the attempt.
    pub attempt: u32,
    /// The entry in which it ended.
    pub ended: Option<Revision>,
}

/// What is known of a lease that is held.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Grip {
    /// When the attempt times out.
    pub deadline_ms: Option<u64>,
    /// What is left on its clock while that stands.
    pub left_ms: Option<u64>,
    /// Whether its holder suspended it.
    pub suspended: bool,
    /// When an unanswered pause revokes it.
    pub pause_by_ms: Option<u64>,
    /// When a cancellation with grace takes effect.
    pub cancel_by_ms: Option<u64>,
    /// The update that waits for an answer, or zero.
    pub update: u32,
    /// Partial results so far.
    pub partials: u32,
}

/// An attempt that ended.
#[derive(Clone, Copy, Debug)]
pub struct Ended {
    /// What was held.
    pub grant: Grant,
    /// How it ended, if its event says so.
    pub how: Option<AttemptEnd>,
    /// How its task ended, if it did.
    pub ending: Option<Ending>,
}

/// All leases.
#[derive(Clone, Debug, Default)]
pub struct Grips {
    /// Every grant that ever was.
    pub grants: BTreeMap<Token, Grant>,
    /// Those that are held, by nobody else.
    pub held: BTreeMap<Token, Grip>,
    /// What the events of this entry ask of the leader's hands, but for stops.
    pub orders: Vec<Effect>,
    /// The attempts that ended in this entry.
    pub ended: Vec<Ended>,
}

/// Whose event it is.
#[derive(Clone, Copy, Debug)]
pub(super) struct Of {
    pub task: TaskId,
    pub class: ClassId,
    pub token: Option<Token>,
    pub timeout_ms: Option<u64>,
    pub now_ms: u64,
    pub revision: Revision,
}

impl Grips {
    /// Takes in one event of a task.
    pub(super) fn note(&mut self, of: Of, step: Step, said: &mut Said) {
        match step {
            Step::Leased { token, worker, attempt } => self.begin(of, token, worker, attempt),
            Step::Returned { token, how } | Step::Retrying { token, how, .. } => {
                self.end(token, Some(how), None, of.revision);
            }
            Step::Ended { token: Some(token), ending, .. } => {
                self.end(token, None, Some(ending), of.revision);
            }
            _ => self.change(of, step, said),
        }
    }

    fn begin(&mut self, of: Of, token: Token, worker: WorkerId, attempt: u32) {
        let holding = Holding { worker, task: of.task, token };
        self.grants.insert(token, Grant { holding, class: of.class, attempt, ended: None });
        let deadline_ms = of.timeout_ms.map(|ms| of.now_ms + ms);
        self.held.insert(token, Grip { deadline_ms, ..Grip::default() });
        self.orders.push(Effect { holding, order: Order::Offer { suspended: false } });
    }

    fn end(&mut self, token: Token, how: Option<AttemptEnd>, ending: Option<Ending>, revision: Revision) {
        if let Some(grant) = self.grants.get_mut(&token) {
            grant.ended = Some(revision);
            self.ended.push(Ended { grant: *grant, how, ending });
        }
        self.held.remove(&token);
    }

    /// What happens to a lease that goes on.
    fn change(&mut self, of: Of, step: Step, said: &mut Said) {
        let Some((token, grip)) = of.token.and_then(|token| Some((token, self.held.get_mut(&token)?))) else {
            return;
        };
        let order = match step {
            Step::Partial { index } => {
                grip.partials = index + 1;
                None
            }
            Step::Extended { .. } => {
                let more = said.extensions.entry(token).or_default();
                while let Some(by_ms) = more.pop_front()
                    && !grip.extend(of.now_ms, by_ms)
                {}
                None
            }
            Step::Held => {
                grip.pause_by_ms =
                    said.pauses.get_mut(&of.task).and_then(std::collections::VecDeque::pop_front);
                grip.pause_by_ms.map(|by_ms| Order::Pause { by_ms })
            }
            Step::Suspended => {
                (grip.pause_by_ms, grip.suspended) = (None, true);
                grip.left_ms = grip.deadline_ms.take().map(|at_ms| at_ms.saturating_sub(of.now_ms));
                None
            }
            Step::Resumed => {
                grip.pause_by_ms = None;
                if std::mem::take(&mut grip.suspended) {
                    grip.deadline_ms = grip.left_ms.take().map(|ms| of.now_ms + ms);
                }
                Some(Order::Resume)
            }
            Step::CancelAsked { by_ms } => {
                grip.cancel_by_ms = Some(by_ms);
                Some(Order::Cancel { by_ms })
            }
            Step::Updated { number } => {
                grip.update = number;
                Some(Order::Update { number })
            }
            Step::UpdateAnswered { .. } => {
                grip.update = 0;
                None
            }
            _ => None,
        };
        if let (Some(order), Some(grant)) = (order, self.grants.get(&token)) {
            self.orders.push(Effect { holding: grant.holding, order });
        }
    }
}

impl Grip {
    /// More time, if that is more; says whether it was.
    fn extend(&mut self, now_ms: u64, by_ms: u64) -> bool {
        let before = *self;
        self.left_ms = self.left_ms.map(|ms| ms.max(by_ms));
        self.deadline_ms = self.deadline_ms.map(|ms| ms.max(now_ms + by_ms));
        *self != before
    }
}
