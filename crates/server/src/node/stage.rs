//! How far a node has come, and how it is: what health checks, the service manager and operators are told.

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use reeve_node::status::{Role, Status};
use reeve_node::store::log::Verdict;
use tokio::sync::watch;

use super::gauges;
use super::refusal::Refusal;
use super::seat::Seat;
use crate::health::Vitals;
use crate::limits::{TURN_EVERY, TURN_PATIENCE};

/// How far a node has come.
#[derive(Clone)]
pub(super) enum Stage {
    /// It belongs to no cluster, and waits for this.
    Fresh(String),
    /// It belongs to one and has forgotten something that it acknowledged: it must not take part.
    Amnesiac(Amnesia),
    /// It takes part.
    Seated(Arc<dyn Seat>),
    /// It can neither.
    Broken(String),
}

/// What was forgotten.
#[derive(Clone, Debug)]
pub(crate) struct Amnesia {
    /// What is missing.
    what: String,
    /// Whose it was.
    node: u64,
}

impl Amnesia {
    /// What a verdict says of a node; nothing if it has forgotten nothing.
    pub(crate) fn of(verdict: Verdict, node: u64) -> Option<Self> {
        let what = match verdict {
            Verdict::Whole => return None,
            Verdict::Amnesia { mark, found } => {
                let found = found.map_or(0, |found| found.index);
                format!("entries up to {} were on its disk, and up to {found} are there now", mark.index)
            }
            Verdict::Forsworn { vote, found } => format!(
                "it has entries of term {}, and promises of no later term than {}",
                found.term,
                vote.map_or(0, |vote| vote.term)
            ),
        };
        Some(Self { what, node })
    }

    /// What is missing, without the way out.
    pub(crate) fn what(&self) -> &str {
        &self.what
    }
}

impl std::fmt::Display for Amnesia {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { what, node } = self;
        write!(
            f,
            "NODE_AMNESIA: node {node} has forgotten what it once acknowledged: {what}. It takes no part, so that \
             nothing is lost. Move its data folder away and start it again; then \
             `reeve cluster replace {node} --peer HOST:PORT` on it, where a whole member is"
        )
    }
}

/// The stage of a node, and when its consensus last came round.
pub(super) struct Stages {
    name: String,
    /// Where its data is; nowhere if all of it is in memory.
    folder: Option<PathBuf>,
    /// A leader that was heard within this time still leads.
    contact: Duration,
    stage: watch::Sender<Stage>,
    began: Instant,
    /// In milliseconds after it began.
    turned: AtomicU64,
}

impl Stages {
    pub(super) fn new(name: String, folder: Option<PathBuf>, contact: Duration) -> Self {
        let stage = watch::Sender::new(Stage::Fresh("its data folder to be opened".into()));
        Self { name, folder, contact, stage, began: Instant::now(), turned: AtomicU64::new(0) }
    }

    pub(super) fn name(&self) -> &str {
        &self.name
    }

    pub(super) fn now(&self) -> Stage {
        self.stage.borrow().clone()
    }

    /// The replica, if this node takes part in a cluster.
    pub(super) fn seat(&self) -> Result<Arc<dyn Seat>, Refusal> {
        match self.now() {
            Stage::Seated(seat) => Ok(seat),
            Stage::Fresh(what) => Err(Refusal::None(what)),
            Stage::Amnesiac(amnesia) => Err(Refusal::Amnesia(amnesia.to_string())),
            Stage::Broken(why) => Err(Refusal::Broken(why)),
        }
    }

    /// What is said to whoever asks this node, which belongs to a cluster, to found or join one.
    pub(super) fn belongs(&self) -> Refusal {
        Refusal::Belongs(self.way_out())
    }

    /// How this node is made a new one.
    fn way_out(&self) -> String {
        match &self.folder {
            Some(folder) => {
                format!("stop it, move its data folder ({}) away, and start it again", folder.display())
            }
            None => "stop it and start it again, for it keeps nothing".into(),
        }
    }

