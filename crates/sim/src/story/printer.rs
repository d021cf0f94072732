//! The printer: what happened, in terse text, by the names of the story.
//!
//! `->` is a reply, `*` an event, `!` an order to the leader's hands. What many tasks have in common is said once.

use std::fmt::Write;

use reeve_core::effect::{Effect, Order};
use reeve_core::entry::Proposal;
use reeve_core::event::{Cancelled, Event, Step, WorkerStep};
use reeve_core::intern::QueueId;
use reeve_core::name::{ClientId, TaskId, Token, WorkerId};
use reeve_core::{Answer, Outcome, Reply, State};

use crate::story::line::Show;
use crate::story::player::{Heard, Player, START_MS, Said};
use crate::story::word::TaskNo;

/// One thing that is told, perhaps of many tasks that follow one another.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Told {
    mark: &'static str,
    tasks: Option<(TaskNo, TaskNo)>,
    what: String,
    times: u32,
}

/// More than so many alike are not all told.
const ALIKE_MAX: usize = 20;

/// What is told of one line, or of many that are told together.
#[derive(Clone, Debug, Default)]
pub struct Tale {
    told: Vec<Told>,
}

/// An instant, from the beginning of the story.
pub(crate) fn instant(at_ms: u64) -> String {
    let (sign, ms) = if at_ms < START_MS { ('-', START_MS - at_ms) } else { ('+', at_ms - START_MS) };
    let (seconds, rest) = (ms / 1_000, ms % 1_000);
    if rest == 0 {
        return format!("{sign}{seconds}s");
    }
    format!("{sign}{seconds}.{}s", format!("{rest:03}").trim_end_matches('0'))
}

fn until(at_ms: Option<u64>) -> String {
    at_ms.map_or_else(String::new, |at_ms| format!(" until {}", instant(at_ms)))
}

/// Names for printing.
pub(crate) struct Called<'a>(pub &'a Player);

impl Called<'_> {
    pub(crate) fn task(&self, task: TaskId) -> String {
        self.0.names().of_task(task).map_or_else(|| task.to_string(), |number| number.to_string())
    }

    pub(crate) fn worker(&self, worker: WorkerId) -> String {
        self.0.names().of_worker(worker).map_or_else(|| worker.to_string(), |number| number.to_string())
    }

    pub(crate) fn client(&self, client: ClientId) -> String {
        self.0.names().of_client(client).map_or_else(|| client.to_string(), |number| number.to_string())
    }

    /// The so-many-th token of its task.
    pub(crate) fn token(&self, task: TaskId, token: Token) -> String {
        let tokens = self.0.names().tokens(task);
        let at = tokens.iter().position(|(one, _)| *one == token);
        at.map_or_else(|| format!("#{token}"), |at| format!("#{}", at + 1))
    }

    pub(crate) fn queue(&self, queue: QueueId) -> String {
        let state: &State = self.0.state();
        state
            .queue_name(queue)
            .map_or_else(|| format!("queue {}", queue.0), |(ns, name)| format!("{ns}/{name}"))
    }
}

impl Tale {
    fn tell(&mut self, mark: &'static str, task: Option<TaskNo>, what: String) {
        self.tell_range(mark, task.map(|task| (task, task)), what);
    }

    fn tell_range(&mut self, mark: &'static str, tasks: Option<(TaskNo, TaskNo)>, what: String) {
        self.told.push(Told { mark, tasks, what, times: 1 });
    }

    /// Adds what came of one more line.
    pub fn add(&mut self, player: &Player, heard: &Heard) {
        let called = Called(player);
        match heard {
            Heard::Nothing | Heard::Kept => {}
            Heard::Applied(said, outcome) => self.outcome(&called, said, outcome),
            Heard::Orders(effects) if effects.is_empty() => {
                self.tell("=", None, "nothing to order".to_owned())
            }
            Heard::Orders(effects) => effects.iter().for_each(|effect| self.effect(&called, *effect)),
            Heard::Rebuilt(_) => self.tell("=", None, "the same state".to_owned()),
            Heard::Fault(fault) => self.tell("=", None, format!("the replica stops: {fault}")),
            Heard::Found(None) => self.tell("=", None, "nothing in the archive".to_owned()),
            Heard::Found(Some(found)) => {
                let said = format!("{} in generation {}", found.ending.variant(), found.generation);
                self.tell("=", None, format!("{said}, {} attempts", found.attempts));
            }
        }
    }

    fn outcome(&mut self, called: &Called<'_>, said: &Said, outcome: &Outcome) {
        let several = said.entry.proposals.len() > 1;
        for (proposal, answer) in said.entry.proposals.iter().zip(&outcome.replies) {
            self.reply(called, proposal, *answer, outcome, several);
        }
        outcome.events.iter().for_each(|event| self.event(called, *event));
        outcome.effects.iter().for_each(|effect| self.effect(called, *effect));
    }

