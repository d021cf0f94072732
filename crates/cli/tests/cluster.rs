//! Real servers on this machine: what an operator types, and what becomes of it.

#[path = "cluster/documents.rs"]
mod documents;
#[path = "cluster/manners.rs"]
mod manners;
#[path = "cluster/members.rs"]
mod members;
#[path = "cluster/recovery.rs"]
mod recovery;
#[path = "cluster/removal.rs"]
mod removal;
#[path = "cluster/tasks.rs"]
mod tasks;
#[path = "cluster/town.rs"]
mod town;

use std::fs;
use std::time::Duration;

use town::Town;

/// Three voters: the first has founded the cluster, the others have joined it.
fn three() -> Town {
    let town = Town::of(3, &[]);
    town.do_at(1, &["init"]);
    for number in [2, 3] {
        town.do_at(number, &["join", "--peer", &town.peer(1)]);
    }
    for number in 1..=3 {
        town.until("three vote", |town| town.voters(number).len() == 3);
    }
    town
}

#[test]
fn a_leader_that_is_killed_is_replaced_and_comes_back() {
    let mut town = three();
    town.until("somebody leads", |town| town.leader().is_some());
    let first = town.leader().expect("somebody leads");
    assert_eq!(town.health(first, "/readyz").0, 200);
    town.kill(first);
    let took = town.until("another leads", |town| town.leader().is_some());
    assert!(took < Duration::from_secs(5), "{took:?}");
    let second = town.leader().expect("somebody leads");
    assert_ne!(first, second);
    town.start(first);
    town.until("the killed one is ready", |town| town.health(first, "/readyz").0 == 200);
    town.until("all have applied the same", |town| {
        let digest = |number| {
            let status = town.status(number).expect("it runs");
            (status["standing"]["applied"].clone(), status["standing"]["digest"].clone())
        };
        (2..=3).all(|number| digest(number) == digest(1))
    });
    assert_eq!(town.voters(first).len(), 3);
    // An orderly stop of whoever leads.
    let second = town.leader().expect("somebody leads");
    assert_eq!(town.stop(second), 0);
    let took = town.until("another leads", |town| town.leader().is_some());
    assert!(took < Duration::from_secs(5), "{took:?}");
}

#[test]
fn a_node_without_a_cluster_says_what_it_waits_for() {
    let town = Town::of(2, &[]);
    let (code, text) = town.health(1, "/readyz");
    assert!(code == 503 && text.contains("`reeve cluster init` or `reeve cluster join`"), "{code}: {text}");
    assert_eq!(town.health(1, "/livez").0, 200);
    let status = town.status(1).expect("it answers");
    assert_eq!((&status["role"], &status["ready"]), (&"fresh".into(), &false.into()));
    let (code, _, err) = town.type_to(1, &["members"]);
    assert!(code == Some(1) && err.starts_with("CLUSTER_NONE: "), "{err}");
    // Nobody lets it in who is in no cluster.
    let (code, _, err) = town.type_to(1, &["join", "--peer", &town.peer(2)]);
    assert!(code == Some(1) && err.starts_with("CLUSTER_SEED: "), "{err}");
    town.do_at(1, &["init"]);
    let (code, _, err) = town.type_to(1, &["init"]);
    assert!(code == Some(1) && err.starts_with("CLUSTER_BELONGS: "), "{err}");
    town.until("it is ready", |town| town.health(1, "/readyz").0 == 200);
    assert_eq!(town.metric(1, "reeve_office_open"), Some(1));
}

#[test]
fn members_come_and_go() {
    let mut town = Town::of(3, &[]);
    town.do_at(1, &["init"]);
    town.do_at(2, &["join", "--peer", &town.peer(1), "--listen-only"]);
    // Through one that does not lead.
    town.until("it listens", |town| town.health(2, "/readyz").0 == 200);
    town.do_at(3, &["join", "--peer", &town.peer(2), "--anyway"]);
    town.until("two vote", |town| town.voters(1).len() == 2);
    let (code, out, _) = town.type_to(1, &["members"]);
    assert!(code == Some(0) && out.starts_with("NODE  NAME  PEER") && out.contains("learner"), "{out}");
    town.do_at(1, &["transfer", "--to", "n3"]);
    town.until("n3 leads", |town| town.leader() == Some(3));
    town.do_at(2, &["remove", "n2"]);
    town.do_at(1, &["transfer", "--to", "n1"]);
    let (code, _, err) = town.type_to(3, &["remove", "nobody"]);
    assert!(code == Some(1) && err.starts_with("CLUSTER_NO_SUCH_NODE: "), "{err}");
    town.do_at(1, &["remove", "n3"]);
    town.until("one is left", |town| town.voters(1) == [1]);
    let (code, _, err) = town.type_to(1, &["remove", "1"]);
    assert!(code == Some(1) && err.starts_with("CLUSTER_REFUSED: "), "{err}");
    assert_eq!(town.stop(1), 0);
}

