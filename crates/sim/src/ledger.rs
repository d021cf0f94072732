//! The ledger: what an outsider knows of the cluster's life, from entries, replies and events alone.
//!
//! It is kept apart from the law's own state on purpose: the laws in `check` compare the two. Nothing here may ask the
//! state what happened; only limits that events do not carry are looked up after each entry.

#![expect(
    clippy::wildcard_enum_match_arm,
    reason = "the ledger notes the few steps that change what an outsider knows"
)]

pub mod courses;
pub mod grips;
pub mod keys;
pub mod said;
pub mod sessions;
pub mod wishes;

use std::collections::{BTreeMap, BTreeSet};

use reeve_core::Answer;
use reeve_core::command::Command;
use reeve_core::defaults;
use reeve_core::entry::{Entry, Proposal};
use reeve_core::event::{AttemptEnd, Event, PlaceStep, Step, WorkerStep};
use reeve_core::intern::{ClassId, QueueId};
use reeve_core::name::{ClientId, Era, Name, Ref, Revision, TaskId, Token, WorkerId};
use reeve_core::task::{Ending, Otherwise, Priority, Rule, Standing, TaskSpec, Terms};
use reeve_core::{Outcome, Refusal, Reply, State};

/// One applied entry, and the state after it.
#[derive(Clone, Copy)]
pub struct Applied<'a> {
    /// The entry.
    pub entry: &'a Entry,
    /// What it did.
    pub outcome: &'a Outcome,
    /// The state after it.
    pub state: &'a State,
    /// Its grants were decided on the state just before it.
    pub fresh: bool,
}

impl<'a> Applied<'a> {
    /// The proposals that this entry executed, with their answers. What was answered from memory, whether of an earlier
    /// entry or of this very one, is not among them.
    pub fn executed(&self) -> impl Iterator<Item = (&'a Proposal, &'a Answer)> {
        let (entry, mut seen) = (self.entry, BTreeSet::new());
        entry.proposals.iter().zip(&self.outcome.replies).filter(move |(proposal, answer)| {
            let remembered = proposal.request.filter(|_| !is_forgettable(answer.reply));
            let first = remembered.is_none_or(|request| seen.insert((request.client, request.sequence)));
            first && answer.revision == entry.revision
        })
    }
}

/// A dependency, its task named.
#[derive(Clone, Copy, Debug)]
pub struct Waits {
    /// The task.
    pub on: TaskId,
    /// When that counts as met.
    pub rule: Rule,
    /// What happens when it cannot be met.
    pub otherwise: Otherwise,
}

/// The life of a task so far.
#[derive(Clone, Debug)]
pub struct Life {
    /// Its queue.
    pub queue: QueueId,
    /// Its requirement class.
    pub class: ClassId,
    /// Its urgency.
    pub priority: Priority,
    /// What it waits for.
    pub waits: Vec<Waits>,
    /// Its time for one attempt.
    pub timeout_ms: Option<u64>,
    /// How many failures it may have.
    pub max_attempts: u16,
    /// Where it stands; nowhere once it has ended.
    pub standing: Option<Standing>,
    /// The entry in which it came to stand there.
    pub since: Revision,
    /// Every end it came to, one for each generation at most.
    pub endings: Vec<Ending>,
    /// The token under which it ended last.
    pub final_token: Option<Token>,
    /// Whether it is held.
    pub held: bool,
    /// Failures in this generation.
    pub failures: u16,
    /// Its lease.
    pub token: Option<Token>,
    /// The greatest token it ever had.
    pub greatest: Option<Token>,
    /// It and its history are gone.
    pub forgotten: bool,
}

impl Life {
    /// Whether it is dead, and still in memory.
    #[must_use]
    pub fn is_dead(&self) -> bool {
        self.is_over() && !self.forgotten && self.endings.last() == Some(&Ending::Dead)
    }

    /// Whether it has ended, and was not retried since.
    #[must_use]
    pub const fn is_over(&self) -> bool {
        self.standing.is_none()
    }
}

/// A lease that somebody holds, or that drains.
#[derive(Clone, Copy, Debug)]
pub struct Hold {
    /// The task.
    pub task: TaskId,
    /// The holder.
    pub worker: WorkerId,
    /// The queue it is charged to.
    pub queue: QueueId,
    /// When the attempt times out.
    pub deadline_ms: Option<u64>,
    /// Revoked, and not confirmed.
    pub draining: bool,
}

/// The limits and gates of a queue.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Gate {
    /// Whether it or its namespace is paused.
    pub paused: bool,
    /// Most tasks leased at once.
    pub max_leased: Option<u32>,
    /// Most live tasks.
    pub max_live: Option<u32>,
}

