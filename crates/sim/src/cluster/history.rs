//! One history: a cluster is founded, people and workers come, the nemesis strikes, everything heals, and the watch judges.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use openraft_rt::AsyncRuntime;
use openraft_rt_sim::{SimJoinHandle, SimRuntime};
use reeve_core::command::OpenClient;
use reeve_node::Settings;

use super::hands::{Gate, Got, Mailroom, Notes, client, worker};
use super::law::Violation;
use super::machine::Machine;
use super::nemesis::Nemesis;
use super::network::{Net, Weather};
use super::rare::Rare;
use super::signal::Signal;
use super::trace::{Trace, now_us};
use super::watch::Watch;
use crate::chance::Chance;
use crate::quiet;

/// How long a founded cluster may take until all vote, and a healed one until all is well, in virtual seconds.
const FORM_SECONDS: u64 = 60;
const HEAL_SECONDS: u64 = 60;

/// How long a healed cluster may take until a task that was given out then is done, and how long clients and workers may take
/// to finish what they are at.
const FLOW_SECONDS: u64 = 60;
const HOME_SECONDS: u64 = 60;

/// How often the watch looks.
const LOOK_MS: u64 = 25;

/// What a history is made of, its seed apart.
#[derive(Clone, Copy, Debug)]
pub struct Plan {
    /// How many nodes; by the seed if not said.
    pub nodes: Option<u64>,
    /// How long the nemesis strikes, in virtual seconds.
    pub seconds: u64,
    /// How many power cuts of all nodes there are beside what the nemesis does; it does nothing else then.
    pub cuts: u32,
    /// The only move of the membership is that a log is damaged, and its replica has to come back as another.
    pub rots: bool,
    /// Laws that it is not held against, to see what else is broken.
    pub overlooks: &'static [&'static str],
}

impl Default for Plan {
    fn default() -> Self {
        Self { nodes: None, seconds: 20, cuts: 0, rots: false, overlooks: &[] }
    }
}

/// A history that kept all laws.
#[derive(Clone, Debug)]
pub struct Run {
    /// What it reached.
    pub rare: Rare,
    /// The hash of its trace.
    pub hash: u64,
    /// Entries of its log.
    pub entries: u64,
    /// Answers that were acknowledged.
    pub answers: usize,
    /// Virtual seconds from the healing until all was well.
    pub healed_ms: u64,
}

/// Makes and judges the history of a seed.
///
/// # Errors
/// The law that it broke.
pub fn run(seed: u64, plan: &Plan, trace: &Trace) -> Result<Run, Violation> {
    let live = || SimRuntime::with_seed(seed).block_on(History::new(seed, plan, trace).live());
    quiet::caught(live).unwrap_or_else(|what| Err(Violation { law: "no_panic", what }))
}

struct History {
    plan: Plan,
    nodes: u64,
    chance: Chance,
    trace: Trace,
    net: Net,
    mail: Mailroom,
    watch: Watch,
    machines: Vec<Arc<Machine<Notes>>>,
    nemesis: Nemesis,
}

/// Settings that make rare things happen often, half of the time.
fn settings(chance: &mut Chance) -> Settings {
    let plain = Settings { reserve_bytes: 4_096, ..Settings::default() };
    if chance.percent(30) {
        return plain;
    }
    Settings {
        flush_interval: Duration::from_millis(chance.between(50, 1_500)),
        keep_bytes: chance.between(500, 20_000),
        keep_age: Duration::from_millis(chance.between(1_000, 10_000)),
        reserve_bytes: 4_096 * chance.below(2),
        entries_in_flight: usize::try_from(chance.between(1, 8)).unwrap_or(4),
        ..plain
    }
}

impl Drop for History {
    fn drop(&mut self) {
        self.net.dissolve();
    }
}

