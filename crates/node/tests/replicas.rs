//! Replicas in one process, on the engine in memory and a network of channels: the whole node code under tokio.

#[path = "replicas/local.rs"]
mod local;

use std::time::Duration;

use local::Cluster;
use reeve_core::Reply;

const PATIENCE: Duration = Duration::from_secs(10);

#[test]
fn one_replica_is_a_cluster() {
    local::run(async {
        let cluster = Cluster::of(1).await;
        let answers = cluster.submit(1, 3).await.unwrap();
        assert!(
            matches!(answers[0].reply, Reply::Submitted { count: 3, existing: false, .. }),
            "{answers:?}"
        );
        cluster.stop().await;
    });
}

#[test]
fn three_replicas_agree_whoever_leads() {
    local::run(async {
        let cluster = Cluster::of(3).await;
        for node in cluster.nodes() {
            let answers = cluster.submit(node, 2).await.unwrap();
            assert!(matches!(answers[0].reply, Reply::Submitted { count: 2, .. }), "{answers:?}");
        }
        let first = cluster.leader().await;
        assert!(cluster.replica(first).hand_over().await);
        let second = cluster.leader().await;
        assert_ne!(first, second);
        cluster.submit(first, 1).await.unwrap();
        cluster.agree(7).await;
        cluster.stop().await;
    });
}

#[test]
fn a_leader_that_is_gone_is_replaced_and_nothing_is_lost() {
    local::run(async {
        let mut cluster = Cluster::of(3).await;
        cluster.submit(1, 5).await.unwrap();
        let leader = cluster.leader().await;
        cluster.kill(leader);
        let other = cluster.leader().await;
        assert_ne!(leader, other);
        cluster.submit(other, 1).await.unwrap();
        cluster.start(leader).await;
        cluster.agree(6).await;
        let caught_up = cluster.replica(leader).catch_up(PATIENCE).await.unwrap();
        assert!(cluster.replica(leader).status().applied >= caught_up);
        cluster.stop().await;
    });
}
