//! Alarms: what is wrong with the cluster itself goes into the log, so that all agree what is refused, and is taken back
//! when it is over.

use std::collections::BTreeSet;

use reeve_core::State;
use reeve_core::alarm::{Alarm, AlarmKind};
use reeve_core::command::{ClearAlarm, Command, SetAlarm};
use reeve_store::reserve::Standing;

use super::Open;
use crate::platform::Platform;
use crate::shared::Shared;

impl Open {
    /// Proposes the alarms that should be set and are not, and the end of those that are over.
    pub(super) fn sound_alarms<P: Platform>(&mut self, shared: &Shared<P>, split: bool, clock_gap: bool) {
        let me = shared.identity.node;
        let mut disks: Vec<(u64, Standing)> = vec![(me, shared.report().disk)];
        let peers = shared.peers().into_iter().filter(|(node, _)| shared.member(*node).is_some());
        disks.extend(peers.map(|(node, peer)| (node, peer.report.disk)));
        let mut wanted: BTreeSet<Alarm> = BTreeSet::new();
        let full = disks.iter().filter(|(_, disk)| *disk != Standing::Plenty);
        wanted.extend(full.map(|(node, _)| Alarm { kind: AlarmKind::NoSpace, node: *node }));
        if split {
            wanted.insert(Alarm { kind: AlarmKind::Diverged, node: me });
        }
        if clock_gap {
            wanted.insert(Alarm { kind: AlarmKind::ClockGap, node: me });
        }
        let heard_of: BTreeSet<u64> = disks.iter().map(|(node, _)| *node).collect();
        let is_known = |node| heard_of.contains(&node) || shared.member(node).is_none();
        self.own.extend(changes(&shared.state(), &wanted, is_known));
    }
}

/// What is to be proposed. The disk of a member that was not heard of is as it was, and that of one who has left is nobody's
/// trouble any more.
fn changes(state: &State, wanted: &BTreeSet<Alarm>, is_known: impl Fn(u64) -> bool) -> Vec<Command> {
    let set: BTreeSet<Alarm> = state.alarms().collect();
    let new =
        wanted.difference(&set).map(|alarm| SetAlarm { alarm: *alarm, message: say(alarm.kind).into() });
    let over = set.difference(wanted).filter(|alarm| match alarm.kind {
        AlarmKind::NoSpace => is_known(alarm.node),
        // These are about the whole cluster: whoever leads judges anew.
        AlarmKind::ClockGap | AlarmKind::Diverged => true,
    });
    new.map(Command::from).chain(over.map(|alarm| ClearAlarm { alarm: *alarm }.into())).collect()
}

const fn say(kind: AlarmKind) -> &'static str {
    match kind {
        AlarmKind::NoSpace => "the disk is nearly full; new tasks are refused until there is room",
        AlarmKind::ClockGap => "the clocks of a majority are further from log time than it may follow",
        AlarmKind::Diverged => "replicas differ, and none has a majority; new tasks are refused",
    }
}
