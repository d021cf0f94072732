//! Machines: a drive, a clock and a place in the network, on which one process after the other runs a replica.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use openraft_rt::{AsyncRuntime, Select2};
use openraft_rt_sim::SimRuntime;
use reeve_node::member::{Member, Wish};
use reeve_node::message::{Answer, Identity, Letter, Question};
use reeve_node::platform::{Hands, Lane, Link, Network};
use reeve_node::replica::{Memory, Replica};
use reeve_node::settings::Settings;
use reeve_node::status::Role;
use reeve_store::Fault;
use reeve_store::disk::Disk;
use reeve_store::engine::memory;
use reeve_store::hard;
use reeve_store::log::{Log, LogId, Verdict};
use reeve_store::start::{self, Found, Remembered};

use super::clock::Crystal;
use super::disk::{Crash, Drive, SimDisk};
use super::held;
use super::life::Life;
use super::limits;
use super::network::Net;
use super::platform::{Pace, SimPlatform};
use super::signal::Signal;
use super::trace::Trace;
use crate::chance::Chance;

/// The engine of simulated replicas.
pub type Engine = memory::Memory<SimDisk>;

/// The cluster that all histories are about.
const CLUSTER: u128 = 0x5ee7;

/// A replica that runs, and its log, which an outsider may read.
pub struct Running<H: Hands> {
    /// Its life.
    pub life: Life,
    /// The replica.
    pub replica: Replica<SimPlatform<H>>,
    /// Its log.
    pub log: Log<Engine>,
    /// When it started, a snapshot had come in by half.
    pub found_half_a_snapshot: bool,
}

impl<H: Hands> Clone for Running<H> {
    fn clone(&self) -> Self {
        let (replica, log) = (self.replica.clone(), self.log.clone());
        Self { life: self.life.clone(), replica, log, found_half_a_snapshot: self.found_half_a_snapshot }
    }
}

/// Why a process did not come to run a replica.
#[derive(Debug)]
pub enum Stuck {
    /// It is found to have forgotten what it acknowledged.
    Amnesia(Verdict),
    /// Its memory cannot be read.
    Fault(Fault),
    /// It ran, and could not go on.
    Ended(String),
}

/// One machine.
pub struct Machine<H: Hands> {
    /// Its place, from 1.
    pub seat: u64,
    /// Its disk.
    pub drive: Drive,
    /// Its clocks.
    pub crystal: Crystal,
    /// How fast it works.
    pub pace: Pace,
    net: Net,
    trace: Trace,
    settings: Settings,
    chance: Mutex<Chance>,
    now: Mutex<Now<H>>,
}

struct Now<H: Hands> {
    runs: u32,
    life: Option<Life>,
    running: Option<Running<H>>,
    stuck: Option<Stuck>,
    /// The process is told to stop in order.
    stop: Signal,
    stopped: Option<Stopped>,
    node: Option<u64>,
    place: Option<u64>,
}

/// How a process stopped in order.
#[derive(Clone, Copy, Debug)]
pub enum Stopped {
    /// It had led, and saw another be elected.
    HandedOver,
    /// It did not lead, or nobody took over.
    Alone,
    /// It did not come to an end in time.
    Late,
}

/// How a machine comes into the cluster the first time.
#[derive(Clone, Debug)]
pub enum Way {
    /// It begins the cluster.
    Found,
    /// It asks these to be taken in, for this purpose.
    Join(Vec<String>, Wish),
}

/// The address of a machine.
#[must_use]
pub fn address(seat: u64) -> String {
    format!("machine-{seat}")
}

fn member(seat: u64, wish: Wish) -> Member {
    let (name, peer) = (format!("node-{seat}"), address(seat));
    Member { name, public: peer.clone(), peer, wish, drawn: 0 }
}

/// What a server does when it is told to stop.
async fn stop_in_order<H: Hands>(replica: &Replica<SimPlatform<H>>) -> Stopped {
    let before = replica.status();
    if SimRuntime::timeout(limits::STOP_GRACE, replica.stop()).await.is_err() {
        return Stopped::Late;
    }
    let led = before.role == Role::Leader;
    if led && replica.status().term > before.term { Stopped::HandedOver } else { Stopped::Alone }
}

