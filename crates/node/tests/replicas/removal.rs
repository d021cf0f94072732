//! Who was removed and did not see it finds out; and nobody else is told so.

use std::time::Duration;

use reeve_node::limits::INQUIRY_EVERY;
use reeve_node::member::Wish;
use reeve_node::message::{Answer, Append, Change, Letter, Pulse, Question};
use reeve_node::platform::Listener;
use reeve_store::log::Vote;
use tokio::sync::mpsc;

use super::PATIENCE;
use super::local::{self, Cluster};

/// Has the cluster remove a member.
async fn remove(cluster: &Cluster, node: u64) {
    let leader = cluster.leader().await;
    let change = Change::Remove { node, anyway: true };
    cluster.replica(leader).change_members(change, PATIENCE).await.expect("the others are enough");
}

/// Waits until a node says that it was removed; no other does.
async fn is_told(cluster: &Cluster, removed: &[u64]) {
    cluster
        .wait("it is told", |replica| {
            let status = replica.status();
            status.removed.is_some() == removed.contains(&status.identity.node)
        })
        .await;
}

#[test]
fn who_was_removed_while_it_was_cut_off_is_told() {
    local::run(async {
        let mut cluster = Cluster::of(3).await;
        let leader = cluster.leader().await;
        let follower = *cluster.nodes().iter().find(|node| **node != leader).expect("there are three");
        cluster.cut(follower);
        remove(&cluster, follower).await;
        let by = cluster.replica(leader).status().last.expect("it has entries").index;
        tokio::time::sleep(2 * INQUIRY_EVERY).await;
        assert_eq!(cluster.replica(follower).status().removed, None, "nobody tells it");
        cluster.mend(follower);
        is_told(&cluster, &[follower]).await;
        let removed = cluster.replica(follower).status().removed.expect("it was told");
        assert!(removed.entry <= by && removed.told_by != follower, "{removed:?}, {by}");
        // It goes on, and is told again after a restart.
        assert_eq!(cluster.replica(follower).status().fatal, None);
        cluster.rest(follower).await;
        cluster.start(follower).await;
        is_told(&cluster, &[follower]).await;
        cluster.stop().await;
    });
}

#[test]
fn a_listener_that_runs_while_it_is_removed_is_told() {
    local::run(async {
        let mut cluster = Cluster::of(1).await;
        let listener = cluster.admit(Wish::Listen).await;
        cluster.agree(0).await;
        remove(&cluster, listener).await;
        is_told(&cluster, &[listener]).await;
        cluster.stop().await;
    });
}

#[test]
fn a_leader_that_writes_takes_the_word_back() {
    local::run(async {
        let mut cluster = Cluster::of(1).await;
        let listener = cluster.admit(Wish::Listen).await;
        cluster.agree(0).await;
        remove(&cluster, listener).await;
        is_told(&cluster, &[listener]).await;
        let (from, term) = {
            let status = cluster.replica(1).status();
            (status.identity, status.term)
        };
        let vote = Vote { term, node: 1, committed: true };
        let body =
            Append { vote, previous: None, entries: Vec::new(), committed: None, pulse: Pulse::default() };
        let ((_, rest), (back, mut answers)) = (mpsc::channel(1), mpsc::channel(1));
        cluster.replica(listener).follow(Letter { from, to: listener, body }, rest, back).await;
        answers.recv().await.expect("it is answered").expect("and taken");
        assert_eq!(cluster.replica(listener).status().removed, None);
        // It was one message: when nothing follows, it asks again.
        is_told(&cluster, &[listener]).await;
        cluster.stop().await;
    });
}

#[test]
fn a_newcomer_is_not_taken_for_removed_by_one_that_has_not_heard_of_it() {
    local::run(async {
        let mut cluster = Cluster::of(3).await;
        let leader = cluster.leader().await;
        let stale = *cluster.nodes().iter().find(|node| **node != leader).expect("there are three");
        cluster.cut(stale);
        let newcomer = cluster.admit(Wish::Listen).await;
        cluster
            .wait("it has heard of itself", |replica| {
                replica.status().identity.node == stale
                    || replica.membership().members.contains_key(&newcomer)
            })
            .await;
        // The two are alone with each other.
        cluster.nodes().into_iter().for_each(|node| cluster.cut(node));
        [stale, newcomer].into_iter().for_each(|node| cluster.mend(node));
        let from = cluster.replica(newcomer).status().identity;
        let question = Letter { from, to: stale, body: Question::StillMember };
        let answer = cluster.replica(stale).answer(question).await;
        assert!(matches!(answer, Answer::StillMember { without: Some(_) }), "{answer:?}");
        tokio::time::sleep(3 * INQUIRY_EVERY + Duration::from_millis(500)).await;
        for node in cluster.nodes() {
            assert_eq!(cluster.replica(node).status().removed, None, "{node}");
        }
        cluster.nodes().into_iter().for_each(|node| cluster.mend(node));
        cluster.submit(newcomer, 1).await.ok();
        cluster
            .wait("all have heard of it", |replica| replica.membership().members.contains_key(&newcomer))
            .await;
        cluster.stop().await;
    });
}
