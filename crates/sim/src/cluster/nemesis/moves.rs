//! Moves of the membership: a machine joins, leaves, is replaced, or comes back with an empty disk as somebody else. One at a
//! time, until the membership shows that it is done.

use std::sync::Arc;
use std::time::Duration;

use reeve_node::member::Wish;
use reeve_node::message::Change;

use super::Nemesis;
use crate::cluster::disk::Crash;
use crate::cluster::hands::Notes;
use crate::cluster::law::ends_for_cause::Excuse;
use crate::cluster::limits;
use crate::cluster::machine::{Machine, address};
use crate::cluster::trace::now_us;

/// What the membership is to become.
#[derive(Clone, Debug)]
pub(super) enum Moving {
    /// This machine joins.
    Join { seat: u64 },
    /// This one has the place of that node, whose machine leaves if it is another.
    Replace { seat: u64, old: u64, leaves: Option<u64> },
    /// This one leaves.
    Remove { seat: u64, node: u64, asked_us: u64 },
    /// A bit of its disk has flipped, and at this time it is thrown away.
    Rotten { seat: u64, until_us: u64 },
}

impl Moving {
    /// What a machine wants to be, that has no identity.
    pub(super) fn wish_of(&self, machine: u64) -> Option<Wish> {
        match self {
            Self::Join { seat } if *seat == machine => Some(Wish::VoteAnyway),
            Self::Replace { seat, old, .. } if *seat == machine => Some(Wish::Replace(*old)),
            Self::Join { .. } | Self::Replace { .. } | Self::Remove { .. } | Self::Rotten { .. } => None,
        }
    }
}

impl Nemesis {
    /// Begins a move, if none is under way.
    pub(super) fn move_members(&mut self) {
        let active = self.active();
        if self.moving.is_some() || active.len() < 3 {
            return;
        }
        let Some(machine) = self.chance.among(&active).cloned() else { return };
        let Some(node) = machine.node() else { return };
        let (seat, dice) = (machine.seat, self.chance.below(4));
        match (self.spare, dice) {
            _ if self.only_rots => self.rot(&machine, node, reeve_store::log::FOLDER),
            (_, 0) if self.may_rot => self.rot(&machine, node, ""),
            (_, 0) => self.empty(&machine, node),
            (Some(spare), 1) => {
                self.spare = None;
                self.begin(Moving::Join { seat: spare });
            }
            (Some(spare), _) => {
                self.spare = None;
                self.begin(Moving::Replace { seat: spare, old: node, leaves: Some(seat) });
            }
            (None, _) => self.begin(Moving::Remove { seat, node, asked_us: 0 }),
        }
    }

    fn begin(&mut self, moving: Moving) {
        self.trace.tell(&format!("the membership moves: {moving:?}"));
        self.moving = Some(moving);
    }

    fn rot(&mut self, machine: &Machine<Notes>, node: u64, within: &str) {
        self.watch.count("a bit rotted");
        self.watch.excuse(machine.seat, Excuse { trouble: true, rot: true });
        let how = self.mode();
        self.crash(machine, how);
        self.net.memories(|memories| memories.damaged(node, machine.mark()));
        machine.drive.rot(within);
        let until_us = self.later(5_000);
        self.begin(Moving::Rotten { seat: machine.seat, until_us });
    }

    /// The machine has lost its disk, and is to have its own place again under another name.
    fn empty(&mut self, machine: &Machine<Notes>, node: u64) {
        self.crash(machine, Crash::Lost);
        self.wipe(machine);
        self.begin(Moving::Replace { seat: machine.seat, old: node, leaves: None });
    }

    fn wipe(&mut self, machine: &Machine<Notes>) {
        machine.wipe();
        machine.drive.set_capacity(limits::DISK_BYTES);
        self.rooms.remove(&machine.seat);
        self.watch.emptied(machine.seat);
    }

