//! The world: a history being made, and what its actors believe.

use std::collections::VecDeque;

use reeve_core::name::TaskId;
use reeve_core::task::Standing;
use reeve_core::view::Known;

use crate::chance::Chance;
use crate::check::Violation;
use crate::law::trial::Trial;
use crate::law::{Run, heal, moves};
use crate::story::line::Line;
use crate::story::verb::Grant;
use crate::story::word::{ClientNo, TaskNo, WorkerNo};

/// A history being made from one seed.
pub(crate) struct World {
    pub chance: Chance,
    pub trial: Trial,
    pub next_task: u32,
    pub next_worker: u32,
    pub next_client: u32,
    pub next_read: u32,
    /// Grants that were decided and not proposed yet.
    kept_back: VecDeque<Grant>,
}

/// How many decisions are kept back at once.
const KEPT_BACK_MAX: usize = 8;

impl World {
    pub(crate) fn of(seed: u64) -> Self {
        Self {
            chance: Chance::of(seed),
            trial: Trial::of(seed),
            next_task: 0,
            next_worker: 0,
            next_client: 0,
            next_read: 0,
            kept_back: VecDeque::new(),
        }
    }

    /// Lives through so many moves, heals, and comes to rest. Every line is noted before it is played.
    pub(crate) fn live(mut self, steps: u32, lines: &mut Vec<Line>) -> Result<Run, Violation> {
        for _ in 0..steps {
            for line in moves::next(&mut self) {
                lines.push(line.clone());
                self.trial.play(&line)?;
            }
        }
        heal::heal(&mut self.trial)?;
        let Trial { player, coverage, entries, .. } = self.trial;
        Ok(Run { digest: player.state().digest(), entries, coverage })
    }

    pub(crate) fn accident(&mut self, what: &'static str) {
        self.trial.coverage.accident(what);
    }

    /// Any task, submitted or not.
    pub(crate) fn some_task(&mut self) -> TaskNo {
        TaskNo(self.chance.below(u64::from(self.next_task) + 1) as u32)
    }

    /// One of the last tasks.
    pub(crate) fn recent_task(&mut self) -> TaskNo {
        let back = self.chance.small(12) as u32;
        TaskNo(self.next_task.saturating_sub(back + 1))
    }

    /// A client session, mostly one of the last that were opened.
    pub(crate) fn some_client(&mut self) -> ClientNo {
        let back = self.chance.small(4) as u32;
        ClientNo(self.next_client.saturating_sub(back + 1))
    }

    fn task_where(&mut self, fits: impl Fn(&crate::ledger::Life) -> bool) -> Option<TaskNo> {
        let lives = self.trial.ledger.lives.iter().filter(|(_, life)| fits(life)).map(|(id, _)| *id);
        let id: TaskId = self.chance.pick(lives)?;
        self.trial.player.names().of_task(id)
    }

    /// A task that a worker holds.
    pub(crate) fn held_task(&mut self) -> Option<TaskNo> {
        self.task_where(|life| life.token.is_some())
    }

    /// A task that is held back.
    pub(crate) fn paused_task(&mut self) -> Option<TaskNo> {
        self.task_where(|life| life.held && !life.is_over())
    }

    /// A task that has ended, one that can be retried more often than not.
    pub(crate) fn ended_task(&mut self) -> Option<TaskNo> {
        if self.chance.percent(70) {
            let retryable = |life: &crate::ledger::Life| {
                life.is_over()
                    && !life.forgotten
                    && life.endings.last().is_some_and(|ending| ending.can_be_retried())
            };
            if let Some(task) = self.task_where(retryable) {
                return Some(task);
            }
        }
        self.task_where(crate::ledger::Life::is_over)
    }

    /// A task that waits for a worker.
    pub(crate) fn ready_task(&mut self) -> Option<TaskNo> {
        self.task_where(|life| life.standing == Some(Standing::Ready))
    }

    pub(crate) fn living_workers(&self) -> usize {
        self.trial.ledger.workers.len()
    }

    /// A worker, living more often than not.
    pub(crate) fn some_worker(&mut self) -> Option<WorkerNo> {
        if self.chance.percent(5) {
            return Some(WorkerNo(self.chance.below(u64::from(self.next_worker) + 1) as u32));
        }
        let id = self.chance.pick(self.trial.ledger.workers.keys().copied())?;
        self.trial.player.names().of_worker(id)
    }

    /// A revoked lease whose worker has not confirmed that it stopped: the task and the how-manieth of its tokens.
    pub(crate) fn draining_lease(&mut self) -> Option<(TaskNo, u32)> {
        let draining = self.trial.ledger.holds.iter().filter(|(_, hold)| hold.draining);
        let (token, task) = self.chance.pick(draining.map(|(token, hold)| (*token, hold.task)))?;
        self.trial.nth_token(task, token)
    }

    /// The update that the holder of a task has not answered.
    pub(crate) fn pending_update(&self, task: TaskNo) -> Option<u32> {
        let known = self.trial.player.state().task(self.trial.player.names().task(task));
        if let Known::Live(view) = known { view.lease.map(|lease| lease.update) } else { None }
    }

    pub(crate) fn keep_back(&mut self, grant: Grant) {
        if self.kept_back.len() < KEPT_BACK_MAX {
            self.kept_back.push_back(grant);
        }
    }

    pub(crate) fn kept_back(&mut self) -> Option<Grant> {
        self.kept_back.pop_front()
    }
}
