//! A town: a state made by hand, its time standing still.

use std::collections::BTreeMap;

use bytes::Bytes;
use reeve_core::assembly::Assembly;
use reeve_core::class::{Requirements, Resources};
use reeve_core::codec::entry::decode;
use reeve_core::command::{Batch, Command, Grant, OpenWorker, Submit};
use reeve_core::entry::{Entry, Proposal};
use reeve_core::intern::Meant;
use reeve_core::name::{Era, Name, Ref, Revision, TaskId, WorkerId};
use reeve_core::task::{ContentType, Priority, QueueName, TaskSpec, Terms};
use reeve_core::worker::Offer;
use reeve_core::{LAW, Outcome, Reply, State, apply};
use reeve_node::matcher::{Fate, Fleet, Flight, choose};

pub(crate) const NOW_MS: u64 = 1_000_000;

/// A state, and the fleet of its leader.
pub(crate) struct Town {
    pub state: State,
    pub fleet: Fleet,
}

pub(crate) fn queue(name: &str) -> QueueName {
    QueueName { namespace: "default".into(), queue: name.into() }
}

/// A task of the kind `echo` in the queue `q`.
pub(crate) fn spec() -> TaskSpec {
    TaskSpec {
        queue: Meant::Words(queue("q")),
        class: Meant::Words(Box::new(Requirements::of_kind("echo"))),
        priority: Priority::new(4).expect("a priority"),
        payload: None,
        content_type: ContentType::Opaque,
        labels: Vec::new(),
        terms: None,
    }
}

pub(crate) fn priority(spec: TaskSpec, priority: u8) -> TaskSpec {
    TaskSpec { priority: Priority::new(priority).expect("a priority"), ..spec }
}

pub(crate) fn of(spec: TaskSpec, requirements: Requirements) -> TaskSpec {
    TaskSpec { class: Meant::Words(Box::new(requirements)), ..spec }
}

pub(crate) fn within(spec: TaskSpec, name: &str) -> TaskSpec {
    TaskSpec { queue: Meant::Words(queue(name)), ..spec }
}

pub(crate) fn on(spec: TaskSpec, terms: Terms) -> TaskSpec {
    TaskSpec { terms: Some(Box::new(terms)), ..spec }
}

pub(crate) fn cpu(millicpu: u64) -> Resources {
    Resources { millicpu, ..Resources::default() }
}

pub(crate) fn offer(slots: u32) -> Offer {
    Offer { kinds: vec!["echo".into()], resources: cpu(1_000), slots, ..Offer::default() }
}

pub(crate) fn submit(tasks: Vec<TaskSpec>) -> Command {
    Submit { key: None, batch: Batch::Alone, tasks }.into()
}

impl Town {
    pub(crate) fn new() -> Self {
        Self { state: State::new(Era::default()), fleet: Fleet::new(1) }
    }

    /// Applies one entry of these commands.
    pub(crate) fn say(&mut self, commands: Vec<Command>) -> Outcome {
        let revision = Revision(self.state.revision().0 + 1);
        let proposals = commands.into_iter().map(Proposal::of_office).collect();
        let entry =
            Entry { revision, law: LAW, time_ms: NOW_MS, sweep: 1_000, proposals, bodies: Vec::new() };
        apply(&mut self.state, entry)
    }

    /// Submits tasks, and says how they are called.
    pub(crate) fn submit(&mut self, tasks: Vec<TaskSpec>) -> Vec<TaskId> {
        let reply = self.say(vec![submit(tasks)]).replies[0].reply;
        let Reply::Submitted { first, count, .. } = reply else { panic!("{reply:?}") };
        let name = |at| TaskId(Name { position: first.0.position + at, ..first.0 });
        (0..count).map(name).collect()
    }

    /// Opens a session and attaches it, with so many credits.
    pub(crate) fn worker(&mut self, offer: Offer, credits: u32) -> WorkerId {
        let open = OpenWorker { name: "hand".into(), offer, ttl_ms: 60_000, secret: None };
        let reply = self.say(vec![open.into()]).replies[0].reply;
        let Reply::WorkerOpened(worker) = reply else { panic!("{reply:?}") };
        assert!(self.fleet.attach(worker));
        self.fleet.credit(worker, credits);
        worker
    }

    /// What would be chosen now, without choosing it.
    pub(crate) fn would_choose(&self, max: usize) -> Vec<Grant> {
        choose(&self.state, &mut self.fleet.clone(), &mut Assembly::new(), max).grants
    }

    /// Chooses, and puts that on its way in an entry of its own.
    pub(crate) fn choose(&mut self, max: usize) -> (Vec<Grant>, Sent) {
        self.choose_beside(Assembly::new(), max)
    }

    pub(crate) fn choose_beside(&mut self, mut assembly: Assembly, max: usize) -> (Vec<Grant>, Sent) {
        let grants = choose(&self.state, &mut self.fleet, &mut assembly, max).grants;
        let flight = self.fleet.seal();
        (grants, Sent { flight, bytes: assembly.finish(LAW, self.state.now_ms(), 1_000).into() })
    }

    /// Applies an entry that was sent, and settles it.
    pub(crate) fn arrive(&mut self, sent: Sent) -> Outcome {
        let revision = Revision(self.state.revision().0 + 1);
        let outcome = apply(&mut self.state, decode(revision, &sent.bytes, LAW).expect("an entry"));
        self.fleet.settled(sent.flight, Fate::Applied(&outcome.replies));
        outcome
    }
}

/// An entry on its way.
pub(crate) struct Sent {
    pub flight: Flight,
    pub bytes: Bytes,
}

/// The pairs of task and worker, for tasks that exist.
pub(crate) fn pairs(grants: &[Grant]) -> Vec<(TaskId, WorkerId)> {
    let pair = |grant: &Grant| match (grant.task, grant.worker) {
        (Ref::Id(task), Ref::Id(worker)) => Some((task, worker)),
        _ => None,
    };
    grants.iter().map(|grant| pair(grant).expect("an id")).collect()
}

/// How often each worker was chosen.
pub(crate) fn shares(grants: &[Grant]) -> BTreeMap<Ref<WorkerId>, usize> {
    let mut shares = BTreeMap::new();
    grants.iter().for_each(|grant| *shares.entry(grant.worker).or_default() += 1);
    shares
}
