//! Every task takes legal steps only, and comes to exactly one end in each generation.

use reeve_core::event::{Event, Step};
use reeve_core::task::{Ending, Standing};

use crate::check::{Law, Verdict, any_entry};
use crate::ledger::{Applied, Ledger, Life};

/// The law.
pub const LAW: Law = Law { name: "legal_steps", on_event, on_entry: any_entry };

fn on_event(ledger: &Ledger, event: &Event, _: &Applied<'_>) -> Verdict {
    let (task, step) = match event {
        Event::Task { task, step, .. } => (task, step),
        Event::TaskForgotten { task, .. } => {
            let over = ledger.lives.get(task).is_some_and(|life| life.is_over() && !life.forgotten);
            return if over {
                Ok(())
            } else {
                Err(format!("task {task} was forgotten before it ended, or twice"))
            };
        }
        _ => return Ok(()),
    };
    let Some(life) = ledger.lives.get(task) else {
        return Err(format!("task {task} takes a step, but nobody was told that it exists"));
    };
    if is_legal(ledger, life, step) {
        Ok(())
    } else {
        Err(format!(
            "task {task}, {:?} and held={}, may not take the step {step:?}",
            life.standing, life.held
        ))
    }
}

fn is_legal(ledger: &Ledger, life: &Life, step: &Step) -> bool {
    use Standing::{Backoff, Blocked, Leased, Ready, Scheduled};
    let stands = |wanted: &[Standing]| life.standing.is_some_and(|standing| wanted.contains(&standing));
    match step {
        Step::Submitted { .. } => life.is_over() && life.endings.is_empty(),
        Step::Scheduled { .. } => stands(&[Blocked, Scheduled, Ready]),
        Step::Ready => stands(&[Blocked, Scheduled, Backoff]),
        Step::Leased { .. } => stands(&[Ready]),
        Step::Extended { .. }
        | Step::Progressed
        | Step::Partial { .. }
        | Step::Checkpointed
        | Step::Suspended
        | Step::CancelAsked { .. }
        | Step::UpdateAnswered { .. } => stands(&[Leased]),
        Step::Returned { token, .. } | Step::Retrying { token, .. } => {
            stands(&[Leased]) && life.token == Some(*token)
        }
        Step::Ended { ending, token, .. } => !life.is_over() && *token == life.token && ends(life, *ending),
        Step::Held => !life.is_over() && !life.held,
        Step::Resumed => !life.is_over() && life.held,
        Step::Updated { .. } => !life.is_over(),
        Step::Retried => life.is_over() && life.endings.last().is_some_and(|ending| ending.can_be_retried()),
        Step::Stopped { token } => ledger.holds.get(token).is_some_and(|hold| hold.draining),
    }
}

/// Only a holder can succeed, fail or die.
fn ends(life: &Life, ending: Ending) -> bool {
    match ending {
        Ending::Succeeded | Ending::Failed | Ending::Dead => life.standing == Some(Standing::Leased),
        Ending::Cancelled => true,
        Ending::Expired => life.standing != Some(Standing::Leased),
    }
}
