//! Whole cycles of tasks, inside the leader: submitted, granted by the office, taken and completed by hands that do no work.

use std::collections::HashSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use reeve_core::effect::{Effect, Holding, Order};
use reeve_core::name::{Revision, TaskId, WorkerId};
use reeve_core::{Answer, Reply};
use reeve_node::Replica;
use reeve_node::message::Refused;
use reeve_node::platform::Hands;
use tokio::runtime::Handle;
use tokio::sync::{Semaphore, mpsc};
use tokio::task::{JoinError, JoinHandle, JoinSet};

use crate::house::{Floor, Houses, settings};
use crate::limits::{CYCLE_KEEPALIVE, CYCLE_SESSION, OFFERS_WAITING_MAX, PATIENCE};
use crate::load::{Door, NotDone, Submitted, Window, ratio};
use crate::machine::Machine;
use crate::proposals::{Within, not_done, spent_within, verify};
use crate::record::{Record, Said};
use crate::{Fault, Setup, spec};

/// What is measured.
#[derive(Clone, Debug)]
pub struct Plan {
    /// Tasks in one submit, and reports in one group.
    pub batch: u32,
    /// Tasks submitted and not yet completed, at most.
    pub open: u32,
    /// Workers.
    pub workers: u32,
    /// For how long.
    pub window: Window,
}

/// Hands that pass on what is offered.
pub struct Passing(mpsc::Sender<Vec<Holding>>);

impl Passing {
    fn pass(&self, orders: &[Effect]) {
        let offers = orders.iter().filter(|effect| matches!(effect.order, Order::Offer { .. }));
        let offers: Vec<Holding> = offers.map(|effect| effect.holding).collect();
        if !offers.is_empty() {
            // Whoever took them may have ended: then the run is over. What finds no room is taken back by the office, and
            // offered again.
            self.0.try_send(offers).ok();
        }
    }
}

impl Hands for Passing {
    fn opened(&self, _term: u64, _revision: Revision, orders: Vec<Effect>) {
        self.pass(&orders);
    }

    fn carry_out(&self, _term: u64, _revision: Revision, orders: &[Effect]) {
        self.pass(orders);
    }

    fn closed(&self, _term: u64) {}
}

type Leader = Replica<Floor<Passing>>;

/// What the workers have done.
#[derive(Default)]
struct Done {
    tasks: HashSet<TaskId>,
    twice: Option<TaskId>,
}

/// Measures cycles.
///
/// # Errors
/// There is no measurement, or a task was lost or done twice.
pub fn within(setup: &Setup, plan: &Plan, on: &Handle) -> Result<Record, Fault> {
    let machine = Machine::here(&setup.folder)?;
    let begun = Instant::now();
    let mut runs = Vec::new();
    for run in 1..=setup.runs {
        setup.tell(&format!("run {run} of {}: cycles in batches of {}", setup.runs, plan.batch));
        runs.push(vec![on.block_on(one_run(setup, plan))?]);
    }
    let about = format!(
        "Submit, grant and complete, proposed inside the leader in batches of {}, with {} workers in its process that \
         take what is offered and report it done at once, {} tasks open at most; three replicas in one process, each on \
         RocksDB with every append synced, over the wire on loopback; 128 B of input and 32 B of result for each task. \
         Every acknowledged task was completed, once, and none was left.",
        plan.batch, plan.workers, plan.open
    );
    Ok(Record::of("cycles", about, machine, begun.elapsed(), &runs))
}

async fn one_run(setup: &Setup, plan: &Plan) -> Result<Said, Fault> {
    let folder = crate::scratch(setup)?;
    let (offers, offered) = mpsc::channel(OFFERS_WAITING_MAX);
    let houses = Houses::of(3, folder.path(), settings(), move |_| Passing(offers.clone())).await?;
    let node = houses.leader().await?;
    let leader = houses.replica(node).clone();
    let term = leader.status().office;
    let workers = open_workers(&leader, plan).await?;
    let room = Arc::new(Semaphore::new(usize::try_from(plan.open).unwrap_or(usize::MAX)));
    let completed = Arc::new(AtomicU64::new(0));
    let keeping = tokio::spawn(keep_alive(leader.clone(), workers));
    let team = Team {
        leader: leader.clone(),
        batch: usize::try_from(plan.batch).unwrap_or(usize::MAX),
        room: Arc::clone(&room),
        completed: Arc::clone(&completed),
    };
    let working = tokio::spawn(team.work_or_close(offered));
    let until = Instant::now() + plan.window.warm + plan.window.length;
    let submitting = tokio::spawn(submit_on(Within(leader.clone()), plan.batch, Arc::clone(&room), until));
    tokio::time::sleep(plan.window.warm).await;
    let (before, done_before, clock) =
        (spent_within(&houses)?, completed.load(Ordering::Relaxed), Instant::now());
    tokio::time::sleep(plan.window.length).await;
    let (tasks, length) = (completed.load(Ordering::Relaxed) - done_before, clock.elapsed());
    let spent = spent_within(&houses)?.since(&before);
    let submitted = match submitting.await.map_err(ended)? {
        Ok(submitted) => submitted,
        Err(fault) => return Err(cause(working, fault).await),
    };
    if leader.status().office != term {
        return Err(Fault::Cluster("another leads now: the hands of the first were let go".into()));
    }
    let all: u64 = submitted.iter().map(|one| u64::from(one.count)).sum();
    if let Err(fault) = until_done(&completed, all).await {
        return Err(cause(working, fault).await);
    }
    keeping.abort();
    // The workers end when no hands can tell them anything any more.
    verify(&houses, &[]).await?;
    drop(leader);
    houses.end().await?;
    judge(&submitted, &working.await.map_err(ended)??)?;
    let mut figures = vec![("cycles/s", tasks as f64 / length.as_secs_f64())];
    figures.extend(spent.figures(tasks));
    Ok(Said { what: format!("batches of {}", plan.batch), figures })
}

