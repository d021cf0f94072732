//! RaiseLaw: from this entry on another law is in force.

use crate::command::Verb;
use crate::event::Event;
use crate::refusal::Refusal;
use crate::reply::Reply;
use crate::turn::Turn;

/// Raises the law by one, once all voters announce that they know it. A replica that does not know it never gets
/// here: the entry is a fault to it, and it stops.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RaiseLaw {
    /// The law from now on.
    pub law: u32,
}

impl Verb for RaiseLaw {
    fn execute(self, turn: &mut Turn<'_>) -> Result<Reply, Refusal> {
        if Some(self.law) != turn.state.meta.law.checked_add(1) {
            return Err(Refusal::LawNotNext);
        }
        turn.state.meta.law = self.law;
        turn.events.push(Event::LawRaised { law: self.law });
        Ok(Reply::Done)
    }
}
