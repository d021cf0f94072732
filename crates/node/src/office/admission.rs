//! Admission: how much may wait for the log, and who is told to come again.
//!
//! What reports the end of work, and what the office itself decides, gets in long after new work was refused: reports free
//! what submits fill. A refusal comes before anything was decoded or proposed, consumes nothing, and says when to come
//! again.

use std::collections::BTreeSet;
use std::fmt;

use reeve_core::command::Command;

use crate::limits;

/// What a command is to admission, from the first refused to the last.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Class {
    /// New work.
    Submit,
    /// What people and programs arrange: sessions, queues, pauses.
    Control,
    /// What ends work or frees something, membership, and the office's own commands.
    Report,
}

impl Class {
    /// The class of a command.
    #[must_use]
    pub const fn of(command: &Command) -> Self {
        match command {
            Command::Submit(_) | Command::Retry(_) => Self::Submit,
            Command::Pause(_)
            | Command::Resume(_)
            | Command::Update(_)
            | Command::CreateNamespace(_)
            | Command::ConfigureNamespace(_)
            | Command::PauseNamespace(_)
            | Command::ResumeNamespace(_)
            | Command::DeleteNamespace(_)
            | Command::CreateQueue(_)
            | Command::ConfigureQueue(_)
            | Command::PauseQueue(_)
            | Command::ResumeQueue(_)
            | Command::DeleteQueue(_)
            | Command::OpenClient(_)
            | Command::OpenWorker(_)
            | Command::ResumeWorker(_)
            | Command::DrainWorker(_)
            | Command::Progress(_)
            | Command::Partial(_)
            | Command::Checkpoint(_) => Self::Control,
            Command::Grant(_)
            | Command::Recall(_)
            | Command::Extend(_)
            | Command::Complete(_)
            | Command::Fail(_)
            | Command::Release(_)
            | Command::Stopped(_)
            | Command::Cancel(_)
            | Command::Suspended(_)
            | Command::AnswerUpdate(_)
            | Command::Forget(_)
            | Command::CloseClient(_)
            | Command::ExpireClient(_)
            | Command::CloseWorker(_)
            | Command::ExpireWorker(_)
            | Command::SetAlarm(_)
            | Command::ClearAlarm(_)
            | Command::RaiseLaw(_) => Self::Report,
        }
    }

    /// Commands and bytes, of all classes together, up to which this class gets in.
    fn bounds(self, room: Room) -> (u64, u64) {
        let Room { commands, bytes } = room;
        let times = |part: u64| (commands.saturating_mul(part), bytes.saturating_mul(part));
        match self {
            Self::Submit => (commands, bytes),
            Self::Control => times(limits::CONTROLS_PART),
            Self::Report => {
                let (commands, bytes) = times(limits::REPORTS_PART);
                (commands.max(limits::REPORTS_WAITING_MIN), bytes.max(limits::REPORT_BYTES_WAITING_MIN))
            }
        }
    }
}

/// How much may wait for the log before new work is refused. What else there is gets in for longer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Room {
    /// Commands.
    pub commands: u64,
    /// Bytes.
    pub bytes: u64,
}

/// What keeps commands out whatever waits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Gate {
    /// The office is not open. Keeps everything out.
    Closed,
    /// Replicas differ and no majority agrees. Keeps new work out.
    Diverged,
    /// A disk is nearly full. Keeps new work out.
    NoSpace,
}

impl Gate {
    const fn keeps_out(self, class: Class) -> bool {
        match self {
            Self::Closed => true,
            Self::Diverged | Self::NoSpace => matches!(class, Class::Submit),
        }
    }

    const fn retry_after_ms(self) -> u64 {
        match self {
            Self::Closed => limits::OFFICE_RETRY_AFTER_MS,
            // People have to do something first.
            Self::Diverged | Self::NoSpace => limits::RETRY_AFTER_MS_MAX,
        }
    }
}

/// Why something was not admitted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reason {
    /// A gate is shut.
    Shut(Gate),
    /// So many commands wait.
    Commands {
        /// How many.
        waiting: u64,
        /// How many may.
        most: u64,
    },
    /// So many bytes wait.
    Bytes {
        /// How many.
        waiting: u64,
        /// How many may.
        most: u64,
    },
}

/// A "no" before the log. It consumes no sequence of a client session.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Refusal {
    /// Why.
    pub reason: Reason,
    /// When to come again.
    pub retry_after_ms: u64,
}

impl Refusal {
    /// The stable code.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self.reason {
            Reason::Shut(Gate::Closed) => "office_closed",
            Reason::Shut(Gate::Diverged) => "diverged",
            Reason::Shut(Gate::NoSpace) => "no_space",
            Reason::Commands { .. } | Reason::Bytes { .. } => "overloaded",
        }
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.reason {
            Reason::Shut(Gate::Closed) => f.write_str("the leader's office is not open here"),
            Reason::Shut(Gate::Diverged) => {
                f.write_str("replicas differ and no majority agrees; new tasks wait for an operator")
            }
            Reason::Shut(Gate::NoSpace) => {
                f.write_str("a disk of the cluster is nearly full; new tasks wait for space")
            }
            Reason::Commands { waiting, most } => {
                write!(f, "{waiting} commands wait for the log, {most} may")
            }
            Reason::Bytes { waiting, most } => write!(f, "{waiting} bytes wait for the log, {most} may"),
        }
    }
}

