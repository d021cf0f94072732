//! The watch: an outsider who looks at all machines now and then, remembers what was seen and told, and holds it against
//! all laws. Nothing of it can be seen by a replica.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex};

use reeve_core::Answer;
use reeve_core::name::{ClientId, Revision, Token};
use reeve_node::platform::Hands;
use reeve_node::status::{Role, Status};
use reeve_store::log::{LogId, Vote};
use reeve_store::reserve::Standing;

use super::held;
use super::law::Violation;
use super::law::answers_kept::Answers;
use super::law::ends_for_cause::{self, Excuse};
use super::law::fresh_reads::Reads;
use super::law::leader_append_only::Reign;
use super::law::leader_complete;
use super::law::log_matching::Places;
use super::law::log_time::LogTime;
use super::law::one_history::History;
use super::law::removed_for_good;
use super::law::same_state::Replay;
use super::law::state_check;
use super::machine::{Machine, Running};
use super::network::Net;
use super::rare::Rare;

/// What is remembered of one machine.
#[derive(Default)]
struct Seen {
    run: u32,
    /// It was seen to run in this life.
    met: bool,
    full: bool,
    /// The entries up to here were seen.
    through: Option<u64>,
    last: Option<LogId>,
    purged: Option<LogId>,
    led_in_flight: bool,
    /// Its end was judged.
    judged: bool,
    excuse: Excuse,
    reign: Reign,
    /// The revision at which its own state was last held against the laws of states.
    checked: Option<Revision>,
}

/// The state of each replica is held against its laws when it begins, and then every so many revisions; the digest in
/// between says that it is the state of the replay, which is held against them at each entry.
const CHECK_EVERY: u64 = 64;

#[derive(Default)]
struct Book {
    /// Laws that this history is not held against.
    overlooks: &'static [&'static str],
    history: History,
    places: Places,
    replay: Replay,
    time: LogTime,
    answers: Answers,
    reads: Reads,
    rare: Rare,
    machines: BTreeMap<u64, Seen>,
    emptied: BTreeSet<u64>,
    /// When the newest lease was granted whose task is done.
    completed: Revision,
    broken: Option<Violation>,
}

/// The watch over one history. Clones share it.
#[derive(Clone, Default)]
pub struct Watch(Arc<Mutex<Book>>);

/// A verdict, unless it is to be overlooked.
fn weigh(overlooks: &[&str], verdict: Result<(), Violation>) -> Result<(), Violation> {
    verdict.or_else(|violation| if overlooks.contains(&violation.law) { Ok(()) } else { Err(violation) })
}

/// What is said of a log that cannot be read.
fn unread(seat: u64, fault: reeve_store::Fault) -> Violation {
    Violation { law: "one_history", what: format!("machine {seat} cannot be read: {fault}") }
}