    pub(super) fn watch(&self) -> watch::Receiver<Stage> {
        self.stage.subscribe()
    }

    pub(super) fn become_of(&self, stage: Stage) {
        if let Stage::Amnesiac(amnesia) = &stage {
            tracing::error!("{amnesia}");
        }
        self.turned.store(self.age_ms(), Ordering::Relaxed);
        self.stage.send_replace(stage);
    }

    /// Looks again and again whether consensus still comes round. Runs until it does not answer any more.
    pub(super) async fn watch_turns(self: Arc<Self>, seat: Arc<dyn Seat>) {
        while seat.turns().await {
            self.turned.store(self.age_ms(), Ordering::Relaxed);
            tokio::time::sleep(TURN_EVERY).await;
        }
    }

    fn age_ms(&self) -> u64 {
        u64::try_from(self.began.elapsed().as_millis()).unwrap_or(u64::MAX)
    }

    /// Whether requests should come here, and why, or why not.
    fn standing(&self, status: &Status) -> Result<String, String> {
        if let Some(fatal) = &status.fatal {
            return Err(format!("consensus has ended: {fatal}"));
        }
        let (node, term) = (status.identity.node, status.term);
        if let Some(removed) = status.removed {
            return Err(format!(
                "NODE_REMOVED: node {node} {removed}. It can do nothing here any more, and nothing of its data was \
                 touched. The way out: {}; then `reeve cluster join --peer HOST:PORT` on it makes it a new member",
                self.way_out()
            ));
        }
        if !status.membership.members.contains_key(&node) {
            return Err(format!(
                "node {node} knows of no membership of its own: it is new and must catch up, or was removed"
            ));
        }
        let heard = status.heard_ms.map(Duration::from_millis).filter(|age| *age < self.contact);
        match (status.role, status.office, status.leader, heard) {
            (Role::Leader, Some(_), ..) => {
                Ok(format!("node {node} leads in term {term}, its office is open"))
            }
            (Role::Leader, None, ..) => {
                Err(format!("node {node} leads in term {term}, and its office is not open"))
            }
            (Role::Follower, _, Some(leader), Some(_)) => {
                Ok(format!("node {node} follows node {leader} in term {term}"))
            }
            (Role::Learner, _, Some(leader), Some(_)) => {
                Ok(format!("node {node} listens to node {leader} in term {term}"))
            }
            (Role::Stopping, ..) => Err(format!("node {node} is stopping")),
            (Role::Follower | Role::Learner | Role::Candidate, ..) => {
                let mut why = format!("node {node} waits to hear from a leader");
                for (other, said) in &status.shut_out {
                    why.push_str(&format!("; node {other} does not listen to it: {said}"));
                }
                Err(why)
            }
        }
    }
}

impl Vitals for Stages {
    fn live(&self) -> Result<(), String> {
        if !matches!(self.now(), Stage::Seated(_)) {
            return Ok(());
        }
        let still = self.age_ms().saturating_sub(self.turned.load(Ordering::Relaxed));
        if u128::from(still) < TURN_PATIENCE.as_millis() {
            return Ok(());
        }
        Err(format!("consensus has not come round for {still} ms"))
    }

    fn ready(&self) -> Result<String, String> {
        match self.now() {
            Stage::Fresh(what) => Err(format!("this node belongs to no cluster, and waits for {what}")),
            Stage::Amnesiac(amnesia) => Err(amnesia.to_string()),
            Stage::Broken(why) => Err(why),
            Stage::Seated(seat) => self.standing(&seat.status()),
        }
    }

    fn metrics(&self) -> String {
        match self.now() {
            Stage::Seated(seat) => {
                gauges::render(Some((&seat.status(), seat.sync())), false, self.ready().is_ok())
            }
            Stage::Amnesiac(_) => gauges::render(None, true, false),
            Stage::Fresh(_) | Stage::Broken(_) => gauges::render(None, false, false),
        }
    }
}