impl std::error::Error for Refusal {}

/// How much there is of something.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Weight {
    /// Commands; one that makes many tasks counts as so many.
    pub commands: u64,
    /// Bytes, as they stand in an entry.
    pub bytes: u64,
}

/// A place among what waits. It is given back by [`Admission::settle`] or [`Admission::withdraw`], once.
#[must_use = "a place that is never given back is lost"]
#[derive(Debug, PartialEq, Eq)]
pub struct Ticket {
    commands: u64,
    bytes: u64,
    since_ms: u64,
}

impl Ticket {
    /// How much it stands for.
    #[must_use]
    pub const fn weight(&self) -> Weight {
        Weight { commands: self.commands, bytes: self.bytes }
    }
}

/// What waits for the log, and who may join it.
#[derive(Clone, Debug)]
pub struct Admission {
    commands: u64,
    bytes: u64,
    /// The shut gates.
    gates: BTreeSet<Gate>,
    /// How long commands have lately waited, in 1,024ths of a millisecond.
    latency: u64,
    settled_ms: u64,
}

impl Default for Admission {
    fn default() -> Self {
        Self::new()
    }
}

impl Admission {
    /// Nothing waits, and the office is closed.
    #[must_use]
    pub fn new() -> Self {
        let gates = BTreeSet::from([Gate::Closed]);
        Self { commands: 0, bytes: 0, gates, latency: 0, settled_ms: 0 }
    }

    /// Shuts a gate.
    pub fn shut(&mut self, gate: Gate) {
        self.gates.insert(gate);
    }

    /// Opens a gate.
    pub fn open(&mut self, gate: Gate) {
        self.gates.remove(&gate);
    }

    /// Commands that wait.
    #[must_use]
    pub const fn commands(&self) -> u64 {
        self.commands
    }

    /// Bytes that wait.
    #[must_use]
    pub const fn bytes(&self) -> u64 {
        self.bytes
    }

    /// Lets so many commands with so many bytes wait for the log, or not; for new work there is so much room.
    ///
    /// # Errors
    /// The refusal to answer; nothing was counted.
    pub fn admit(
        &mut self,
        class: Class,
        commands: u64,
        bytes: u64,
        room: Room,
        mono_ms: u64,
    ) -> Result<Ticket, Refusal> {
        if let Some(gate) = self.gates.iter().find(|gate| gate.keeps_out(class)) {
            return Err(Refusal { reason: Reason::Shut(*gate), retry_after_ms: gate.retry_after_ms() });
        }
        let (most_commands, most_bytes) = class.bounds(room);
        // What is larger than all the room gets in when nothing waits: else it never would.
        let crowded = self.commands > 0;
        if crowded && self.commands + commands > most_commands {
            let reason = Reason::Commands { waiting: self.commands, most: most_commands };
            let retry_after_ms = self.drained_ms(self.commands, commands, most_commands, mono_ms);
            return Err(Refusal { reason, retry_after_ms });
        }
        if crowded && self.bytes + bytes > most_bytes {
            let reason = Reason::Bytes { waiting: self.bytes, most: most_bytes };
            let retry_after_ms = self.drained_ms(self.bytes, bytes, most_bytes, mono_ms);
            return Err(Refusal { reason, retry_after_ms });
        }
        if !crowded {
            // A pause without work is not a stall.
            self.settled_ms = self.settled_ms.max(mono_ms);
        }
        (self.commands, self.bytes) = (self.commands + commands, self.bytes + bytes);
        Ok(Ticket { commands, bytes, since_ms: mono_ms })
    }

    /// What the ticket stands for was answered by the log.
    pub fn settle(&mut self, ticket: Ticket, mono_ms: u64) {
        let waited_ms = mono_ms.saturating_sub(ticket.since_ms).min(limits::RETRY_AFTER_MS_MAX);
        // An eighth of each new sample: a burst is forgotten after some dozens of commits.
        self.latency = self.latency - self.latency / 8 + waited_ms * 1_024 / 8;
        self.settled_ms = self.settled_ms.max(mono_ms);
        self.withdraw(ticket);
    }

    /// What the ticket stands for will not be proposed after all.
    pub fn withdraw(&mut self, ticket: Ticket) {
        let Ticket { commands, bytes, since_ms: _ } = ticket;
        self.commands = self.commands.checked_sub(commands).expect("each ticket is given back once");
        self.bytes = self.bytes.checked_sub(bytes).expect("each ticket is given back once");
    }

