//! The watch: an outsider who looks at all machines now and then, remembers what was seen and told, and holds it against
//! all laws. Nothing of it can be seen by a replica.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex};

use reeve_core::Answer;
use reeve_core::name::{ClientId, Revision};
use reeve_node::platform::Hands;
use reeve_node::status::Role;
use reeve_store::log::LogId;

use super::held;
use super::law::Violation;
use super::law::answers_kept::Answers;
use super::law::ends_for_cause::{self, Excuse};
use super::law::fresh_reads::Reads;
use super::law::log_time::LogTime;
use super::law::one_history::History;
use super::law::same_state::Replay;
use super::machine::Machine;
use super::rare::Rare;

/// What is remembered of one machine.
#[derive(Default)]
struct Seen {
    run: u32,
    /// The entries up to here were seen.
    through: Option<u64>,
    last: Option<LogId>,
    purged: Option<LogId>,
    led_in_flight: bool,
    /// Its end was judged.
    judged: bool,
    excuse: Excuse,
}

#[derive(Default)]
struct Book {
    history: History,
    replay: Replay,
    time: LogTime,
    answers: Answers,
    reads: Reads,
    rare: Rare,
    machines: BTreeMap<u64, Seen>,
    emptied: BTreeSet<u64>,
    broken: Option<Violation>,
}

/// The watch over one history. Clones share it.
#[derive(Clone, Default)]
pub struct Watch(Arc<Mutex<Book>>);

impl Watch {
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

    /// Something was done to a machine's disk.
    pub fn excuse(&self, seat: u64, excuse: Excuse) {
        let mut book = held(&self.0);
        let seen = book.machines.entry(seat).or_default();
        seen.excuse.trouble |= excuse.trouble;
        seen.excuse.rot |= excuse.rot;
    }

    /// What happened to a machine's disk is over, and so is what it had.
    pub fn forgive(&self, seat: u64) {
        held(&self.0).machines.entry(seat).or_default().excuse = Excuse::default();
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
        if let Err(violation) = verdict {
            held(&self.0).broken.get_or_insert(violation);
        }
    }

    /// How many entries, and how many answers, there were.
    #[must_use]
    pub fn size(&self) -> (u64, usize) {
        let book = held(&self.0);
        (book.replay.entries(), book.answers.count())
    }

    /// Looks at all machines.
    ///
    /// # Errors
    /// A law that does not hold.
    pub fn look<H: Hands>(&self, machines: &[Arc<Machine<H>>]) -> Result<(), Violation> {
        let book = &mut *held(&self.0);
        if let Some(violation) = &book.broken {
            return Err(violation.clone());
        }
        let lasts: Vec<Option<LogId>> =
            machines.iter().filter_map(|machine| machine.running()).map(|r| r.log.state().1).collect();
        for machine in machines {
            book.time.off(machine.crystal.offset_ms());
            book.look_at(machine, &lasts)?;
        }
        let Book { history, replay, time, rare, .. } = book;
        replay.follow(history, time, rare)
    }

    /// The end: everything that was told must be there.
    ///
    /// # Errors
    /// What is not.
    pub fn close(&self) -> Result<(), Violation> {
        let book = held(&self.0);
        book.replay.close()?;
        book.answers.judge(&book.replay)
    }
}

impl Book {
    fn look_at<H: Hands>(&mut self, machine: &Machine<H>, lasts: &[Option<LogId>]) -> Result<(), Violation> {
        let seen = self.machines.entry(machine.seat).or_default();
        if machine.runs() != seen.run {
            if std::mem::take(&mut seen.led_in_flight) {
                self.rare.count("a leader was lost with entries in flight");
            }
            *seen = Seen { run: machine.runs(), excuse: seen.excuse, ..Seen::default() };
        }
        if let Some(panic) = machine.panic() {
            return Err(Violation { law: "no_panic", what: format!("machine {}: {panic}", machine.seat) });
        }
        if let Some(why) = machine.stuck().filter(|_| !seen.judged) {
            seen.judged = true;
            if why.starts_with("Amnesia") {
                self.rare.count("a replica was found to have forgotten");
            }
            ends_for_cause::ended(machine.seat, &why, seen.excuse)?;
        }
        let Some(running) = machine.running() else { return Ok(()) };
        let status = running.replica.status();
        let (purged, last) = running.log.state();
        if seen.last.is_none() && status.flushed.0 < last.map_or(0, |last| last.index) {
            self.rare.count("a restart replayed the log");
        }
        if let (Some(before), Some(_)) = (seen.last, last)
            && purged.is_none_or(|purged| purged.index < before.index)
            && running.log.id_at(before.index).ok().flatten() != Some(before)
        {
            self.rare.count("a follower's log was truncated");
        }
        if purged > seen.purged && seen.last.is_some() {
            if purged.map(|id| id.index) > seen.last.map(|id| id.index) {
                self.rare.count("a snapshot was installed");
            }
            if lasts.iter().any(|last| last.map(|id| id.index) < purged.map(|id| id.index)) {
                self.rare.count("the log was purged past a lagging follower");
            }
        }
        let leads = status.role == Role::Leader;
        if seen.led_in_flight && !leads {
            self.rare.count("a leader was lost with entries in flight");
        }
        seen.led_in_flight = leads && last > status.committed;
        (seen.last, seen.purged) = (last, purged);
        let from = seen.through.map_or(0, |through| through + 1).max(purged.map_or(0, |id| id.index + 1));
        let to = status.applied.0 + 1;
        if from < to && last.is_some() {
            let entries = running.log.read(from, to, u64::MAX);
            let entries = entries.map_err(|fault| Violation {
                law: "one_history",
                what: format!("machine {} cannot be read: {fault}", machine.seat),
            });
            for entry in entries? {
                seen.through = Some(entry.id.index);
                self.history.see(machine.seat, entry)?;
            }
        }
        if last.is_some() || purged.is_some() {
            self.replay.sample(machine.seat, status.applied, status.digest);
        }
        Ok(())
    }
}
