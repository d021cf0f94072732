//! Replicas in one process, on the engine in memory and a network of channels: the whole node code under tokio.

#[path = "../../store/tests/support/dial.rs"]
mod dial;
#[path = "replicas/local.rs"]
mod local;
#[path = "replicas/recovery.rs"]
mod recovery;
#[path = "replicas/removal.rs"]
mod removal;
#[path = "replicas/scrub.rs"]
mod scrub;
#[path = "replicas/trouble.rs"]
mod trouble;

use std::time::{Duration, Instant};

use local::Cluster;
use reeve_core::Reply;
use reeve_node::Settings;
use reeve_node::member::Wish;
use reeve_node::message::{Answer, Change, Identity, Letter, Question, Refused};
use reeve_node::platform::Listener;
use reeve_node::status::Role;

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

#[test]
fn a_follower_that_was_cut_off_comes_back_quietly() {
    local::run(async {
        let cluster = Cluster::of(3).await;
        let leader = cluster.leader().await;
        let follower = *cluster.nodes().iter().find(|node| **node != leader).expect("there are three");
        let term = cluster.replica(leader).status().term;
        cluster.cut(follower);
        tokio::time::sleep(Duration::from_secs(2)).await;
        assert_eq!(cluster.replica(follower).status().term, term, "who reaches nobody asks before it stands");
        cluster.mend(follower);
        cluster.submit(leader, 4).await.expect("the others are enough");
        cluster.agree(4).await;
        assert_eq!((cluster.leader().await, cluster.replica(leader).status().term), (leader, term));
        cluster.stop().await;
    });
}

#[test]
fn a_leader_that_is_cut_off_closes_its_office() {
    local::run(async {
        let cluster = Cluster::of(3).await;
        let old = cluster.leader().await;
        cluster.cut(old);
        tokio::time::sleep(Duration::from_secs(2)).await;
        let status = cluster.replica(old).status();
        assert_eq!(
            (status.role, status.office),
            (Role::Leader, None),
            "openraft does not tell it; the office knows"
        );
        let refused = cluster.submit(old, 1).await.expect_err("it is alone");
        assert!(matches!(refused, Refused::Closed), "{refused:?}");
        assert!(cluster.replica(old).catch_up(PATIENCE).await.is_err(), "nor may it be read");
        let new = cluster.leader().await;
        assert_ne!(old, new);
        cluster.submit(new, 3).await.expect("two are enough");
        cluster.mend(old);
        cluster.agree(3).await;
        cluster.stop().await;
    });
}

#[test]
fn who_is_back_knows_how_far_it_is_before_anything_new_comes() {
    local::run(async {
        let mut cluster = Cluster::of(3).await;
        let leader = cluster.leader().await;
        let node = *cluster.nodes().iter().find(|node| **node != leader).expect("there are three");
        // The last entries were of the membership, which is none of the state's business.
        cluster.agree(0).await;
        let before = cluster.replica(node).status().applied;
        cluster.rest(node).await;
        cluster.start(node).await;
        assert_eq!(cluster.replica(node).status().applied, before);
        cluster.replica(node).catch_up(PATIENCE).await.expect("it has it all");
        assert_eq!(cluster.replica(leader).status().applied, before, "nothing new came");
        cluster.stop().await;
    });
}

#[test]
fn a_change_of_members_that_cannot_be_made_is_given_up() {
    local::run(async {
        let cluster = Cluster::of(3).await;
        let old = cluster.leader().await;
        let node = *cluster.nodes().iter().find(|node| **node != old).expect("there are three");
        cluster.cut(old);
        let name = Some("another".into());
        let change = || Change::Move { node, name: name.clone(), peer: None, public: None, wish: None };
        // The second waits for the first, and finds it in the log if its own time is not over in the same moment.
        let patience = Duration::from_secs(1);
        let (one, other) = tokio::join!(
            cluster.replica(old).change_members(change(), patience),
            cluster.replica(old).change_members(change(), patience),
        );
        assert_eq!(one, Err(Refused::Unknown));
        assert!(matches!(other, Err(Refused::Unknown | Refused::Busy { .. })), "{other:?}");
        cluster.mend(old);
        cluster.leader().await;
        loop {
            match cluster.replica(old).change_members(change(), PATIENCE).await {
                // The first may be in the log, and is settled now.
                Err(Refused::Busy { .. }) => tokio::time::sleep(Duration::from_millis(20)).await,
                done => {
                    done.expect("somebody leads");
                    break;
                }
            }
        }
        cluster.stop().await;
    });
}

