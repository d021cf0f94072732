//! Every replica, at every revision, is in the state that the history makes; and that state keeps its own laws, and the
//! history all laws of histories, entry by entry.

use std::collections::{BTreeMap, BTreeSet};

use reeve_core::command::Command;
use reeve_core::entry::{Entry, RequestId};
use reeve_core::name::{ClientId, Era, Revision};
use reeve_core::{Answer, LAW, State, apply};
use reeve_store::log::EntryKind;

use super::Violation;
use super::log_time::LogTime;
use super::one_history::History;
use super::state_check;
use crate::cluster::rare::Rare;
use crate::law::eager::Eager;
use crate::ledger::{Applied, Ledger};

/// The history as a single replica would have lived it.
pub struct Replay {
    state: State,
    ledger: Ledger,
    eager: Eager,
    next: u64,
    digests: Vec<u128>,
    samples: Vec<(u64, u64, u128)>,
    /// Every answer that was ever given, by the revision that it names.
    answers: BTreeMap<Revision, Vec<Answer>>,
    requests: BTreeMap<(ClientId, u64), Vec<Answer>>,
    proposed: BTreeSet<(ClientId, u64)>,
}

impl Default for Replay {
    fn default() -> Self {
        Self {
            state: State::new(Era::default()),
            ledger: Ledger::default(),
            eager: Eager::default(),
            next: 0,
            digests: Vec::new(),
            samples: Vec::new(),
            answers: BTreeMap::new(),
            requests: BTreeMap::new(),
            proposed: BTreeSet::new(),
        }
    }
}

impl Replay {
    /// A machine says that it is in this state at this revision.
    pub fn sample(&mut self, seat: u64, applied: Revision, digest: u128) {
        self.samples.push((seat, applied.0, digest));
    }

    /// Goes on as far as the history is known, and compares what was sampled.
    ///
    /// # Errors
    /// A law that does not hold.
    pub fn follow(
        &mut self,
        history: &History,
        time: &mut LogTime,
        rare: &mut Rare,
    ) -> Result<(), Violation> {
        while let Some(entry) = history.at(self.next) {
            if entry.kind == EntryKind::Normal {
                let revision = Revision(self.next);
                let entry =
                    reeve_core::codec::entry::decode(revision, &entry.payload, LAW).map_err(|fault| {
                        Violation {
                            law: "same_state",
                            what: format!("entry {revision} cannot be read: {fault}"),
                        }
                    })?;
                time.passes(self.next, entry.time_ms)?;
                self.live(&entry, rare)?;
            }
            self.digests.push(self.state.digest());
            self.next += 1;
        }
        let (state, digests) = (&self.state, &self.digests);
        let known = |index: u64| match index {
            0 if digests.is_empty() => Some(state.digest()),
            _ => usize::try_from(index).ok().and_then(|at| digests.get(at)).copied(),
        };
        let mut later = Vec::new();
        for (seat, applied, digest) in std::mem::take(&mut self.samples) {
            match known(applied) {
                Some(own) if own != digest => {
                    let what =
                        format!("machine {seat} has digest {digest:032x} at {applied}, not {own:032x}");
                    return Err(Violation { law: "same_state", what });
                }
                Some(_) => {}
                None => later.push((seat, applied, digest)),
            }
        }
        self.samples = later;
        Ok(())
    }

    fn live(&mut self, entry: &Entry, rare: &mut Rare) -> Result<(), Violation> {
        let outcome = apply(&mut self.state, entry.clone());
        for (proposal, answer) in entry.proposals.iter().zip(&outcome.replies) {
            if let Command::Recall(_) = proposal.command {
                rare.count("an offer was taken back");
            }
            if let Command::ExpireWorker(_) = proposal.command {
                rare.count("a worker session expired");
            }
            self.answers.entry(answer.revision).or_default().push(*answer);
            if let Some(RequestId { client, sequence, .. }) = proposal.request {
                if answer.revision < entry.revision {
                    rare.count("a request was answered from memory");
                }
                self.requests.entry((client, sequence)).or_default().push(*answer);
                self.proposed.insert((client, sequence));
            }
        }
        state_check::keeps("the replay", &self.state)?;
        self.eager.compare(entry, &outcome, &self.state)?;
        self.ledger.witness(&Applied { entry, outcome: &outcome, state: &self.state, fresh: false })
    }

