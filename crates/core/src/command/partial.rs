//! Partial: a holder delivers a part of its result, in order.

use crate::change::{Key, Part};
use crate::command::Verb;
use crate::effect::Holding;
use crate::entry::BodyRef;
use crate::event::Step;
use crate::limits;
use crate::refusal::{Cap, Refusal};
use crate::reply::Reply;
use crate::turn::Turn;

/// Delivers one part of a result. Parts of an attempt are numbered from zero, without gaps.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Partial {
    /// The lease.
    pub holding: Holding,
    /// Which part.
    pub index: u32,
    /// The part.
    pub body: BodyRef,
}

impl Verb for Partial {
    fn execute(self, turn: &mut Turn<'_>) -> Result<Reply, Refusal> {
        let (slot, lease) = turn.grip(self.holding)?;
        let expected = turn.state.leases[lease].grip.partials;
        if self.index < expected {
            return Ok(Reply::AlreadyAccepted);
        }
        if self.index > expected {
            return Err(Refusal::OutOfOrder { expected });
        }
        if expected >= limits::PARTIALS_MAX {
            return Err(Refusal::TooMany { cap: Cap::Partials });
        }
        turn.check_body(Some(self.body))?;
        turn.begin(slot);
        turn.state.leases[lease].grip.partials += 1;
        let part = Part::Partial(turn.state.tasks[slot].attempt, self.index);
        turn.changes.body(Key::Body(self.holding.task, part), self.body);
        turn.event(slot, Step::Partial { index: self.index });
        turn.commit(slot);
        Ok(Reply::Done)
    }
}
