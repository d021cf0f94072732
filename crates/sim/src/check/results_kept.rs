//! What was accepted is kept: every body, every failure, every attempt, every end and every update, and nothing else.

use std::fmt::Debug;

use reeve_core::Reply;
use reeve_core::change::{Key, Part, Written};
use reeve_core::codec::record::{self, ArchiveRecord, AttemptRecord, Failure, ProgressRecord};
use reeve_core::command::Command;
use reeve_core::entry::BodyRef;
use reeve_core::event::{AttemptEnd, Event, Step};
use reeve_core::name::{TaskId, Token};
use reeve_core::task::Ending;

use crate::check::{Law, Verdict, any_event};
use crate::ledger::said::named;
use crate::ledger::{Applied, Ledger};

/// The law.
pub const LAW: Law = Law { name: "results_kept", on_event: any_event, on_entry };

fn on_entry(ledger: &Ledger, step: &Applied<'_>) -> Verdict {
    same("bodies", bodies_said(ledger, step), bodies_kept(step))?;
    same("updates", updates_told(step), updates_kept(step))?;
    same("progress", progress_said(step), progress_kept(step))?;
    attempts(ledger, step)?;
    ends(ledger, step)?;
    tasks(ledger, step)
}

/// Both lists must hold the same, in whatever order.
fn same<T: Debug + PartialEq>(what: &str, said: Vec<T>, mut kept: Vec<T>) -> Verdict {
    for one in said {
        match kept.iter().position(|other| *other == one) {
            Some(at) => drop(kept.swap_remove(at)),
            None => return Err(format!("of the {what}, {one:?} was accepted and is not kept")),
        }
    }
    match kept.first() {
        Some(one) => Err(format!("of the {what}, {one:?} is kept, which nobody said")),
        None => Ok(()),
    }
}

type Bodies = Vec<(TaskId, Part, BodyRef)>;

fn bodies_kept(step: &Applied<'_>) -> Bodies {
    let body = |(key, written): (Key, Written<'_>)| match (key, written) {
        (Key::Body(task, part), Written::Body(body)) => Some((task, part, body)),
        _ => None,
    };
    step.outcome.changes.iter().filter_map(body).collect()
}

fn bodies_said(ledger: &Ledger, step: &Applied<'_>) -> Bodies {
    let attempt = |token| ledger.grips.grants.get(&token).map_or(0, |grant| grant.attempt);
    let mut said = Vec::new();
    for (proposal, answer) in step.executed() {
        if matches!(answer.reply, Reply::Refused(_) | Reply::AlreadyAccepted) {
            continue;
        }
        match &proposal.command {
            Command::Complete(verb) => {
                said.extend(verb.result.map(|body| (verb.holding.task, Part::Result, body)));
            }
            Command::Checkpoint(verb) => said.push((verb.holding.task, Part::Checkpoint, verb.body)),
            Command::Partial(verb) => {
                let part = Part::Partial(attempt(verb.holding.token), verb.index);
                said.push((verb.holding.task, part, verb.body));
            }
            Command::Fail(verb) => {
                let part = Part::Details(attempt(verb.holding.token));
                said.extend(verb.details.map(|body| (verb.holding.task, part, body)));
            }
            Command::Update(verb) => {
                let body = verb.amendment.payload;
                said.extend(body.map(|body| (named(verb.task, step), Part::Payload, body)));
            }
            Command::Submit(verb) => {
                let Reply::Submitted { first: mut id, existing: false, .. } = answer.reply else { continue };
                for spec in &verb.tasks {
                    said.extend(spec.payload.map(|body| (id, Part::Payload, body)));
                    id.0.position += 1;
                }
            }
            _ => {}
        }
    }
    said
}

fn updates_told(step: &Applied<'_>) -> Vec<(TaskId, u32)> {
    let number = |event: &Event| match event {
        Event::Task { task, step: Step::Updated { number }, .. } => Some((*task, *number)),
        _ => None,
    };
    step.outcome.events.iter().filter_map(number).collect()
}

fn updates_kept(step: &Applied<'_>) -> Vec<(TaskId, u32)> {
    let number = |(key, _)| if let Key::Amendment(task, number) = key { Some((task, number)) } else { None };
    step.outcome.changes.iter().filter_map(number).collect()
}

fn progress_said(step: &Applied<'_>) -> Vec<(TaskId, u16, Box<str>)> {
    let done = step.executed().filter(|(_, answer)| answer.reply == Reply::Done);
    let progress = done.filter_map(|(proposal, _)| match &proposal.command {
        Command::Progress(verb) => Some((verb.holding.task, verb.permille, verb.message.clone())),
        _ => None,
    });
    progress.collect()
}

