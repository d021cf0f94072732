//! Client sessions: what makes a proposal happen exactly once.
//!
//! A session remembers the replies of its outstanding requests in a window of sequence numbers. A request inside the
//! window is executed once and answered alike ever after; one outside of it, or of a session that is gone, is never
//! executed, because nobody can say whether it was.

use std::collections::VecDeque;

use crate::entry::RequestId;
use crate::index::Named;
use crate::limits;
use crate::name::{ClientId, Name, Revision};
use crate::refusal::{Field, Refusal};
use crate::reply::Answer;

/// A session in its slot.
#[derive(Clone, Debug)]
pub(crate) struct Client {
    pub id: ClientId,
    pub opened_ms: u64,
    /// Replies below this sequence are forgotten.
    pub floor: u64,
    /// The replies from the floor on, by sequence. What is missing has not come.
    pub window: VecDeque<(u64, Answer)>,
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

    /// When it was used last. The reply to its latest request is always remembered: no request acknowledges itself.
    pub(crate) fn last_used(&self) -> Revision {
        let replies = self.window.iter().map(|(_, answer)| answer.revision);
        replies.max().unwrap_or(self.id.0.revision).max(self.id.0.revision)
    }

    pub(crate) fn admit(&self, request: RequestId) -> Admission {
        let RequestId { sequence, acked_below, .. } = request;
        if sequence < self.floor {
            return Admission::Refused(Refusal::OutcomeUnknown);
        }
        if let Ok(at) = self.find(sequence) {
            return Admission::Again(self.window[at].1);
        }
        // Far beyond any real count; keeps every sum in range.
        if acked_below > sequence || sequence > u64::MAX >> 1 {
            return Admission::Refused(Refusal::OutOfBounds { field: Field::Acknowledged });
        }
        // The width counts from the floor that this very request brings.
        if sequence - acked_below.max(self.floor) >= limits::CLIENT_WINDOW {
            return Admission::Refused(Refusal::OutcomeUnknown);
        }
        Admission::New
    }

    fn find(&self, sequence: u64) -> Result<usize, usize> {
        // Requests mostly come in order.
        match self.window.back() {
            Some((last, _)) if *last < sequence => Err(self.window.len()),
            _ => self.window.binary_search_by_key(&sequence, |(sequence, _)| *sequence),
        }
    }

    pub(crate) fn remember(&mut self, sequence: u64, acked_below: u64, answer: Answer) {
        self.floor = self.floor.max(acked_below);
        while self.window.front().is_some_and(|(sequence, _)| *sequence < self.floor) {
            self.window.pop_front();
        }
        match self.find(sequence) {
            Ok(at) => self.window[at].1 = answer,
            Err(at) => self.window.insert(at, (sequence, answer)),
        }
    }
}
