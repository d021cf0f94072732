//! Healing: all faults end, everything that held work up is lifted, and every task must come to an end.

use reeve_core::alarm::AlarmKind;
use reeve_core::name::{TaskId, WorkerId};
use reeve_core::task::Standing;
use reeve_core::worker::Departure;

use crate::check::Violation;
use crate::law::trial::Trial;
use crate::story::line::{Assign, Leader, Line, Sleep, Sweep};
use crate::story::slot::{Grip, InQueue, Limits, Offering};
use crate::story::verb::{
    ClearAlarm, Complete, ConfigureQueue, ExpireWorker, OpenWorker, Release, Resume, ResumeNamespace,
    ResumeQueue, Stopped, grip, kinds,
};
use crate::story::word::{Shown, Span, Text, WorkerNo};

/// Rounds within which everything must come to rest.
const ROUNDS_MAX: u32 = 400;

/// The first of the workers that finish everything.
const HONEST: WorkerNo = WorkerNo(9_000);

/// Heals the world of a trial and waits for rest.
pub(crate) fn heal(trial: &mut Trial) -> Result<(), Violation> {
    lift(trial)?;
    for _ in 0..ROUNDS_MAX {
        if is_done(trial) {
            return rest(trial);
        }
        round(trial)?;
    }
    let left: Vec<String> = trial.player.state().tasks().take(5).map(|task| format!("{task:?}")).collect();
    Err(Violation {
        law: "all_work_ends",
        what: format!("after healing there are still {}", left.join(", ")),
    })
}

fn lift(trial: &mut Trial) -> Result<(), Violation> {
    trial.play(&Line::Leader(Leader::default()))?;
    trial.play(&Line::Sweep(Sweep { bound: 1_000 }))?;
    for alarm in [AlarmKind::NoSpace, AlarmKind::ClockGap, AlarmKind::Diverged] {
        trial.play(&Line::from(ClearAlarm { alarm, node: 1 }))?;
    }
    for name in ["default", "acme", "spare"] {
        trial.play(&Line::from(ResumeNamespace { name: Text::from(name) }))?;
    }
    let state = trial.player.state();
    let queues: Vec<(Text, Text)> = state
        .queues()
        .filter_map(|id| state.queue_name(id))
        .map(|(namespace, queue)| (Text::from(namespace), Text::from(queue)))
        .collect();
    for (namespace, queue) in queues {
        let queue = InQueue { queue: Some(queue), namespace: Some(namespace) };
        trial.play(&Line::from(ResumeQueue { queue: queue.clone() }))?;
        trial.play(&Line::from(ConfigureQueue { queue, limits: Limits::default() }))?;
    }
    // Whoever lied, froze or drained is gone; who comes now is honest.
    let workers: Vec<WorkerId> = trial.ledger.workers.keys().copied().collect();
    for worker in workers {
        let Some(worker) = trial.player.names().of_worker(worker) else { continue };
        let departure = Some(Departure::Silent);
        trial.play(&Line::from(ExpireWorker { worker, departure, charged: false }))?;
    }
    for (zone, worker) in [("a", HONEST), ("b", WorkerNo(HONEST.0 + 1))] {
        let mut offering =
            Offering { slots: Some(50), kinds: kinds(&["echo", "http", "shell"]), ..Offering::default() };
        offering.labels.0.push((Text::from("zone"), Text::from(zone)));
        offering.millicpu = Some(1_000_000);
        trial.play(&Line::from(OpenWorker { worker, name: None, offering, ttl: None, secret: None }))?;
    }
    Ok(())
}

fn is_done(trial: &Trial) -> bool {
    let state = trial.player.state();
    !state.has_backlog()
        && state.draining().next().is_none()
        && trial.ledger.lives.values().all(|life| life.is_over())
}

/// One round: the office grants, honest workers finish, and time goes on to the next deadline.
fn round(trial: &mut Trial) -> Result<(), Violation> {
    let held: Vec<TaskId> = lives(trial, |life| life.held && !life.is_over());
    for id in held {
        if let Some(task) = trial.player.names().of_task(id) {
            trial.play(&Line::from(Resume { task }))?;
        }
    }
    trial.play(&Line::Assign(Assign { most: None }))?;
    let held: Vec<TaskId> = lives(trial, |life| life.standing == Some(Standing::Leased));
    for (at, id) in held.into_iter().enumerate() {
        if let Some(task) = trial.player.names().of_task(id) {
            // Even honest workers give something back now and then.
            let line = if at % 7 == 6 {
                Line::from(Release { grip: grip(task) })
            } else {
                Line::from(Complete { grip: grip(task), result: None })
            };
            trial.play(&line)?;
        }
    }
    let draining: Vec<_> = trial.player.state().draining().collect();
    for (token, task, _) in draining {
        if let Some((task, nth)) = trial.nth_token(task, token) {
            let grip = Grip { token: Shown::Nth(task, nth), ..grip(task) };
            trial.play(&Line::from(Stopped { grip }))?;
        }
    }
    let player = &trial.player;
    let wait_ms = player.state().next_deadline().map_or(0, |at_ms| at_ms.saturating_sub(player.clock_ms()));
    if wait_ms > 0 && trial.ledger.lives.values().all(|life| life.standing != Some(Standing::Ready)) {
        trial.play(&Line::Sleep(Sleep { span: Span(wait_ms) }))?;
    }
    trial.play(&Line::Tick)
}

fn lives(trial: &Trial, fits: impl Fn(&crate::ledger::Life) -> bool) -> Vec<TaskId> {
    trial.ledger.lives.iter().filter(|(_, life)| fits(life)).map(|(id, _)| *id).collect()
}

/// At rest nothing is due, ever; all replicas agree; and nothing is left behind but the dead.
fn rest(trial: &mut Trial) -> Result<(), Violation> {
    trial.play(&Line::Restart)?;
    trial.follow(true)?;
    let state = trial.player.state();
    if let Some(at_ms) = state.next_deadline() {
        return Err(Violation {
            law: "idle_is_idle",
            what: format!("at rest something is still due at {at_ms}"),
        });
    }
    let dead = trial.ledger.lives.values().filter(|life| life.is_dead()).count();
    if state.live() as usize != dead || state.draining().next().is_some() {
        return Err(Violation { law: "idle_is_idle", what: "at rest something is left over".to_owned() });
    }
    Ok(())
}