    /// Little's law: what waits now needs as long to get through as each lately waited, so the surplus needs its share
    /// of that. If nothing got through for longer, then that is how long things take.
    fn drained_ms(&self, waiting: u64, more: u64, most: u64, mono_ms: u64) -> u64 {
        let stalled_ms = mono_ms.saturating_sub(self.settled_ms);
        let latency_ms = (self.latency / 1_024).max(stalled_ms).min(limits::RETRY_AFTER_MS_MAX);
        let surplus = (waiting + more).saturating_sub(most / 100 * limits::DRAINED_PERCENT);
        let after_ms = latency_ms * surplus / waiting.max(1);
        after_ms.clamp(limits::RETRY_AFTER_MS_MIN, limits::RETRY_AFTER_MS_MAX)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ROOM: Room = Room { commands: 20_000, bytes: 64 << 20 };

    /// An open office where so many commands wait.
    fn busy(commands: u64) -> Admission {
        let mut admission = Admission::new();
        admission.open(Gate::Closed);
        if commands > 0 {
            assert!(admission.admit(Class::Report, commands, 0, ROOM, 0).is_ok());
        }
        admission
    }

    #[test]
    fn submits_are_refused_first_and_reports_last() {
        let mut admission = busy(ROOM.commands);
        let reason = Reason::Commands { waiting: ROOM.commands, most: ROOM.commands };
        let refusal = admission.admit(Class::Submit, 1, 0, ROOM, 0).unwrap_err();
        assert_eq!((refusal.reason, refusal.code()), (reason, "overloaded"));
        assert!(admission.admit(Class::Control, 1, 0, ROOM, 0).is_ok());
        let mut admission = busy(ROOM.commands * limits::CONTROLS_PART);
        assert!(admission.admit(Class::Control, 1, 0, ROOM, 0).is_err());
        assert!(admission.admit(Class::Report, 1, 0, ROOM, 0).is_ok());
        assert!(busy(limits::REPORTS_WAITING_MIN).admit(Class::Report, 1, 0, ROOM, 0).is_err());
    }

    #[test]
    fn bytes_count_as_much_as_commands() {
        let mut admission = busy(0);
        assert!(admission.admit(Class::Submit, 1, ROOM.bytes, ROOM, 0).is_ok());
        let refusal = admission.admit(Class::Submit, 1, 1, ROOM, 0).unwrap_err();
        assert!(matches!(refusal.reason, Reason::Bytes { .. }));
        assert!(admission.admit(Class::Report, 1, 1, ROOM, 0).is_ok());
    }

    #[test]
    fn what_is_larger_than_all_the_room_gets_in_when_nothing_waits() {
        for (commands, bytes) in [(1, ROOM.bytes + 1), (ROOM.commands + 1, 1)] {
            let refusal = busy(1).admit(Class::Submit, commands, bytes, ROOM, 0).unwrap_err();
            assert_eq!(refusal.code(), "overloaded");
            let mut admission = busy(0);
            let ticket = admission.admit(Class::Submit, commands, bytes, ROOM, 0).unwrap();
            assert!(admission.admit(Class::Submit, 1, 1, ROOM, 0).is_err(), "then all else waits");
            admission.settle(ticket, 1);
            assert!(admission.admit(Class::Submit, 1, 1, ROOM, 1).is_ok());
        }
    }

    #[test]
    fn gates_keep_out_what_they_are_for() {
        let mut admission = Admission::new();
        for class in [Class::Submit, Class::Control, Class::Report] {
            assert_eq!(admission.admit(class, 1, 1, ROOM, 0).unwrap_err().code(), "office_closed");
        }
        admission.open(Gate::Closed);
        for (gate, code) in [(Gate::NoSpace, "no_space"), (Gate::Diverged, "diverged")] {
            admission.shut(gate);
            assert_eq!(admission.admit(Class::Submit, 1, 1, ROOM, 0).unwrap_err().code(), code);
            let ticket = admission.admit(Class::Report, 1, 1, ROOM, 0).unwrap();
            admission.withdraw(ticket);
            admission.open(gate);
        }
        assert_eq!((admission.commands(), admission.bytes()), (0, 0));
    }

    #[test]
    fn advice_follows_the_latency_of_commits() {
        let advice = |latency_ms: u64| {
            let mut admission = busy(0);
            for at_ms in (0..100).map(|at| at * latency_ms) {
                let ticket = admission.admit(Class::Submit, ROOM.commands, 0, ROOM, at_ms).unwrap();
                admission.settle(ticket, at_ms + latency_ms);
            }
            let now_ms = 100 * latency_ms;
            assert!(admission.admit(Class::Submit, ROOM.commands, 0, ROOM, now_ms).is_ok());
            admission.admit(Class::Submit, 1, 0, ROOM, now_ms).unwrap_err().retry_after_ms
        };
        assert_eq!(advice(10), limits::RETRY_AFTER_MS_MIN);
        // A quarter of what waits has to get through first.
        assert!((240..=260).contains(&advice(1_000)), "{}", advice(1_000));
        assert!((7_400..=7_600).contains(&advice(1_000_000)), "latency is capped");
    }

    #[test]
    fn a_stall_is_seen_before_anything_settles() {
        let mut admission = busy(ROOM.commands);
        let early = admission.admit(Class::Submit, 1, 0, ROOM, 10).unwrap_err().retry_after_ms;
        let late = admission.admit(Class::Submit, 1, 0, ROOM, 20_000).unwrap_err().retry_after_ms;
        assert!(early < 100 && late > 4_000, "{early} {late}");
    }
}
