//! A failed task waits as its policy says, and dies just when its retries, or the workers it took down, are used up.

use reeve_core::event::{AttemptEnd, Event, Step, WorkerStep};
use reeve_core::name::Token;
use reeve_core::task::{Ending, RetryPolicy};
use reeve_core::{defaults, limits};

use crate::check::results_kept::attempts_kept;
use crate::check::{Law, Verdict, any_entry};
use crate::ledger::courses::charged;
use crate::ledger::{Applied, Ledger};

/// The law.
pub const LAW: Law = Law { name: "backs_off", on_event, on_entry: any_entry };

fn on_event(ledger: &Ledger, event: &Event, step: &Applied<'_>) -> Verdict {
    let Event::Task { task, step: what, .. } = event else { return Ok(()) };
    let Some(course) = ledger.courses.of.get(task) else { return Ok(()) };
    match *what {
        Step::Returned { token, how } => {
            if how == AttemptEnd::Recalled && course.recalls + 1 >= limits::RECALLS_MAX {
                return Err(format!("offers of {task} were recalled once too often without charge"));
            }
            departs(ledger, token, how)
        }
        Step::Retrying { token, how, until_ms } => {
            departs(ledger, token, how)?;
            let (failures, crashes) = charged(course, how);
            let full_ms = wait_ms(course.retry, failures.max(u16::from(crashes)));
            let least_ms = full_ms - full_ms * defaults::JITTER_PERCENT / 100;
            let said = ledger.said.failures.get(&token).and_then(|fail| fail.retry_after_ms).unwrap_or(0);
            let waits_ms = until_ms.saturating_sub(ended_ms(ledger, token, how, step));
            if waits_ms < least_ms.max(said) || waits_ms > full_ms.max(said) {
                let wanted = (least_ms, full_ms, said);
                return Err(format!(
                    "task {task} waits for {waits_ms} ms after {how:?}, not as in {wanted:?}"
                ));
            }
            Ok(())
        }
        Step::Ended { ending: Ending::Dead, token: Some(token), .. } => {
            let kept = attempts_kept(step);
            let Some((.., own)) = kept.iter().find(|(.., own)| own.token == token) else { return Ok(()) };
            let (failures, crashes) = charged(course, own.how);
            if failures < course.retry.max_attempts && crashes < limits::CRASHES_MAX {
                return Err(format!("task {task} died of {failures} failures and {crashes} crashes"));
            }
            departs(ledger, token, own.how)
        }
        _ => Ok(()),
    }
}

/// The wait after so many failures, before a part of it is taken away.
fn wait_ms(policy: RetryPolicy, failures: u16) -> u64 {
    let mut wait_ms = policy.first_ms;
    for _ in 1..failures {
        wait_ms = (wait_ms * u64::from(policy.factor_percent)).div_ceil(100).min(policy.max_ms);
    }
    wait_ms.min(policy.max_ms)
}

fn ended_ms(ledger: &Ledger, token: Token, how: AttemptEnd, step: &Applied<'_>) -> u64 {
    let grant = ledger.grips.grants.get(&token);
    let at_ms = match how {
        AttemptEnd::TimedOut => ledger.grips.held.get(&token).and_then(|grip| grip.deadline_ms),
        AttemptEnd::WorkerCrashed => grant
            .and_then(|grant| ledger.sessions.departed.get(&grant.holding.worker))
            .map(|(_, at_ms)| *at_ms),
        _ => None,
    };
    at_ms.unwrap_or(step.outcome.now_ms)
}

/// Whether the worker left as the end of the attempt says, if it says so.
fn departs(ledger: &Ledger, token: Token, how: AttemptEnd) -> Verdict {
    let wanted = match how {
        AttemptEnd::WorkerCrashed => WorkerStep::Expired { charged: true },
        AttemptEnd::WorkerLost => WorkerStep::Expired { charged: false },
        AttemptEnd::WorkerClosed => WorkerStep::Closed,
        _ => return Ok(()),
    };
    let worker = ledger.grips.grants.get(&token).map(|grant| grant.holding.worker);
    match worker.and_then(|worker| ledger.sessions.departed.get(&worker)) {
        Some((left, _)) if *left == wanted => Ok(()),
        left => Err(format!("lease {token} ended as {how:?}, but its worker {left:?}")),
    }
}
