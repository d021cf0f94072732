//! A client: it opens a session, submits, cancels, pauses, resumes and retries, and asks again under the same request
//! whenever it does not know what became of one.

use reeve_core::class::Requirements;
use reeve_core::command::{Batch, Cancel, Command, IdempotencyKey, OpenClient, Pause, Resume, Retry, Submit};
use reeve_core::entry::RequestId;
use reeve_core::intern::Meant;
use reeve_core::name::{ClientId, Ref, TaskId};
use reeve_core::task::{ContentType, Priority, QueueName, TaskSpec};
use reeve_core::{Answer, Refusal, Reply};

use super::{Gate, Got};
use crate::cluster::signal::Signal;

/// Tasks that it remembers.
const KNOWN_MAX: usize = 20;

/// How often it asks again for an unknown outcome before it gives up on it.
const TRIES: usize = 40;

struct Client {
    gate: Gate,
    session: Option<ClientId>,
    sequence: u64,
    known: Vec<TaskId>,
    keys: u64,
}

/// One client, until all is over.
pub async fn client(gate: Gate, over: Signal) {
    let mut client = Client { gate, session: None, sequence: 0, known: Vec::new(), keys: 0 };
    while !over.is_given() {
        client.gate.rest(5, 150).await;
        match client.session {
            None => client.open().await,
            Some(_) if client.gate.chance.percent(8) => client.gate.read().await,
            Some(session) => client.request(session, &over).await,
        }
    }
}

impl Client {
    async fn open(&mut self) {
        self.gate.turn();
        if let Got::Answers(answers) = self.gate.propose(None, OpenClient).await
            && let [Answer { reply: Reply::ClientOpened(client), .. }] = answers[..]
        {
            (self.session, self.sequence) = (Some(client), 0);
        }
    }

    fn command(&mut self) -> Command {
        let known = self.gate.chance.among(&self.known).copied();
        match (self.gate.chance.below(10), known) {
            (0, Some(task)) => {
                let grace_ms = self.gate.chance.percent(50).then_some(500);
                Cancel { task: Ref::Id(task), grace_ms, children: false, dependents: false }.into()
            }
            (1, Some(task)) => Pause { task: Ref::Id(task), grace_ms: Some(300) }.into(),
            (2, Some(task)) => Resume { task: Ref::Id(task) }.into(),
            (3, Some(task)) => Retry { task, found: None }.into(),
            _ => self.submit().into(),
        }
    }

    fn submit(&mut self) -> Submit {
        let queue = if self.gate.chance.percent(50) { "mail" } else { "video" };
        let spec = TaskSpec {
            queue: Meant::Words(QueueName { namespace: "default".into(), queue: queue.into() }),
            class: Meant::Words(Box::new(Requirements::of_kind("echo"))),
            priority: Priority::default(),
            payload: None,
            content_type: ContentType::Opaque,
            labels: Vec::new(),
            terms: None,
        };
        let key = self.gate.chance.percent(20).then(|| {
            self.keys += 1;
            let name = format!("{:?} {}", self.session, self.keys / 2);
            IdempotencyKey { key: name.into(), hash: 7, lifetime_ms: None }
        });
        // A key that comes again must ask for the same.
        let count = if key.is_some() { 1 } else { self.gate.chance.between(1, 3) };
        Submit { key, batch: Batch::Alone, tasks: (0..count).map(|_| spec.clone()).collect() }
    }

    /// One request, until its outcome is known. When all is well it must come to be.
    async fn request(&mut self, client: ClientId, well: &Signal) {
        let (sequence, command) = (self.sequence, self.command());
        self.sequence += 1;
        // All before it were answered, or given up.
        let request = RequestId { client, sequence, acked_below: sequence };
        let (mut in_doubt, mut was_well) = (false, well.is_given());
        let mut tries = Vec::new();
        while tries.len() < TRIES {
            if well.is_given() && !was_well {
                // What went wrong before counts no more.
                (tries, was_well) = (Vec::new(), true);
            }
            match self.gate.propose(Some(request), command.clone()).await {
                Got::Answers(answers) => {
                    if in_doubt {
                        self.gate.watch.count("an unknown outcome was settled");
                    }
                    return self.answered(&answers);
                }
                Got::Unknown => {
                    in_doubt = true;
                    tries.push(format!("nothing from {}", self.gate.seat));
                }
                // It will never be made again: that it is not in the history must hold for ever.
                Got::Refused(refused) if !in_doubt => {
                    self.gate.watch.refused((client, sequence), refused.to_string());
                    self.gate.turn();
                    return;
                }
                Got::Refused(refused) => tries.push(format!("{refused:?} from {}", self.gate.seat)),
            }
            self.gate.turn();
            self.gate.rest(50, 400).await;
        }
        if was_well {
            self.gate.watch.gave_up((client, sequence), &tries);
        }
    }

    fn answered(&mut self, answers: &[Answer]) {
        let Some(answer) = answers.first() else { return };
        if let Reply::Submitted { first, .. } = answer.reply {
            self.known.push(first);
            if self.known.len() > KNOWN_MAX {
                self.known.remove(0);
            }
        } else if answer.reply == Reply::Refused(Refusal::ClientNotFound) {
            self.session = None;
        }
    }
}
