//! What a node adds to the metrics of its process: one table.

use std::fmt::Write;
use std::time::Duration;

use reeve_node::status::{Role, Status};
use reeve_node::store::log::LogId;
use reeve_node::store::reserve::Standing;

/// One gauge.
struct Gauge {
    name: &'static str,
    help: &'static str,
    value: fn(&Status) -> u64,
}

const fn index(id: Option<LogId>) -> u64 {
    match id {
        Some(id) => id.index,
        None => 0,
    }
}

const GAUGES: &[Gauge] = &[
    Gauge { name: "reeve_raft_term", help: "The term that this node knows.", value: |status| status.term },
    Gauge {
        name: "reeve_raft_leader",
        help: "The number of the node that leads, as far as this one knows; 0: nobody.",
        value: |status| status.leader.unwrap_or(0),
    },
    Gauge {
        name: "reeve_raft_role",
        help: "0 stopping, 1 learner, 2 follower, 3 candidate, 4 leader.",
        value: |status| match status.role {
            Role::Stopping => 0,
            Role::Learner => 1,
            Role::Follower => 2,
            Role::Candidate => 3,
            Role::Leader => 4,
        },
    },
    Gauge {
        name: "reeve_raft_last_index",
        help: "The last entry of the log.",
        value: |status| index(status.last),
    },
    Gauge {
        name: "reeve_log_syncs",
        help: "Writes of the log since the start of this node: each is one sync of its disk.",
        value: |status| status.syncs,
    },
    Gauge {
        name: "reeve_raft_purged_index",
        help: "The last entry that was purged from the log.",
        value: |status| index(status.purged),
    },
    Gauge {
        name: "reeve_raft_committed_index",
        help: "The last entry known to be committed.",
        value: |status| index(status.committed),
    },
    Gauge {
        name: "reeve_state_applied_index",
        help: "The last entry that was applied to the state.",
        value: |status| status.applied.0,
    },
    Gauge {
        name: "reeve_state_flushed_index",
        help: "The last entry whose effect is durable in the state.",
        value: |status| status.flushed.0,
    },
    Gauge {
        name: "reeve_office_open",
        help: "1 while the office of this node is open: one node of a cluster should say so.",
        value: |status| u64::from(status.office.is_some()),
    },
    Gauge {
        name: "reeve_disk_standing",
        help: "How much room the data folder has: 0 plenty, 1 low, 2 critical.",
        value: |status| match status.disk {
            Standing::Plenty => 0,
            Standing::Low => 1,
            Standing::Critical => 2,
        },
    },
    Gauge {
        name: "reeve_disk_damaged",
        help: "1: what was read again from the disk is not what was written. Replace this node.",
        value: |status| u64::from(status.damage.is_some()),
    },
];

/// All of them, as Prometheus reads them.
pub(super) fn render(status: Option<(&Status, Duration)>, amnesiac: bool, ready: bool) -> String {
    let mut out = String::new();
    let always = [
        ("reeve_node_ready", "1 while requests should come here.", u64::from(ready)),
        (
            "reeve_node_amnesiac",
            "1: this node has forgotten what it acknowledged and takes no part.",
            u64::from(amnesiac),
        ),
    ];
    for (name, help, value) in always {
        put(&mut out, name, help, value);
    }
    if let Some((status, sync)) = status {
        let us = u64::try_from(sync.as_micros()).unwrap_or(u64::MAX);
        put(&mut out, "reeve_disk_sync_microseconds", "What a sync of the disk took at the start.", us);
        for Gauge { name, help, value } in GAUGES {
            put(&mut out, name, help, value(status));
        }
    }
    out
}

fn put(out: &mut String, name: &str, help: &str, value: u64) {
    write!(out, "# HELP {name} {help}\n# TYPE {name} gauge\n{name} {value}\n").expect("a string takes all");
}
