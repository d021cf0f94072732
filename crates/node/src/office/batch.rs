//! The batcher: whatever waits goes into one entry, together with what the office itself has to say and with the grants
//! that can ride along. No timer holds anything back; a few entries fly at once, and while they do, more gathers.

use std::collections::VecDeque;
use std::ops::Range;

use futures_util::future::BoxFuture;
use openraft::error::ClientWriteError;
use openraft::impls::OneshotResponder;
use openraft::vote::RaftLeaderId;
use reeve_core::assembly::Assembly;
use reeve_core::command::{Command, ExpireWorker};
use reeve_core::name::Revision;
use reeve_core::worker::Departure;
use reeve_core::{Answer, Reply as Word};

use super::admission::{Admission, Ticket};
use super::desk::{Group, Reply, tell};
use super::due::Due;
use super::{Office, Open};
use crate::limits;
use crate::matcher::{self, Fate, Flight};
use crate::message::Refused;
use crate::platform::{Clock, Platform};
use crate::raft::types::{Batch, LeaderId, Types};

/// A group that is not in an entry yet.
pub(super) struct Waiting {
    pub group: Group,
    pub reply: Reply<Vec<Answer>>,
    pub ticket: Ticket,
}

/// Somebody who waits for the answers of an entry, and for which of them.
struct Passenger {
    answers: Range<usize>,
    reply: Reply<Vec<Answer>>,
    ticket: Ticket,
}

/// An entry on its way.
pub(super) type Landing = BoxFuture<'static, Landed>;

/// What became of an entry.
pub(super) struct Landed {
    opening: u64,
    flight: Flight,
    passengers: Vec<Passenger>,
    outcome: Result<Vec<Answer>, Refused>,
}

impl<P: Platform> Office<P> {
    /// Puts entries on their way as long as there is something to say and room to say it.
    pub(super) async fn work(&mut self) {
        let most = self.settings.now().entries_in_flight;
        while self.in_contact && self.flying.len() < most {
            let Some(entry) = self.assemble() else { return };
            self.launch(entry).await;
        }
    }

    /// The next entry, if there is reason for one.
    fn assemble(&mut self) -> Option<Draft> {
        let open = self.open.as_mut()?;
        let mono_ms = self.shared.clock.mono_ms();
        let log_ms = self.time.now(mono_ms)?;
        let state = self.shared.state();
        let mut assembly = Assembly::new();
        let most = {
            let settings = self.settings.now();
            Most { commands: settings.entry_commands, bytes: settings.entry_bytes }
        };
        open.gather_own(&state, mono_ms);
        for command in open.own.drain(..) {
            if let Err(refusal) = assembly.append(command) {
                tracing::error!("the office proposed what cannot be: {refusal:?}");
            }
        }
        let passengers = board(&mut open.waiting, &mut self.admission, &mut assembly, most, state.revision());
        if open.unsettled || !assembly.is_empty() {
            let choice = matcher::choose(&state, &mut open.fleet, &mut assembly, most.commands);
            open.unsettled = choice.unfinished;
        }
        if assembly.is_empty() && open.due.ask(&state, log_ms, mono_ms) != Due::Now {
            return None;
        }
        let sweep = open.due.sweep(&state, open.waiting.len() as u64);
        open.due.proposed(log_ms, mono_ms);
        let bytes = assembly.finish(state.law(), log_ms, sweep);
        Some(Draft { term: open.term, opening: open.number, flight: open.fleet.seal(), bytes, passengers })
    }

    async fn launch(&mut self, draft: Draft) {
        let Draft { term, opening, flight, bytes, passengers } = draft;
        let (responder, answer) = OneshotResponder::<Types<P::Runtime>, _>::new_pair();
        let leader = LeaderId::new(term, self.shared.identity.node).to_committed();
        let write = self.raft.write(Batch(bytes.into())).with_leader(leader).responder(responder);
        let accepted = write.await;
        self.flying.push_back(Box::pin(async move {
            let outcome = match accepted {
                Err(fatal) => Err(Refused::Impossible(fatal.to_string())),
                Ok(()) => match answer.await {
                    Ok(Ok(written)) => Ok(written.data.answers),
                    // Refused before it was appended: it never will be.
                    Ok(Err(ClientWriteError::ForwardToLeader(to))) => {
                        Err(Refused::NotLeader { leader: to.leader_id })
                    }
                    Ok(Err(_)) | Err(_) => Err(Refused::Unknown),
                },
            };
            Landed { opening, flight, passengers, outcome }
        }));
    }

