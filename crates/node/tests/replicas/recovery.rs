//! A majority that is lost for good, and newcomers whose answer was lost.

use std::time::Duration;

use reeve_core::Reply;
use reeve_node::limits::STEWARD_TICK;
use reeve_node::member::{Member, Wish};
use reeve_node::message::{Answer, Change, Identity, Letter, Question, Refused};
use reeve_node::platform::Listener;
use reeve_store::engine::memory::Memory;
use reeve_store::log::{EntryKind, LogEntry, LogId};
use reeve_store::start::{self, Found};

use super::PATIENCE;
use super::local::{self, Cluster};
use crate::dial::DialDisk;

type Engine = Memory<DialDisk>;

/// Longer than whoever is silent is counted on.
const CONTACT: Duration = Duration::from_secs(2);

#[test]
fn one_that_is_left_goes_on_in_the_next_era() {
    local::run(async {
        let mut cluster = Cluster::of(3).await;
        let leader = cluster.leader().await;
        cluster.submit(leader, 5).await.expect("it leads");
        cluster.agree(5).await;
        let nodes = cluster.nodes();
        let left = *nodes.iter().find(|node| **node != leader).expect("there are three");
        cluster.kill_all();
        let recovered = cluster.recover(left);
        assert_eq!((recovered.identity.era, recovered.identity.node), (1, left));
        assert!(recovered.replayed > 0, "nothing was flushed yet");
        cluster.start(left).await;
        cluster.voters(&[left]).await;
        assert_eq!(cluster.leader().await, left);
        cluster.agree(5).await;
        let answers = cluster.submit(left, 2).await.expect("it leads alone");
        let Reply::Submitted { first, .. } = answers[0].reply else { panic!("{answers:?}") };
        assert_eq!(first.0.era, 1, "its names are of the new era");
        assert!(first.0.revision.0 > recovered.last.index);
        // One of the old era comes back.
        let old = Identity { cluster: 77, group: 0, era: 0, node: leader };
        let letter = Letter { from: old, to: left, body: Question::ReadIndex };
        let answer = cluster.replica(left).answer(letter).await;
        let Answer::Refused(Refused::Stranger(why)) = answer else { panic!("{answer:?}") };
        assert!(why.contains("it may join anew"), "{why}");
        // Newcomers get the state, and never the old log.
        for _ in 0..2 {
            cluster.admit(Wish::Vote).await;
        }
        cluster.voters(&cluster.nodes()).await;
        cluster.agree(7).await;
        cluster.stop().await;
    });
}

#[test]
fn the_end_of_the_log_counts_even_if_nobody_knows_whether_it_was_acknowledged() {
    local::run(async {
        let mut cluster = Cluster::of(3).await;
        let node = cluster.leader().await;
        cluster.submit(node, 1).await.expect("it leads");
        cluster.agree(1).await;
        cluster.kill_all();
        let last = {
            let Ok(Found::Replica(mut found)) = start::open::<Engine>(cluster.disk(node)) else { panic!() };
            let last = found.log.state().1.expect("it has entries");
            let id = LogId { index: last.index + 1, ..last };
            let entry = LogEntry { id, kind: EntryKind::Blank, payload: Default::default() };
            let write = found.log.append(vec![entry]).expect("it follows");
            found.writer.carry_out(vec![write], 0).expect("it works");
            id
        };
        assert_eq!(cluster.recover(node).last, last);
        // And once more: each time in an era of its own.
        assert_eq!(cluster.recover(node).identity.era, 2);
        cluster.start(node).await;
        cluster.voters(&[node]).await;
        cluster.agree(1).await;
        cluster.stop().await;
    });
}

async fn ask(cluster: &Cluster, to: u64, member: Member) -> Answer {
    let letter = Letter { from: Identity::default(), to: 0, body: Question::Admit(member) };
    cluster.replica(to).answer(letter).await
}