impl History {
    fn new(seed: u64, plan: &Plan, trace: &Trace) -> Self {
        let mut chance = Chance::of(seed);
        let nodes = plan.nodes.unwrap_or_else(|| [3, 3, 3, 5, 5, 1][chance.below(6) as usize]);
        let (net, mail, watch) = (
            Net::new(chance.branch(), trace.clone()),
            Mailroom::default(),
            Watch::overlooking(plan.overlooks),
        );
        let settings = settings(&mut chance);
        let machines: Vec<_> = (1..=nodes + 1)
            .map(|seat| Machine::new(seat, &net, trace, settings.clone(), &mut chance))
            .collect();
        let mut nemesis = Nemesis::new(chance.branch(), &machines, &net, &mail, &watch, trace);
        nemesis.only_rots = plan.rots;
        net.set_weather(Weather::default());
        trace.tell(&format!("{nodes} nodes, {settings:?}"));
        Self { plan: *plan, nodes, chance, trace: trace.clone(), net, mail, watch, machines, nemesis }
    }

    async fn live(mut self) -> Result<Run, Violation> {
        self.form().await?;
        let over = Signal::default();
        let mut gone = Vec::new();
        for _ in 0..self.chance.between(2, 4) {
            gone.push(SimRuntime::spawn(client(self.gate(), over.clone())));
        }
        for _ in 0..self.chance.between(2, 4) {
            gone.push(SimRuntime::spawn(worker(self.gate(), over.clone())));
        }
        if self.plan.cuts > 0 {
            self.cut_power().await?
        } else {
            self.suffer().await?
        }
        self.nemesis.heal();
        let begun = now_us();
        self.recover().await?;
        let healed_ms = (now_us() - begun) / 1_000;
        self.flow().await?;
        over.give();
        self.come_home(gone).await?;
        self.watch.close(&self.machines)?;
        let (entries, answers) = self.watch.size();
        Ok(Run { rare: self.watch.rare(), hash: self.trace.hash(), entries, answers, healed_ms })
    }

    fn gate(&mut self) -> Gate {
        let lost = if self.chance.percent(50) { 0 } else { 3 };
        Gate::new(&self.machines, &self.mail, &self.watch, self.chance.branch(), lost)
    }

    /// Lets time pass, and looks.
    async fn pass(&mut self, ms: u64) -> Result<(), Violation> {
        let until = now_us() + ms * 1_000;
        while now_us() < until {
            SimRuntime::sleep(Duration::from_millis(LOOK_MS)).await;
            self.watch.look(&self.machines, &self.net)?;
            self.nemesis.tick();
        }
        Ok(())
    }

    async fn form(&mut self) -> Result<(), Violation> {
        for machine in self.nemesis.active() {
            self.nemesis.boot(machine.seat);
        }
        for _ in 0..FORM_SECONDS * 10 {
            self.pass(100).await?;
            let voters = self.machines[0].running().map_or(0, |running| {
                running.replica.membership().voters.last().map_or(0, BTreeSet::len) as u64
            });
            if voters == self.nodes {
                return Ok(());
            }
        }
        Err(Violation { law: "comes_up", what: format!("not all vote within {FORM_SECONDS} s") })
    }

    async fn suffer(&mut self) -> Result<(), Violation> {
        let until = now_us() + self.plan.seconds * 1_000_000;
        while now_us() < until {
            let most_ms = if self.nemesis.chance.percent(30) { 100 } else { 2_500 };
            let ms = self.nemesis.chance.between(10, most_ms);
            self.pass(ms).await?;
            self.nemesis.strike();
        }
        Ok(())
    }

    async fn cut_power(&mut self) -> Result<(), Violation> {
        for _ in 0..self.plan.cuts {
            self.nemesis.power_cut();
            let ms = self.nemesis.chance.between(200, 2_500);
            self.pass(ms).await?;
        }
        Ok(())
    }