    /// An entry has landed, or never will.
    pub(super) fn landed(&mut self, landed: Landed) {
        let Landed { opening, flight, passengers, outcome } = landed;
        let mono_ms = self.shared.clock.mono_ms();
        if let Some(open) = self.open.as_mut().filter(|open| open.number == opening) {
            open.due.settled();
            match &outcome {
                Ok(answers) => {
                    open.fleet.settled(flight, Fate::Applied(answers));
                    open.welcome(&self.shared.state(), answers, mono_ms);
                }
                Err(Refused::NotLeader { .. }) => open.fleet.settled(flight, Fate::Lost),
                // Unknown: nothing is given back until the term is over.
                Err(_) => {}
            }
            open.unsettled = true;
        }
        for Passenger { answers: range, reply, ticket } in passengers {
            self.admission.settle(ticket, mono_ms);
            let answer =
                outcome.clone().map(|answers| answers.get(range).map(<[Answer]>::to_vec).unwrap_or_default());
            tell(reply, answer);
        }
    }
}

/// How much an entry shall hold.
#[derive(Clone, Copy)]
struct Most {
    commands: usize,
    bytes: usize,
}

/// Puts groups into an entry, in their order, as long as there is room. One that is larger than an entry goes alone.
fn board(
    waiting: &mut VecDeque<Waiting>,
    admission: &mut Admission,
    assembly: &mut Assembly,
    most: Most,
    revision: Revision,
) -> Vec<Passenger> {
    let mut passengers = Vec::new();
    let mut commands = assembly.size().proposals as u64;
    while commands < most.commands as u64
        && let Some(next) = waiting.pop_front_if(|next| {
            // Nobody waits for it, so it takes no room.
            let bytes = if next.reply.is_closed() { 0 } else { next.ticket.weight().bytes };
            passengers.is_empty() || assembly.size().encoded_bytes as u64 + bytes <= most.bytes as u64
        })
    {
        let Waiting { group, reply, ticket } = next;
        if reply.is_closed() {
            // Whoever asked was told long ago that nobody knows, and may have asked again: now nothing will have happened.
            admission.withdraw(ticket);
            continue;
        }
        let weight = ticket.weight();
        match assembly.push(group.proposals, group.bodies) {
            Ok(group) => {
                commands += weight.commands;
                passengers.push(Passenger { answers: group.proposals, reply, ticket });
            }
            Err(refusal) => {
                admission.withdraw(ticket);
                tell(reply, Ok(vec![Answer { revision, reply: Word::Refused(refusal) }]));
            }
        }
    }
    passengers
}

/// An entry, ready to go.
struct Draft {
    term: u64,
    opening: u64,
    flight: Flight,
    bytes: Vec<u8>,
    passengers: Vec<Passenger>,
}

impl Open {
    /// What the office itself has to say: who has died, which offers were lost, which clients are gone.
    fn gather_own(&mut self, state: &reeve_core::State, mono_ms: u64) {
        let room = limits::OWN_PER_ENTRY;
        for decision in self.sessions.due(mono_ms, room) {
            if state.worker(decision.worker).is_none_or(|worker| !worker.alive) {
                self.sessions.closed(decision.worker);
                continue;
            }
            let (worker, charged) = (decision.worker, decision.charged);
            self.own.push(Command::from(ExpireWorker { worker, departure: Departure::Silent, charged }));
        }
        self.own.extend(self.offers.due(state, mono_ms, room).into_iter().map(Command::from));
        self.own.extend(self.clients.due(state, mono_ms, room).into_iter().map(Command::from));
    }

    /// Sessions that were opened just now.
    fn welcome(&mut self, state: &reeve_core::State, answers: &[Answer], mono_ms: u64) {
        for answer in answers {
            match answer.reply {
                Word::WorkerOpened(worker) => {
                    if let Some(known) = state.worker(worker) {
                        self.sessions.opened(worker, known.ttl_ms, mono_ms);
                    }
                }
                Word::ClientOpened(client) => self.clients.opened(client, answer.revision, mono_ms),
                Word::Done
                | Word::Refused(_)
                | Word::Submitted { .. }
                | Word::Granted { .. }
                | Word::AlreadyAccepted
                | Word::Retrying { .. }
                | Word::Died
                | Word::Extended { .. }
                | Word::Asked => {}
            }
        }
    }
}

#[cfg(test)]
mod tests;
