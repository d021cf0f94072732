//! The taste of the house: names, sizes, exceptions, leftovers.

use super::repository::{self, File};
use super::rule::{Rule, lines, report, words};
use super::source::{Kind, has_word, without};

/// The longest that a file may be, in lines of code.
const MAX_LINES: usize = 800;

/// How often the whole repository may say `cfg(feature ..)`.
const MAX_FEATURE_GATES: usize = 5;

/// Names that say nothing about what is inside.
const EMPTY_NAMES: &[&str] =
    &["util", "utils", "helper", "helpers", "common", "manager", "managers", "imp", "misc"];

/// Folders whose version is a promise to others: a protocol's package, not code that has a twin.
const VERSIONED: &[&str] = &["proto/reeve/internal/v1/", "proto/reeve/v1/"];

pub(super) const RULES: &[Rule] = &[
    Rule {
        name: "every Rust file begins with its module doc",
        why: "a reader should know within one paragraph what lives here and what must never",
        way_out: "begin the file with `//!`",
        offences: |file| {
            let silent = file.is_rust() && !file.text.starts_with("//!");
            silent.then(|| (1, "no `//!` on the first line".into())).into_iter().collect()
        },
        bad: &[("a.rs", "use std::fmt;\n//! Late.")],
        good: &[("a.rs", "//! A thing.\n"), ("a.md", "words")],
    },
    Rule {
        name: "a file has at most 800 lines of code",
        why: "a room should be read in one sitting",
        way_out: "split it by noun, never into `part2`",
        offences: |file| {
            let code = without(&file.text, &[Kind::Comment]);
            let count = code.lines().filter(|line| !line.trim().is_empty()).count();
            let long = file.is_rust() && count > MAX_LINES;
            long.then(|| (MAX_LINES, format!("{count} lines of code"))).into_iter().collect()
        },
        bad: &[("a.rs", LONG)],
        good: &[("a.txt", LONG)],
    },
    Rule {
        name: "a name says what is inside: no utils, helpers, common, manager, imp, misc, versions or mod.rs",
        why: "a room without a name fills with everything; a version in a name means that a twin lives on",
        way_out: "name it after the noun it owns; `lease.rs` + `lease/` in place of `lease/mod.rs`",
        offences: |file| bad_name(&file.path).map(|name| (1, format!("`{name}`"))).into_iter().collect(),
        bad: &[
            ("crates/core/src/utils.rs", ""),
            ("crates/lease_manager/src/lib.rs", ""),
            ("docs/log-v2.md", ""),
            ("a/v003/b.rs", ""),
            ("a/lease/mod.rs", ""),
        ],
        good: &[("crates/core/src/import.rs", ""), ("proto/reeve/v1/tasks.proto", ""), ("src/mode.rs", "")],
    },
    Rule {
        name: "an exception is an `#[expect]` with a reason, never an `#[allow]`",
        why: "an `allow` stays when its cause is gone; an `expect` then complains",
        way_out: "#[expect(the_lint, reason = \"...\")]",
        offences: |file| {
            let seen = |line: &str| {
                let gated = line.contains("cfg_attr") && has_word(line, "allow(");
                (line.contains("[allow(") || gated).then(|| "`allow`".into())
            };
            if file.is_rust() { lines(&file.code, seen) } else { Vec::new() }
        },
        bad: &[("a.rs", "#[allow(dead_code)]"), ("a.rs", "#![cfg_attr(test, allow(unused))]")],
        good: &[("a.rs", "#[expect(dead_code, reason = \"#[allow(\")] // #[allow(\nlimits.allow(1)")],
    },
    Rule {
        name: "nothing is left for later",
        why: "a note to oneself is read by nobody; what is missing belongs in an issue, what is wrong is mended now",
        way_out: "do it, or say in plain words what is not handled and why that is right",
        offences: |file| {
            let mut found = words(&without(&file.text, &[Kind::Literal]), LEFTOVERS);
            found.extend(words(&file.code, &["todo!", "unimplemented!"]));
            if file.is_rust() { found } else { words(&file.text, LEFTOVERS) }
        },
        bad: &[
            ("a.rs", concat!("// TO", "DO: later")),
            ("a.rs", "todo!()"),
            ("Makefile", concat!("# FIX", "ME")),
        ],
        good: &[("a.rs", "// a todo list is a list\nlet TODOS = hacked;")],
    },
    Rule {
        name: "every channel is bounded",
        why: "an unbounded queue turns overload into a death by memory",
        way_out: "take a bound from limits.rs and make overflow a named refusal",
        offences: |file| if file.is_rust() { endless_channels(&file.code) } else { Vec::new() },
        bad: &[
            ("a.rs", "let (tx, rx) = mpsc::channel();"),
            ("a.rs", "let (tx, rx) = mpsc::channel::<u8>();"),
            ("a.rs", "tokio::sync::mpsc::unbounded_channel()"),
            ("a.rs", "crossbeam_channel::unbounded()"),
            ("a.rs", "tx: UnboundedSender<u8>"),
        ],
        good: &[(
            "a.rs",
            "mpsc::channel(limits::INBOX); mpsc::sync_channel(1); self.channel(); fn channel() {}",
        )],
    },
    Rule {
        name: "no glob re-exports",
        why: "a reader should find every public name by searching for it",
        way_out: "name what is re-exported",
        offences: |file| if file.is_rust() { globs(&file.code) } else { Vec::new() },
        bad: &[("a.rs", "pub use lease::*;"), ("a.rs", "pub(crate) use a::{\n    b,\n    c::*,\n};")],
        good: &[("a.rs", "use super::*;\npub use lease::Lease;\nlet x = 2 * 3;")],
    },
    Rule {
        name: "no result is thrown away in silence",
        why: "`let _ =` hides an error today and a new one tomorrow",
        way_out: "handle it, return it, or name it (`_guard`); where losing it is right, match and say why",
        offences: |file| if file.is_rust() { words(&file.code, &["let _ =", "let _:"]) } else { Vec::new() },
        bad: &[("a.rs", "let _ = file.sync();")],
        good: &[("a.rs", "let _guard = lock();\nlet (_, b) = pair();")],
    },
    Rule {
        name: "no test is asleep",
        why: "an ignored test rots until nobody knows what it said",
        way_out: "mend it, delete it, or make it a part of its own in the broom",
        offences: |file| {
            let seen = |line: &str| line.contains("#[ignore").then(|| "`#[ignore]`".into());
            if file.is_rust() { lines(&file.code, seen) } else { Vec::new() }
        },
        bad: &[("a.rs", "#[test]\n#[ignore = \"slow\"]\nfn f() {}")],
        good: &[("a.rs", "// #[ignore]\nfn ignore() {}")],
    },
    Rule {
        name: "every crate takes the lints of the workspace",
        why: "a crate outside the lints is a crate without a style",
        way_out: "add `[lints]` and `workspace = true` to its Cargo.toml",
        offences: |file| {
            let crate_file = file.path.ends_with("Cargo.toml") && file.text.contains("[package]");
            let lints = file.text.split("[lints]").nth(1).unwrap_or_default();
            let taken = lints.split("\n[").next().unwrap_or_default().contains("workspace = true");
            (crate_file && !taken).then(|| (1, "no `[lints] workspace = true`".into())).into_iter().collect()
        },
        bad: &[("crates/a/Cargo.toml", "[package]\nname = \"a\"\n[lints]\n[x]\nworkspace = true")],
        good: &[
            ("crates/a/Cargo.toml", "[package]\nname = \"a\"\n\n[lints]\nworkspace = true\n"),
            ("Cargo.toml", "[workspace]"),
        ],
    },
    Rule {
        name: "no file knows where its author lives",
        why: "an absolute path works on one machine only",
        way_out: "make it relative, or take it from the environment",
        offences: |file| lines(&file.text, absolute_path),
        bad: &[
            ("a.md", concat!("see /ho", "me/ann/reeve")),
            ("a.toml", concat!("path = \"/ro", "ot/x\"")),
            ("a.rs", concat!("(/wo", "rk/main)")),
        ],
        good: &[("a.md", concat!("https://a.example/wo", "rk/b and crates/ro", "ot/x"))],
    },
];

