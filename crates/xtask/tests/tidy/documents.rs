//! What the documents tell a reader to type exists.

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

/// The subcommand in `cargo run .. -p reeve-sim .. -- WORD`.
fn sim_word(snippet: &str) -> Option<&str> {
    let (head, tail) = snippet.split_once(" -- ")?;
    let word = tail.split_whitespace().next()?;
    (head.contains("cargo run") && head.contains("-p reeve-sim") && !word.starts_with('-')).then_some(word)
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
    let words = ["run", "-q", "--release", "-p", "reeve-sim", "--", "help", word];
    let output = Command::new(cargo).current_dir(root()).args(words).output();
    output.expect("cargo can be started").status.success()
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

    assert_eq!(sim_word("cargo run -q --release -p reeve-sim -- law --seeds 5"), Some("law"));
    assert_eq!(sim_word("cargo run -p reeve-sim -- --help"), None);
    assert!(!sim_knows("no-such-word"));
}