/// What an outsider knows.
#[derive(Clone, Debug, Default)]
pub struct Ledger {
    /// Every task that was ever acknowledged.
    pub lives: BTreeMap<TaskId, Life>,
    /// How many of them are not over, or dead.
    pub live: u32,
    /// Leases, held or draining.
    pub holds: BTreeMap<Token, Hold>,
    /// Living worker sessions and their slots.
    pub workers: BTreeMap<WorkerId, u32>,
    /// First answers to requests.
    pub answers: BTreeMap<(ClientId, u64), Answer>,
    /// Queues before this entry.
    pub gates: BTreeMap<QueueId, Gate>,
    /// Queues after this entry.
    pub next_gates: BTreeMap<QueueId, Gate>,
    /// Queues whose pause this entry sets or lifts.
    pub toggled: BTreeSet<QueueId>,
    /// Tasks that this entry updates: their terms are between two states.
    pub touched: BTreeSet<TaskId>,
    /// Time before this entry.
    pub now_ms: u64,
    /// What this entry says, as far as no event has taken it up.
    pub said: said::Said,
    /// Every lease, as those see it who only hear of it.
    pub grips: grips::Grips,
    /// The course of every task.
    pub courses: courses::Courses,
    /// Sessions and alarms.
    pub sessions: sessions::Sessions,
    /// Cancellations of families that may not have reached everybody.
    pub wishes: Vec<wishes::Wish>,
    /// Idempotency keys.
    pub keys: keys::Keys,
    /// Leases whose end a holder reported.
    pub reported: BTreeSet<Token>,
}

/// The task or session that a reference means in this entry.
fn meant<T: From<Name>>(reference: Ref<T>, entry: &Entry, era: Era) -> T {
    match reference {
        Ref::Id(id) => id,
        Ref::Here(position) => T::from(Name::new(era, entry.revision, position)),
    }
}

impl Ledger {
    /// Notes what an entry asks for and was answered, before its events are read.
    pub fn open(&mut self, step: &Applied<'_>) {
        self.open_gates(step);
        self.touched.clear();
        self.said = said::Said::of(step);
        self.grips.orders.clear();
        self.grips.ended.clear();
        let wishes = wishes::of(self, step);
        self.wishes.extend(wishes);
        for (proposal, answer) in step.executed() {
            match (&proposal.command, answer.reply) {
                (Command::Submit(submit), Reply::Submitted { first, existing: false, .. }) => {
                    let mut id = first;
                    for spec in &submit.tasks {
                        self.lives.insert(id, Self::life(spec, step));
                        self.courses.submit(id, spec, step);
                        id.0.position += 1;
                    }
                }
                (Command::Update(update), reply) if !matches!(reply, Reply::Refused(_)) => {
                    self.touched.insert(meant(update.task, step.entry, era(step)));
                }
                (Command::OpenWorker(open), Reply::WorkerOpened(worker)) => {
                    self.workers.insert(worker, open.offer.slots);
                }
                (Command::ResumeWorker(resume), Reply::Done) => {
                    let worker: WorkerId = meant(resume.worker, step.entry, era(step));
                    if let (Some(offer), Some(slots)) = (&resume.offer, self.workers.get_mut(&worker)) {
                        // Grants of the same entry may fall before or after.
                        *slots = offer.slots.max(*slots);
                    }
                }
                _ => {}
            }
        }
    }

    fn open_gates(&mut self, step: &Applied<'_>) {
        self.toggled.clear();
        self.next_gates.clear();
        for id in step.state.queues() {
            let Some(view) = step.state.queue_view(id) else { continue };
            let paused = view.paused || step.state.is_namespace_paused(view.namespace);
            let gate = Gate { paused, max_leased: view.max_leased, max_live: view.max_live };
            self.next_gates.insert(id, gate);
            let toggles = |event: &Event| match event {
                Event::Queue { queue, step: PlaceStep::Paused | PlaceStep::Resumed } => *queue == id,
                Event::Namespace { namespace, step: PlaceStep::Paused | PlaceStep::Resumed } => {
                    *namespace == view.namespace
                }
                _ => false,
            };
            if step.outcome.events.iter().any(toggles) {
                self.toggled.insert(id);
            }
        }
    }

    fn life(spec: &TaskSpec, step: &Applied<'_>) -> Life {
        let plain = Terms::default();
        let terms = spec.terms.as_deref().unwrap_or(&plain);
        let waits = terms.dependencies.iter().map(|dependency| Waits {
            on: meant(dependency.on, step.entry, era(step)),
            rule: dependency.rule,
            otherwise: dependency.otherwise,
        });
        Life {
            queue: QueueId(u32::MAX),
            class: ClassId(u32::MAX),
            priority: spec.priority,
            waits: waits.collect(),
            timeout_ms: terms.attempt_timeout_ms,
            max_attempts: terms.retry.unwrap_or(defaults::RETRY).max_attempts,
            standing: None,
            since: Revision(0),
            endings: Vec::new(),
            final_token: None,
            held: false,
            failures: 0,
            token: None,
            greatest: None,
            forgotten: false,
        }
    }

