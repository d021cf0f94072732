//! The planted bugs are behind the feature `planted`, and nobody gets them without asking by name: no default, no
//! dependency line, no feature of another crate. They exist so that the checkers are seen to catch something.

use cargo_metadata::Package;

use super::edges::packages;
use super::features::tree;
use super::rule::report;

const FEATURE: &str = "planted";

/// The crates that have planted bugs.
const PLANTED_IN: [&str; 2] = ["reeve-core", "reeve-sim"];

/// The one road to the bugs of core: (crate, feature, what it turns on).
const ROAD: (&str, &str, &str) = ("reeve-sim", FEATURE, "reeve-core/planted");

/// Every place in the Cargo.toml files that turns the bugs on.
fn roads(packages: &[Package]) -> Vec<String> {
    let mut roads = Vec::new();
    for package in packages {
        let name = package.name.to_string();
        for dependency in &package.dependencies {
            if dependency.features.iter().any(|feature| names_the_bugs(feature)) {
                roads.push(format!("`{name}` depends on `{}` with them", dependency.name));
            }
        }
        for (feature, turns_on) in &package.features {
            for other in turns_on.iter().filter(|other| names_the_bugs(other)) {
                if (name.as_str(), feature.as_str(), other.as_str()) != ROAD {
                    roads.push(format!("`{name}` has `{feature} = [\"{other}\"]`"));
                }
            }
        }
    }
    roads
}

/// `planted` itself, or `crate/planted`.
fn names_the_bugs(feature: &str) -> bool {
    feature.rsplit('/').next() == Some(FEATURE)
}

/// The crates in which cargo turns the bugs on, given these extra words on its command line.
fn active(extra: &[&str]) -> Vec<String> {
    let tree = tree("no-dev", extra);
    let mut active: Vec<String> = tree.lines().filter_map(planted_crate).collect();
    active.sort();
    active.dedup();
    active
}

/// The crate of a line `name version (path) | features`, if it carries the bugs.
fn planted_crate(line: &str) -> Option<String> {
    let (package, features) = line.split_once(" | ")?;
    let name = package.split_whitespace().next()?;
    let on = features.split([',', ' ']).any(|feature| feature == FEATURE);
    (on && PLANTED_IN.contains(&name)).then(|| name.into())
}

fn complaint(places: &[String]) -> String {
    let why = "a program with a bug planted in it must never be built by accident, let alone shipped";
    let way_out = "turn the bugs on by name on the command line: -p reeve-sim --features planted";
    report("nobody gets the planted bugs without asking", why, way_out, places)
}

#[test]
fn nobody_gets_the_planted_bugs_without_asking() {
    let found = complaint(&[roads(&packages()), active(&[])].concat());
    assert!(found.is_empty(), "{found}");
}

#[test]
fn who_asks_for_the_planted_bugs_gets_them() {
    assert_eq!(active(&["--features", "reeve-sim/planted"]), PLANTED_IN);
}

#[test]
fn a_hidden_road_to_the_planted_bugs_is_seen() {
    let mut packages = packages();
    let before = roads(&packages).len();
    let xtask = packages.iter_mut().find(|package| package.name == "xtask").expect("this is xtask");
    xtask.features.insert("default".into(), vec!["reeve-sim/planted".into()]);
    xtask.dependencies[0].features.push(FEATURE.into());
    assert_eq!(roads(&packages).len(), before + 2);
}
