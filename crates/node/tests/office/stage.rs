//! A stage: one state, and short words to move it.

use reeve_core::class::{Requirements, Resources};
use reeve_core::command::{Batch, Command, Grant, OpenClient, OpenWorker, Submit};
use reeve_core::effect::{Effect, Holding, outstanding};
use reeve_core::entry::{Actor, Entry, Proposal, RequestId};
use reeve_core::intern::Meant;
use reeve_core::name::{ClientId, Era, Ref, Revision, TaskId, WorkerId};
use reeve_core::task::{ContentType, Priority, QueueName, TaskSpec, Terms};
use reeve_core::worker::Offer;
use reeve_core::{Reply, State, apply};

pub(crate) struct Stage {
    pub state: State,
    pub time_ms: u64,
}

impl Stage {
    pub(crate) fn new() -> Self {
        Self { state: State::new(Era::default()), time_ms: 0 }
    }

    fn entry(&mut self, sweep: u32, proposals: Vec<Proposal>) -> Vec<Reply> {
        let revision = Revision(self.state.revision().0 + 1);
        let entry = Entry { revision, law: 1, time_ms: self.time_ms, sweep, proposals, bodies: Vec::new() };
        apply(&mut self.state, entry).replies.into_iter().map(|answer| answer.reply).collect()
    }

    /// An empty entry.
    pub(crate) fn sweep(&mut self, sweep: u32) {
        self.entry(sweep, Vec::new());
    }

    pub(crate) fn say(&mut self, command: impl Into<Command>) -> Reply {
        self.entry(0, vec![Proposal::of_office(command.into())])[0]
    }

    pub(crate) fn client(&mut self) -> ClientId {
        let Reply::ClientOpened(client) = self.say(OpenClient) else { panic!("a client session opens") };
        client
    }

    /// A request of a client, whatever it is.
    pub(crate) fn uses(&mut self, client: ClientId, sequence: u64) {
        let request = Some(RequestId { client, sequence, acked_below: 0 });
        self.entry(0, vec![Proposal { request, actor: Actor::Anyone, command: OpenClient.into() }]);
    }

    pub(crate) fn worker(&mut self, slots: u32) -> WorkerId {
        let offer = Offer { kinds: vec!["sum".into()], slots, ..Offer::default() };
        let open = OpenWorker { name: "w".into(), offer, ttl_ms: 10_000, secret: None };
        let Reply::WorkerOpened(worker) = self.say(open) else { panic!("a worker session opens") };
        worker
    }

    pub(crate) fn task(&mut self, not_before_ms: Option<u64>) -> TaskId {
        let queue = QueueName { namespace: "default".into(), queue: "q".into() };
        let class = Requirements {
            kind: "sum".into(),
            also: Vec::new(),
            selector: Vec::new(),
            resources: Resources::default(),
        };
        let terms = Terms { not_before_ms, ..Terms::default() };
        let spec = TaskSpec {
            queue: Meant::Words(queue),
            class: Meant::Words(Box::new(class)),
            priority: Priority::default(),
            payload: None,
            content_type: ContentType::default(),
            labels: Vec::new(),
            terms: Some(Box::new(terms)),
        };
        let reply = self.say(Submit { key: None, batch: Batch::Alone, tasks: vec![spec] });
        let Reply::Submitted { first, .. } = reply else { panic!("a task is submitted: {reply:?}") };
        first
    }

    /// A task in the hands of this worker.
    pub(crate) fn held(&mut self, worker: WorkerId) -> Holding {
        let task = self.task(None);
        let reply = self.say(Grant { task: Ref::Id(task), worker: Ref::Id(worker) });
        let Reply::Granted { token, .. } = reply else { panic!("a task is granted: {reply:?}") };
        Holding { worker, task, token }
    }

    /// What the state still asks for this worker.
    pub(crate) fn orders(&self, worker: WorkerId) -> Vec<Effect> {
        let mut orders = outstanding(&self.state);
        orders.retain(|effect| effect.holding.worker == worker);
        orders
    }
}