    /// Looks how far the move has come.
    pub(super) fn move_on(&mut self) {
        let Some(membership) = self.membership() else { return };
        for machine in self.active().iter().filter(|machine| machine.node().is_none()) {
            let peer = address(machine.seat);
            let known = membership.members.iter().find(|(_, member)| member.peer == peer);
            machine.take_place_of(known.map(|(node, _)| *node));
        }
        let is_voter = |node: Option<u64>| {
            node.is_some_and(|node| membership.voters.len() == 1 && membership.voters[0].contains(&node))
        };
        let Some(moving) = self.moving.clone() else { return };
        match moving {
            Moving::Join { seat } => {
                if is_voter(self.machine(seat).node()) {
                    self.watch.count("a member joined");
                    self.moving = None;
                }
            }
            Moving::Replace { seat, old, leaves } => {
                if is_voter(self.machine(seat).node()) && !membership.members.contains_key(&old) {
                    self.watch.count("a member was replaced");
                    if self.forgot.take() == Some(seat) {
                        self.watch.count("who had forgotten came back as another");
                    }
                    self.leave(leaves);
                    self.moving = None;
                } else if is_voter(self.machine(seat).node()) && self.chance.below(80) == 0 {
                    // It was taken in twice, and has the place of its first self: the old one is removed by hand.
                    self.remove(old);
                }
            }
            Moving::Remove { seat, node, asked_us } => {
                if membership.members.contains_key(&node) {
                    self.ask_to_remove(seat, node, asked_us);
                } else if membership.voters.len() == 1 {
                    self.watch.count("a member was removed");
                    self.leave(Some(seat));
                    self.moving = None;
                }
            }
            Moving::Rotten { seat, until_us } => {
                let machine = Arc::clone(self.machine(seat));
                if let Some(node) = machine.node().filter(|_| until_us <= now_us()) {
                    self.forgot = machine.stuck().filter(|why| why.starts_with("Amnesia")).map(|_| seat);
                    self.empty(&machine, node);
                }
            }
        }
    }

    fn leave(&mut self, seat: Option<u64>) {
        let Some(machine) = seat.map(|seat| Arc::clone(self.machine(seat))) else { return };
        self.crash(&machine, Crash::Lost);
        self.wipe(&machine);
        self.starts.remove(&machine.seat);
        self.spare = Some(machine.seat);
    }

    fn ask_to_remove(&mut self, seat: u64, node: u64, asked_us: u64) {
        let now = now_us();
        if asked_us > 0 && now < asked_us + 2_000_000 {
            return;
        }
        self.moving = Some(Moving::Remove { seat, node, asked_us: now });
        self.remove(node);
    }

    /// An operator asks the leader to remove a node, even though an even number would be left.
    pub(crate) fn remove(&self, node: u64) {
        let Some(leader) = self.leader() else { return };
        let replica = leader.replica.clone();
        let change = Change::Remove { node, anyway: true };
        let trace = self.trace.clone();
        drop(leader.life.spawn(async move {
            let done = replica.change_members(change, Duration::from_secs(5)).await;
            trace.tell(&format!("node {node} is to be removed: {done:?}"));
        }));
    }

    /// An operator has a member called something else, and reached by clients somewhere else, whichever node is asked.
    pub(super) fn rename(&mut self, machine: &Machine<Notes>) {
        let (number, active) = (self.chance.below(100), self.active());
        let asked = self.chance.among(&active).and_then(|machine| machine.running());
        let (Some(node), Some(asked)) = (machine.node(), asked) else { return };
        let name = format!("node-{}-{number}", machine.seat);
        let change = Change::Move {
            node,
            name: Some(name.clone()),
            peer: None,
            public: Some(format!("{}-{number}", address(machine.seat))),
            wish: None,
        };
        let (replica, watch, trace) = (asked.replica.clone(), self.watch.clone(), self.trace.clone());
        drop(asked.life.spawn(async move {
            let done = replica.change_members(change, Duration::from_secs(5)).await;
            trace.tell(&format!("node {node} is to be called {name}: {done:?}"));
            if done.is_ok() {
                watch.count("a member was called something else");
            }
        }));
    }

    /// Whether a move is under way.
    #[must_use]
    pub fn is_moving(&self) -> bool {
        self.moving.is_some()
    }
}
