//! Time only goes forward, and a deadline holds from its own instant.

use reeve_core::event::{AttemptEnd, Event, Step};

use crate::check::{Law, Verdict};
use crate::ledger::{Applied, Ledger, granted_deadline};

/// The law.
pub const LAW: Law = Law { name: "deadlines_hold", on_event, on_entry };

fn on_event(ledger: &Ledger, event: &Event, step: &Applied<'_>) -> Verdict {
    let Event::Task { task, step: what, .. } = event else { return Ok(()) };
    let Some(life) = ledger.lives.get(task) else { return Ok(()) };
    let now_ms = step.outcome.now_ms;
    match what {
        Step::Leased { token, .. } if !ledger.touched.contains(task) => {
            let (granted, wanted) = (granted_deadline(*token, step), life.timeout_ms.map(|ms| now_ms + ms));
            if granted == wanted {
                return Ok(());
            }
            Err(format!("lease {token} times out at {granted:?}, not at {wanted:?}"))
        }
        Step::Returned { token, how } | Step::Retrying { token, how, .. } => {
            let deadline_ms = ledger.holds.get(token).and_then(|hold| hold.deadline_ms);
            match (how, deadline_ms) {
                (AttemptEnd::TimedOut, Some(deadline_ms)) if deadline_ms > now_ms => {
                    Err(format!("lease {token} timed out at {now_ms}, before {deadline_ms}"))
                }
                _ => Ok(()),
            }
        }
        Step::Ended { token: Some(token), ending: reeve_core::task::Ending::Succeeded, .. } => {
            match ledger.holds.get(token).and_then(|hold| hold.deadline_ms) {
                Some(deadline_ms) if deadline_ms <= now_ms => {
                    Err(format!("lease {token} completed at {now_ms}, after its deadline {deadline_ms}"))
                }
                _ => Ok(()),
            }
        }
        _ => Ok(()),
    }
}

fn on_entry(ledger: &Ledger, step: &Applied<'_>) -> Verdict {
    let now_ms = step.outcome.now_ms;
    if now_ms < ledger.now_ms {
        return Err(format!("time went back from {} to {now_ms}", ledger.now_ms));
    }
    match step.state.next_deadline() {
        Some(at_ms) if at_ms < now_ms => Err(format!("the next deadline {at_ms} lies before now, {now_ms}")),
        _ => Ok(()),
    }
}
