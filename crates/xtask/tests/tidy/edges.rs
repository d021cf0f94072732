//! Who may know whom. The table is the drawing in ARCHITECTURE.md; an edge that is not drawn there does not exist.

use std::collections::BTreeMap;

use cargo_metadata::{DependencyKind, MetadataCommand, Package};

use super::repository::root;
use super::rule::report;

/// Every crate of the house, those to come included, and the crates of the house that it may know.
const HOUSE: &[(&str, &[&str])] = &[
    ("reeve-core", &[]),
    ("reeve-workflow", &["reeve-core"]),
    ("reeve-store", &["reeve-core"]),
    ("reeve-proto", &[]),
    ("reeve-node", &["reeve-core", "reeve-store", "reeve-proto"]),
    ("reeve-server", &["reeve-core", "reeve-workflow", "reeve-store", "reeve-node", "reeve-proto"]),
    ("reeve-client", &["reeve-proto"]),
    ("reeve-worker", &["reeve-client"]),
    ("reeve-town", &["reeve-client"]),
    ("reeve-bench", &["reeve-core", "reeve-node", "reeve-server", "reeve-client", "reeve-town"]),
    ("reeve", &["reeve-workflow", "reeve-server", "reeve-client", "reeve-worker", "reeve-bench"]),
    (
        "reeve-sim",
        &[
            "reeve-core",
            "reeve-workflow",
            "reeve-store",
            "reeve-proto",
            "reeve-node",
            "reeve-server",
            "reeve-client",
            "reeve-worker",
        ],
    ),
    ("reeve-trials", &["reeve-core", "reeve-store", "reeve-client", "reeve-town"]),
    ("xtask", &["reeve-core"]),
];

/// Crates of others that one crate of the house keeps to itself.
const KEPT: &[(&str, &str)] = &[("openraft", "reeve-node"), ("rocksdb", "reeve-store")];

/// All that core may know of the world.
const CORE_KNOWS: &[&str] = &["bytes", "hashbrown", "serde", "xxhash-rust"];

/// The crates of this workspace, as their Cargo.toml files stand.
pub(super) fn packages() -> Vec<Package> {
    let mut command = MetadataCommand::new();
    command.manifest_path(root().join("Cargo.toml")).no_deps();
    command.exec().expect("cargo can read the workspace").packages
}

/// (who, whom) of all dependencies that are built into something: development dependencies are not.
fn edges(packages: &[Package]) -> Vec<(String, String)> {
    let built = packages.iter().flat_map(|package| {
        let built =
            package.dependencies.iter().filter(|dependency| dependency.kind != DependencyKind::Development);
        built.map(|dependency| (package.name.to_string(), dependency.name.clone()))
    });
    built.collect()
}

/// What is wrong with `edges`, given all the crates there are.
fn offences(names: &[String], edges: &[(String, String)]) -> Vec<String> {
    let house: BTreeMap<&str, &[&str]> = HOUSE.iter().copied().collect();
    let strangers = names.iter().filter(|name| !house.contains_key(name.as_str()));
    let mut found: Vec<String> = strangers.map(|name| format!("`{name}` is not in the table")).collect();
    for (who, whom) in edges {
        let (who, whom) = (who.as_str(), whom.as_str());
        let ours = house.contains_key(whom) || names.iter().any(|name| name == whom);
        let drawn = !ours || house.get(who).is_some_and(|knows| knows.contains(&whom));
        let kept = KEPT.iter().all(|(kept, keeper)| whom != *kept || who == *keeper);
        let core = who != "reeve-core" || ours || CORE_KNOWS.contains(&whom);
        if !(drawn && kept && core) {
            found.push(format!("`{who}` may not know `{whom}`"));
        }
    }
    found
}

#[test]
fn every_edge_is_drawn() {
    let packages = packages();
    let names: Vec<String> = packages.iter().map(|package| package.name.to_string()).collect();
    let edges = edges(&packages);
    let known = ("xtask".into(), "reeve-core".into());
    assert!(edges.contains(&known), "the reading of the workspace does not even find xtask -> reeve-core");
    let why = "the house stays small because each room knows little";
    let way_out = "move the code to its owner; a new edge is a new line in edges.rs and in ARCHITECTURE.md";
    let complaint = report("every dependency is drawn", why, way_out, &offences(&names, &edges));
    assert!(complaint.is_empty(), "{complaint}");
}

#[test]
fn an_edge_that_is_not_drawn_is_seen() {
    let judge =
        |who: &str, whom: &str| offences(&["reeve-new".into()], &[(who.into(), whom.into())]).len() - 1;
    assert_eq!(judge("reeve-store", "reeve-core"), 0, "only the stranger `reeve-new` may be counted here");
    assert_eq!(judge("reeve-node", "openraft"), 0);
    assert_eq!(judge("reeve-core", "hashbrown"), 0);
    for (who, whom) in [
        ("reeve-core", "reeve-store"),
        ("reeve-worker", "reeve-core"),
        ("reeve-server", "reeve-sim"),
        ("reeve-node", "reeve-new"),
        ("reeve-store", "openraft"),
        ("reeve-node", "rocksdb"),
        ("reeve-core", "tokio"),
    ] {
        assert_eq!(judge(who, whom), 1, "{who} -> {whom} must be seen");
    }
}

/// The table itself: everyone in it is known to it, and it has no cycle. Production never knows the simulator.
#[test]
fn the_table_is_a_house() {
    let place = |name: &str| HOUSE.iter().position(|(who, _)| *who == name).expect("everyone has a line");
    for (who, knows) in HOUSE {
        for whom in *knows {
            assert!(place(whom) < place(who), "{who} -> {whom}: a crate stands below those it knows");
        }
        let tests = ["reeve-trials", "xtask"].contains(who);
        assert!(tests || !knows.contains(&"reeve-sim"), "{who} is shipped and knows the simulator");
    }
}