#[test]
fn a_newcomer_who_asks_twice_is_one() {
    local::run(async {
        let mut cluster = Cluster::of(1).await;
        let newcomer = Member { peer: "there".into(), drawn: 5, wish: Wish::Vote, ..Member::default() };
        let again = Member { wish: Wish::Listen, ..newcomer.clone() };
        let (one, other) =
            futures_util::join!(ask(&cluster, 1, newcomer.clone()), ask(&cluster, 1, newcomer.clone()));
        let Answer::Admitted(identity) = one else { panic!("{one:?}") };
        assert_eq!(one, other);
        assert_eq!(ask(&cluster, 1, again).await, one);
        let members = cluster.replica(1).membership().members;
        assert_eq!(members.keys().copied().collect::<Vec<_>>(), [1, identity.node]);
        assert_eq!(members[&identity.node].wish, Wish::Listen, "what it said last counts");
        let other = ask(&cluster, 1, Member { drawn: 6, ..newcomer.clone() }).await;
        assert!(
            matches!(other, Answer::Refused(Refused::Impossible(_))),
            "another at its address: {other:?}"
        );
        // Once it takes part, who asks under its name has forgotten that.
        cluster.join(identity).await;
        cluster.agree(0).await;
        let late = ask(&cluster, 1, newcomer).await;
        assert!(
            matches!(&late, Answer::Refused(Refused::Impossible(why)) if why.contains("takes part")),
            "{late:?}"
        );
        cluster.stop().await;
    });
}

#[test]
fn nobody_takes_a_place_that_is_none() {
    local::run(async {
        let mut cluster = Cluster::of(1).await;
        let learner = cluster.admit(Wish::Listen).await;
        let placeless = |what: &Refused| matches!(what, Refused::Impossible(why) if why.contains("no place"));
        for old in [learner, 9_999] {
            let newcomer =
                Member { peer: "there".into(), drawn: 5, wish: Wish::Replace(old), ..Member::default() };
            let answer = ask(&cluster, 1, newcomer).await;
            assert!(matches!(&answer, Answer::Refused(why) if placeless(why)), "{old}: {answer:?}");
        }
        let wishes = |node, wish| Change::Move {
            node,
            name: None,
            peer: None,
            public: None,
            wish: Some(Wish::Replace(wish)),
        };
        let refused = cluster.replica(1).change_members(wishes(learner, 9_999), PATIENCE).await;
        assert!(refused.as_ref().is_err_and(placeless), "{refused:?}");
        let refused = cluster.replica(1).change_members(wishes(1, 1), PATIENCE).await;
        assert!(refused.is_err(), "its own place");
        assert_eq!(cluster.replica(1).membership().members.len(), 2);
        // Nor by asking again for something else.
        let newcomer = Member { peer: "there".into(), drawn: 5, wish: Wish::Vote, ..Member::default() };
        let Answer::Admitted(_) = ask(&cluster, 1, newcomer.clone()).await else { panic!("it may join") };
        let other = ask(&cluster, 1, Member { wish: Wish::Replace(learner), ..newcomer }).await;
        assert!(matches!(&other, Answer::Refused(why) if placeless(why)), "{other:?}");
        cluster.stop().await;
    });
}

#[test]
fn a_move_changes_what_it_names_and_wakes_nobody_who_has_left() {
    local::run(async {
        let cluster = Cluster::of(3).await;
        let leader = cluster.leader().await;
        let follower = *cluster.nodes().iter().find(|node| **node != leader).expect("there are three");
        let (node, public, wish) = (follower, None, None);
        let named = Change::Move { node, name: Some("another".into()), peer: None, public: None, wish };
        let moved = Change::Move { node, name: None, peer: Some("elsewhere".into()), public, wish };
        let (one, other) = futures_util::join!(
            cluster.replica(leader).change_members(named, PATIENCE),
            cluster.replica(follower).change_members(moved, PATIENCE),
        );
        one.expect("it leads");
        other.expect("it asks who leads");
        let member = cluster.replica(leader).membership().members[&follower].clone();
        assert_eq!((member.name.as_str(), member.peer.as_str()), ("another", "elsewhere"));
        assert_eq!((member.public.is_empty(), member.wish), (false, Wish::Vote));
        let to = |node, wish| Change::Move { node, name: None, peer: None, public: None, wish: Some(wish) };
        // As long as it leads, it cannot be taken out.
        cluster.replica(leader).change_members(to(leader, Wish::Leave), PATIENCE).await.expect("it leads");
        for (node, why) in [(leader, "is being removed"), (9_999, "is not a member")] {
            let refused = cluster.replica(leader).change_members(to(node, Wish::Vote), PATIENCE).await;
            let expected = format!("node {node} {why}");
            assert!(
                refused.as_ref().is_err_and(|error| error.to_string().contains(&expected)),
                "{refused:?}"
            );
        }
        assert!(!cluster.replica(leader).membership().members.contains_key(&9_999));
        cluster.stop().await;
    });
}

