//! What the documents tell a reader to type, to follow or to open exists.

use std::collections::BTreeSet;
use std::process::Command;

use super::repository::{File, files, root, text};
use super::rule::report;

/// The pieces of code in a document: its fenced lines and its inline spans, each with its line number.
fn snippets(markdown: &str) -> Vec<(usize, &str)> {
    let (mut fenced, mut found) = (false, Vec::new());
    for (index, line) in markdown.lines().enumerate() {
        if line.trim_start().starts_with("```") {
            fenced = !fenced;
        } else if fenced {
            found.push((index + 1, line.trim()));
        } else {
            found.extend(line.split('`').skip(1).step_by(2).map(|span| (index + 1, span)));
        }
    }
    found
}

/// The targets in a piece of shell such as `$ A=1 make test SEEDS=9 && make law`.
fn make_targets(snippet: &str) -> Vec<&str> {
    let command = snippet.split(" #").next().unwrap_or_default().trim_start_matches("$ ");
    let commands = command.split(['&', ';', '|']).map(str::split_whitespace);
    let targets = commands.flat_map(|words| {
        let mut words = words.skip_while(|word| word.contains('='));
        let ours = words.next() == Some("make");
        words.filter(move |word| ours && !word.contains('=') && !word.starts_with('-'))
    });
    targets.collect()
}

/// The subcommand in `cargo run .. reeve-sim .. -- WORD`.
fn sim_word(snippet: &str) -> Option<&str> {
    let (head, tail) = snippet.split_once(" -- ")?;
    let word = tail.split_whitespace().next()?;
    (head.contains("cargo run") && head.contains(" reeve-sim") && !word.starts_with('-')).then_some(word)
}

/// (place, what) of everything that `find` sees in the documents.
fn told(files: &[File], find: fn(&str) -> Vec<&str>) -> Vec<(String, String)> {
    let documents = files.iter().filter(|file| file.path.ends_with(".md"));
    let told = documents.flat_map(|file| {
        let place = move |line| format!("{}:{line}", file.path);
        let snippets = snippets(&file.text).into_iter();
        snippets.flat_map(move |(line, snippet)| {
            find(snippet).into_iter().map(move |word| (place(line), word.to_string()))
        })
    });
    told.collect()
}

fn unknown_targets(files: &[File], makefile: &str) -> Vec<String> {
    let known = |target: &str| makefile.lines().any(|line| line.starts_with(&format!("{target}:")));
    let told = told(files, make_targets).into_iter().filter(|(_, target)| !known(target));
    told.map(|(place, target)| format!("{place}: `make {target}`")).collect()
}

/// Whether the simulator has this subcommand: its own help knows best.
fn sim_knows(word: &str) -> bool {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let words = ["run", "-q", "--release", "--bin", "reeve-sim", "--", "help", word];
    let output = Command::new(cargo).current_dir(root()).args(words).output();
    output.expect("cargo can be started").status.success()
}

/// The relative targets of the links in a document, without anchors, each with its line number.
fn links(markdown: &str) -> Vec<(usize, String)> {
    let (mut fenced, mut found) = (false, Vec::new());
    for (index, line) in markdown.lines().enumerate() {
        if line.trim_start().starts_with("```") {
            fenced = !fenced;
        }
        if fenced {
            continue;
        }
        let prose: Vec<&str> = line.split('`').step_by(2).collect();
        let prose = prose.concat();
        let inline = prose.split("](").skip(1).filter_map(|rest| rest.split([')', ' ']).next());
        let defined = prose.starts_with('[').then(|| prose.split_once("]: ")).flatten();
        let targets = inline.chain(defined.map(|(_, target)| target));
        let files = targets
            .filter_map(|target| target.split('#').next())
            .filter(|target| !target.is_empty() && !target.contains("://") && !target.starts_with("mailto:"));
        found.extend(files.map(|target| (index + 1, target.trim().to_owned())));
    }
    found
}

/// Where a link in `document` leads to, from the root of the repository; nowhere if it leaves the repository.
fn follow(document: &str, target: &str) -> Option<String> {
    let mut path: Vec<&str> = document.split('/').collect();
    path.pop();
    for part in target.split('/') {
        match part {
            "" | "." => {}
            ".." => drop(path.pop()?),
            part => path.push(part),
        }
    }
    Some(path.join("/"))
}

fn dead_links(files: &[File], exists: impl Fn(&str) -> bool) -> Vec<String> {
    let documents = files.iter().filter(|file| file.path.ends_with(".md"));
    let links = documents.flat_map(|file| links(&file.text).into_iter().map(move |link| (file, link)));
    let dead = links.filter(|(file, (_, target))| {
        target.starts_with('/') || !follow(&file.path, target).is_some_and(|path| exists(&path))
    });
    dead.map(|(file, (line, target))| format!("{}:{line}: `{target}`", file.path)).collect()
}

