//! What an operator is told of who belongs to a cluster: who is heard and who is silent, who leads and who led, who is meant by
//! a name, and why a node was not let in.

use serde_json::Value;

use crate::three;
use crate::town::Town;

/// The number that a server has in its cluster.
fn node(town: &Town, number: usize) -> u64 {
    town.status(number).expect("it answers")["standing"]["node"].as_u64().expect("it has one")
}

/// What a server tells of its members: lines for people.
fn lines(town: &Town, number: usize) -> Vec<String> {
    let (code, out, err) = town.type_to(number, &["members"]);
    assert_eq!(code, Some(0), "{err}");
    out.lines().map(String::from).collect()
}

/// The line of the member with this name, from its role on.
fn line(town: &Town, number: usize, name: &str) -> String {
    let lines = lines(town, number);
    let role = lines[0].find("ROLE").expect("it is a column");
    let line = lines.iter().find(|line| line.split_whitespace().nth(1) == Some(name));
    line.unwrap_or_else(|| panic!("{name} is not in {lines:?}"))[role..].into()
}

/// What a server tells of the member with this name, for machines.
fn member(town: &Town, number: usize, name: &str) -> Value {
    let told = town.do_at(number, &["members"]);
    let members = told["members"].as_array().expect("they are there");
    members.iter().find(|member| member["name"] == name).expect("it is there").clone()
}

fn leads(town: &Town, number: usize) -> Option<String> {
    let told = town.do_at(number, &["members"]);
    let members = told["members"].as_array().expect("they are there");
    let leader = members.iter().find(|member| member["leads"] == true)?;
    Some(leader["name"].as_str().expect("it has one").into())
}

#[test]
fn who_is_silent_is_shown_and_who_led_leads_no_more() {
    let mut town = three();
    town.until("somebody leads", |town| town.leader().is_some());
    let leader = town.leader().expect("somebody leads");
    let mut others = (1..=3).filter(|number| *number != leader);
    let (dies, stays) = (others.next().expect("there is one"), others.next().expect("there is one"));
    let [leader_is, dies_is, stays_is] = [leader, dies, stays].map(|number| format!("n{number}"));
    town.until("all are heard", |town| {
        line(town, leader, &dies_is).contains("ms ago") && line(town, leader, &stays_is).contains("ms ago")
    });
    let own = line(&town, leader, &leader_is);
    assert!(own.starts_with("leader  ") && own.contains("here"), "{own}");
    assert!(!lines(&town, leader).iter().any(|line| line.contains('?') || line.contains("silent")));
    // Who follows hears the leader alone, and says where to ask.
    town.until("the leader is heard", |town| leads(town, stays) == Some(leader_is.clone()));
    assert!(line(&town, stays, &leader_is).contains("ms ago"));
    assert_eq!(line(&town, stays, &dies_is).split_whitespace().collect::<Vec<_>>(), ["voter", "?", "?"]);
    let last = lines(&town, stays).pop().expect("there are some");
    assert!(last.starts_with("?: only the leader") && last.contains(&town.public(leader)), "{last}");
    assert_eq!(member(&town, stays, &dies_is)["silent"], Value::Null);

    town.kill(dies);
    town.until("it is silent", |town| member(town, leader, &dies_is)["silent"] == true);
    let dead = line(&town, leader, &dies_is);
    assert!(dead.starts_with("voter, silent  ") && dead.contains(" s ago"), "{dead}");
    assert!(member(&town, leader, &dies_is)["heard_ms"].as_u64() >= Some(1_500));
    assert!(line(&town, leader, &stays_is).starts_with("voter  "), "who answers is not");

    let led = node(&town, leader);
    town.kill(leader);
    town.until("nobody leads", |town| leads(town, stays).is_none());
    town.until("it is silent", |town| member(town, stays, &leader_is)["silent"] == true);
    let dead = line(&town, stays, &leader_is);
    assert!(dead.starts_with("voter, silent; led until ") && dead.contains(" s ago"), "{dead}");
    let last = lines(&town, stays).pop().expect("there are some");
    assert_eq!(last, "?: only a leader knows, and none is heard.");
    let (_, status, _) = town.type_to(stays, &["status"]);
    assert!(status.contains(&format!("none (node {led} led, last heard ")), "{status}");
    let standing = town.status(stays).expect("it answers")["standing"].clone();
    assert_eq!((&standing["leader"], &standing["last_leader"]), (&Value::Null, &led.into()));
    assert!(standing["leader_heard_ms"].as_u64() > Some(300));

    // After a restart nobody was heard yet.
    town.kill(stays);
    town.start(stays);
    let (_, status, _) = town.type_to(stays, &["status"]);
    assert!(status.contains("none (node ") && status.contains("was not heard since"), "{status}");
    town.start(leader);
    town.until("somebody leads", |town| town.leader().is_some());
    let leader = town.leader().expect("somebody leads");
    town.until("it is silent", |town| member(town, leader, &dies_is)["silent"] == true);
    let dead = line(&town, leader, &dies_is);
    assert_eq!(dead.split_whitespace().collect::<Vec<_>>(), ["voter,", "silent", "never", "-"]);
}