    fn reply(
        &mut self,
        called: &Called<'_>,
        proposal: &Proposal,
        answer: Answer,
        outcome: &Outcome,
        several: bool,
    ) {
        let mut tasks = None;
        let mut what = match answer.reply {
            Reply::Done => "done".to_owned(),
            Reply::Refused(refusal) => format!("refused: {refusal}"),
            Reply::Submitted { first, count, existing } => {
                let last = reeve_core::name::Name { position: first.0.position + count - 1, ..first.0 };
                let names = called.0.names();
                tasks = names.of_task(first).zip(names.of_task(TaskId(last)));
                if existing { "existing".to_owned() } else { "submitted".to_owned() }
            }
            Reply::Granted { token, deadline_ms } => {
                let (task, nth) = called
                    .0
                    .names()
                    .of_token(token)
                    .map_or((None, 0), |(task, nth)| (called.0.names().of_task(task), nth));
                tasks = task.map(|task| (task, task));
                format!("granted #{nth}{}", until(deadline_ms))
            }
            Reply::AlreadyAccepted => "already accepted".to_owned(),
            Reply::Retrying { until_ms } => format!("retrying at {}", instant(until_ms)),
            Reply::Died => "died".to_owned(),
            Reply::Extended { deadline_ms: None } => "extended, without a deadline".to_owned(),
            Reply::Extended { deadline_ms } => format!("extended{}", until(deadline_ms)),
            Reply::Asked => "asked".to_owned(),
            Reply::ClientOpened(client) => format!("opened {}", called.client(client)),
            Reply::WorkerOpened(worker) => format!("opened {}", called.worker(worker)),
        };
        if answer.revision != outcome.revision {
            what.push_str(" (as said before)");
        }
        if several && tasks.is_none() {
            what = format!("{}: {what}", proposal.command.verb());
        }
        self.tell_range("->", tasks, what);
    }

    fn event(&mut self, called: &Called<'_>, event: Event) {
        let (task, what) = match event {
            Event::Task { task, generation, step, queue: _, class: _ } => {
                let what = step_text(called, task, generation, step);
                match called.0.names().of_task(task) {
                    Some(number) => (Some(number), what),
                    None => (None, format!("{task}: {what}")),
                }
            }
            Event::Worker { worker, step } => {
                let what = match step {
                    WorkerStep::Expired { charged: true } => "expired, charged".to_owned(),
                    WorkerStep::Expired { charged: false } => "expired, not charged".to_owned(),
                    WorkerStep::Opened | WorkerStep::Resumed | WorkerStep::Draining | WorkerStep::Closed => {
                        step.variant().to_lowercase()
                    }
                };
                (None, format!("{}: {what}", called.worker(worker)))
            }
            Event::Client { client, step } => {
                (None, format!("{}: {}", called.client(client), step.variant().to_lowercase()))
            }
            Event::Namespace { namespace, step } => {
                let name = called.0.state().namespace_name(namespace);
                let name = name.map_or_else(|| format!("{}", namespace.0), str::to_owned);
                (None, format!("namespace {name}: {}", step.variant().to_lowercase()))
            }
            Event::Queue { queue, step } => {
                (None, format!("{}: {}", called.queue(queue), step.variant().to_lowercase()))
            }
            Event::Alarm { alarm, set } => {
                let turn = if set { "set" } else { "cleared" };
                (None, format!("alarm {} of node {}: {turn}", alarm.kind.variant(), alarm.node))
            }
            Event::LawRaised { law } => (None, format!("law {law}")),
            Event::TaskForgotten { task, .. } => (called.0.names().of_task(task), "forgotten".to_owned()),
        };
        self.tell("*", task, what);
    }

    fn effect(&mut self, called: &Called<'_>, effect: Effect) {
        let Effect { holding, order } = effect;
        let order = match order {
            Order::Offer { suspended: false } => "offer".to_owned(),
            Order::Offer { suspended: true } => "offer suspended".to_owned(),
            Order::Cancel { by_ms } => format!("cancel by {}", instant(by_ms)),
            Order::Pause { by_ms } => format!("pause by {}", instant(by_ms)),
            Order::Resume => "go on".to_owned(),
            Order::Update { number } => format!("update {number}"),
            Order::Stop => "stop".to_owned(),
        };
        let token = called.token(holding.task, holding.token);
        let what = format!("{order} {token} at {}", called.worker(holding.worker));
        self.tell("!", called.0.names().of_task(holding.task), what);
    }

