//! The purity of `core`: the same entry must give the same outcome on every replica, today and in a replay next year.

use super::repository::File;
use super::rule::{Rule, lines, words};
use super::source::{has_word, is_word};

const CORE: &str = "crates/core/src/";

/// The one room of core that may name a hash table, behind an interface without an order.
const INDEX: &str = "crates/core/src/index.rs";

/// The one room of core that may hold a switch outside the state: the bugs planted on purpose, never shipped.
const PLANTED: &str = "crates/core/src/planted.rs";

/// Words that let the world in.
const IMPURE: &[&str] = &[
    "SystemTime",
    "Instant",
    "std::time",
    "rand",
    "getrandom",
    "RandomState",
    "tokio",
    "async",
    "std::fs",
    "std::net",
    "std::env",
    "std::io",
    "std::process",
    "std::thread",
    "thread_local!",
    "static mut",
    "println!",
    "eprintln!",
    "print!",
    "eprint!",
    "dbg!",
    "tracing",
    "log::",
    "f32",
    "f64",
];

/// Rooms of `std` that must not come in through a grouped `use std::{..}` either.
const IMPURE_ROOMS: &[&str] = &["time", "fs", "net", "env", "io", "process", "thread"];

/// Ways to walk a hash table, and so to see its order.
const WALKS: &[&str] = &[
    ".iter()",
    ".iter_mut()",
    ".keys()",
    ".values()",
    ".values_mut()",
    ".drain(",
    ".retain(",
    ".extract_if(",
    "into_iter",
    "into_keys",
    "into_values",
    "in &",
];

pub(super) const RULES: &[Rule] = &[
    Rule {
        name: "core is pure: no clock, randomness, IO, async, threads, logging or floats",
        why: "apply must give the same outcome on every replica; what is read from the world differs between them",
        way_out: "let the office decide it and put it in the entry, or do it outside core",
        offences: |file| {
            let mut found = if in_core(file) { words(&file.code, IMPURE) } else { Vec::new() };
            if in_core(file) {
                found.extend(grouped_rooms(&file.code));
                found.extend(lines(&file.code, |line| has_float(line).then(|| "a float".into())));
            }
            found
        },
        bad: &[
            ("crates/core/src/a.rs", "let t = Instant::now();"),
            ("crates/core/src/a.rs", "use std::{cmp, fs};"),
            ("crates/core/src/a.rs", "pub async fn f() {}"),
            ("crates/core/src/a.rs", "log::info!(\"hm\");"),
            ("crates/core/src/a/b.rs", "let half = 0.5;"),
            ("crates/core/src/a/b.rs", "static mut N: u8 = 0;"),
            ("crates/core/src/planted.rs", "use std::time::Duration;"),
        ],
        good: &[
            ("crates/core/src/a.rs", "// no Instant, no f64\nlet operand = pair.0.1 + catalog::x(0..9);"),
            ("crates/sim/src/a.rs", "let t = Instant::now();"),
        ],
    },
    Rule {
        name: "core keeps no state outside its state: no atomics",
        why: "a value outside the state is in no snapshot, and differs between replicas",
        way_out: "make it a field of the state; only planted.rs, the switches of the planted bugs, is exempt",
        offences: |file| {
            if in_core(file) && file.path != PLANTED { words(&file.code, &["atomic"]) } else { Vec::new() }
        },
        bad: &[("crates/core/src/a.rs", "use std::sync::{Arc, atomic::AtomicU32};")],
        good: &[
            (PLANTED, "use std::sync::atomic::AtomicU32;"),
            ("crates/core/src/a.rs", "use std::sync::Arc;"),
        ],
    },
    Rule {
        name: "core names hash tables in index.rs only",
        why: "hash order differs between machines and releases; whoever can walk a table will, one day",
        way_out: "use a BTreeMap, or the index; give index.rs another method if it lacks one",
        offences: |file| {
            let hashed = ["HashMap", "HashSet", "HashTable", "hashbrown"];
            if in_core(file) && file.path != INDEX { words(&file.code, &hashed) } else { Vec::new() }
        },
        bad: &[
            ("crates/core/src/a.rs", "use std::collections::HashMap;"),
            ("crates/core/src/a.rs", "fn f(t: &hashbrown::HashTable<u8>) {}"),
        ],
        good: &[(INDEX, "use hashbrown::HashTable;"), ("crates/core/src/a.rs", "use crate::index::Index;")],
    },
    Rule {
        name: "index.rs takes no walk through a table, and none from std",
        why: "this one file stands between core and hash order; it answers for one key at a time",
        way_out: "keep an ordered structure beside the table and walk that, in another file",
        offences: |file| {
            if file.path == INDEX {
                words(&file.code, WALKS).into_iter().chain(words(&file.code, &["std::collections"])).collect()
            } else {
                Vec::new()
            }
        },
        bad: &[
            (INDEX, "self.table.iter().count()"),
            (INDEX, "table.retain(|_| true)"),
            (INDEX, "for x in &self.table {}"),
            (INDEX, "use std::collections::HashMap;"),
        ],
        good: &[
            (INDEX, "for bit in 0..64 { self.table.find(hash, same) }"),
            ("crates/core/src/a.rs", "x.iter()"),
        ],
    },
];

fn in_core(file: &File) -> bool {
    file.path.starts_with(CORE) && file.is_rust()
}

/// Impure rooms named inside `std::{..}`, which may run over several lines.
fn grouped_rooms(code: &str) -> Vec<(usize, String)> {
    let mut found = Vec::new();
    for (at, head) in code.match_indices("std::{") {
        let group = code[at + head.len()..].split(';').next().unwrap_or_default();
        let room = IMPURE_ROOMS.iter().find(|room| has_word(group, room));
        found.extend(room.map(|room| (code[..at].lines().count().max(1), format!("`std::{{{room}`"))));
    }
    found
}

/// Whether a float literal stands on the line: digits, a dot, a digit; but not the `0.1` of `pair.0.1`.
fn has_float(line: &str) -> bool {
    line.match_indices('.').any(|(at, _)| {
        let whole = line[..at].trim_end_matches(|c: char| c.is_ascii_digit() || c == '_');
        let before = !whole.ends_with(|c| is_word(c) || c == '.') && line[..at].len() > whole.len();
        before && line[at + 1..].starts_with(|c: char| c.is_ascii_digit())
    })
}