impl Watch {
    /// A watch that overlooks when these laws are broken, to see what else is.
    #[must_use]
    pub fn overlooking(laws: &'static [&'static str]) -> Self {
        let watch = Self::default();
        held(&watch.0).overlooks = laws;
        watch
    }

    /// A rare state was reached.
    pub fn count(&self, state: &'static str) {
        held(&self.0).rare.count(state);
    }

    /// All that was reached.
    #[must_use]
    pub fn rare(&self) -> Rare {
        held(&self.0).rare.clone()
    }

    /// This was answered.
    pub fn told(&self, request: Option<(ClientId, u64)>, answer: Answer) {
        let mut book = held(&self.0);
        book.reads.acknowledged(answer.revision);
        book.answers.told(request, answer);
    }

    /// This request was refused for certain, and will never be made again.
    pub fn refused(&self, request: (ClientId, u64), why: String) {
        held(&self.0).answers.refused(request, why);
    }

    /// What a read that begins now must see.
    #[must_use]
    pub fn floor(&self) -> Revision {
        held(&self.0).reads.floor()
    }

    /// A read came to an end.
    pub fn saw(&self, floor: Revision, index: Revision) {
        self.judged(Reads::saw(floor, index));
        self.count("a read was answered");
    }

    /// The task of this lease is done.
    pub fn done(&self, token: Token) {
        let mut book = held(&self.0);
        book.completed = book.completed.max(token.0.revision);
    }

    /// When the newest lease was granted whose task is done.
    #[must_use]
    pub fn completed(&self) -> Revision {
        held(&self.0).completed
    }

    /// A client gave up on a request though everything was well.
    pub fn gave_up(&self, (client, sequence): (ClientId, u64), got: &[String]) {
        let what = format!("request {sequence} of client {client} was given up; what it got: {got:?}");
        self.judged(Err(Violation { law: "comes_back", what }));
    }

    /// Something was done to a machine's disk.
    pub fn excuse(&self, seat: u64, excuse: Excuse) {
        let mut book = held(&self.0);
        let seen = book.machines.entry(seat).or_default();
        seen.excuse.trouble |= excuse.trouble;
        seen.excuse.rot |= excuse.rot;
    }

    /// A machine's disk is sound again: from here on it excuses nothing, unless it has rotted.
    pub fn forgive(&self, seat: u64) {
        let mut book = held(&self.0);
        let excuse = &mut book.machines.entry(seat).or_default().excuse;
        if !excuse.rot {
            *excuse = Excuse::default();
        }
    }

    /// The machine's disk was emptied: what was seen there before counts no more.
    pub fn emptied(&self, seat: u64) {
        let mut book = held(&self.0);
        let seen = book.machines.entry(seat).or_default();
        *seen = Seen { run: seen.run, judged: true, ..Seen::default() };
        book.emptied.insert(seat);
    }

    /// Whether its disk was ever emptied.
    #[must_use]
    pub fn was_emptied(&self, seat: u64) -> bool {
        held(&self.0).emptied.contains(&seat)
    }

    /// A verdict from elsewhere.
    pub fn judged(&self, verdict: Result<(), Violation>) {
        let mut book = held(&self.0);
        if let Err(violation) = weigh(book.overlooks, verdict) {
            book.broken.get_or_insert(violation);
        }
    }

    /// How many entries, and how many answers, there were.
    #[must_use]
    pub fn size(&self) -> (u64, usize) {
        let book = held(&self.0);
        (book.replay.entries(), book.answers.count())
    }

    /// Looks at all machines, and at what the wire told.
    ///
    /// # Errors
    /// A law that does not hold.
    pub fn look<H: Hands>(&self, machines: &[Arc<Machine<H>>], net: &Net) -> Result<(), Violation> {
        let book = &mut *held(&self.0);
        if let Some(violation) = &book.broken {
            return Err(violation.clone());
        }
        weigh(book.overlooks, net.elections(|elections| elections.judge()))?;
        let lasts: Vec<Option<LogId>> =
            machines.iter().filter_map(|machine| machine.running()).map(|r| r.log.state().1).collect();
        for machine in machines {
            book.time.off(machine.crystal.offset_ms());
            book.look_at(machine)?;
            if let Some(running) = machine.running() {
                book.look_into(machine.seat, &running, &lasts, net)?;
            }
        }
        net.memories(|memories| memories.settle(&book.history));
        let Book { overlooks, history, replay, time, rare, .. } = book;
        weigh(overlooks, replay.follow(history, time, rare))
    }

    /// The end: everything that was told must be there, and every state that runs is as it should be.
    ///
    /// # Errors
    /// What is not.
    pub fn close<H: Hands>(&self, machines: &[Arc<Machine<H>>]) -> Result<(), Violation> {
        let book = &mut *held(&self.0);
        for machine in machines {
            if let Some(running) = machine.running() {
                book.machines.entry(machine.seat).or_default().checked = None;
                book.look_at_state(machine.seat, &running)?;
            }
        }
        book.replay.close()?;
        book.answers.judge(&book.replay)
    }
}

