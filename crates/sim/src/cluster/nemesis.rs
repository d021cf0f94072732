//! The nemesis: who does the damage, from dice alone, and never more than a cluster must bear.
//!
//! Crashes, cuts and stillness may hit everybody at once, for they end. What ends for good, a wiped or rotten disk, hits one
//! machine at a time, until another has its place.

mod moves;

use std::collections::BTreeMap;
use std::sync::Arc;

use reeve_node::member::{Membership, Wish};

use self::moves::Moving;
use super::disk::Crash;
use super::hands::{Mailroom, Notes};
use super::law::ends_for_cause::{self, Excuse};
use super::limits;
use super::machine::{Machine, Running, Stopped, Way as Entrance, address};
use super::network::{Net, Way, Weather};
use super::platform::Work;
use super::trace::{Trace, now_us};
use super::watch::Watch;
use crate::chance::Chance;

/// Who does the damage.
pub struct Nemesis {
    pub(crate) chance: Chance,
    machines: Vec<Arc<Machine<Notes>>>,
    net: Net,
    mail: Mailroom,
    watch: Watch,
    trace: Trace,
    /// The machine that is no part of the cluster now.
    spare: Option<u64>,
    moving: Option<Moving>,
    may_rot: bool,
    /// The machine whose replica had forgotten, and whose disk was emptied for it.
    forgot: Option<u64>,
    /// The membership moves only because a log is damaged.
    pub(crate) only_rots: bool,
    /// When each machine that is down is started again.
    starts: BTreeMap<u64, u64>,
    thaws: BTreeMap<u64, u64>,
    /// When disks have room again.
    rooms: BTreeMap<u64, u64>,
    calm_at: u64,
    clear_at: u64,
    quick_at: u64,
}

impl Nemesis {
    pub(crate) fn new(
        mut chance: Chance,
        machines: &[Arc<Machine<Notes>>],
        net: &Net,
        mail: &Mailroom,
        watch: &Watch,
        trace: &Trace,
    ) -> Self {
        Self {
            may_rot: chance.percent(15),
            only_rots: false,
            forgot: None,
            chance,
            machines: machines.to_vec(),
            net: net.clone(),
            mail: mail.clone(),
            watch: watch.clone(),
            trace: trace.clone(),
            spare: machines.last().map(|machine| machine.seat),
            moving: None,
            starts: BTreeMap::new(),
            thaws: BTreeMap::new(),
            rooms: BTreeMap::new(),
            calm_at: 0,
            clear_at: 0,
            quick_at: 0,
        }
    }

    fn machine(&self, seat: u64) -> &Arc<Machine<Notes>> {
        self.machines.iter().find(|machine| machine.seat == seat).expect("a seat is a machine's")
    }

    /// All that belong to the cluster.
    #[must_use]
    pub fn active(&self) -> Vec<Arc<Machine<Notes>>> {
        self.machines.iter().filter(|machine| Some(machine.seat) != self.spare).cloned().collect()
    }

    /// Whoever leads, as far as the hands know.
    fn leader(&self) -> Option<Running<Notes>> {
        self.machine(self.mail.office()?).running()
    }

    /// What the newest office knows of the membership.
    fn membership(&self) -> Option<Membership> {
        let leader = self.leader().filter(|leader| leader.replica.status().office.is_some());
        leader.map(|leader| leader.replica.membership())
    }

    /// The members, as far as the newest office knows.
    #[must_use]
    pub fn members(&self) -> Vec<u64> {
        self.membership().map_or_else(Vec::new, |membership| membership.members.into_keys().collect())
    }

    fn later(&mut self, most_ms: u64) -> u64 {
        now_us() + 1_000 * self.chance.between(1, most_ms)
    }

    /// Starts a process on a machine, whatever it is to become there.
    pub fn boot(&self, seat: u64) {
        let machine = self.machine(seat);
        if machine.drive.is_sound() {
            self.watch.forgive(seat);
        }
        let wish = self.moving.as_ref().and_then(|moving| moving.wish_of(seat)).unwrap_or(Wish::Vote);
        let way = if seat == 1 && !self.watch.was_emptied(1) {
            Entrance::Found
        } else {
            Entrance::Join(self.machines.iter().map(|machine| address(machine.seat)).collect(), wish)
        };
        machine.boot(way, Notes::new(seat, &self.mail, &self.net, &self.watch));
    }