fn progress_kept(step: &Applied<'_>) -> Vec<(TaskId, u16, Box<str>)> {
    let progress = step.outcome.changes.iter().filter_map(|(key, written)| match (key, written) {
        (Key::Progress(task), Written::Put(bytes)) => {
            let kept: ProgressRecord = record::get(bytes).ok()?;
            Some((task, kept.permille, kept.message))
        }
        _ => None,
    });
    progress.collect()
}

/// The attempts whose records this entry wrote.
pub(super) fn attempts_kept(step: &Applied<'_>) -> Vec<(TaskId, u32, AttemptRecord)> {
    let attempt = |(key, written): (Key, Written<'_>)| match (key, written) {
        (Key::Attempt(task, number), Written::Put(bytes)) => Some((task, number, record::get(bytes).ok()?)),
        _ => None,
    };
    step.outcome.changes.iter().filter_map(attempt).collect()
}

fn attempts(ledger: &Ledger, step: &Applied<'_>) -> Verdict {
    let kept = attempts_kept(step);
    if kept.len() != ledger.grips.ended.len() {
        return Err(format!("{} attempts ended, and {} are kept", ledger.grips.ended.len(), kept.len()));
    }
    for ended in &ledger.grips.ended {
        let grant = ended.grant;
        let token = grant.holding.token;
        let Some((task, number, own)) = kept.iter().find(|(.., own)| own.token == token) else {
            return Err(format!("attempt {token} of {} ended and is not kept", grant.holding.task));
        };
        let named = (*task, *number, own.worker) == (grant.holding.task, grant.attempt, grant.holding.worker);
        let said = ledger.said.failures.get(&token).map(|fail| &fail.failure);
        let fits = match (ended.how, ended.ending) {
            (Some(how), _) => own.how == how,
            (None, Some(ending)) => ends_like(own.how, ending),
            (None, None) => true,
        };
        if !named || !fits || own.failure.as_ref() != said {
            return Err(format!("attempt {token} ended as {ended:?} with {said:?}, and is kept as {own:?}"));
        }
    }
    Ok(())
}

/// Whether an attempt that ended like this can have ended its task like that.
const fn ends_like(how: AttemptEnd, ending: Ending) -> bool {
    match ending {
        Ending::Succeeded => matches!(how, AttemptEnd::Completed),
        Ending::Failed => matches!(how, AttemptEnd::FailedForGood),
        Ending::Dead => matches!(
            how,
            AttemptEnd::FailedRetryable
                | AttemptEnd::TimedOut
                | AttemptEnd::WorkerCrashed
                | AttemptEnd::Recalled
        ),
        Ending::Cancelled => !matches!(how, AttemptEnd::Completed),
        Ending::Expired => false,
    }
}

fn ends(ledger: &Ledger, step: &Applied<'_>) -> Verdict {
    let failure = |token: Option<Token>| -> Option<Failure> {
        ledger.said.failures.get(&token?).map(|fail| fail.failure.clone())
    };
    let told = step.outcome.events.iter().filter_map(|event| match event {
        Event::Task { task, step: Step::Ended { ending, cancelled, token }, generation, .. } => {
            let failure = failure(*token).filter(|_| matches!(ending, Ending::Failed | Ending::Dead));
            Some((*task, *generation, *ending, *cancelled, *token, failure))
        }
        _ => None,
    });
    let kept = step.outcome.changes.iter().filter_map(|(key, written)| match (key, written) {
        (Key::Archive(task), Written::Put(bytes)) => {
            let own: ArchiveRecord = record::get(bytes).ok()?;
            let failure = own.failure.filter(|_| own.ending != Ending::Cancelled);
            let token = own.last.map(|(token, _)| token);
            Some((task, own.generation, own.ending, own.cancelled, token, failure))
        }
        _ => None,
    });
    same("ends", told.collect(), kept.collect())
}

/// Whose state changed has its record written, and who is gone has none.
fn tasks(ledger: &Ledger, step: &Applied<'_>) -> Verdict {
    let last: std::collections::BTreeMap<TaskId, bool> = step
        .outcome
        .changes
        .iter()
        .filter_map(|(key, written)| match key {
            Key::Task(task) => Some((task, written != Written::Deleted)),
            _ => None,
        })
        .collect();
    for event in &step.outcome.events {
        let Event::Task { task, step: what, .. } = event else { continue };
        // What says nothing of the task itself changes only its history.
        if matches!(what, Step::Progressed | Step::Checkpointed | Step::Stopped { .. }) {
            continue;
        }
        let Some(life) = ledger.lives.get(task) else { continue };
        let lives = !life.is_over() || life.is_dead();
        if last.get(task) != Some(&lives) {
            return Err(format!("task {task} took the step {what:?}, and its record says nothing of it"));
        }
    }
    Ok(())
}
