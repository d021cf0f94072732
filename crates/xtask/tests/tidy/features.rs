//! Whatever is built, its dependencies have the same features: a program, a test, the whole suite.

use std::collections::{BTreeMap, BTreeSet};
use std::process::Command;

use super::repository::root;
use super::rule::report;

/// The lines `name version | features` of what cargo builds for the whole workspace along these edges.
pub(super) fn tree(edges: &str, extra: &[&str]) -> String {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let words = ["tree", "--workspace", "-e", edges, "--prefix", "none", "-f", "{p} | {f}"];
    let output = Command::new(cargo).current_dir(root()).args(words).args(extra).output();
    let output = output.expect("cargo can be started");
    assert!(output.status.success(), "cargo tree: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).expect("cargo writes UTF-8")
}

/// The sets of features with which each crate is built: one, or two where what builds us needs it otherwise.
fn features(tree: &str) -> BTreeMap<&str, BTreeSet<&str>> {
    let mut features: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    for (name, set) in tree.lines().filter_map(|line| line.split_once(" | ")) {
        // What was told before is marked so.
        features.entry(name).or_default().insert(set.trim_end_matches("(*)").trim());
    }
    features
}

/// What programs need and tests would have built anew.
fn built_twice(programs: &str, tests: &str) -> Vec<String> {
    let with_tests = features(tests);
    let differs = features(programs).into_iter().filter_map(|(name, features)| {
        let other = with_tests.get(name).filter(|other| **other != features)?;
        Some(format!("`{name}` has the features {features:?}, and with tests {other:?}"))
    });
    differs.collect()
}

#[test]
fn tests_ask_for_no_other_features_than_programs() {
    let (programs, tests) = (tree("normal,build", &[]), tree("normal,build,dev", &[]));
    assert!(features(&programs).len() > 50, "{programs}");
    let why = "everything above such a dependency is compiled twice, some of it for minutes";
    let way_out =
        "do without the development dependency that asks for it, or ask for the same where it ships";
    let places = built_twice(&programs, &tests);
    let complaint = report("tests ask for no other features than programs", why, way_out, &places);
    assert!(complaint.is_empty(), "{complaint}");
}

#[test]
fn a_feature_that_only_tests_ask_for_is_seen() {
    let programs = "a v1 | x\nb v1 | \nb v1 | y\n\nc v1 | ";
    let tests = "a v1 | x,z\nb v1 | y\nb v1 |  (*)\nb v1 | \nc v1 | \nd v1 | w";
    let seen = built_twice(programs, tests);
    assert_eq!(seen, [r#"`a v1` has the features {"x"}, and with tests {"x,z"}"#]);
}