impl Book {
    /// At the machine from outside: whether it runs, and if not, why.
    fn look_at<H: Hands>(&mut self, machine: &Machine<H>) -> Result<(), Violation> {
        let seen = self.machines.entry(machine.seat).or_default();
        if machine.runs() != seen.run {
            if std::mem::take(&mut seen.led_in_flight) {
                self.rare.count("a leader was lost with entries in flight");
            }
            *seen = Seen { run: machine.runs(), excuse: seen.excuse, ..Seen::default() };
        }
        if let Some(panic) = machine.panic() {
            weigh(self.overlooks, ends_for_cause::panicked(machine.seat, &panic))?;
        }
        let Some(why) = machine.stuck().filter(|_| !seen.judged) else { return Ok(()) };
        seen.judged = true;
        if why.starts_with("Amnesia") {
            self.rare.count("a replica was found to have forgotten");
        }
        weigh(self.overlooks, ends_for_cause::ended(machine.seat, &why, seen.excuse))
    }

    /// At what runs on it.
    fn look_into<H: Hands>(
        &mut self,
        seat: u64,
        running: &Running<H>,
        lasts: &[Option<LogId>],
        net: &Net,
    ) -> Result<(), Violation> {
        let status = running.replica.status();
        self.count_rare(seat, running, &status, lasts, net);
        self.look_at_reign(seat, running, &status)?;
        self.look_at_state(seat, running)?;
        let (purged, last) = running.log.state();
        let seen = self.machines.entry(seat).or_default();
        (seen.met, seen.last, seen.purged) = (true, last, purged);
        seen.full = status.disk != Standing::Plenty;
        seen.led_in_flight = status.role == Role::Leader && last > status.committed;
        if let Some(removed) = status.removed {
            let entries = self.history.since(removed.entry);
            weigh(self.overlooks, removed_for_good::told(status.identity.node, entries))?;
        }
        let unread = |fault| unread(seat, fault);
        let id_at = |index| running.log.id_at(index).map_err(unread);
        let node = status.identity.node;
        if let Some(floor) = net.memories(|memories| memories.floor(node)) {
            let found = id_at(floor.index)?;
            weigh(self.overlooks, net.memories(|memories| memories.has(node, found, purged)))?;
        }
        let newest = net.elections(|elections| elections.newest());
        if let Some(applied) = self.history.last()
            && status.role == Role::Leader
            && status.term >= newest
        {
            let has = purged.is_some_and(|purged| purged.index >= applied.index)
                || id_at(applied.index)? == Some(applied);
            weigh(self.overlooks, leader_complete::leads(seat, status.term, applied, has))?;
        }
        let from = seen.through.map_or(0, |through| through + 1).max(purged.map_or(0, |id| id.index + 1));
        for index in from..=last.map_or(0, |last| last.index) {
            if let (Some(id), Some(chain)) = (id_at(index)?, running.log.chain_at(index).map_err(unread)?) {
                weigh(self.overlooks, self.places.see(seat, id, chain))?;
            }
        }
        let to = status.applied.0 + 1;
        if from < to && last.is_some() {
            for entry in running.log.read(from, to, u64::MAX).map_err(unread)? {
                seen.through = Some(entry.id.index);
                weigh(self.overlooks, self.history.see(seat, entry))?;
            }
        }
        if last.is_some() || purged.is_some() {
            self.replay.sample(seat, status.applied, status.digest);
        }
        Ok(())
    }