    /// What was told, each line indented, what belongs together in one.
    #[must_use]
    pub fn text(mut self) -> String {
        // One line of a story keeps its order; of many, replies, events and orders stand together.
        let rank = |told: &Told| ["->", "*", "!", "="].iter().position(|mark| *mark == told.mark);
        self.told.sort_by_key(rank);
        let mut folded: Vec<Told> = Vec::new();
        for told in self.told {
            if let Some(last) = folded.last_mut()
                && (last.mark, &last.what) == (told.mark, &told.what)
            {
                match (&mut last.tasks, told.tasks) {
                    (Some((_, end)), Some((first, more))) if end.0 + 1 == first.0 => {
                        *end = more;
                        continue;
                    }
                    (None, None) => {
                        last.times += 1;
                        continue;
                    }
                    _ => {}
                }
            }
            folded.push(told);
        }
        let mut out = String::new();
        for Told { mark, tasks, what, times } in shorten(folded) {
            let whom = match tasks {
                None => String::new(),
                Some((first, last)) if first == last => format!("{first}: "),
                Some((first, last)) => format!("{first}..{last}: "),
            };
            let times = if times > 1 { format!(" ({times} times)") } else { String::new() };
            writeln!(out, "  {mark} {whom}{what}{times}").expect("text takes all that is written");
        }
        out
    }
}

/// What differs in its numbers only.
fn shape(told: &Told) -> (&'static str, String) {
    let masked = told.what.chars().map(|c| if c.is_ascii_digit() { '0' } else { c });
    let mut shape: String = masked.collect();
    while shape.contains("00") {
        shape = shape.replace("00", "0");
    }
    (told.mark, shape)
}

/// Of many in a row that are alike in all but numbers, the first and the last are told.
fn shorten(told: Vec<Told>) -> Vec<Told> {
    let mut short = Vec::new();
    for run in told.chunk_by(|one, other| shape(one) == shape(other)) {
        if let [first, .., last] = run
            && run.len() > ALIKE_MAX
        {
            let what = format!("... and {} alike ...", run.len() - 2);
            let between = Told { mark: first.mark, tasks: None, what, times: 1 };
            short.extend([first.clone(), between, last.clone()]);
        } else {
            short.extend_from_slice(run);
        }
    }
    short
}

fn step_text(called: &Called<'_>, task: TaskId, generation: u16, step: Step) -> String {
    let token = |token| called.token(task, token);
    match step {
        Step::Submitted { standing } => format!("submitted, {}", standing.variant().to_lowercase()),
        Step::Scheduled { until_ms } => format!("scheduled until {}", instant(until_ms)),
        Step::Ready => "ready".to_owned(),
        Step::Leased { token: own, worker, attempt } => {
            format!("leased {} to {}, attempt {attempt}", token(own), called.worker(worker))
        }
        Step::Extended { deadline_ms } => format!("extended{}", until(deadline_ms)),
        Step::Progressed => "progressed".to_owned(),
        Step::Partial { index } => format!("partial {index}"),
        Step::Checkpointed => "checkpointed".to_owned(),
        Step::Returned { token: own, how } => format!("returned {}: {}", token(own), how.variant()),
        Step::Retrying { token: own, how, until_ms } => {
            format!("retrying {}: {}, ready at {}", token(own), how.variant(), instant(until_ms))
        }
        Step::Ended { ending, cancelled, token: own } => {
            let own = own.map_or_else(String::new, |own| format!(" {}", token(own)));
            let why = match cancelled {
                None => String::new(),
                Some(Cancelled::Asked) => ", asked".to_owned(),
                Some(Cancelled::WithParent(parent)) => format!(", with its parent {}", called.task(parent)),
                Some(Cancelled::WithDependency(on)) => format!(", with its dependency {}", called.task(on)),
                Some(Cancelled::Unmet(on)) => format!(", its dependency {} is not met", called.task(on)),
            };
            format!("ended {}{own}{why}", ending.variant().to_lowercase())
        }
        Step::Held => "held".to_owned(),
        Step::Suspended => "suspended".to_owned(),
        Step::Resumed => "resumed".to_owned(),
        Step::CancelAsked { by_ms } => format!("asked to cancel by {}", instant(by_ms)),
        Step::Updated { number } => format!("update {number}"),
        Step::UpdateAnswered { number, accepted: true } => format!("update {number} accepted"),
        Step::UpdateAnswered { number, accepted: false } => format!("update {number} refused"),
        Step::Retried => format!("retried, generation {generation}"),
        Step::Stopped { token: own } => format!("stopped {}", token(own)),
    }
}

/// What a look at the state shows, each line indented.
#[must_use]
pub fn look(player: &Player, show: Show) -> String {
    crate::story::show::look(player, show)
        .into_iter()
        .fold(String::new(), |out, line| out + "  = " + &line + "\n")
}
