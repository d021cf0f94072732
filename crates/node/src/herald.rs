//! The herald: says once, in the log of the process, who leads and who belongs to the cluster, whenever that changes.

use openraft::log_id::LogIdOptionExt;
use openraft::metrics::RaftServerMetrics;

use crate::platform::Platform;
use crate::raft::convert::membership_in;
use crate::raft::types::Types;

/// What was said last.
#[derive(Debug, Default)]
pub(crate) struct Herald {
    leader: Option<u64>,
    /// In which term.
    term: u64,
    /// The entry that made the membership.
    membership: Option<u64>,
}

impl Herald {
    /// Says what is new, from the point of view of this node.
    pub(crate) fn look<P: Platform>(&mut self, me: u64, metrics: &RaftServerMetrics<Types<P::Runtime>>) {
        let (leader, term) = (metrics.current_leader, metrics.vote.leader_id.term);
        if (self.leader, self.term) != (leader, term) {
            match (self.leader, leader) {
                (_, Some(leader)) if leader == me => tracing::info!("this node became leader in term {term}"),
                (Some(before), other) if before == me => {
                    tracing::warn!("this node leads no more, in term {term}; {}", led_by(other));
                }
                (before, other) if before != other => tracing::info!("in term {term}, {}", led_by(other)),
                (_, _) => {}
            }
            (self.leader, self.term) = (leader, term);
        }
        let membership = metrics.membership_config.log_id().index();
        if self.membership != membership {
            self.membership = membership;
            let now = membership_in(metrics.membership_config.membership());
            let named = |node: &u64| {
                let name = now.members.get(node).map_or("", |member| member.name.as_str());
                format!("{node} {name}")
            };
            let voters: Vec<String> = now.voters.iter().flatten().map(named).collect();
            let all: Vec<String> = now.members.keys().map(named).collect();
            tracing::info!(
                "the membership has changed: voters are [{}], members are [{}]",
                voters.join(", "),
                all.join(", ")
            );
        }
    }
}

fn led_by(leader: Option<u64>) -> String {
    leader.map_or_else(|| "nobody is known to lead".into(), |leader| format!("node {leader} leads"))
}