    /// The end: nothing that was sampled lies beyond what the history tells.
    ///
    /// # Errors
    /// It has a hole.
    pub fn close(&self) -> Result<(), Violation> {
        let Some((seat, applied, _)) = self.samples.first() else { return Ok(()) };
        let what =
            format!("machine {seat} has applied {applied}, and nobody was seen to apply {}", self.next);
        Err(Violation { law: "one_history", what })
    }

    /// How many entries it has seen.
    #[must_use]
    pub fn entries(&self) -> u64 {
        self.next
    }

    /// Whether this answer was given to this request, or to anybody.
    #[must_use]
    pub fn has(&self, request: Option<(ClientId, u64)>, answer: &Answer) -> bool {
        let given = match request {
            Some(request) => self.requests.get(&request),
            None => self.answers.get(&answer.revision),
        };
        given.is_some_and(|given| given.contains(answer))
    }

    /// Whether the request is in the log.
    #[must_use]
    pub fn was_proposed(&self, request: (ClientId, u64)) -> bool {
        self.proposed.contains(&request)
    }
}

#[cfg(test)]
pub(super) mod tests {
    use reeve_core::command::OpenClient;
    use reeve_core::entry::{Actor, Proposal};
    use reeve_core::name::Name;
    use reeve_store::log::{LogEntry, LogId};

    use super::*;
    use crate::story::START_MS;

    /// Nobody, whose request is in the history all the same.
    pub(in super::super) const CLIENT: ClientId =
        ClientId(Name { group: 0, era: 0, revision: Revision(0), position: 9 });

    /// A history of one blank entry and one in which a client opens its session, and what a replica would say of it.
    pub(in super::super) fn lived() -> (Replay, Answer, u128) {
        let request = Some(RequestId { client: CLIENT, sequence: 5, acked_below: 0 });
        let propose = |request| Proposal { request, actor: Actor::Anyone, command: OpenClient.into() };
        let revision = Revision(1);
        let entry = Entry {
            revision,
            law: LAW,
            time_ms: START_MS,
            sweep: 0,
            proposals: vec![propose(None), propose(request)],
            bodies: Vec::new(),
        };
        let mut state = State::new(Era::default());
        let outcome = apply(&mut state, entry.clone());
        let mut history = History::default();
        for (index, kind) in [(0, EntryKind::Blank), (1, EntryKind::Normal)] {
            let payload = match kind {
                EntryKind::Normal => reeve_core::codec::entry::encode(&entry).into(),
                EntryKind::Blank | EntryKind::Membership => bytes::Bytes::new(),
            };
            history.see(1, LogEntry { id: LogId { term: 1, index }, kind, payload }).unwrap();
        }
        let mut replay = Replay::default();
        replay.follow(&history, &mut LogTime::default(), &mut Rare::default()).unwrap();
        (replay, outcome.replies[0], state.digest())
    }

    fn follow(replay: &mut Replay) -> Result<(), Violation> {
        replay.follow(&History::default(), &mut LogTime::default(), &mut Rare::default())
    }

    #[test]
    fn a_replica_in_another_state_is_seen() {
        let (mut replay, _, digest) = lived();
        replay.sample(1, Revision(1), digest);
        assert_eq!(follow(&mut replay), Ok(()));
        replay.sample(2, Revision(1), digest ^ 1);
        assert_eq!(follow(&mut replay).unwrap_err().law, "same_state");
    }

    #[test]
    fn what_nobody_was_seen_to_apply_is_a_hole() {
        let (mut replay, _, digest) = lived();
        assert_eq!(replay.close(), Ok(()));
        replay.sample(2, Revision(2), digest);
        assert_eq!(follow(&mut replay), Ok(()));
        assert_eq!(replay.close().unwrap_err().law, "one_history");
    }
}