    /// At the log of whoever leads: by its own word, and by the vote that it saved last, for a log is corrected for another
    /// leader only after that one's vote is saved, and a moment before the replica says so.
    fn look_at_reign<H: Hands>(
        &mut self,
        seat: u64,
        running: &Running<H>,
        status: &Status,
    ) -> Result<(), Violation> {
        let seen = self.machines.entry(seat).or_default();
        let own = |vote: Vote| (vote.term, vote.node) == (status.term, status.identity.node);
        if status.role != Role::Leader || !running.log.vote_saved().is_some_and(own) {
            seen.reign.ends();
            return Ok(());
        }
        let chain_at = |id: LogId| running.log.chain_at(id.index).map_err(|fault| unread(seat, fault));
        let (purged, last) = running.log.state();
        let found = seen.reign.end(status.term).map_or(Ok(None), chain_at)?;
        let last = match last {
            Some(last) => chain_at(last)?.map(|chain| (last, chain)),
            None => None,
        };
        weigh(self.overlooks, seen.reign.goes_on(seat, status.term, found, purged, last))
    }

    /// At the state that it has itself, with all that no digest covers.
    fn look_at_state<H: Hands>(&mut self, seat: u64, running: &Running<H>) -> Result<(), Violation> {
        let Self { machines, overlooks, .. } = self;
        let seen = machines.entry(seat).or_default();
        running.replica.ask_state(|state| {
            let revision = state.revision();
            if seen.checked.is_some_and(|checked| revision.0 < checked.0 + CHECK_EVERY) {
                return Ok(());
            }
            seen.checked = Some(revision);
            weigh(overlooks, state_check::keeps(format_args!("machine {seat}"), state))
        })
    }

    /// Counts what is seldom seen of a replica that runs, after what was seen of it before.
    fn count_rare<H: Hands>(
        &mut self,
        seat: u64,
        running: &Running<H>,
        status: &Status,
        lasts: &[Option<LogId>],
        net: &Net,
    ) {
        let Self { machines, rare, places, .. } = self;
        let seen = machines.entry(seat).or_default();
        let (purged, last) = running.log.state();
        if !seen.met {
            if status.flushed.0 < last.map_or(0, |last| last.index) {
                rare.count("a restart replayed the log");
            }
            if running.found_half_a_snapshot {
                rare.count("a snapshot was cut off on its way in");
            }
            let term = net.elections(|elections| elections.last_led(seat));
            if places.others_went_on(seat, term, last) {
                rare.count("a leader had sent away what it lost");
            }
        }
        if let (Some(before), Some(_)) = (seen.last, last)
            && purged.is_none_or(|purged| purged.index < before.index)
            && running.log.id_at(before.index).ok().flatten() != Some(before)
        {
            rare.count("a follower's log was truncated");
        }
        if purged > seen.purged && seen.met {
            if purged.map(|id| id.index) > seen.last.map(|id| id.index) {
                rare.count("a snapshot was installed");
            } else {
                rare.count("the log was purged");
            }
            if lasts.iter().any(|last| last.map(|id| id.index) < purged.map(|id| id.index)) {
                rare.count("the log was purged past a lagging follower");
            }
        }
        if seen.led_in_flight && status.role != Role::Leader {
            rare.count("a leader was lost with entries in flight");
        }
        if !seen.full && status.disk != Standing::Plenty {
            rare.count("a replica saw that its disk was full");
        }
        if status.membership.voters.len() > 1 && status.role == Role::Candidate {
            rare.count("an election in the middle of a change of members");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_excuse_lasts_as_long_as_its_reason() {
        let (watch, trouble) = (Watch::default(), Excuse { trouble: true, rot: false });
        let excuse = |seat| held(&watch.0).machines[&seat].excuse;
        watch.excuse(1, trouble);
        assert_eq!(excuse(1), trouble);
        watch.forgive(1);
        assert_eq!(excuse(1), Excuse::default());
        let rotten = Excuse { trouble: true, rot: true };
        watch.excuse(1, rotten);
        watch.forgive(1);
        assert_eq!(excuse(1), rotten, "it does not heal by itself");
        watch.emptied(1);
        assert_eq!(excuse(1), Excuse::default());
    }
}
