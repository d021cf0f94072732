//! Proposals per second and how long each takes to be acknowledged, with few and many clients, one by one and together.

use std::collections::HashSet;
use std::time::Instant;

use reeve_core::name::TaskId;
use reeve_core::view::Known;
use reeve_core::{Answer, Reply};
use reeve_node::Replica;
use reeve_node::message::Refused;
use reeve_node::platform::Hands;
use tokio::runtime::Handle;

use crate::cost::Usage;
use crate::house::{Floor, Houses, Idle, settings};
use crate::limits::{CLOSED_PAUSE, PATIENCE};
use crate::load::{self, Closed, Door, NotDone, Spent, Submitted, Window};
use crate::machine::Machine;
use crate::record::{Record, Said};
use crate::servers::{Servers, down};
use crate::{Fault, Setup, spec};

/// What is measured.
#[derive(Clone, Debug)]
pub struct Plan {
    /// Numbers of clients.
    pub clients: Vec<usize>,
    /// Numbers of tasks in one call.
    pub batches: Vec<u32>,
    /// For how long, each.
    pub window: Window,
}

/// The door of a replica in this process.
pub struct Within<H: Hands>(pub Replica<Floor<H>>);

impl<H: Hands> Clone for Within<H> {
    fn clone(&self) -> Self {
        Self(self.0.clone())
    }
}

impl<H: Hands> Door for Within<H> {
    async fn submit(&mut self, tasks: u32) -> Result<Submitted, NotDone> {
        let answers = self.0.propose(spec::submit(tasks), PATIENCE).await.map_err(not_done)?;
        let [Answer { reply: Reply::Submitted { first, count, existing: false }, .. }] = answers[..] else {
            return Err(NotDone::Never(format!("a submit was answered {answers:?}")));
        };
        Ok(Submitted { first, count })
    }
}

/// What a refusal means to whoever wants it done.
pub(crate) fn not_done(refused: Refused) -> NotDone {
    match refused {
        Refused::Busy { retry_ms } => NotDone::Later(Some(std::time::Duration::from_millis(retry_ms))),
        // It opens again, or another's does: a client comes again, and its patience counts all of it.
        Refused::Closed => NotDone::Later(Some(CLOSED_PAUSE)),
        Refused::Unknown => NotDone::Unknown("a proposal was not answered".into()),
        Refused::NotLeader { .. }
        | Refused::Stopped { .. }
        | Refused::Stranger(_)
        | Refused::Amnesia(_)
        | Refused::Impossible(_) => NotDone::Never(refused.to_string()),
    }
}

/// What replicas in this process have used, with this process's own clients.
pub(crate) fn spent_within<H: Hands>(houses: &Houses<H>) -> Result<Spent, Fault> {
    let (mut spent, mut entries) = (Spent { usage: Usage::own()?, ..Spent::default() }, 0);
    for (_, replica) in houses.replicas() {
        let status = replica.status();
        entries = status.last.map_or(0, |last| last.index).max(entries);
        spent.syncs += status.syncs;
        spent.nodes += 1;
    }
    Ok(Spent { entries, ..spent })
}

/// Whether each acknowledged task is there, once, and nothing else is.
pub(crate) async fn verify<H: Hands>(houses: &Houses<H>, submitted: &[Submitted]) -> Result<(), Fault> {
    let all: HashSet<TaskId> = submitted.iter().flat_map(|one| one.names()).collect();
    let said: usize = submitted.iter().map(|one| usize::try_from(one.count).unwrap_or(usize::MAX)).sum();
    if all.len() != said {
        return Err(Fault::Wrong(format!("{said} tasks were acknowledged under {} names", all.len())));
    }
    houses.agree(u32::try_from(said).unwrap_or(u32::MAX)).await?;
    for (node, replica) in houses.replicas() {
        let lost = replica.ask_state(|state| {
            submitted
                .iter()
                .flat_map(|one| one.names())
                .find(|task| !matches!(state.task(*task), Known::Live(_)))
        });
        if let Some(task) = lost {
            return Err(Fault::Wrong(format!("task {task} was acknowledged and is not on node {node}")));
        }
    }
    Ok(())
}

/// Measures replicas in this process.
///
/// # Errors
/// There is no measurement, or it did something wrong.
pub fn within(setup: &Setup, plan: &Plan, on: &Handle) -> Result<Record, Fault> {
    let about = "Three replicas in one process, each on RocksDB with every append synced, over the wire between \
        replicas on loopback; clients beside the leader, each waiting for its answer before it asks again; 128 B of \
        input for each task. Every acknowledged task was found on all three afterwards, once.";
    measured("proposals-in-process", about, setup, plan, |size| {
        on.block_on(cell_within(setup, plan.window, size))
    })
}

/// Measures servers in processes of their own.
///
/// # Errors
/// There is no measurement, or it did something wrong.
pub fn without(setup: &Setup, plan: &Plan, on: &Handle) -> Result<Record, Fault> {
    let about = "Three server processes with default settings; clients of another process, through the public door of \
        the leader over gRPC on loopback, all on one connection, each waiting for its answer before it asks again; 128 B \
        of input for each task. Every acknowledged task was on disk afterwards, once.";
    measured("proposals-grpc", about, setup, plan, |size| cell_without(setup, plan.window, size, on))
}

fn measured(
    word: &str,
    about: &str,
    setup: &Setup,
    plan: &Plan,
    cell: impl Fn((usize, u32)) -> Result<Closed, Fault>,
) -> Result<Record, Fault> {
    let machine = Machine::here(&setup.folder)?;
    let begun = Instant::now();
    let mut runs = Vec::new();
    for run in 1..=setup.runs {
        let mut said: Vec<Said> = Vec::new();
        for batch in &plan.batches {
            for clients in &plan.clients {
                let what = named(*clients, *batch);
                setup.tell(&format!("run {run} of {}: {what}", setup.runs));
                said.push(cell((*clients, *batch))?.said(what));
            }
        }
        runs.push(said);
    }
    Ok(Record::of(word, about.into(), machine, begun.elapsed(), &runs))
}

pub(crate) fn named(clients: usize, batch: u32) -> String {
    let calls = if batch == 1 { "one task a call".into() } else { format!("{batch} tasks a call") };
    let noun = if clients == 1 { "client" } else { "clients" };
    format!("{clients} {noun}, {calls}")
}

async fn cell_within(setup: &Setup, window: Window, size: (usize, u32)) -> Result<Closed, Fault> {
    let folder = crate::scratch(setup)?;
    let houses = Houses::of(3, folder.path(), settings(), |_| Idle).await?;
    let door = Within(houses.replica(houses.leader().await?).clone());
    let closed = load::closed(&door, size, window, || spent_within(&houses)).await?;
    verify(&houses, &closed.submitted).await?;
    drop(door);
    houses.end().await?;
    Ok(closed)
}

fn cell_without(setup: &Setup, window: Window, size: (usize, u32), on: &Handle) -> Result<Closed, Fault> {
    let mut servers = Servers::together(setup, 3, &[])?;
    let leader = servers.town.led().map_err(down)?;
    let closed = on.block_on(async {
        let door = servers.door(leader)?;
        load::closed(&door, size, window, || servers.spent()).await
    })?;
    let tasks: Vec<TaskId> = closed.submitted.iter().flat_map(|one| one.names()).collect();
    servers.verify(&tasks)?;
    Ok(closed)
}