/// Split, so that this file does not catch itself.
const LEFTOVERS: &[&str] =
    &[concat!("TO", "DO"), concat!("FIX", "ME"), concat!("X", "XX"), concat!("HA", "CK")];

/// A file that is too long by one line.
const LONG: &str = {
    const BYTES: [u8; 2 * (MAX_LINES + 1)] = {
        let mut bytes = [b'\n'; 2 * (MAX_LINES + 1)];
        let mut at = 0;
        while at < bytes.len() {
            bytes[at] = b';';
            at += 2;
        }
        bytes
    };
    match str::from_utf8(&BYTES) {
        Ok(text) => text,
        Err(_) => "",
    }
};

/// The first part of `path` with an empty name, or with a version in it.
fn bad_name(path: &str) -> Option<&str> {
    let path = VERSIONED.iter().find_map(|folder| path.strip_prefix(folder)).unwrap_or(path);
    path.split('/').find(|part| {
        let stem = part.split('.').next().unwrap_or_default().to_lowercase();
        let empty = |word: &str| EMPTY_NAMES.contains(&word) || is_version(word);
        *part == "mod.rs" || stem.split(['_', '-', ' ']).any(empty)
    })
}

fn is_version(word: &str) -> bool {
    word.strip_prefix('v').is_some_and(|rest| !rest.is_empty() && rest.chars().all(|c| c.is_ascii_digit()))
}

