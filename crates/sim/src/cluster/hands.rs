//! The people around a cluster: hands that note what the office orders, and the gate through which clients and workers
//! reach the nodes, over a network that delays and loses.

mod client;
mod worker;

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use openraft_rt::AsyncRuntime;
use openraft_rt_sim::SimRuntime;
use reeve_core::Answer;
use reeve_core::command::Command;
use reeve_core::effect::Effect;
use reeve_core::entry::{Actor, Proposal, RequestId};
use reeve_core::name::{Revision, WorkerId};
use reeve_node::message::Refused;
use reeve_node::office::desk::Group;
use reeve_node::platform::Hands;
use reeve_node::replica::Replica;

use super::held;
use super::life::Life;
use super::machine::Machine;
use super::network::Net;
use super::platform::SimPlatform;
use super::watch::Watch;
use crate::chance::Chance;

pub use client::client;
pub use worker::worker;

/// How long anybody waits for an answer.
pub const PATIENCE: Duration = Duration::from_secs(2);

/// Orders to workers, as they came from the offices.
#[derive(Default)]
struct Mail {
    /// The machine whose office opened last.
    office: Option<u64>,
    orders: BTreeMap<WorkerId, Vec<Effect>>,
}

/// What the hands of all machines note. Clones share it.
#[derive(Clone, Default)]
pub struct Mailroom(Arc<Mutex<Mail>>);

/// The hands of one machine: they only note.
pub struct Notes {
    seat: u64,
    mail: Mailroom,
    net: Net,
    watch: Watch,
    opened: Mutex<Option<u64>>,
}

impl Notes {
    pub(crate) fn new(seat: u64, mail: &Mailroom, net: &Net, watch: &Watch) -> Self {
        let (mail, net, watch) = (mail.clone(), net.clone(), watch.clone());
        Self { seat, mail, net, watch, opened: Mutex::default() }
    }
}

impl Mailroom {
    fn put(&self, orders: &[Effect]) {
        let mut mail = held(&self.0);
        for order in orders {
            mail.orders.entry(order.holding.worker).or_default().push(*order);
        }
    }

    fn take(&self, worker: WorkerId) -> Vec<Effect> {
        held(&self.0).orders.remove(&worker).unwrap_or_default()
    }

    /// The machine whose office opened last.
    #[must_use]
    pub fn office(&self) -> Option<u64> {
        held(&self.0).office
    }
}

impl Hands for Notes {
    fn opened(&self, term: u64, _revision: Revision, orders: Vec<Effect>) {
        self.watch.count("an office opened");
        if held(&self.opened).replace(term) == Some(term) {
            self.watch.count("an office opened again in its term");
        }
        if let Some(life) = Life::current() {
            self.net.elections(|elections| elections.leads(term, &life));
        }
        held(&self.mail.0).office = Some(self.seat);
        self.mail.put(&orders);
    }

    fn carry_out(&self, _term: u64, _revision: Revision, orders: &[Effect]) {
        self.mail.put(orders);
    }

    fn closed(&self, _term: u64) {
        if Life::current().is_some_and(|life| !life.is_over()) {
            self.watch.count("an office closed while its process lived");
        }
    }
}

/// What came of a request.
#[derive(Clone, Debug)]
pub enum Got {
    /// It was answered.
    Answers(Vec<Answer>),
    /// It was not done, for certain.
    Refused(Refused),
    /// Nobody knows.
    Unknown,
}

/// The way of one client or worker to the nodes.
pub struct Gate {
    machines: Vec<Arc<Machine<Notes>>>,
    /// Where the orders are.
    pub mail: Mailroom,
    /// Who is told what was answered.
    pub watch: Watch,
    /// Dice.
    pub(crate) chance: Chance,
    /// How many of a hundred messages are lost on the way.
    pub lost: u32,
    /// The seat that was tried last.
    pub seat: u64,
}

impl Gate {
    pub(crate) fn new(
        machines: &[Arc<Machine<Notes>>],
        mail: &Mailroom,
        watch: &Watch,
        chance: Chance,
        lost: u32,
    ) -> Self {
        Self { machines: machines.to_vec(), mail: mail.clone(), watch: watch.clone(), chance, lost, seat: 1 }
    }

    /// Another node, the one with the office more often than not.
    pub fn turn(&mut self) {
        let any = 1 + self.chance.below(self.machines.len() as u64);
        self.seat = self.mail.office().filter(|_| self.chance.percent(70)).unwrap_or(any);
    }

    /// Waits between two moments.
    pub async fn rest(&mut self, least_ms: u64, most_ms: u64) {
        SimRuntime::sleep(Duration::from_millis(self.chance.between(least_ms, most_ms))).await;
    }

    async fn leg(&mut self) -> bool {
        let us = self.chance.between(100, 4_000);
        let arrives = !self.chance.percent(self.lost);
        SimRuntime::sleep(Duration::from_micros(us)).await;
        arrives
    }

    /// Asks the replica something; `None` is silence, an error that nobody is there.
    async fn ask<T, F>(
        &mut self,
        question: impl FnOnce(Replica<SimPlatform<Notes>>) -> F,
    ) -> Option<Result<T, Refused>>
    where
        T: Send + 'static,
        F: Future<Output = Result<T, Refused>> + Send + 'static,
    {
        let arrives = self.leg().await;
        let machine = self.machines.iter().find(|machine| machine.seat == self.seat);
        let Some(running) = machine.and_then(|machine| machine.running()) else {
            return Some(Err(Refused::NotLeader { leader: None }));
        };
        if !arrives {
            SimRuntime::sleep(PATIENCE).await;
            return None;
        }
        let asked = running.life.spawn(question(running.replica.clone()));
        let answered = SimRuntime::timeout(PATIENCE * 2, asked).await.ok()?.ok()?;
        self.leg().await.then_some(answered)
    }

    /// Proposes a command.
    pub async fn propose(&mut self, request: Option<RequestId>, command: impl Into<Command>) -> Got {
        let proposal = Proposal { request, actor: Actor::Anyone, command: command.into() };
        let group = Group { proposals: vec![proposal], bodies: Vec::new() };
        match self.ask(|replica| async move { replica.propose(group, PATIENCE).await }).await {
            Some(Ok(answers)) => {
                let request = request.map(|request| (request.client, request.sequence));
                answers.iter().for_each(|answer| self.watch.told(request, *answer));
                Got::Answers(answers)
            }
            None | Some(Err(Refused::Unknown)) => {
                self.watch.count("an outcome was unknown");
                Got::Unknown
            }
            Some(Err(refused)) => Got::Refused(refused),
        }
    }

    /// Reads what is newest.
    pub async fn read(&mut self) {
        let floor = self.watch.floor();
        let read = self.ask(|replica| async move { replica.catch_up(PATIENCE).await }).await;
        if let Some(Ok(index)) = read {
            self.watch.saw(floor, index);
        }
    }
}