impl<H: Hands> Machine<H> {
    /// A machine that is switched off.
    pub(crate) fn new(
        seat: u64,
        net: &Net,
        trace: &Trace,
        settings: Settings,
        chance: &mut Chance,
    ) -> Arc<Self> {
        let ppm = i64::try_from(chance.below(1_001)).unwrap_or(0) - 500;
        let offset_ms = i64::try_from(chance.below(2_001)).unwrap_or(0) - 1_000;
        Arc::new(Self {
            seat,
            drive: Drive::new(seat, chance.branch(), trace.clone()),
            crystal: Crystal::new(ppm, offset_ms),
            pace: Pace::new(chance.branch()),
            net: net.clone(),
            trace: trace.clone(),
            settings,
            chance: Mutex::new(chance.branch()),
            now: Mutex::new(Now {
                runs: 0,
                life: None,
                running: None,
                stuck: None,
                stop: Signal::default(),
                stopped: None,
                node: None,
                place: None,
            }),
        })
    }

    /// The replica, if it runs.
    #[must_use]
    pub fn running(&self) -> Option<Running<H>> {
        held(&self.now).running.clone().filter(|running| !running.life.is_over())
    }

    /// The process, if there is one.
    #[must_use]
    pub fn life(&self) -> Option<Life> {
        held(&self.now).life.clone().filter(|life| !life.is_over())
    }

    /// Why the last process did not come to run a replica, or ended by itself, if it did.
    #[must_use]
    pub fn stuck(&self) -> Option<String> {
        held(&self.now).stuck.as_ref().map(|stuck| format!("{stuck:?}"))
    }

    /// How many processes it has had.
    #[must_use]
    pub fn runs(&self) -> u32 {
        held(&self.now).runs
    }

    /// The panic by which its last process ended, if it did.
    #[must_use]
    pub fn panic(&self) -> Option<String> {
        held(&self.now).life.as_ref().and_then(Life::panic)
    }

    /// The node that it is, or was when it last ran.
    #[must_use]
    pub fn node(&self) -> Option<u64> {
        held(&self.now).node
    }

    /// Starts a process, which runs a replica as soon as it can.
    pub fn boot(self: &Arc<Self>, way: Way, hands: H) -> Life {
        let (life, base_ms) = {
            let (mut now, mut chance) = (held(&self.now), held(&self.chance));
            now.runs += 1;
            let yields = [0, 0, 5, 20][chance.below(4) as usize];
            let life = Life::new(self.seat, now.runs, chance.branch(), yields);
            (now.life, now.running, now.stuck) = (Some(life.clone()), None, None);
            (now.stop, now.stopped) = (Signal::default(), None);
            (life, chance.below(1 << 40))
        };
        self.trace.tell(&format!("{life:?} starts"));
        let (machine, own) = (Arc::clone(self), life.clone());
        drop(life.spawn(async move {
            let end = machine.clone().come_up(own.clone(), way, hands, base_ms).await;
            // Whoever was killed in the middle of it has nothing to say.
            if !own.is_over() {
                machine.trace.tell(&format!("{own:?} is at its end: {end:?}"));
                match end {
                    Ok(stopped) => held(&machine.now).stopped = Some(stopped),
                    Err(stuck) => held(&machine.now).stuck = Some(stuck),
                }
                own.end();
            }
        }));
        life
    }

    async fn come_up(
        self: Arc<Self>,
        life: Life,
        way: Way,
        hands: H,
        base_ms: u64,
    ) -> Result<Stopped, Stuck> {
        let disk = self.drive.mount(&life);
        let found_half_a_snapshot = disk.list("incoming").is_ok_and(|items| !items.is_empty());
        let remembered = match start::open::<Engine>(&disk).map_err(Stuck::Fault)? {
            Found::Replica(remembered) => *remembered,
            Found::Nothing(lock) => {
                let identity = match way {
                    Way::Found => hard::Identity { cluster: CLUSTER, node: 1, era: 0, group: 0 },
                    Way::Join(addresses, wish) => {
                        // No other life draws this.
                        let fresh = u128::from(self.seat) << 64 | u128::from(life.run() + 1);
                        let drawn = start::newcomer(&disk, fresh).map_err(Stuck::Fault)?;
                        self.ask_to_join(&life, &addresses, drawn, wish).await
                    }
                };
                start::create::<Engine>(&disk, lock, identity).map_err(Stuck::Fault)?
            }
        };
        if remembered.verdict != Verdict::Whole {
            return Err(Stuck::Amnesia(remembered.verdict));
        }
        let Remembered { hard, log, writer, book, disk, lock, .. } = remembered;
        let hard::Identity { cluster, node, era, group } = hard.identity;
        let identity = Identity { cluster, group, era, node };
        held(&self.now).node = Some(node);
        let memory = Memory { identity, log: log.clone(), writer, book, disk };
        let platform = SimPlatform::<H>::new(&life, &self.pace);
        let (network, clock) = (self.net.of(&life), self.crystal.boot(base_ms));
        let started = Replica::start(&platform, network, clock, memory, self.settings.clone(), hands).await;
        let replica = started.map_err(Stuck::Fault)?;
        self.net.listen(&address(self.seat), replica.clone(), &life);
        // A founder that died before anything was in its log begins again.
        if identity.node == 1 && log.state() == (None, None) {
            let begun = replica.found(member(self.seat, Wish::Vote)).await;
            self.trace.tell(&format!("{life:?} founds the cluster: {begun:?}"));
        }
        self.trace.tell(&format!("{life:?} runs as node {}", identity.node));
        held(&self.now).running =
            Some(Running { life: life.clone(), replica: replica.clone(), log, found_half_a_snapshot });
        let stop = held(&self.now).stop.wait();
        let end = match SimRuntime::select2(replica.died(), stop).await {
            Select2::First(why) => Err(Stuck::Ended(why)),
            Select2::Second(()) => Ok(stop_in_order(&replica).await),
        };
        drop(lock);
        end
    }