/// Why nothing goes on: the workers know best, if they have given up.
async fn cause(working: JoinHandle<Result<Done, Fault>>, fault: Fault) -> Fault {
    if !working.is_finished() {
        return fault;
    }
    match working.await {
        Ok(worked) => worked.err().unwrap_or(fault),
        Err(error) => ended(error),
    }
}

fn ended(error: JoinError) -> Fault {
    Fault::Cluster(error.to_string())
}

/// Whether what was acknowledged is what was completed.
fn judge(submitted: &[Submitted], done: &Done) -> Result<(), Fault> {
    if let Some(task) = done.twice {
        return Err(Fault::Wrong(format!("task {task} was completed twice")));
    }
    let mut names = submitted.iter().flat_map(|one| one.names());
    if let Some(task) = names.find(|task| !done.tasks.contains(task)) {
        return Err(Fault::Wrong(format!("task {task} was acknowledged and never completed")));
    }
    let said: u64 = submitted.iter().map(|one| u64::from(one.count)).sum();
    let share = ratio(done.tasks.len() as u64, said);
    if (share - 1.0).abs() > f64::EPSILON {
        return Err(Fault::Wrong(format!("{said} tasks were submitted, {} completed", done.tasks.len())));
    }
    Ok(())
}

async fn until_done(completed: &AtomicU64, all: u64) -> Result<(), Fault> {
    let begun = Instant::now();
    while completed.load(Ordering::Relaxed) < all {
        if begun.elapsed() > PATIENCE {
            let done = completed.load(Ordering::Relaxed);
            return Err(Fault::Wrong(format!("{all} tasks were submitted, and only {done} completed")));
        }
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    Ok(())
}

async fn propose(leader: &Leader, group: reeve_node::office::desk::Group) -> Result<Vec<Answer>, Fault> {
    loop {
        match leader.propose(group.clone(), PATIENCE).await.map_err(not_done) {
            Ok(answers) => return Ok(answers),
            Err(NotDone::Later(pause)) => tokio::time::sleep(pause.unwrap_or_default()).await,
            Err(NotDone::Unknown(why) | NotDone::Never(why)) => return Err(Fault::Cluster(why)),
        }
    }
}

async fn open_workers(leader: &Leader, plan: &Plan) -> Result<Vec<WorkerId>, Fault> {
    let slots = plan.open.div_ceil(plan.workers).min(reeve_core::limits::SLOTS_MAX);
    let ttl_ms = u64::try_from(CYCLE_SESSION.as_millis()).unwrap_or(u64::MAX);
    let mut workers = Vec::new();
    for number in 1..=plan.workers {
        let answers = propose(leader, spec::open_worker(&format!("w{number}"), slots, ttl_ms)).await?;
        let [Answer { reply: Reply::WorkerOpened(worker), .. }] = answers[..] else {
            return Err(Fault::Cluster(format!("a worker was not taken in: {answers:?}")));
        };
        let attached = leader.attach(worker, Vec::new(), PATIENCE).await;
        attached.map_err(|refused: Refused| Fault::Cluster(refused.to_string()))?;
        leader.credit(worker, slots, 0);
        workers.push(worker);
    }
    Ok(workers)
}

async fn keep_alive(leader: Leader, workers: Vec<WorkerId>) {
    loop {
        tokio::time::sleep(CYCLE_KEEPALIVE).await;
        for worker in &workers {
            // A session outlives several of these.
            drop(leader.keep_alive(*worker, CYCLE_KEEPALIVE).await);
        }
    }
}

/// Submits whenever there is room for a batch.
async fn submit_on(
    door: Within<Passing>,
    batch: u32,
    room: Arc<Semaphore>,
    until: Instant,
) -> Result<Vec<Submitted>, Fault> {
    let mut calls: JoinSet<Result<Submitted, NotDone>> = JoinSet::new();
    let mut submitted = Vec::new();
    let mut keep = |call: Result<Result<Submitted, NotDone>, JoinError>| match call.map_err(ended)? {
        Ok(one) => {
            submitted.push(one);
            Ok(())
        }
        Err(why) => Err(Fault::Cluster(format!("a submit was not done: {why:?}"))),
    };
    while Instant::now() < until {
        let permit = tokio::time::timeout(PATIENCE, room.acquire_many(batch)).await;
        let stuck = |_| Fault::Cluster("nothing was completed for too long".into());
        // What is submitted gives its room back when it is completed.
        permit.map_err(stuck)?.map_err(|closed| Fault::Cluster(closed.to_string()))?.forget();
        let mut door = door.clone();
        calls.spawn(async move { door.submit(batch).await });
        while let Some(call) = calls.try_join_next() {
            keep(call)?;
        }
    }
    while let Some(call) = calls.join_next().await {
        keep(call)?;
    }
    Ok(submitted)
}

/// All workers together.
#[derive(Clone)]
struct Team {
    leader: Leader,
    batch: usize,
    room: Arc<Semaphore>,
    completed: Arc<AtomicU64>,
}

impl Team {
    /// Works; when that fails, nobody waits for room any more.
    async fn work_or_close(self, offered: mpsc::Receiver<Vec<Holding>>) -> Result<Done, Fault> {
        let room = Arc::clone(&self.room);
        let worked = self.work(offered).await;
        if worked.is_err() {
            room.close();
        }
        worked
    }

    async fn work(self, mut offered: mpsc::Receiver<Vec<Holding>>) -> Result<Done, Fault> {
        let mut reports: JoinSet<Result<Vec<TaskId>, Fault>> = JoinSet::new();
        let mut done = Done::default();
        let Self { leader, batch, room, completed } = self;
        let leader = Arc::new(leader);
        let mut open = Some(leader);
        loop {
            tokio::select! {
                offers = offered.recv(), if open.is_some() => match (offers, &open) {
                    (Some(offers), Some(leader)) => {
                        leader.acknowledge(offers.iter().map(|holding| holding.token).collect());
                        for chunk in offers.chunks(batch) {
                            let (leader, chunk) = (Arc::clone(leader), chunk.to_vec());
                            reports.spawn(async move { report(&leader, chunk).await });
                        }
                    }
                    (None, _) | (_, None) => open = None,
                },
                Some(told) = reports.join_next() => {
                    let tasks = told.map_err(ended)??;
                    room.add_permits(tasks.len());
                    completed.fetch_add(tasks.len() as u64, Ordering::Relaxed);
                    for task in tasks {
                        if !done.tasks.insert(task) {
                            done.twice = Some(task);
                        }
                    }
                }
                else => return Ok(done),
            }
        }
    }
}

/// Reports these as done, and wants as many more.
async fn report(leader: &Leader, chunk: Vec<Holding>) -> Result<Vec<TaskId>, Fault> {
    let answers = propose(leader, spec::complete(&chunk)).await?;
    if answers.len() != chunk.len() || answers.iter().any(|answer| answer.reply != Reply::Done) {
        return Err(Fault::Wrong(format!("reports were answered {answers:?}")));
    }
    let mut credits: std::collections::BTreeMap<WorkerId, u32> = std::collections::BTreeMap::new();
    for holding in &chunk {
        *credits.entry(holding.worker).or_default() += 1;
    }
    for (worker, more) in credits {
        leader.credit(worker, more, 0);
    }
    Ok(chunk.into_iter().map(|holding| holding.task).collect())
}

#[cfg(test)]
mod tests {
    use reeve_core::name::{Era, Name};

    use super::*;

    #[test]
    fn what_is_not_done_once_is_seen() {
        let task = |position| TaskId(Name::new(Era::default(), Revision(7), position));
        let submitted = [Submitted { first: task(0), count: 2 }];
        let done = |tasks: &[u32], twice: Option<u32>| Done {
            tasks: tasks.iter().map(|position| task(*position)).collect(),
            twice: twice.map(task),
        };
        assert!(judge(&submitted, &done(&[0, 1], None)).is_ok());
        for (done, complaint) in [
            (done(&[0], None), "never completed"),
            (done(&[0, 1], Some(1)), "twice"),
            (done(&[0, 1, 2], None), "2 tasks were submitted, 3 completed"),
        ] {
            let told = judge(&submitted, &done).unwrap_err().to_string();
            assert!(told.contains(complaint), "{told}");
        }
    }
}
