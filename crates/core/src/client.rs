//! Client sessions: what makes a proposal happen exactly once.
//!
//! A session remembers the replies of its outstanding requests in a window of sequence numbers. A request inside the
//! window is executed once and answered alike ever after; one outside of it, or of a session that is gone, is never
//! executed, because nobody can say whether it was.

use std::collections::VecDeque;

use crate::entry::RequestId;
use crate::index::Named;
use crate::limits;
use crate::name::{ClientId, Name};
use crate::refusal::{Field, Refusal};
use crate::reply::Answer;

/// A session in its slot.
#[derive(Clone, Debug)]
pub(crate) struct Client {
    pub id: ClientId,
    pub opened_ms: u64,
    /// Replies below this sequence are forgotten.
    pub floor: u64,
    /// The replies from the floor on; a gap is a request that has not come.
    pub window: VecDeque<Option<Answer>>,
}

/// What is to be done with a request.
pub(crate) enum Admission {
    /// Execute it.
    New,
    /// Say the same again.
    Again(Answer),
    /// Say no.
    Refused(Refusal),
}

impl Named for Client {
    fn name(&self) -> Name {
        self.id.0
    }
}

impl Client {
    pub(crate) const fn new(id: ClientId, opened_ms: u64) -> Self {
        Self { id, opened_ms, floor: 0, window: VecDeque::new() }
    }

    /// The sequence after the highest that was executed.
    pub(crate) fn next_sequence(&self) -> u64 {
        self.floor + self.window.len() as u64
    }

    fn at(&self, sequence: u64) -> Option<usize> {
        usize::try_from(sequence.checked_sub(self.floor)?).ok()
    }

    pub(crate) fn admit(&self, request: RequestId) -> Admission {
        let Some(at) = self.at(request.sequence) else {
            return Admission::Refused(Refusal::OutcomeUnknown);
        };
        if let Some(Some(answer)) = self.window.get(at) {
            return Admission::Again(*answer);
        }
        // Far beyond any real count; keeps every sum below in range.
        if request.acked_below > request.sequence || request.sequence > u64::MAX >> 1 {
            return Admission::Refused(Refusal::OutOfBounds { field: Field::Acknowledged });
        }
        // The width counts from the floor that this very request brings.
        if request.sequence - request.acked_below.max(self.floor) >= limits::CLIENT_WINDOW {
            return Admission::Refused(Refusal::OutcomeUnknown);
        }
        Admission::New
    }

    pub(crate) fn remember(&mut self, sequence: u64, acked_below: u64, answer: Answer) {
        while self.floor < acked_below {
            if self.window.pop_front().is_none() {
                self.floor = acked_below;
                break;
            }
            self.floor += 1;
        }
        let at = self.at(sequence).expect("an admitted sequence is not below the floor");
        if self.window.len() <= at {
            self.window.resize(at + 1, None);
        }
        self.window[at] = Some(answer);
    }
}