#[test]
fn who_leads_now_is_said_after_a_transfer() {
    let town = three();
    let leads = |number| format!("node {} (n{number}) leads now\n", node(&town, number));
    // Again if yet another was elected meanwhile, as happens on a busy machine.
    town.until("it is said", |town| {
        let Some(before) = town.leader() else { return false };
        // Through one that does not lead.
        let (_, out, _) = town.type_to(before % 3 + 1, &["transfer"]);
        town.leader().is_some_and(|after| after != before && out == leads(after))
    });
    town.until("it is said of one that was named", |town| {
        let Some(before) = town.leader() else { return false };
        let to = before % 3 + 1;
        let (_, out, _) = town.type_to(before, &["transfer", "--to", &format!("n{to}"), "--json"]);
        let told: Value = serde_json::from_str(&out).unwrap_or_default();
        told["leader"] == node(town, to) && told["name"] == format!("n{to}")
    });
}

#[test]
fn a_name_that_two_have_is_warned_of_and_means_nobody() {
    let town = Town::of(4, &["node.name=twin"]);
    town.do_at(1, &["init"]);
    town.until("it leads", |town| town.leader() == Some(1));
    let (_, status, _) = town.type_to(1, &["status"]);
    let digest = status.lines().find(|line| line.starts_with("digest")).expect("it is there");
    assert!(digest.ends_with("none yet"), "nothing happened to the state yet: {digest}");
    let told = town.do_at(2, &["join", "--peer", &town.peer(1), "--listen-only"]);
    let second = told["node"].as_u64().expect("it has one");
    let warning = told["warnings"][0].as_str().expect("it is warned");
    assert!(warning.starts_with("node 1 is called `twin` too"), "{warning}");
    let way_out = format!("`reeve cluster move {second} --name NAME`");
    assert!(warning.contains(&way_out) && warning.contains("`node.name`"), "{warning}");
    for words in [&["remove", "twin"][..], &["transfer", "--to", "twin"], &["move", "twin", "--name", "x"]] {
        let (code, _, err) = town.type_to(1, words);
        assert!(code == Some(1) && err.starts_with("CLUSTER_AMBIGUOUS: "), "{words:?}: {err}");
        assert!(err.contains(&format!("nodes 1 and {second}")), "{words:?}: {err}");
    }
    let (code, _, err) = town.type_to(3, &["replace", "twin", "--peer", &town.peer(2)]);
    assert!(code == Some(1) && err.contains(&format!("nodes 1 and {second}")), "{err}");
    // The way out that it names.
    town.do_at(1, &["move", &second.to_string(), "--name", "other"]);
    town.do_at(1, &["remove", "other"]);
    let (code, out, err) = town.type_to(3, &["join", "--peer", &town.peer(1), "--listen-only"]);
    assert!(code == Some(0) && out.contains("\nwarning: node 1 is called `twin` too"), "{out}{err}");
    // Only while it is so.
    town.do_at(1, &["move", "1", "--name", "first"]);
    town.do_at(1, &["move", "twin", "--name", "third"]);
    let told = town.do_at(4, &["join", "--peer", &town.peer(1), "--listen-only"]);
    assert_eq!(told["warnings"], Value::Array(Vec::new()));
}

#[test]
fn a_node_is_replaced_by_its_name() {
    let town = Town::of(2, &[]);
    town.do_at(1, &["init"]);
    let (code, _, err) = town.type_to(2, &["replace", "nobody", "--peer", &town.peer(1)]);
    assert!(code == Some(1) && err.contains("no member is called `nobody`"), "{err}");
    town.do_at(2, &["replace", "n1", "--peer", &town.peer(1)]);
    town.until("the new one leads alone", |town| town.leader() == Some(2) && town.voters(2).len() == 1);
    assert_eq!(town.voters(2), [node(&town, 2)]);
}

#[test]
fn why_a_node_was_not_let_in_is_said_for_each_reason() {
    let mut town = Town::of(5, &[]);
    let refused = |town: &Town, number: usize, peer: &str| {
        let (code, _, err) = town.type_to(number, &["join", "--peer", peer]);
        assert_ne!(code, Some(0));
        err
    };
    let err = refused(&town, 1, "junk");
    assert!(
        err.starts_with("CLI_ADDRESS: `--peer junk`") && err.contains("host:port") && !err.contains("seed"),
        "{err}"
    );
    let err = refused(&town, 1, &town.peer(1));
    assert!(err.starts_with("CLUSTER_SEED: ") && err.contains("of this node itself"), "{err}");
    let err = refused(&town, 1, &town.peer(2));
    assert!(err.starts_with("CLUSTER_SEED: ") && err.contains("belongs to no cluster yet"), "{err}");
    town.do_at(1, &["init"]);
    let err = refused(&town, 2, &town.public(1));
    assert!(err.starts_with("CLUSTER_SEED: ") && err.contains("rather than its public one"), "{err}");
    for number in [2, 3] {
        town.do_at(number, &["join", "--peer", &town.peer(1)]);
    }
    town.until("three vote", |town| town.voters(1).len() == 3);
    // It is a member's address, and the member says no.
    let (code, _, err) = town.type_to(4, &["join", "--peer", &town.peer(1), "--replace", "999999"]);
    assert!(code == Some(1) && err.starts_with("CLUSTER_REFUSED: the cluster of "), "{err}");
    assert!(!err.contains("Look whether"), "{err}");
    for number in [2, 3] {
        town.kill(number);
    }
    town.until("nobody leads", |town| town.leader().is_none());
    let err = refused(&town, 4, &town.peer(1));
    assert!(err.starts_with("CLUSTER_SEED: ") && err.contains("nobody leads its cluster"), "{err}");
}
