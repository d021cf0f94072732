//! The load: clients that submit, ask again under the same key, and look at what they were promised. Some may know
//! only one server each, so that every server is asked whatever becomes of it; the others know all, and begin with one or
//! another.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use anyhow::{Context, Result};
use reeve_client::words::{GetRequest, Key, NewTask, SubmitManyRequest, SubmitRequest};
use reeve_client::{Client, Trouble};
use tokio::runtime::{Builder, Runtime};
use tokio::task::JoinHandle;
use tokio::time::sleep;

use crate::ledger::{Ledger, Outcome, prefix};
use crate::limits::{BATCH, CLIENTS, PACE, PATIENCE, REST};

/// Clients at work, until it is stopped or dropped.
pub struct Load {
    /// Present until it is dropped.
    runtime: Option<Runtime>,
    clients: Vec<JoinHandle<()>>,
    signs: Arc<Signs>,
}

/// What clients look at between two calls.
#[derive(Debug, Default)]
struct Signs {
    over: AtomicBool,
    held: AtomicBool,
    /// How many clients rest because they are held: none of their calls is on its way.
    resting: AtomicUsize,
}

impl Load {
    /// Starts the clients of these servers, the first so many of whom know only one.
    ///
    /// # Errors
    /// When the system refuses threads, or an address is none.
    pub fn start(addresses: &[String], loyal: usize, ledger: &Arc<Ledger>) -> Result<Self> {
        let runtime = Builder::new_multi_thread().worker_threads(2).thread_name("load").enable_all().build();
        let runtime = runtime.context("cannot start the clients")?;
        let signs = Arc::new(Signs::default());
        let mut clients = Vec::new();
        for number in 0..CLIENTS {
            let mut known = addresses.to_vec();
            known.rotate_left(number % addresses.len().max(1));
            if number < loyal {
                known.truncate(1);
            }
            let client = runtime.block_on(async { Client::of(known) })?;
            let client = client.with_patience(PATIENCE);
            let one = One { number, client, ledger: Arc::clone(ledger), signs: Arc::clone(&signs) };
            clients.push(runtime.spawn(one.work()));
        }
        Ok(Self { runtime: Some(runtime), clients, signs })
    }

    /// Has all clients rest after the call that they are at, or go on.
    pub fn hold(&self, held: bool) {
        self.signs.held.store(held, Ordering::SeqCst);
    }

    /// Whether all clients rest that were told to: no call is on its way any more.
    #[must_use]
    pub fn rests(&self) -> bool {
        self.signs.resting.load(Ordering::SeqCst) == self.clients.len()
    }

    /// Lets each client end the call that it is at.
    ///
    /// # Errors
    /// When a client has died.
    pub fn stop(mut self) -> Result<()> {
        self.signs.over.store(true, Ordering::SeqCst);
        let runtime = self.runtime.as_ref().context("it runs until it is dropped")?;
        for client in self.clients.drain(..) {
            runtime.block_on(client).context("a client of the load has died")?;
        }
        Ok(())
    }
}

impl Drop for Load {
    fn drop(&mut self) {
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_background();
        }
    }
}

/// One client.
struct One {
    number: usize,
    client: Client,
    ledger: Arc<Ledger>,
    signs: Arc<Signs>,
}

impl One {
    async fn work(self) {
        for turn in 0.. {
            self.rest_if_held().await;
            if self.signs.over.load(Ordering::SeqCst) {
                return;
            }
            let well = match turn % 8 {
                3 => self.submit(&format!("{}{turn}", prefix(self.number)), BATCH).await,
                5 => self.submit_again(turn).await,
                7 => self.look(turn).await,
                _ => self.submit(&format!("{}{turn}", prefix(self.number)), 1).await,
            };
            sleep(if well { PACE } else { REST }).await;
        }
    }

    async fn rest_if_held(&self) {
        let held = || self.signs.held.load(Ordering::SeqCst) && !self.signs.over.load(Ordering::SeqCst);
        if held() {
            self.signs.resting.fetch_add(1, Ordering::SeqCst);
            while held() {
                sleep(PACE).await;
            }
            self.signs.resting.fetch_sub(1, Ordering::SeqCst);
        }
    }

    async fn submit(&self, key: &str, size: usize) -> bool {
        let call = self.ledger.ask(self.number, key, size);
        let outcome = submit(&self.client, key, size).await;
        let well = matches!(outcome, Outcome::Acked { .. });
        self.ledger.hear(call, outcome);
        well
    }

    async fn submit_again(&self, turn: usize) -> bool {
        match self.ledger.some_acked(self.number, turn / 2) {
            Some((key, tasks)) => self.submit(&key, tasks.len()).await,
            None => true,
        }
    }

    async fn look(&self, turn: usize) -> bool {
        let Some((_, tasks)) = self.ledger.some_acked(self.number, turn) else { return true };
        let task = &tasks[turn % tasks.len()];
        match look(&self.client, task).await {
            Some(found) => {
                self.ledger.look(self.number, task, found);
                true
            }
            None => false,
        }
    }
}

/// Submits under a key: one task alone, or several together. Each has as its input what it is: the key, and its place.
pub async fn submit(client: &Client, key: &str, size: usize) -> Outcome {
    let name = Some(Key { key: Some(key.into()), lifetime: None });
    let answer = if size == 1 {
        let request = SubmitRequest { task: Some(task(key, 0)), key: name };
        let answer = client.submit(request).await;
        answer.map(|done| (vec![done.task().to_owned()], done.revision(), done.existing()))
    } else {
        let tasks = (0..size).map(|place| task(key, place)).collect();
        let answer = client.submit_many(SubmitManyRequest { tasks, key: name }).await;
        answer.map(|done| (done.tasks.clone(), done.revision(), done.existing()))
    };
    match answer {
        Ok((tasks, revision, existing)) => Outcome::Acked { tasks, revision, existing },
        Err(trouble @ Trouble::NoAnswer { .. }) => Outcome::Unknown(trouble.to_string()),
        Err(trouble) => Outcome::Refused(trouble.to_string()),
    }
}

fn task(key: &str, place: usize) -> NewTask {
    NewTask {
        kind: Some("trial".into()),
        queue: Some("trials".into()),
        payload: Some(payload(key, place).into()),
        ..NewTask::default()
    }
}

/// The input of a task.
#[must_use]
pub fn payload(key: &str, place: usize) -> String {
    format!("{key}/{place}")
}

/// Looks at a task that was acknowledged; nothing if nobody could say.
pub async fn look(client: &Client, task: &str) -> Option<Result<(), String>> {
    let request = GetRequest { task: Some(task.into()), ..GetRequest::default() };
    match client.get(request).await {
        Ok(found) if found.task.as_ref().is_some_and(|found| found.id() == task) => Some(Ok(())),
        Ok(other) => Some(Err(format!("the answer was {other:?}"))),
        Err(trouble) if trouble.code() == "TASK_NOT_FOUND" => Some(Err(trouble.to_string())),
        Err(_) => None,
    }
}