/// The folders whose paths documents tell: `core/` and `sim/` are short, as ARCHITECTURE.md says.
const FOLDERS: [(&str, &str); 5] = [
    ("crates/", "crates/"),
    ("docs/", "docs/"),
    ("jepsen-style-tests/", "jepsen-style-tests/"),
    ("core/", "crates/core/src/"),
    ("sim/", "crates/sim/src/"),
];

/// The paths in a piece of code; of `crates/sim/src/check/<law>.rs` its folder.
fn paths(snippet: &str) -> Vec<&str> {
    let words = snippet.split(|c: char| c.is_whitespace() || "=,;()".contains(c));
    let ours = words.filter(|word| {
        let inside = FOLDERS.iter().filter_map(|(folder, _)| word.strip_prefix(folder));
        inside.take(1).any(|rest| !rest.is_empty())
    });
    let known = ours.map(|word| match word.find(['<', '*', '{']) {
        Some(end) => word[..end].rsplit_once('/').map_or(word, |(folder, _)| folder),
        None => word,
    });
    known.map(|path| path.trim_end_matches(['.', '/', ':'])).collect()
}

/// Whether the repository has this path, be it in short.
fn there(path: &str) -> bool {
    let long = FOLDERS.iter().find_map(|(short, long)| Some(format!("{long}{}", path.strip_prefix(short)?)));
    root().join(long.unwrap_or_else(|| path.into())).exists()
}

#[test]
fn every_link_leads_somewhere() {
    let why = "a reader who meets a dead link stops believing the page";
    let way_out = "mend the link, or write the page";
    let complaint = report("links lead to files", why, way_out, &dead_links(&files(), there));
    assert!(complaint.is_empty(), "{complaint}");

    let page = "[a](b.md#c), [`x`](../crates/), [w](https://a.example/b), [here](#d)\n\
        `[no](link)` [a](gone.md)\n```\n[no](link)\n```\n[out](../../x)\n[d]: ./e.md";
    let exists = |path: &str| ["docs/b.md", "crates"].contains(&path);
    let dead = dead_links(&[File::new("docs/a.md", page)], exists);
    assert_eq!(dead, ["docs/a.md:2: `gone.md`", "docs/a.md:6: `../../x`", "docs/a.md:7: `./e.md`"]);
}

#[test]
fn every_path_that_is_told_exists() {
    let told = told(&files(), paths).into_iter().filter(|(_, path)| !there(path));
    let places: Vec<String> = told.map(|(place, path)| format!("{place}: `{path}`")).collect();
    let why = "a map that names rooms which are not there is worse than none";
    let way_out = "mend the document, or move the file back";
    let complaint = report("documents name paths that exist", why, way_out, &places);
    assert!(complaint.is_empty(), "{complaint}");

    assert_eq!(paths("make story FILE=crates/a/b.story # crates/a/c."), ["crates/a/b.story", "crates/a/c"]);
    assert_eq!(paths("crates/sim/src/check/<law>.rs"), ["crates/sim/src/check"]);
    assert!(paths("src/crates.rs a/docs/b").is_empty() && !there("crates/sim/law"));
    assert!(paths("core/    the law").is_empty() && there("core/state.rs") && !there("sim/law/check"));
}

#[test]
fn every_make_target_that_is_told_exists() {
    let why = "the first command that does not work is the last one a newcomer types";
    let way_out = "mend the document, or add the target";
    let unknown = unknown_targets(&files(), &text("Makefile"));
    let complaint = report("documents name targets that exist", why, way_out, &unknown);
    assert!(complaint.is_empty(), "{complaint}");

    let page = File::new(
        "a.md",
        "make up your mind; `make test`\n```sh\n$ CI=1 make law SEEDS=1 # make no\nmake gone\n```",
    );
    assert_eq!(unknown_targets(&[page], "test: setup\nlaw:\n"), ["a.md:4: `make gone`"]);
}

#[test]
fn every_word_of_the_simulator_that_is_told_exists() {
    let told = told(&files(), |snippet| sim_word(snippet).into_iter().collect());
    let words: BTreeSet<&String> = told.iter().map(|(_, word)| word).collect();
    let unknown: BTreeSet<&String> = words.into_iter().filter(|word| !sim_knows(word)).collect();
    let places = told.iter().filter(|(_, word)| unknown.contains(word));
    let places: Vec<String> = places.map(|(place, word)| format!("{place}: `reeve-sim {word}`")).collect();
    let why = "the first command that does not work is the last one a newcomer types";
    let way_out = "mend the document, or add the subcommand";
    let complaint = report("documents name subcommands that exist", why, way_out, &places);
    assert!(complaint.is_empty(), "{complaint}");

    assert_eq!(sim_word("cargo run -q --release --bin reeve-sim -- law --seeds 5"), Some("law"));
    assert_eq!(sim_word("cargo run -p reeve-sim -- --help"), None);
    assert!(!sim_knows("no-such-word"));
}