#[test]
fn a_leader_that_cannot_be_reached_was_asked_nothing() {
    local::run(async {
        let cluster = Cluster::of(3).await;
        let leader = cluster.leader().await;
        let follower = *cluster.nodes().iter().find(|node| **node != leader).expect("there are three");
        cluster.agree(0).await;
        cluster.cut(leader);
        let refused = cluster.submit(follower, 1).await.expect_err("nobody leads");
        assert_eq!(refused, Refused::NotLeader { leader: None });
        let refused = cluster.replica(follower).catch_up(PATIENCE).await.expect_err("nobody leads");
        assert_eq!(refused, Refused::NotLeader { leader: None });
        cluster.stop().await;
    });
}

#[test]
fn what_is_too_large_to_be_passed_on_is_refused_for_good() {
    local::run(async {
        let cluster = Cluster::of(3).await;
        let leader = cluster.leader().await;
        let follower = *cluster.nodes().iter().find(|node| **node != leader).expect("there are three");
        cluster.agree(0).await;
        let refused = cluster.submit(follower, 10_000).await.expect_err("it is too large");
        assert!(matches!(&refused, Refused::Impossible(why) if why.contains("too many")), "{refused:?}");
        cluster.submit(leader, 10_000).await.expect("it is passed on to nobody");
        cluster.stop().await;
    });
}

#[test]
fn a_leader_that_falls_silent_is_left_as_soon_as_another_leads() {
    local::run(async {
        let cluster = Cluster::of(3).await;
        let leader = cluster.leader().await;
        let follower = *cluster.nodes().iter().find(|node| **node != leader).expect("there are three");
        cluster.agree(0).await;
        cluster.hush(leader);
        let begun = Instant::now();
        let (proposed, read) =
            tokio::join!(cluster.submit(follower, 1), cluster.replica(follower).catch_up(PATIENCE));
        assert_eq!(proposed, Err(Refused::Unknown));
        read.expect("the new leader is asked");
        assert!(begun.elapsed() < PATIENCE / 2, "it was waited for: {:?}", begun.elapsed());
        cluster.stop().await;
    });
}

#[test]
fn a_follower_that_was_away_for_too_long_gets_the_whole_state() {
    local::run(async {
        let keep = Settings {
            flush_interval: Duration::from_millis(50),
            keep_bytes: 0,
            keep_age: Duration::ZERO,
            ..local::settings()
        };
        let mut cluster = Cluster::with(3, keep).await;
        let leader = cluster.leader().await;
        let follower = *cluster.nodes().iter().find(|node| **node != leader).expect("there are three");
        cluster.kill(follower);
        for _ in 0..30 {
            cluster.submit(leader, 10).await.expect("two are enough");
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
        let purged = cluster.replica(leader).status().purged.expect("the log is short");
        cluster.start(follower).await;
        cluster.agree(300).await;
        let status = cluster.replica(follower).status();
        assert!(status.purged >= Some(purged), "its log goes on after the snapshot: {status:?}");
        cluster.stop().await;
    });
}

#[test]
fn a_member_is_replaced_and_another_removed() {
    local::run(async {
        let mut cluster = Cluster::of(3).await;
        cluster.submit(1, 2).await.expect("it leads or knows who does");
        let gone = *cluster.nodes().last().expect("there are three");
        cluster.kill(gone);
        let fresh = cluster.admit(Wish::Replace(gone)).await;
        cluster.voters(&[1, 2, fresh].map(|node| if node == 2 { cluster.nodes()[1] } else { node })).await;
        cluster.agree(2).await;
        let leader = cluster.leader().await;
        let even = Change::Remove { node: fresh, anyway: false };
        let refused =
            cluster.replica(leader).change_members(even, PATIENCE).await.expect_err("two would be left");
        assert!(matches!(&refused, Refused::Impossible(why) if why.contains("even")), "{refused:?}");
        let anyway = Change::Remove { node: fresh, anyway: true };
        cluster.replica(leader).change_members(anyway, PATIENCE).await.expect("it was insisted");
        cluster.submit(leader, 1).await.expect("two are left");
        cluster.stop().await;
    });
}

#[test]
fn a_stranger_is_not_heard() {
    local::run(async {
        let cluster = Cluster::of(1).await;
        let me = Identity { cluster: 77, group: 0, era: 0, node: 9 };
        let ask = async |from: Identity, to: u64| {
            let letter = Letter { from, to, body: Question::ReadIndex };
            cluster.replica(1).answer(letter).await
        };
        for (from, to) in [
            (Identity { cluster: 78, ..me }, 1),
            (Identity { group: 1, ..me }, 1),
            (Identity { era: 1, ..me }, 1),
            (Identity { node: 1, ..me }, 1),
            (me, 2),
        ] {
            let answer = ask(from, to).await;
            assert!(matches!(answer, Answer::Refused(Refused::Stranger(_))), "{from:?} {to}: {answer:?}");
        }
        assert!(matches!(ask(me, 1).await, Answer::ReadFrom(Ok(_))));
        cluster.stop().await;
    });
}
