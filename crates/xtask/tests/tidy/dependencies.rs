//! What comes from outside is used: each dependency is named where it is declared, and each that the workspace offers
//! is taken by some crate.

use super::edges::packages;
use super::repository::{File, files, root};
use super::rule::report;
use super::source::has_word;

const WHY: &str = "what nobody uses is still fetched, built, licensed and watched for holes";

/// What the workspace offers from outside and no crate takes. Crates of the house weigh nothing.
fn untaken(root: &str, crates: &[&str]) -> Vec<String> {
    let offered = root.split("[workspace.dependencies]").nth(1).unwrap_or_default();
    let offered = offered.split("\n[").next().unwrap_or_default().lines();
    let offered = offered.filter(|line| !line.trim_start().starts_with('#') && !line.contains("path = "));
    let names = offered.filter_map(|line| line.split_once(" = ")).map(|(name, _)| name.trim());
    let takes = |text: &str, name: &str| {
        let forms = [format!("{name}.workspace = true"), format!("{name} = {{ workspace = true")];
        text.lines().any(|line| forms.iter().any(|form| line.starts_with(form)))
    };
    let untaken = names.filter(|name| !crates.iter().any(|text| takes(text, name)));
    untaken.map(|name| format!("`{name}` is offered by the workspace and taken by no crate")).collect()
}

/// The dependencies that no source file of their crate names: (crate, its folder, what it depends on).
fn unnamed(declared: &[(String, String, String)], files: &[File]) -> Vec<String> {
    let unnamed = declared.iter().filter(|(_, folder, dependency)| {
        let word = dependency.replace('-', "_");
        let mut sources = files.iter().filter(|file| file.is_rust() && file.path.starts_with(folder));
        !sources.any(|file| has_word(&file.code, &word))
    });
    unnamed
        .map(|(who, _, dependency)| format!("`{who}` depends on `{dependency}` and never names it"))
        .collect()
}

/// What may change under our feet: versions before the first release, and those that have a tombstone after them.
fn loose(root: &str) -> Vec<String> {
    let offered =
        root.lines().filter_map(|line| line.split_once(" = ")).filter(|(_, what)| what.contains('"'));
    let version = |what: &str| {
        what.split("version = ").last().and_then(|text| text.split('"').nth(1)).map(str::to_owned)
    };
    let versions = offered.filter_map(|(name, what)| Some((name, version(what)?)));
    let loose = versions.filter(|(name, version)| {
        let numbered = version.starts_with(|first: char| first.is_ascii_digit());
        numbered && (version.contains('-') || *name == "bincode")
    });
    loose.map(|(name, version)| format!("`{name}` {version} is not pinned with `=`")).collect()
}

#[test]
fn a_pinned_version_stays() {
    let root = "a = \"1.2\"\nb = { version = \"0.1.0-alpha.1\", features = [\"x-y\"] }\nc = \"=0.1.0-alpha.1\"\nbincode = \"2\"";
    let expected = ["`b` 0.1.0-alpha.1 is not pinned with `=`", "`bincode` 2 is not pinned with `=`"];
    assert_eq!(loose(root), expected);
    let files = files();
    let workspace = files.iter().find(|file| file.path == "Cargo.toml").map_or("", |file| &file.text);
    assert!(workspace.contains("openraft = ") && workspace.contains("bincode = "));
    let why = "an alpha breaks what it likes, and after bincode 2.0.1 there is a tombstone";
    let complaint = report("a pinned version stays", why, "write it with `=`", &loose(workspace));
    assert!(complaint.is_empty(), "{complaint}");
}

#[test]
fn every_dependency_is_used() {
    let files = files();
    let manifest = |file: &&File| file.path.ends_with("/Cargo.toml");
    let crates: Vec<&str> = files.iter().filter(manifest).map(|file| file.text.as_str()).collect();
    let workspace = files.iter().find(|file| file.path == "Cargo.toml").map_or("", |file| &file.text);
    assert!(workspace.contains("[workspace.dependencies]"), "the workspace offers dependencies");
    let mut declared = Vec::new();
    for package in packages() {
        let folder = package.manifest_path.parent().and_then(|folder| folder.strip_prefix(root()).ok());
        let folder = folder.expect("every crate stands in the repository");
        for dependency in &package.dependencies {
            let known_as = dependency.rename.clone().unwrap_or_else(|| dependency.name.clone());
            declared.push((package.name.to_string(), format!("{folder}/"), known_as));
        }
    }
    assert!(declared.iter().any(|(who, ..)| who == "xtask"), "the crates declare dependencies");
    let places = [untaken(workspace, &crates), unnamed(&declared, &files)].concat();
    let complaint = report("every dependency is used", WHY, "remove its line from Cargo.toml", &places);
    assert!(complaint.is_empty(), "{complaint}");
}

#[test]
fn a_dependency_that_nobody_uses_is_seen() {
    let root = "[workspace.dependencies]\nours = { path = \"x\" }\na = \"1\"\nb = { version = \"2\" }\nc = \"3\"\n\n[x]\nd = 4";
    let crates =
        ["[dependencies]\na.workspace = true\n", "b = { workspace = true, features = [] }\nab.c = 1"];
    assert_eq!(untaken(root, &crates), ["`c` is offered by the workspace and taken by no crate"]);

    let files =
        [File::new("crates/a/src/lib.rs", "use two_words::x; // one"), File::new("crates/b/b.rs", "one")];
    let declared = |name: &str| [("a".into(), "crates/a/".into(), name.into())];
    assert!(unnamed(&declared("two-words"), &files).is_empty());
    assert_eq!(unnamed(&declared("one"), &files), ["`a` depends on `one` and never names it"]);
}