    /// Lets end what is to end, and starts whoever is down long enough.
    pub fn tick(&mut self) {
        let now = now_us();
        for machine in self.active() {
            let seat = machine.seat;
            if self.thaws.get(&seat).is_some_and(|at| *at <= now) {
                self.thaws.remove(&seat);
                if let Some(life) = machine.life() {
                    life.thaw();
                }
            }
            if self.rooms.get(&seat).is_some_and(|at| *at <= now) {
                self.rooms.remove(&seat);
                machine.drive.set_capacity(limits::DISK_BYTES);
            }
            if let Some(stopped) = machine.take_stopped() {
                self.judge_stop(seat, stopped);
            }
            if machine.life().is_some() {
                self.starts.remove(&seat);
            } else if let Some(at) = self.starts.get(&seat) {
                if *at <= now {
                    // What a failed sync left in the system's memory can never be made durable: whoever tends the
                    // machine lets it forget that before the process reads it.
                    if machine.stuck().is_some_and(|why| why.contains("input/output error")) {
                        machine.drive.crash(Crash::Lost);
                    }
                    self.starts.remove(&seat);
                    self.boot(seat);
                }
            } else {
                let at = self.later(4_000);
                self.starts.insert(seat, at);
            }
        }
        if self.clear_at <= now {
            self.net.heal();
            self.clear_at = u64::MAX;
        }
        if self.calm_at <= now {
            self.net.set_weather(Weather::default());
            self.calm_at = u64::MAX;
        }
        if self.quick_at <= now {
            self.machines.iter().for_each(|machine| machine.pace.set(Work::default()));
            self.quick_at = u64::MAX;
        }
        self.move_on();
    }

    /// Does some damage.
    pub fn strike(&mut self) {
        let active = self.active();
        let Some(machine) = self.chance.among(&active).cloned() else { return };
        match self.chance.below(36) {
            0..=2 => self.crash_some(1),
            3..=5 => self.crash_leader(),
            6 => self.crash_some((active.len() - 1) / 2),
            7 | 8 => self.crash_some(active.len() / 2 + 1),
            9 | 10 => self.power_cut(),
            11..=13 => {
                let (operations, how) = (self.chance.between(1, 40), self.mode());
                self.trace.tell(&format!("machine {} dies at operation {operations}", machine.seat));
                self.watch.count("a process died at a disk operation");
                machine.drive.die_at(operations, how);
            }
            14 | 15 => self.freeze(&machine),
            16..=18 => self.cut(machine.seat),
            19 => self.storm(),
            20 => {
                let us = (self.chance.between(100, 20_000), 40_000);
                machine.pace.set(Work { us, stalls: 200, stall_us: 1_500_000 });
                self.quick_at = self.later(4_000);
            }
            21 => {
                let hours = if self.chance.percent(50) { 1 } else { -1 };
                self.watch.count("a clock leapt");
                machine.crystal.leap(hours * i64::try_from(self.chance.between(1, 3_600_000)).unwrap_or(1));
            }
            22 | 23 => self.fill(&machine),
            24 | 25 => {
                self.trace.tell(&format!("a sync of machine {} will fail", machine.seat));
                self.watch.count("a sync failed");
                self.watch.excuse(machine.seat, Excuse { trouble: true, rot: false });
                machine.drive.fail_sync(self.chance.between(1, 10));
            }
            26 | 27 => self.hand_over(),
            28 | 29 => self.stop(&machine),
            30 | 31 => self.rename(&machine),
            _ => self.move_members(),
        }
    }

    fn mode(&mut self) -> Crash {
        self.chance.among(Crash::ALL).copied().unwrap_or(Crash::Lost)
    }

    fn crash(&mut self, machine: &Machine<Notes>, how: Crash) {
        machine.crash(how);
        let at = self.later(5_000);
        self.starts.insert(machine.seat, at);
        self.thaws.remove(&machine.seat);
    }

    fn crash_some(&mut self, count: usize) {
        let mut active = self.active();
        for _ in 0..count {
            let machine = active.swap_remove(self.chance.below(active.len() as u64) as usize);
            let how = self.mode();
            self.crash(&machine, how);
        }
    }

    fn crash_leader(&mut self) {
        let Some(machine) = self.mail.office().map(|seat| Arc::clone(self.machine(seat))) else { return };
        if Some(machine.seat) == self.spare {
            return;
        }
        let how = self.mode();
        self.crash(&machine, how);
        if self.chance.percent(50) {
            // Back before anybody has missed it.
            self.starts.insert(machine.seat, now_us() + 1_000 * self.chance.between(1, 100));
        }
    }