    /// Takes in one event, after the laws have looked at it.
    pub fn note(&mut self, event: &Event, step: &Applied<'_>) {
        self.sessions.note(event, step.outcome.now_ms, &mut self.said);
        self.note_course(event, step);
        match *event {
            Event::Task { task, queue, class, step: what, .. } => {
                self.note_hold(task, queue, what, step);
                if let Some(life) = self.lives.get_mut(&task) {
                    // A lease that drained may be of a class that the task has left since.
                    if !matches!(what, Step::Stopped { .. }) {
                        (life.queue, life.class) = (queue, class);
                    }
                    let before = life.standing.is_some();
                    note_life(life, what, step.entry.revision);
                    // A dead task is over, but it stays in memory.
                    match what {
                        Step::Ended { ending: Ending::Dead, .. } => {}
                        Step::Retried if life.endings.last() == Some(&Ending::Dead) => {}
                        _ => match (before, life.standing.is_some()) {
                            (false, true) => self.live += 1,
                            (true, false) => self.live -= 1,
                            _ => {}
                        },
                    }
                }
            }
            Event::Worker { worker, step: WorkerStep::Closed | WorkerStep::Expired { .. } } => {
                self.workers.remove(&worker);
            }
            Event::TaskForgotten { task, .. } => {
                if let Some(life) = self.lives.get_mut(&task) {
                    self.live -= u32::from(life.endings.last() == Some(&Ending::Dead));
                    life.forgotten = true;
                }
            }
            Event::Worker { .. }
            | Event::Client { .. }
            | Event::Namespace { .. }
            | Event::Queue { .. }
            | Event::Alarm { .. }
            | Event::LawRaised { .. } => {}
        }
    }

    fn note_course(&mut self, event: &Event, step: &Applied<'_>) {
        let Event::Task { task, class, step: what, .. } = *event else { return };
        let Some(life) = self.lives.get(&task) else { return };
        let of = grips::Of {
            task,
            class,
            token: life.token,
            timeout_ms: self.courses.of.get(&task).and_then(|course| course.timeout_ms),
            now_ms: step.outcome.now_ms,
            revision: step.entry.revision,
        };
        self.grips.note(of, what, &mut self.said);
        self.courses.note((task, class), what, life, step, &mut self.said);
    }

    fn note_hold(&mut self, task: TaskId, queue: QueueId, what: Step, step: &Applied<'_>) {
        match what {
            Step::Leased { token, worker, .. } => {
                let deadline_ms = granted_deadline(token, step);
                self.holds.insert(token, Hold { task, worker, queue, deadline_ms, draining: false });
            }
            Step::Extended { deadline_ms } => {
                let token = self.lives.get(&task).and_then(|life| life.token);
                if let Some(hold) = token.and_then(|token| self.holds.get_mut(&token)) {
                    hold.deadline_ms = deadline_ms;
                }
            }
            Step::Suspended | Step::Resumed => {
                let token = self.lives.get(&task).and_then(|life| life.token);
                // The clock stands while suspended, and what was left is the law's to know.
                if let Some(hold) = token.and_then(|token| self.holds.get_mut(&token)) {
                    hold.deadline_ms = None;
                }
            }
            Step::Returned { token, how } | Step::Retrying { token, how, .. } => {
                self.end_hold(token, drains(how))
            }
            Step::Ended { ending, token: Some(token), .. } => {
                // What was cancelled, or died of a time-out, may still be at work: only the state says whether.
                let draining = step.state.draining().any(|(drained, ..)| drained == token);
                let stops = step.outcome.events.iter().any(|event| is_stop(event, token));
                let may_drain = matches!(ending, Ending::Cancelled | Ending::Dead);
                self.end_hold(token, may_drain && (draining || stops));
            }
            Step::Stopped { token } => {
                self.holds.remove(&token);
            }
            _ => {}
        }
    }

    fn end_hold(&mut self, token: Token, draining: bool) {
        if draining {
            if let Some(hold) = self.holds.get_mut(&token) {
                hold.draining = true;
            }
        } else {
            self.holds.remove(&token);
        }
    }

    /// Closes the entry: answers are remembered, and what its events could not tell is looked up.
    pub fn close(&mut self, step: &Applied<'_>) {
        for (proposal, answer) in step.executed() {
            if let Some(request) = proposal.request
                && !is_forgettable(answer.reply)
            {
                self.answers.entry((request.client, request.sequence)).or_insert(*answer);
            }
            self.close_update(&proposal.command, answer.reply, step);
            self.reported.extend(ending_report(&proposal.command, answer.reply));
        }
        self.sessions.close();
        self.keys.close(step);
        if !step.state.has_backlog() {
            self.wishes.clear();
        }
        self.gates = std::mem::take(&mut self.next_gates);
        self.now_ms = step.outcome.now_ms;
    }