/// What refuses this change, by whoever leads.
async fn refusal(cluster: &Cluster, change: Change) -> String {
    let leader = cluster.leader().await;
    let refused = cluster.replica(leader).change_members(change, PATIENCE).await;
    refused.expect_err("it cannot be").to_string()
}

#[test]
fn a_voter_stays_one_and_an_address_is_one_members() {
    local::run(async {
        let cluster = Cluster::of(3).await;
        let [one, other, _] = cluster.nodes()[..] else { panic!("there are three") };
        let amend = |peer, wish| Change::Move { node: one, name: None, peer, public: None, wish };
        for (wish, why) in [(Wish::Listen, "votes, and is not made"), (Wish::Replace(other), "votes already")]
        {
            let told = refusal(&cluster, amend(None, Some(wish))).await;
            assert!(told.contains(why), "{told}");
        }
        let taken = cluster.replica(one).membership().members[&other].peer.clone();
        let told = refusal(&cluster, amend(Some(taken), None)).await;
        assert!(told.contains(&format!("node {other} is known at")), "{told}");
        cluster.stop().await;
    });
}

#[test]
fn whoever_does_not_answer_is_not_counted_on() {
    local::run(async {
        let mut cluster = Cluster::of(1).await;
        let [alone] = cluster.nodes()[..] else { panic!("there is one") };
        // One more would make two: it listens until a third comes.
        let dead = cluster.admit(Wish::Vote).await;
        cluster.agree(0).await;
        cluster.kill(dead);
        tokio::time::sleep(CONTACT).await;
        let third = cluster.admit(Wish::Vote).await;
        cluster.agree(0).await;
        tokio::time::sleep(3 * STEWARD_TICK).await;
        assert_eq!(cluster.replica(alone).membership().voters, [[alone].into()]);
        cluster.start(dead).await;
        cluster.voters(&[alone, dead, third]).await;

        let leader = cluster.leader().await;
        let [one, other] =
            [alone, dead, third].into_iter().filter(|node| *node != leader).collect::<Vec<_>>()[..]
        else {
            panic!("there are three")
        };
        cluster.kill(one);
        tokio::time::sleep(CONTACT).await;
        let told = refusal(&cluster, Change::Remove { node: other, anyway: true }).await;
        assert!(told.contains("of the 2 voters that would be left 1 answer"), "{told}");
        let told = refusal(&cluster, Change::Transfer { to: Some(one) }).await;
        assert!(told.contains("does not answer"), "{told}");
        cluster.submit(leader, 1).await.expect("its office is as open as before");
        cluster.stop().await;
    });
}

#[test]
fn a_removal_that_was_begun_is_brought_to_its_end_by_whoever_leads() {
    local::run(async {
        let mut cluster = Cluster::of(3).await;
        let leader = cluster.leader().await;
        let gone = *cluster.nodes().iter().find(|node| **node != leader).expect("there are three");
        // As a leader leaves it that died after the first step.
        let wish = Some(Wish::Leave);
        let begun = Change::Move { node: gone, name: None, peer: None, public: None, wish };
        cluster.replica(leader).change_members(begun, PATIENCE).await.expect("it leads");
        cluster.kill(gone);
        let left: Vec<u64> = cluster.nodes();
        cluster.voters(&left).await;
        for node in left {
            for _ in 0..500 {
                if !cluster.replica(node).membership().members.contains_key(&gone) {
                    break;
                }
                tokio::time::sleep(Duration::from_millis(10)).await;
            }
            assert!(!cluster.replica(node).membership().members.contains_key(&gone));
        }
        cluster.stop().await;
    });
}
