//! A worker: it opens a session, takes offers, works for a while, reports, and comes back with what it holds when the office
//! has moved. Now and then it dies, or stands still for longer than its session may be silent.

use std::collections::BTreeMap;

use openraft_rt_sim::SimInstant;
use reeve_core::command::{Command, Complete, Fail, OpenWorker, Release, Stopped};
use reeve_core::effect::{Effect, Holding, Order};
use reeve_core::name::{TaskId, Token, WorkerId};
use reeve_core::worker::Offer;
use reeve_core::{Answer, Reply, class, codec};
use reeve_node::office::desk::Keep;

use super::{Gate, Got, PATIENCE};
use crate::cluster::signal::Signal;
use crate::cluster::trace::now_us;

/// How long a session may be silent.
const TTL_MS: u64 = 3_000;

/// How many tasks it takes at once.
const SLOTS: u32 = 3;

struct Session {
    worker: WorkerId,
    /// Where it is attached.
    office: Option<u64>,
    /// What it holds, and when each is done.
    holds: BTreeMap<Token, (Holding, u64)>,
    kept_ms: u64,
}

/// One worker, until all is over.
pub async fn worker(mut gate: Gate, over: Signal) {
    let mut session: Option<Session> = None;
    while !over.is_given() {
        gate.rest(20, 120).await;
        match session.take() {
            None => session = open(&mut gate).await,
            Some(mut own) => {
                // It dies and comes back as another; or it goes on.
                if gate.chance.below(400) > 0 && own.live(&mut gate).await {
                    session = Some(own);
                }
            }
        }
    }
}

fn now_ms() -> u64 {
    debug_assert!(SimInstant::try_now().is_some());
    now_us() / 1_000
}

async fn open(gate: &mut Gate) -> Option<Session> {
    gate.turn();
    let offer = Offer {
        kinds: vec!["echo".into()],
        labels: Vec::new(),
        resources: class::Resources::default(),
        slots: SLOTS,
    };
    let open = OpenWorker { name: "worker".into(), offer, ttl_ms: TTL_MS, secret: None };
    let Got::Answers(answers) = gate.propose(None, open).await else { return None };
    let [Answer { reply: Reply::WorkerOpened(worker), .. }] = answers[..] else { return None };
    Some(Session { worker, office: None, holds: BTreeMap::new(), kept_ms: now_ms() })
}

impl Session {
    /// Whether the session goes on.
    async fn live(&mut self, gate: &mut Gate) -> bool {
        if gate.chance.below(300) == 0 {
            gate.rest(TTL_MS, 3 * TTL_MS).await;
        }
        let office = gate.mail.office();
        if self.office.is_none() || self.office != office {
            return self.attach(gate, office).await;
        }
        gate.seat = office.unwrap_or(1);
        if now_ms() >= self.kept_ms + TTL_MS / 4 && !self.keep_alive(gate).await {
            return false;
        }
        self.take_orders(gate).await;
        let due: Vec<Holding> =
            self.holds.values().filter(|(_, at)| *at <= now_ms()).map(|(h, _)| *h).collect();
        for holding in due {
            self.report(gate, holding).await;
        }
        true
    }

    async fn attach(&mut self, gate: &mut Gate, office: Option<u64>) -> bool {
        let Some(office) = office else { return true };
        gate.seat = office;
        let worker = self.worker;
        let holds: Vec<(TaskId, Token)> = self.holds.values().map(|(h, _)| (h.task, h.token)).collect();
        let listed = holds.clone();
        let told =
            gate.ask(move |replica| async move { replica.attach(worker, holds, PATIENCE).await }).await;
        match told {
            Some(Ok(told)) => {
                for ((_, token), keep) in listed.into_iter().zip(told) {
                    match keep {
                        Keep::Keep => gate.watch.count("a worker attached again with what it held"),
                        Keep::Drop => {
                            gate.watch.count("a worker was told to drop what it held");
                            self.stop(gate, token).await;
                        }
                        Keep::Report => {}
                    }
                }
                self.office = Some(office);
                self.credit(gate).await;
                true
            }
            Some(Err(reeve_node::message::Refused::Impossible(_))) => false,
            Some(Err(_)) | None => true,
        }
    }

    async fn keep_alive(&mut self, gate: &mut Gate) -> bool {
        let worker = self.worker;
        let told = gate.ask(move |replica| async move { replica.keep_alive(worker, PATIENCE).await }).await;
        match told {
            Some(Ok(())) => {
                self.kept_ms = now_ms();
                self.credit(gate).await;
                true
            }
            Some(Err(reeve_node::message::Refused::Impossible(_))) => false,
            Some(Err(_)) | None => {
                self.office = None;
                true
            }
        }
    }

    async fn credit(&mut self, gate: &mut Gate) {
        let (worker, held) = (self.worker, u32::try_from(self.holds.len()).unwrap_or(SLOTS));
        let free = SLOTS.saturating_sub(held);
        gate.ask(move |replica| async move {
            replica.credit(worker, free, 0);
            Ok(())
        })
        .await;
    }

    async fn take_orders(&mut self, gate: &mut Gate) {
        let orders = gate.mail.take(self.worker);
        let mut taken = Vec::new();
        for Effect { holding, order } in orders {
            let token = holding.token;
            match order {
                // What is lost on the way is taken back, or offered again.
                Order::Offer { .. } if gate.chance.percent(gate.lost) => {}
                Order::Offer { .. } => {
                    let until = now_ms() + gate.chance.between(10, 2_500);
                    self.holds.entry(token).or_insert((holding, until));
                    taken.push(token);
                }
                Order::Cancel { .. } | Order::Pause { .. } => {
                    if let Some((holding, _)) = self.holds.get(&token).copied() {
                        self.say(gate, token, Release { holding }).await;
                    }
                }
                Order::Stop => {
                    self.holds.entry(token).or_insert((holding, 0));
                    self.stop(gate, token).await;
                }
                Order::Resume | Order::Update { .. } => {}
            }
        }
        if !taken.is_empty() {
            gate.ask(move |replica| async move {
                replica.acknowledge(taken);
                Ok(())
            })
            .await;
        }
    }

    async fn stop(&mut self, gate: &mut Gate, token: Token) {
        if let Some((holding, _)) = self.holds.get(&token).copied() {
            self.say(gate, token, Stopped { holding }).await;
        }
    }

    async fn report(&mut self, gate: &mut Gate, holding: Holding) {
        let failure = codec::record::Failure { error: "Io".into(), message: "no route".into() };
        let dice = gate.chance.below(10);
        let command: Command = match dice {
            0 => Release { holding }.into(),
            1..3 => Fail { holding, retryable: true, failure, details: None, retry_after_ms: None }.into(),
            _ => Complete { holding, result: None }.into(),
        };
        let told = self.say(gate, holding.token, command).await;
        if dice >= 3 && told == Some(Reply::Done) {
            gate.watch.done(holding.token);
        }
        self.credit(gate).await;
    }

    /// Says it until it is answered, or is tried again later; whatever the answer, the lease is over then.
    async fn say(&mut self, gate: &mut Gate, token: Token, command: impl Into<Command>) -> Option<Reply> {
        if let Got::Answers(answers) = gate.propose(None, command).await {
            self.holds.remove(&token);
            return answers.first().map(|answer| answer.reply);
        }
        if let Some((_, at)) = self.holds.get_mut(&token) {
            *at = now_ms() + 300;
            self.office = None;
        }
        None
    }
}