    fn close_update(&mut self, command: &Command, reply: Reply, step: &Applied<'_>) {
        if matches!(reply, Reply::Refused(_)) {
            return;
        }
        match command {
            Command::Update(update) => {
                let id: TaskId = meant(update.task, step.entry, era(step));
                if let Some(life) = self.lives.get_mut(&id) {
                    life.priority = update.amendment.priority.unwrap_or(life.priority);
                    life.timeout_ms = update.amendment.attempt_timeout_ms.unwrap_or(life.timeout_ms);
                }
            }
            Command::Retry(retry) => {
                if let (Some(found), Some(life)) = (&retry.found, self.lives.get_mut(&retry.task))
                    && life.endings.last() == Some(&Ending::Failed)
                {
                    life.priority = found.priority;
                    life.timeout_ms = found.attempt_timeout_ms;
                    life.max_attempts = found.retry.unwrap_or(defaults::RETRY).max_attempts;
                }
            }
            Command::ResumeWorker(resume) => {
                let worker: WorkerId = meant(resume.worker, step.entry, era(step));
                if let (Some(offer), Some(slots)) = (&resume.offer, self.workers.get_mut(&worker)) {
                    *slots = offer.slots;
                }
            }
            _ => {}
        }
    }
}

/// The lease whose end this command reported, if that was accepted.
#[must_use]
pub const fn ending_report(command: &Command, reply: Reply) -> Option<Token> {
    match (command, reply) {
        (_, Reply::Refused(_) | Reply::AlreadyAccepted) => None,
        (Command::Complete(complete), _) => Some(complete.holding.token),
        (Command::Fail(fail), _) => Some(fail.holding.token),
        (Command::Release(release), _) => Some(release.holding.token),
        _ => None,
    }
}

fn era(step: &Applied<'_>) -> Era {
    step.state.era()
}

fn drains(how: AttemptEnd) -> bool {
    matches!(how, AttemptEnd::TimedOut | AttemptEnd::PauseUnanswered)
}

/// Whether this says that the holder of that lease has stopped.
#[must_use]
pub fn is_stop(event: &Event, token: Token) -> bool {
    matches!(event, Event::Task { step: Step::Stopped { token: stopped }, .. } if *stopped == token)
}

/// The deadline that a grant of this entry announced.
#[must_use]
pub fn granted_deadline(token: Token, step: &Applied<'_>) -> Option<u64> {
    step.outcome.replies.iter().find_map(|answer| match answer.reply {
        Reply::Granted { token: granted, deadline_ms } if granted == token => deadline_ms,
        _ => None,
    })
}

/// Replies that consume no sequence, or stand for "nobody knows".
fn is_forgettable(reply: Reply) -> bool {
    match reply {
        Reply::Refused(refusal) => {
            refusal.is_transient()
                || refusal == Refusal::OutcomeUnknown
                || refusal == (Refusal::OutOfBounds { field: reeve_core::Field::Acknowledged })
        }
        _ => false,
    }
}

fn note_life(life: &mut Life, what: Step, revision: Revision) {
    let before = life.standing;
    match what {
        Step::Submitted { standing } => life.standing = Some(standing),
        Step::Scheduled { .. } => life.standing = Some(Standing::Scheduled),
        Step::Ready => life.standing = Some(Standing::Ready),
        Step::Leased { token, .. } => {
            life.standing = Some(Standing::Leased);
            (life.token, life.greatest) = (Some(token), Some(token));
        }
        Step::Returned { .. } => (life.standing, life.token) = (Some(Standing::Ready), None),
        Step::Retrying { how, .. } => {
            (life.standing, life.token) = (Some(Standing::Backoff), None);
            life.failures += u16::from(matches!(how, AttemptEnd::FailedRetryable | AttemptEnd::TimedOut));
        }
        Step::Ended { ending, token, .. } => {
            (life.standing, life.token, life.final_token) = (None, None, token);
            life.endings.push(ending);
        }
        Step::Held => life.held = true,
        Step::Resumed => life.held = false,
        Step::Retried => {
            life.standing = Some(Standing::Ready);
            (life.failures, life.held) = (0, life.held && life.endings.last() == Some(&Ending::Dead));
        }
        Step::Extended { .. }
        | Step::Progressed
        | Step::Partial { .. }
        | Step::Checkpointed
        | Step::Suspended
        | Step::CancelAsked { .. }
        | Step::Updated { .. }
        | Step::UpdateAnswered { .. }
        | Step::Stopped { .. } => {}
    }
    // Who is resumed comes to stand in line only now.
    if life.standing != before || matches!(what, Step::Resumed) {
        life.since = revision;
    }
}
