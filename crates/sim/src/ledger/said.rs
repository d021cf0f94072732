//! What the executed proposals of one entry said, to be matched with the events they left: in order, one for one.

use std::collections::{BTreeMap, VecDeque};

use reeve_core::command::{Amendment, Command, Fail, Found};
use reeve_core::defaults;
use reeve_core::name::{Name, Ref, TaskId, Token, WorkerId};
use reeve_core::worker::Offer;
use reeve_core::{Refusal, Reply};

use super::{Applied, era, meant};

/// What was said, by whom or what it is about.
#[derive(Clone, Debug, Default)]
pub struct Said {
    /// When unanswered pauses of holders revoke.
    pub pauses: BTreeMap<TaskId, VecDeque<u64>>,
    /// How much more time holders asked for.
    pub extensions: BTreeMap<Token, VecDeque<u64>>,
    /// Updates.
    pub updates: BTreeMap<TaskId, VecDeque<Amendment>>,
    /// What new generations begin with.
    pub retries: BTreeMap<TaskId, VecDeque<Option<Box<Found>>>>,
    /// Failures that were accepted.
    pub failures: BTreeMap<Token, Fail>,
    /// What workers offer: those that were opened, and those that offer something else.
    pub offers: BTreeMap<WorkerId, VecDeque<Option<Offer>>>,
}

impl Said {
    /// What this entry says.
    #[must_use]
    pub fn of(step: &Applied<'_>) -> Self {
        let mut said = Self::default();
        for (proposal, answer) in step.executed() {
            if !matches!(answer.reply, Reply::Refused(_)) {
                said.take(&proposal.command, answer.reply, step);
            }
        }
        said
    }

    fn take(&mut self, command: &Command, reply: Reply, step: &Applied<'_>) {
        let now_ms = step.outcome.now_ms;
        match command {
            Command::Pause(pause) if reply == Reply::Asked => {
                let by_ms = now_ms + pause.grace_ms.unwrap_or(defaults::PAUSE_GRACE_MS);
                self.pauses.entry(named(pause.task, step)).or_default().push_back(by_ms);
            }
            Command::Extend(extend) => {
                self.extensions.entry(extend.holding.token).or_default().push_back(extend.by_ms);
            }
            Command::Update(update) => {
                let task: TaskId = named(update.task, step);
                self.updates.entry(task).or_default().push_back(update.amendment.clone());
            }
            Command::Retry(retry) => {
                self.retries.entry(retry.task).or_default().push_back(retry.found.clone());
            }
            Command::Fail(fail) if reply != Reply::AlreadyAccepted => {
                self.failures.insert(fail.holding.token, fail.clone());
            }
            Command::OpenWorker(open) => {
                if let Reply::WorkerOpened(worker) = reply {
                    self.offers.entry(worker).or_default().push_back(Some(open.offer.clone()));
                }
            }
            Command::ResumeWorker(resume) => {
                let worker: WorkerId = named(resume.worker, step);
                self.offers.entry(worker).or_default().push_back(resume.offer.clone());
            }
            _ => {}
        }
    }
}

/// The task or session that a command of this entry names.
#[must_use]
pub fn named<T: From<Name>>(reference: Ref<T>, step: &Applied<'_>) -> T {
    meant(reference, step.entry, era(step))
}

/// Whether this reply is that refusal.
#[must_use]
pub fn is_refused(reply: Reply, refusal: Refusal) -> bool {
    reply == Reply::Refused(refusal)
}