    /// Within bounded time, all is well again.
    async fn recover(&mut self) -> Result<(), Violation> {
        let mut what = String::new();
        let mut gate = self.gate();
        gate.lost = 0;
        let mut proposed = false;
        for round in 0..HEAL_SECONDS {
            self.pass(1_000).await?;
            match self.is_well(proposed) {
                Ok(()) => return Ok(()),
                Err(why) => what = why,
            }
            if !proposed {
                gate.turn();
                proposed = matches!(gate.propose(None, OpenClient).await, Got::Answers(_));
            }
            if round >= 10 {
                self.remove_strangers();
            }
        }
        self.trace.tell(&format!("not well: {what}"));
        Err(Violation { law: "comes_back", what: format!("not well within {HEAL_SECONDS} s: {what}") })
    }

    /// Tasks are given out again, and done.
    async fn flow(&mut self) -> Result<(), Violation> {
        let healed = self.watch.floor();
        for _ in 0..FLOW_SECONDS * 10 {
            if self.watch.completed() > healed {
                return Ok(());
            }
            self.pass(100).await?;
        }
        let what = format!("no task that was given out after {healed} is done within {FLOW_SECONDS} s");
        Err(Violation { law: "comes_back", what })
    }

    /// Who is in the middle of something finishes it.
    async fn come_home(&mut self, gone: Vec<SimJoinHandle<()>>) -> Result<(), Violation> {
        let home = Signal::default();
        let all_home = home.clone();
        drop(SimRuntime::spawn(async move {
            for one in gone {
                drop(one.await);
            }
            all_home.give();
        }));
        for _ in 0..HOME_SECONDS * 2 {
            self.pass(500).await?;
            if home.is_given() {
                return Ok(());
            }
        }
        let what =
            format!("not all clients and workers are done with what they were at within {HOME_SECONDS} s");
        Err(Violation { law: "comes_back", what })
    }

    fn is_well(&self, proposed: bool) -> Result<(), String> {
        if !proposed {
            return Err("nothing is committed".into());
        }
        if self.nemesis.is_moving() {
            let leads = self.machines.iter().filter_map(|machine| machine.running());
            let told = leads.map(|running| running.replica.status()).find(|status| status.office.is_some());
            return Err(format!("the membership still moves: {:?}", told.map(|status| status.membership)));
        }
        let mut nodes = BTreeSet::new();
        let mut statuses = Vec::new();
        for machine in self.nemesis.active() {
            let running = machine.running();
            let running = running
                .ok_or_else(|| format!("machine {} does not run: {:?}", machine.seat, machine.stuck()))?;
            let status = running.replica.status();
            nodes.insert(status.identity.node);
            statuses.push(status);
        }
        let offices = statuses.iter().filter(|status| status.office.is_some()).count();
        if offices != 1 {
            return Err(format!("{offices} offices are open"));
        }
        for status in &statuses {
            let members: BTreeSet<u64> = status.membership.members.keys().copied().collect();
            if members != nodes || status.membership.voters != [nodes.clone()] {
                let (node, applied, last) = (status.identity.node, status.applied, status.last);
                let all: Vec<_> = statuses.iter().map(|status| (status.identity.node, status.last)).collect();
                return Err(format!(
                    "{nodes:?} run, their logs end at {all:?}, and the membership is {:?} to node {node} at {applied:?} of \
                     {last:?}, {:?}",
                    status.membership, status.disk
                ));
            }
        }
        // Replicas that are a moment behind are compared by the watch, revision by revision.
        let most = statuses.iter().map(|status| status.applied).max();
        let least = statuses.iter().map(|status| status.applied).min();
        match (least, most) {
            (Some(least), Some(most)) if least.0 + 50 >= most.0 => Ok(()),
            _ => Err(format!("one has applied {least:?}, another {most:?}")),
        }
    }

    /// As an operator would: members that no machine is are removed.
    fn remove_strangers(&self) {
        let known: BTreeSet<u64> = self.machines.iter().filter_map(|machine| machine.node()).collect();
        let members = self.nemesis.members();
        if let Some(stranger) = members.into_iter().find(|member| !known.contains(member)) {
            self.nemesis.remove(stranger);
        }
    }
}
