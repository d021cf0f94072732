//! What a node says that was removed and did not see it.

use std::fs;

use crate::three;

#[test]
fn who_was_removed_while_it_was_stopped_says_so_and_names_the_way_out() {
    let mut town = three();
    let old = town.status(3).expect("it answers")["standing"]["node"].clone();
    assert_eq!(town.stop(3), 0);
    town.do_at(1, &["remove", "n3", "--anyway"]);
    town.start(3);
    town.until("it knows", |town| town.health(3, "/readyz").1.contains("NODE_REMOVED"));
    let (code, text) = town.health(3, "/readyz");
    let data = town.data(3);
    let folder = data.display().to_string();
    assert!(code == 503 && text.contains("reeve cluster join --peer") && text.contains(&folder), "{text}");
    assert_eq!(town.health(3, "/livez").0, 200);
    let status = town.status(3).expect("it answers");
    assert_eq!((&status["role"], &status["ready"]), (&"removed".into(), &false.into()));
    assert!(status["why"].as_str().is_some_and(|why| why.starts_with("NODE_REMOVED: ")), "{status}");
    assert!(town.said(3).contains("was removed from the cluster"), "{}", town.said(3));
    let (code, _, err) = town.type_to(3, &["join", "--peer", &town.peer(1)]);
    assert!(code == Some(1) && err.starts_with("CLUSTER_BELONGS: ") && err.contains(&folder), "{err}");
    // The way out that it names.
    assert_eq!(town.stop(3), 0);
    fs::rename(&data, data.with_extension("away")).expect("it is ours");
    town.start(3);
    town.do_at(3, &["join", "--peer", &town.peer(1)]);
    town.until("it is ready", |town| town.health(3, "/readyz").0 == 200);
    town.until("three vote", |town| town.voters(3).len() == 3);
    assert_ne!(town.status(3).expect("it answers")["standing"]["node"], old, "a number is given once");
}