fn endless_channels(code: &str) -> Vec<(usize, String)> {
    let named = ["unbounded", "unbounded_channel", "UnboundedSender", "UnboundedReceiver"];
    let mut found = words(code, &named);
    found.extend(lines(code, |line| {
        let calls = line.match_indices("channel").filter(|(at, _)| {
            let before = &line[..*at];
            let path =
                before.ends_with("::") || before.ends_with(['(', ' ', '=']) && !before.ends_with("fn ");
            let after = &line[at + "channel".len()..];
            let plain = after.starts_with("()");
            // One message is a bound.
            let path = path && !before.ends_with("oneshot::");
            path && (plain || after.starts_with("::<") && after.contains(">()"))
        });
        (calls.count() > 0).then(|| "a channel without a bound".into())
    }));
    found
}

fn globs(code: &str) -> Vec<(usize, String)> {
    let mut found = Vec::new();
    for (at, _) in code.match_indices("use ") {
        let line = code[..at].rsplit('\n').next().unwrap_or_default().trim_start();
        let statement = code[at..].split(';').next().unwrap_or_default();
        if line.starts_with("pub") && statement.contains("::*") {
            found.push((code[..=at].lines().count(), "`pub use ..::*`".into()));
        }
    }
    found
}

fn absolute_path(line: &str) -> Option<String> {
    let homes = [concat!("/ho", "me/"), concat!("/ro", "ot/"), concat!("/wo", "rk/"), concat!("/Us", "ers/")];
    homes
        .into_iter()
        .find(|home| {
            let inside = |c: char| c.is_alphanumeric() || "_-./}".contains(c);
            line.match_indices(home).any(|(at, _)| !line[..at].ends_with(inside))
        })
        .map(|home| format!("`{home}`"))
}

/// The lines on which the code asks for a feature at compile time.
fn feature_gates(files: &[File]) -> Vec<String> {
    let gate = |line: &str| (line.contains("cfg") && has_word(line, "feature =")).then(|| "a gate".into());
    let rust = files.iter().filter(|file| file.is_rust());
    let place = |file: &File, line: usize| format!("{}:{line}", file.path);
    rust.flat_map(|file| lines(&file.code, gate).into_iter().map(|(line, _)| place(file, line))).collect()
}

#[test]
fn features_gate_the_code_in_few_places() {
    let example =
        File::new("a.rs", "#[cfg(feature = \"a\")]\n// cfg(feature = \nif cfg!(all(x, feature = \"b\")) {}");
    assert_eq!(feature_gates(&[example]), ["a.rs:1", "a.rs:3"]);

    let gates = feature_gates(&repository::files());
    let why = "every gate doubles the programs that exist, and half of them are never tested";
    let way_out = "choose at run time, or behind one gate at the root of a module";
    let complaint = report("at most 5 `cfg(feature ..)` in the repository", why, way_out, &gates);
    assert!(gates.len() <= MAX_FEATURE_GATES, "{complaint}");
}