    /// Asks until somebody takes it in.
    async fn ask_to_join(
        &self,
        life: &Life,
        addresses: &[String],
        drawn: u128,
        wish: Wish,
    ) -> hard::Identity {
        let mut asked = wish;
        loop {
            for address in addresses {
                let at = Member { peer: address.clone(), ..Member::default() };
                let mut link = self.net.of(life).link(0, &at, Lane::Desk);
                let question = Question::Admit(Member { drawn, ..member(self.seat, asked) });
                let letter = Letter { from: Identity::default(), to: 0, body: question };
                match link.ask(letter, Duration::from_secs(5)).await {
                    Ok(Answer::Admitted(Identity { cluster, group, era, node })) => {
                        return hard::Identity { cluster, node, era, group };
                    }
                    other => self.trace.tell(&format!("{life:?} asks {address} to be taken in: {other:?}")),
                }
                // Its own wish again, too: it may have been taken in by it, and never heard of it.
                asked = if asked == wish { self.knows_better(wish) } else { wish };
            }
            SimRuntime::sleep(Duration::from_millis(300)).await;
        }
    }

    /// Somebody was taken in under this address before and has forgotten: as an operator would, the machine asks for that
    /// one's place.
    fn knows_better(&self, wish: Wish) -> Wish {
        held(&self.now).place.map_or(wish, Wish::Replace)
    }

    /// This node is known under the machine's address, and the machine is to have its place.
    pub fn take_place_of(&self, node: Option<u64>) {
        held(&self.now).place = node;
    }

    /// Tells the process to stop in order, if one runs.
    pub fn stop(&self) {
        held(&self.now).stop.give();
    }

    /// How its last process stopped in order, if it did; told once.
    #[must_use]
    pub fn take_stopped(&self) -> Option<Stopped> {
        held(&self.now).stopped.take()
    }

    /// Empties the disk: whoever it was is no more.
    pub fn wipe(&self) {
        self.drive.wipe();
        held(&self.now).node = None;
    }

    /// How far the log is known to be durable, as its own memory says that is not open now. Nobody, who has none.
    #[must_use]
    pub fn mark(&self) -> Option<LogId> {
        // A life of its own: that of somebody who only looks.
        let looker = Life::new(self.seat, 0, Chance::of(0), 0);
        hard::HardState::peek(&self.drive.mount(&looker)).ok().flatten()?.mark
    }