    /// The power goes everywhere, at the same moment.
    pub fn power_cut(&mut self) {
        self.watch.count("a power cut of all");
        let most_ms = if self.chance.percent(50) { 50 } else { 2_000 };
        for machine in self.active() {
            let how = self.chance.among(&Crash::ALL[1..]).copied().unwrap_or(Crash::Lost);
            self.crash(&machine, how);
            let at = self.later(most_ms);
            self.starts.insert(machine.seat, at);
        }
    }

    fn freeze(&mut self, machine: &Machine<Notes>) {
        if let Some(life) = machine.life() {
            self.watch.count("a process stood still");
            self.trace.tell(&format!("{life:?} stands still"));
            life.freeze();
            let at = self.later(3_000);
            self.thaws.insert(machine.seat, at);
        }
    }

    fn cut(&mut self, seat: u64) {
        self.watch.count("the network was cut");
        let way = match self.chance.below(4) {
            0 => Way { hole: true, ..Way::default() },
            1 => Way { slow_us: self.chance.between(1_000, 300_000), ..Way::default() },
            _ => Way { cut: true, ..Way::default() },
        };
        let kind = self.chance.below(3);
        self.trace.tell(&format!("machine {seat} is cut off: {way:?}, {kind}"));
        for other in self.active().iter().map(|machine| machine.seat).filter(|other| *other != seat) {
            if kind != 0 {
                self.net.set_way(seat, other, way);
            }
            if kind != 1 {
                self.net.set_way(other, seat, way);
            }
        }
        self.clear_at = self.later(5_000);
    }

    fn storm(&mut self) {
        let lost = self.chance.between(5, 150);
        self.net.set_weather(Weather {
            lost: u32::try_from(lost).unwrap_or(5),
            spikes: 50,
            ..Weather::default()
        });
        self.calm_at = self.later(4_000);
    }

    fn fill(&mut self, machine: &Machine<Notes>) {
        self.watch.count("a disk was nearly full");
        self.watch.excuse(machine.seat, Excuse { trouble: true, rot: false });
        self.trace.tell(&format!("the disk of machine {} is nearly full", machine.seat));
        machine.drive.set_capacity(machine.drive.used() + self.chance.below(20_000));
        let at = self.later(4_000);
        self.rooms.insert(machine.seat, at);
    }

    /// Somebody restarts a server as one should: it is told to stop, and started again later.
    fn stop(&mut self, machine: &Machine<Notes>) {
        let leads = self.mail.office().filter(|seat| Some(*seat) != self.spare && self.chance.percent(50));
        let machine = leads.map_or(machine, |seat| self.machine(seat));
        self.trace.tell(&format!("machine {} is told to stop", machine.seat));
        machine.stop();
    }

    fn judge_stop(&self, seat: u64, stopped: Stopped) {
        match stopped {
            Stopped::HandedOver => {
                self.watch.count("a replica stopped in order");
                self.watch.count("a leader handed over as it stopped");
            }
            Stopped::Alone => self.watch.count("a replica stopped in order"),
            Stopped::Late => self.watch.judged(ends_for_cause::stopped_late(seat)),
        }
    }

    fn hand_over(&mut self) {
        let Some(leader) = self.leader() else { return };
        let (watch, replica) = (self.watch.clone(), leader.replica.clone());
        let is_cut = self.clear_at != u64::MAX;
        drop(leader.life.spawn(async move {
            if replica.status().office.is_some() {
                if is_cut {
                    watch.count("leadership was to be handed over in a cut network");
                }
                if replica.hand_over().await {
                    watch.count("leadership was handed over");
                }
            }
        }));
    }

    /// Everything is well again: no more damage, and everybody is up.
    pub fn heal(&mut self) {
        self.trace.tell("everything heals");
        self.net.heal();
        self.net.set_weather(Weather::default());
        for machine in self.active() {
            machine.drive.disarm();
            machine.drive.set_capacity(limits::DISK_BYTES);
            machine.crystal.set_right();
            machine.pace.set(Work::default());
            if let Some(life) = machine.life() {
                life.thaw();
            }
        }
        (self.calm_at, self.clear_at, self.quick_at) = (u64::MAX, u64::MAX, u64::MAX);
        self.thaws.clear();
        self.rooms.clear();
    }
}
