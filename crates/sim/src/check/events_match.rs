//! Every accepted command leaves its event, once; and no such event comes without its command.

use reeve_core::Reply;
use reeve_core::command::Command;
use reeve_core::event::{Event, Step};
use reeve_core::name::{Name, TaskId};

use crate::check::{Law, Verdict};
use crate::ledger::said::named;
use crate::ledger::{Applied, Ledger};

/// The law.
pub const LAW: Law = Law { name: "events_match", on_event, on_entry };

/// What happened to which task, and what else names it.
type Happening = (TaskId, &'static str, u64, Option<Name>);

/// Answers and parts come as they were asked for.
fn on_event(ledger: &Ledger, event: &Event, _: &Applied<'_>) -> Verdict {
    let Event::Task { task, step, .. } = event else { return Ok(()) };
    let token = ledger.lives.get(task).and_then(|life| life.token);
    let Some(grip) = token.and_then(|token| ledger.grips.held.get(&token)) else { return Ok(()) };
    match step {
        Step::Partial { index } if *index != grip.partials => {
            Err(format!("task {task} delivered part {index}, but {} were delivered before", grip.partials))
        }
        Step::UpdateAnswered { number, .. } if *number != grip.update => {
            Err(format!("task {task} answered update {number}, but was asked for {}", grip.update))
        }
        _ => Ok(()),
    }
}

fn on_entry(_: &Ledger, step: &Applied<'_>) -> Verdict {
    let mut asked: Vec<Happening> = Vec::new();
    for (proposal, answer) in step.executed() {
        let repeated = matches!(answer.reply, Reply::Refused(_) | Reply::AlreadyAccepted);
        asked.extend(asked_for(&proposal.command, answer.reply, step).filter(|_| !repeated));
        if let (Command::Submit(_), Reply::Submitted { first, count, existing: false }) =
            (&proposal.command, answer.reply)
        {
            let id = |at| TaskId(Name { position: first.0.position + at, ..first.0 });
            asked.extend((0..count).map(|at| (id(at), "Submitted", 0, None)));
        }
    }
    let mut told: Vec<Happening> = step.outcome.events.iter().filter_map(told).collect();
    asked.sort();
    told.sort();
    match asked.iter().zip(&told).find(|(asked, told)| asked != told) {
        Some((asked, told)) => Err(format!("{asked:?} was accepted, but {told:?} is told")),
        None if asked.len() == told.len() => Ok(()),
        None => Err(format!("{asked:?} was accepted, but {told:?} is told")),
    }
}

fn asked_for(command: &Command, reply: Reply, step: &Applied<'_>) -> Option<Happening> {
    let happening = match command {
        Command::Progress(verb) => (verb.holding.task, "Progressed", 0, None),
        Command::Checkpoint(verb) => (verb.holding.task, "Checkpointed", 0, None),
        Command::Partial(verb) => (verb.holding.task, "Partial", u64::from(verb.index), None),
        Command::Suspended(verb) => (verb.holding.task, "Suspended", 0, None),
        Command::AnswerUpdate(verb) => {
            let said = u64::from(verb.number) * 2 + u64::from(verb.accepted);
            (verb.holding.task, "UpdateAnswered", said, None)
        }
        Command::Update(verb) => (named(verb.task, step), "Updated", 0, None),
        Command::Resume(verb) => (named(verb.task, step), "Resumed", 0, None),
        Command::Retry(verb) => (verb.task, "Retried", 0, None),
        Command::Forget(verb) => (verb.task, "Forgotten", 0, None),
        Command::Grant(verb) => {
            let Reply::Granted { token, .. } = reply else { return None };
            (named(verb.task, step), "Leased", 0, Some(token.0))
        }
        _ => return None,
    };
    Some(happening)
}

fn told(event: &Event) -> Option<Happening> {
    let (task, step) = match event {
        Event::Task { task, step, .. } => (*task, step),
        Event::TaskForgotten { task, .. } => return Some((*task, "Forgotten", 0, None)),
        _ => return None,
    };
    let happening = match step {
        Step::Submitted { .. } => (task, "Submitted", 0, None),
        Step::Progressed => (task, "Progressed", 0, None),
        Step::Checkpointed => (task, "Checkpointed", 0, None),
        Step::Partial { index } => (task, "Partial", u64::from(*index), None),
        Step::Suspended => (task, "Suspended", 0, None),
        Step::UpdateAnswered { number, accepted } => {
            (task, "UpdateAnswered", u64::from(*number) * 2 + u64::from(*accepted), None)
        }
        Step::Updated { .. } => (task, "Updated", 0, None),
        Step::Resumed => (task, "Resumed", 0, None),
        Step::Retried => (task, "Retried", 0, None),
        Step::Leased { token, .. } => (task, "Leased", 0, Some(token.0)),
        _ => return None,
    };
    Some(happening)
}