#[test]
fn a_removal_that_leaves_an_even_number_needs_a_word() {
    let town = three();
    let (code, _, err) = town.type_to(2, &["remove", "n3"]);
    assert!(code == Some(1) && err.starts_with("CLUSTER_REFUSED: 2 voters would be left"), "{err}");
    assert!(err.contains("`--anyway`"), "{err}");
    town.do_at(2, &["remove", "n3", "--anyway"]);
    town.until("two are left", |town| town.voters(1).len() == 2);
}

#[test]
fn a_node_is_replaced_by_a_new_one() {
    let town = Town::of(2, &[]);
    town.do_at(1, &["init"]);
    town.do_at(2, &["replace", "1", "--peer", &town.peer(1)]);
    town.until("the new one leads alone", |town| town.leader() == Some(2) && town.voters(2).len() == 1);
    let node = town.status(2).expect("it answers")["standing"]["node"].clone();
    assert_eq!(town.voters(2), [node.as_u64().expect("it has a number")]);
    town.until("the old one knows", |town| town.status(1).is_some_and(|status| status["role"] == "removed"));
}

#[test]
fn who_has_forgotten_takes_no_part_and_can_be_replaced() {
    let mut town = three();
    let old = town.status(3).expect("it answers")["standing"]["node"].to_string();
    // The mark of what is durable follows the log by a moment.
    std::thread::sleep(Duration::from_millis(500));
    town.kill(3);
    let data = town.data(3);
    for item in fs::read_dir(&data).expect("it is there") {
        let path = item.expect("it is there").path();
        if path.is_dir() {
            fs::remove_dir_all(path).expect("it is ours");
        }
    }
    town.start(3);
    let (code, text) = town.health(3, "/readyz");
    assert!(code == 503 && text.contains("NODE_AMNESIA"), "{code}: {text}");
    assert_eq!(town.health(3, "/livez").0, 200);
    assert_eq!(town.metric(3, "reeve_node_amnesiac"), Some(1));
    let (code, _, err) = town.type_to(3, &["init"]);
    assert!(code == Some(1) && err.starts_with("NODE_AMNESIA: "), "{err}");
    // The way out that it names.
    assert_eq!(town.stop(3), 0);
    fs::rename(&data, data.with_extension("away")).expect("it is ours");
    town.start(3);
    town.do_at(3, &["replace", &old, "--peer", &town.peer(1)]);
    town.until("it votes in the place of the old one", |town| {
        let voters = town.voters(3);
        voters.len() == 3 && !voters.iter().any(|node| node.to_string() == old)
    });
    town.until("it is ready", |town| town.health(3, "/readyz").0 == 200);
}

#[test]
fn a_node_asks_the_seeds_of_its_configuration() {
    let mut town = Town::of(3, &[]);
    for number in [2, 3] {
        assert_eq!(town.stop(number), 0);
        // Nobody is at the first address.
        let seeds = format!("node.join=127.0.0.1:9,{}", town.peer(1));
        town.set(number, seeds).expect("it is there");
        town.start(number);
    }
    town.until("it says what it waits for", |town| town.health(2, "/readyz").1.contains("CLUSTER_SEED"));
    town.do_at(1, &["init"]);
    town.until("three vote", |town| town.voters(1).len() == 3);
    town.until("they are ready", |town| (2..=3).all(|number| town.health(number, "/readyz").0 == 200));
}

#[test]
fn a_member_that_moved_is_found() {
    let mut town = three();
    town.kill(3);
    town.rehouse(3).expect("it is there");
    town.start(3);
    town.do_at(1, &["move", "n3", "--peer", &town.peer(3)]);
    town.until("it is ready", |town| town.health(3, "/readyz").0 == 200);
    // It may hear its leader before it hears of its move.
    town.until("it knows where it is", |town| town.members(3)[2].peer() == town.peer(3));
}
