//! Coverage: which verbs, refusals, steps and endings a run of the simulator has reached.
//!
//! A simulator that never reaches a verb proves nothing about it; so a verb that stays unreached over a whole run is a
//! failure of the simulator.

use std::collections::BTreeMap;
use std::fmt;

use reeve_core::Reply;
use reeve_core::command::Command;
use reeve_core::event::{Event, Step};

use crate::ledger::Applied;

/// How often each thing was reached.
#[derive(Clone, Debug, Default)]
pub struct Coverage {
    /// Verbs that did what they say.
    pub done: BTreeMap<&'static str, u64>,
    /// Verbs that were refused.
    pub refused: BTreeMap<&'static str, u64>,
    /// Refusals.
    pub refusals: BTreeMap<&'static str, u64>,
    /// Steps of tasks, with how attempts ended and why tasks were cancelled.
    pub steps: BTreeMap<String, u64>,
    /// Accidents: what the simulator did to the cluster.
    pub accidents: BTreeMap<&'static str, u64>,
}

impl Coverage {
    /// Counts what an entry reached.
    pub fn count(&mut self, step: &Applied<'_>) {
        for (proposal, answer) in step.entry.proposals.iter().zip(&step.outcome.replies) {
            let verb = proposal.command.verb();
            match answer.reply {
                Reply::Refused(refusal) => {
                    *self.refused.entry(verb).or_default() += 1;
                    *self.refusals.entry(refusal.variant()).or_default() += 1;
                }
                Reply::Done
                | Reply::Submitted { .. }
                | Reply::Granted { .. }
                | Reply::AlreadyAccepted
                | Reply::Retrying { .. }
                | Reply::Died
                | Reply::Extended { .. }
                | Reply::Asked
                | Reply::ClientOpened(_)
                | Reply::WorkerOpened(_) => *self.done.entry(verb).or_default() += 1,
            }
        }
        for event in &step.outcome.events {
            if let Event::Task { step: what, .. } = event {
                *self.steps.entry(describe(what)).or_default() += 1;
            }
        }
    }

    /// Counts an accident.
    pub fn accident(&mut self, what: &'static str) {
        *self.accidents.entry(what).or_default() += 1;
    }

    /// Adds what another run reached.
    pub fn add(&mut self, other: Self) {
        fn merge<K: Ord>(into: &mut BTreeMap<K, u64>, from: BTreeMap<K, u64>) {
            for (what, count) in from {
                *into.entry(what).or_default() += count;
            }
        }
        merge(&mut self.done, other.done);
        merge(&mut self.refused, other.refused);
        merge(&mut self.refusals, other.refusals);
        merge(&mut self.steps, other.steps);
        merge(&mut self.accidents, other.accidents);
    }

    /// Verbs that were never executed. Raising the law has nothing to raise to yet and can only be refused.
    #[must_use]
    pub fn verbs_missed(&self) -> Vec<&'static str> {
        let reached = |verb: &str| {
            self.done.contains_key(verb) || (verb == "RaiseLaw" && self.refused.contains_key(verb))
        };
        Command::ORDINALS.iter().map(|(_, verb, _)| *verb).filter(|verb| !reached(verb)).collect()
    }

    /// Refusals that were never met.
    #[must_use]
    pub fn refusals_missed(&self) -> Vec<&'static str> {
        let all = reeve_core::codec::ordinals().into_iter().filter(|(family, ..)| *family == "refusal");
        all.map(|(_, refusal, _)| refusal).filter(|refusal| !self.refusals.contains_key(refusal)).collect()
    }
}

fn describe(step: &Step) -> String {
    match step {
        Step::Submitted { standing } => format!("Submitted {}", standing.variant()),
        Step::Returned { how, .. } => format!("Returned {}", how.variant()),
        Step::Retrying { how, .. } => format!("Retrying {}", how.variant()),
        Step::Ended { ending, cancelled: Some(why), .. } => format!("{} {}", ending.variant(), why.variant()),
        Step::Ended { ending, .. } => format!("Ended {}", ending.variant()),
        Step::UpdateAnswered { accepted, .. } => format!("UpdateAnswered {accepted}"),
        Step::Scheduled { .. }
        | Step::Ready
        | Step::Leased { .. }
        | Step::Extended { .. }
        | Step::Progressed
        | Step::Partial { .. }
        | Step::Checkpointed
        | Step::Held
        | Step::Suspended
        | Step::Resumed
        | Step::CancelAsked { .. }
        | Step::Updated { .. }
        | Step::Retried
        | Step::Stopped { .. } => step.variant().to_owned(),
    }
}

impl fmt::Display for Coverage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "verb                     done    refused")?;
        for (_, verb, _) in Command::ORDINALS {
            let count = |map: &BTreeMap<&str, u64>| map.get(verb).copied().unwrap_or(0);
            writeln!(f, "  {verb:<20} {:>8} {:>10}", count(&self.done), count(&self.refused))?;
        }
        fn list<K: fmt::Display>(
            f: &mut fmt::Formatter<'_>,
            title: &str,
            map: &BTreeMap<K, u64>,
        ) -> fmt::Result {
            writeln!(f, "{title}")?;
            map.iter().try_for_each(|(what, count)| writeln!(f, "  {what:<28} {count:>10}"))
        }
        list(f, "refusals", &self.refusals)?;
        list(f, "steps", &self.steps)?;
        list(f, "accidents", &self.accidents)?;
        write!(f, "never met: {}", self.refusals_missed().join(", "))
    }
}