    /// Ends the process, if there is one, and leaves on the disk what `how` leaves.
    pub fn crash(&self, how: Crash) {
        let (life, running) = {
            let mut now = held(&self.now);
            (now.life.clone(), now.running.take())
        };
        if let Some(life) = life.filter(|life| !life.is_over()) {
            self.trace.tell(&format!("{life:?} is over: {}", how.name()));
            life.end();
        }
        drop(running);
        self.drive.crash(how);
        if how != Crash::Process {
            self.net.darken(self.seat);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use reeve_core::Reply;
    use reeve_core::command::OpenClient;
    use reeve_core::effect::Effect;
    use reeve_core::entry::{Actor, Proposal};
    use reeve_core::name::{ClientId, Revision};
    use reeve_node::office::desk::Group;

    use super::*;

    struct NoHands;

    impl Hands for NoHands {
        fn opened(&self, _term: u64, _revision: Revision, _orders: Vec<Effect>) {}
        fn carry_out(&self, _term: u64, _revision: Revision, _orders: &[Effect]) {}
        fn closed(&self, _term: u64) {}
    }

    fn three(seed: u64, trace: &Trace) -> Vec<Arc<Machine<NoHands>>> {
        let mut chance = Chance::of(seed);
        let net = Net::new(chance.branch(), trace.clone());
        let mut machine = |seat| Machine::new(seat, &net, trace, Settings::default(), &mut chance);
        vec![machine(1), machine(2), machine(3)]
    }

    fn way(seat: u64) -> Way {
        if seat == 1 { Way::Found } else { Way::Join(vec![address(1), address(2), address(3)], Wish::Vote) }
    }

    /// Every revision has one digest, whoever tells it, and nobody is stuck or panics.
    fn look(machines: &[Arc<Machine<NoHands>>], digests: &mut BTreeMap<Revision, u128>) {
        for machine in machines {
            assert_eq!(machine.stuck(), None);
            let panic = held(&machine.now).life.as_ref().and_then(Life::panic);
            assert_eq!(panic, None);
            let Some(running) = machine.running() else { continue };
            let now = running.replica.status();
            let digest = *digests.entry(now.applied).or_insert(now.digest);
            assert_eq!(digest, now.digest, "machine {} at {}", machine.seat, now.applied);
        }
    }

    async fn open_client(running: Running<NoHands>) -> Option<ClientId> {
        let proposal = Proposal { request: None, actor: Actor::Anyone, command: OpenClient.into() };
        let group = Group { proposals: vec![proposal], bodies: Vec::new() };
        let Running { life, replica, .. } = running;
        let asked = life.spawn(async move { replica.propose(group, Duration::from_secs(1)).await });
        match SimRuntime::timeout(Duration::from_secs(2), asked).await {
            Ok(Ok(Ok(answers))) => match answers.first().map(|answer| answer.reply) {
                Some(Reply::ClientOpened(client)) => Some(client),
                other => panic!("{other:?}"),
            },
            Ok(_) | Err(_) => None,
        }
    }

    /// Machines die in every way and come back, while clients open sessions. How many did, and what the trace says.
    fn live(seed: u64, trace: &Trace) -> usize {
        let mut digests = BTreeMap::new();
        SimRuntime::with_seed(seed).block_on(async {
            let (machines, mut chance) = (three(seed, trace), Chance::of(seed));
            for machine in &machines {
                machine.boot(way(machine.seat), NoHands);
            }
            let mut opened = std::collections::BTreeSet::new();
            for round in 0..400 {
                SimRuntime::sleep(Duration::from_millis(chance.between(1, 200))).await;
                look(&machines, &mut digests);
                let machine = &machines[chance.below(3) as usize];
                match machine.running() {
                    Some(_) if round > 20 && round < 350 && chance.percent(10) => {
                        machine.crash(*chance.among(Crash::ALL).unwrap());
                    }
                    Some(running) => opened.extend(open_client(running).await),
                    None if machine.life().is_none() && (round >= 350 || chance.percent(30)) => {
                        machine.boot(way(machine.seat), NoHands);
                    }
                    None => {}
                }
            }
            SimRuntime::sleep(Duration::from_secs(10)).await;
            look(&machines, &mut digests);
            let running: Vec<_> = machines.iter().filter_map(|machine| machine.running()).collect();
            assert_eq!(running.len(), 3);
            let states = running.iter().map(|running| {
                running.replica.ask_state(|state| {
                    for client in &opened {
                        assert!(state.client_last_used(*client).is_some(), "{client} is lost");
                    }
                    (state.revision(), state.digest())
                })
            });
            let states: std::collections::BTreeSet<_> = states.collect();
            assert_eq!(states.len(), 1, "{states:?}");
            opened.len()
        })
    }

    #[test]
    fn three_machines_make_a_cluster_and_survive() {
        let mut opened = 0;
        for seed in 0..10 {
            let (one, two) = (Trace::default(), Trace::default());
            opened += live(seed, &one);
            live(seed, &two);
            assert_eq!(one.hash(), two.hash(), "seed {seed}");
            assert!(one.notes() > 1_000, "the trace is of everything: {}", one.notes());
        }
        assert!(opened > 1_000, "{opened}");
    }
}
