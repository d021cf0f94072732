//! Looking at a task: what the state knows of it and what is stored, on any engine, put together without a gap.

use std::collections::BTreeMap;
use std::time::Duration;

use bytes::Bytes;
use reeve_core::change::{Key, Part};
use reeve_core::codec::record::{self, ArchiveRecord, AttemptRecord, Record, SpecRecord};
use reeve_core::name::{Revision, TaskId};
use reeve_core::task::Seen;
use reeve_core::view::{Known, TaskView};
use reeve_node::Replica;
use reeve_node::message::Refused;
use reeve_node::store::Fault;
use reeve_node::store::book::BookView;
use reeve_node::store::engine::Engine;
use reeve_node::store::fault::FaultKind;
use tokio::time::{Instant, timeout_at};

use crate::limits::LOOKS_MAX;
use crate::node::seat::Floor;

/// How fresh a look must be, and what it must bring.
#[derive(Clone, Copy, Debug)]
pub(in crate::node) struct Fresh {
    /// As of this revision or later. Absent: everything that was acknowledged before.
    pub at_least: Option<Revision>,
    /// The input too.
    pub payload: bool,
    /// The result too.
    pub result: bool,
}

/// All that there is to be seen of a task.
#[derive(Debug)]
pub(in crate::node) struct Looked {
    /// As of when.
    pub revision: Revision,
    /// What its submitter said.
    pub spec: SpecRecord,
    /// How it is, if it lives.
    pub live: Option<TaskView>,
    /// How it ended, if it did.
    pub end: Option<ArchiveRecord>,
    /// The last attempt that ended.
    pub last: Option<AttemptRecord>,
    pub payload: Option<Bytes>,
    pub result: Option<Bytes>,
}

/// Why nothing is seen.
#[derive(Debug, thiserror::Error)]
pub(in crate::node) enum Unseen {
    #[error("no such task")]
    NotFound,
    #[error("revision {wanted} is not here yet; {applied} is")]
    Behind { wanted: Revision, applied: Revision },
    #[error("{0}")]
    Refused(#[from] Refused),
    #[error("{0}")]
    Fault(#[from] Fault),
}

/// What one glance came to.
enum Glance {
    Seen(Box<Looked>),
    /// It changed meanwhile: look again once this is stored.
    Again(Revision),
    Nothing,
}

/// Looks at a task.
pub(in crate::node) async fn look<E: Engine>(
    replica: Replica<Floor<E>>,
    task: TaskId,
    fresh: Fresh,
    patience: Duration,
) -> Result<Looked, Unseen> {
    let until = Instant::now() + patience;
    let left = || until.saturating_duration_since(Instant::now());
    let mut wanted = match fresh.at_least {
        Some(revision) => revision,
        // A leader that has lost the others takes its own time to notice.
        None => timeout_at(until, replica.catch_up(left())).await.map_err(|_| Refused::Unknown)??,
    };
    for _ in 0..LOOKS_MAX {
        if replica.reach(wanted, left()).await.is_err() {
            return Err(Unseen::Behind { wanted, applied: replica.status().applied });
        }
        let looking = replica.clone();
        let glance = tokio::task::spawn_blocking(move || glance(&looking, task, fresh));
        match glance.await.map_err(|gone| Refused::Impossible(gone.to_string()))?? {
            Glance::Seen(looked) => return Ok(*looked),
            Glance::Again(revision) => wanted = revision,
            Glance::Nothing => return Err(Unseen::NotFound),
        }
    }
    Err(Fault::new(FaultKind::Damaged, format!("task {task}"), "what is stored of it does not go together")
        .into())
}

/// The state is asked after the view was taken, so that it is never older.
fn glance<E: Engine>(replica: &Replica<Floor<E>>, task: TaskId, fresh: Fresh) -> Result<Glance, Fault> {
    let view = replica.view();
    let (known, now) = replica.ask_state(|state| (state.task(task), state.revision()));
    let spec = read::<SpecRecord, E>(&view, Key::Spec(task))?;
    let end = read::<ArchiveRecord, E>(&view, Key::Archive(task))?;
    let missed = |known: &Known| {
        let gone = matches!(known, Known::Forgotten | Known::Nothing);
        if gone || view.revision() >= now { Glance::Nothing } else { Glance::Again(now) }
    };
    let (spec, live) = match (spec, known) {
        (Some(spec), Known::Live(live)) => (spec, Some(*live)),
        (Some(_), Known::Forgotten) => return Ok(Glance::Nothing),
        (Some(spec), Known::Ended(..) | Known::Nothing) if end.is_some() => (spec, None),
        // It ended after the view was taken.
        (Some(_), Known::Ended(..) | Known::Nothing) => return Ok(Glance::Again(now)),
        (None, known) => return Ok(missed(&known)),
    };
    let attempts = live.as_ref().map(|live| live.attempts).or(end.as_ref().map(|end| end.attempts));
    let last = read::<AttemptRecord, E>(&view, Key::Attempt(task, attempts.unwrap_or_default()))?;
    let body = |wanted: bool, part| if wanted { view.body(task, part) } else { Ok(None) };
    let (payload, result) = (body(fresh.payload, Part::Payload)?, body(fresh.result, Part::Result)?);
    let revision = if live.is_some() { now } else { view.revision() };
    Ok(Glance::Seen(Box::new(Looked { revision, spec, live, end, last, payload, result })))
}

fn read<R: Record, E: Engine>(view: &BookView<E>, key: Key) -> Result<Option<R>, Fault> {
    let Some(bytes) = view.get(key)? else { return Ok(None) };
    let record = record::get(&bytes);
    record.map(Some).map_err(|fault| Fault::damaged(format!("record {key:?}"), fault.to_string()))
}

/// What is stored of those tasks of which the state knows nothing any more: how they ended, and as of when that was read.
pub(in crate::node) async fn ended<E: Engine>(
    replica: Replica<Floor<E>>,
    mut tasks: Vec<TaskId>,
) -> Result<BTreeMap<TaskId, Seen>, Unseen> {
    replica.ask_state(|state| tasks.retain(|task| state.task(*task) == Known::Nothing));
    if tasks.is_empty() {
        return Ok(BTreeMap::new());
    }
    let reading = move || {
        let view = replica.view();
        let mut ended = BTreeMap::new();
        for task in tasks {
            if let Some(end) = read::<ArchiveRecord, E>(&view, Key::Archive(task))? {
                ended.insert(task, Seen { at: view.revision(), ending: end.ending });
            }
        }
        Ok::<_, Fault>(ended)
    };
    let ended = tokio::task::spawn_blocking(reading).await;
    Ok(ended.map_err(|gone| Refused::Impossible(gone.to_string()))??)
}
