//! The purity of `core`: the same entry must give the same outcome on every replica, today and in a replay next year.

use super::repository::File;
use super::rule::{Rule, lines, words};
use super::source::is_word;

const CORE: &str = "crates/core/src/";

/// The one room of core that may name a hash table, behind an interface without an order.
const INDEX: &str = "crates/core/src/index.rs";

/// The one room of core that may hold a switch outside the state: the bugs planted on purpose, never shipped.
const PLANTED: &str = "crates/core/src/planted.rs";

/// The rooms of `std`, `core` and `alloc` that core may name. All others let the world in.
const ROOMS: &[&str] = &[
    "array",
    "borrow",
    "boxed",
    "cmp",
    "collections",
    "convert",
    "error",
    "fmt",
    "iter",
    "marker",
    "mem",
    "num",
    "ops",
    "ptr",
    "slice",
    "str",
    "string",
    "sync",
    "vec",
];

/// Words that let the world in by another door.
const IMPURE: &[&str] = &[
    "SystemTime",
    "Instant",
    "rand",
    "getrandom",
    "RandomState",
    "DefaultHasher",
    "tokio",
    "async",
    "println!",
    "eprintln!",
    "print!",
    "eprint!",
    "dbg!",
    "tracing",
    "log::",
    "f32",
    "f64",
    "env!",
    "option_env!",
    "include!",
    "extern crate",
];

/// Places for values that outlive an entry and are in no state, and ways to change what looks constant.
const HIDDEN: &[&str] = &[
    "static mut",
    "thread_local!",
    "Mutex",
    "RwLock",
    "Condvar",
    "Once",
    "OnceLock",
    "LazyLock",
    "OnceCell",
    "LazyCell",
    "Cell",
    "RefCell",
    "UnsafeCell",
    "mpsc",
];

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
                found.extend(foreign_rooms(&file.code));
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
            ("crates/core/src/a/b.rs", "let thousand = 1e3;"),
            ("crates/core/src/a/b.rs", "let little = -2_5E-3;"),
            ("crates/core/src/a/b.rs", "let two = 2.;"),
            ("crates/core/src/a/b.rs", "let one = 1_f64;"),
            ("crates/core/src/a.rs", "use std as world;"),
            ("crates/core/src/a.rs", "use std::{self as world};"),
            ("crates/core/src/a.rs", "use ::std::*;"),
            ("crates/core/src/a.rs", "extern crate std as world;"),
            ("crates/core/src/a.rs", "core::time::Duration::ZERO"),
            ("crates/core/src/a.rs", "use std::env as surroundings;"),
            ("crates/core/src/a.rs", "use std::{\n    fmt::{self, Display},\n    env as e,\n};"),
            ("crates/core/src/a.rs", "std::collections::hash_map::DefaultHasher::new()"),
            ("crates/core/src/a.rs", "let built_by = env!();"),
            ("crates/core/src/planted.rs", "use std::time::Duration;"),
        ],
        good: &[
            ("crates/core/src/a.rs", "// no Instant, no f64\nlet operand = pair.0.1 + catalog::x(0..9);"),
            (
                "crates/core/src/a.rs",
                "use std::{\n    fmt::{self, Display},\n    mem,\n};\nstd::ptr::eq(a, b)",
            ),
            ("crates/core/src/a.rs", "let mixed = 0x1e3 + 1usize + 2.max(3) + 0b1 + at.0.e1;"),
            ("crates/sim/src/a.rs", "let t = Instant::now();"),
        ],
    },
    Rule {
        name: "core keeps no state outside its state: no atomics, locks, cells or lazy values",
        why: "a value outside the state is in no snapshot, and differs between replicas",
        way_out: "make it a field of the state; the atomic switch of the planted bugs, in planted.rs, is exempt",
        offences: |file| {
            let mut found = if in_core(file) { words(&file.code, HIDDEN) } else { Vec::new() };
            if in_core(file) && file.path != PLANTED {
                found.extend(words(&file.code, &["atomic"]));
            }
            found
        },
        bad: &[
            ("crates/core/src/a.rs", "use std::sync::{Arc, atomic::AtomicU32};"),
            ("crates/core/src/a.rs", "static mut N: u8 = 0;"),
            ("crates/core/src/a.rs", "static SEEN: std::sync::Mutex<u64> = std::sync::Mutex::new(0);"),
            ("crates/core/src/a.rs", "static SEEN: RwLock<u64> = RwLock::new(0);"),
            ("crates/core/src/a.rs", "static FIRST: OnceLock<u64> = OnceLock::new();"),
            ("crates/core/src/a.rs", "static FIRST: LazyLock<u64> = LazyLock::new(first);"),
            ("crates/core/src/a.rs", "struct A { seen: Cell<u64> }"),
            ("crates/core/src/a.rs", "struct A { seen: std::cell::RefCell<u64> }"),
            (PLANTED, "static SEEN: Mutex<u64> = Mutex::new(0);"),
        ],
        good: &[
            (PLANTED, "use std::sync::atomic::AtomicU32;"),
            ("crates/core/src/a.rs", "use std::sync::Arc;\nstatic PLAIN: Terms = Terms { retry: None };"),
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

/// Rooms of `std`, `core` and `alloc` that core may not name, in groups too, and other names for all of them.
fn foreign_rooms(code: &str) -> Vec<(usize, String)> {
    let mut found = Vec::new();
    for root in ["std", "core", "alloc"] {
        for (at, _) in code.match_indices(root) {
            let (before, after) = (&code[..at], &code[at + root.len()..]);
            if before.ends_with(is_word) || after.starts_with(is_word) {
                continue;
            }
            let named = match after.strip_prefix("::") {
                Some(path) if path.starts_with('{') => grouped(path),
                Some(path) => vec![path],
                None => vec![after],
            };
            let room = |path: &&str| path.find(|c| !is_word(c)).map_or(*path, |end| &path[..end]).to_owned();
            let foreign = named.iter().map(room).filter(|room| !ROOMS.contains(&room.as_str()));
            let line = before.matches('\n').count() + 1;
            found.extend(foreign.map(|room| (line, format!("`{root}::{room}`"))));
        }
    }
    found
}

/// The paths of a group `{a, b::{c, d}}`, without those of the groups in it.
fn grouped(group: &str) -> Vec<&str> {
    let (mut depth, mut paths) = (0_usize, Vec::new());
    for (at, c) in group.char_indices() {
        match c {
            '{' => depth += 1,
            '}' => depth -= 1,
            ',' => {}
            _ => continue,
        }
        if depth == 0 {
            break;
        }
        let path = group[at + 1..].trim_start();
        if depth == 1 && c != '}' && !path.starts_with('}') {
            paths.push(path);
        }
    }
    paths
}

/// Whether a float literal stands on the line: `0.5`, `2.`, `1e3` or `1f64`; but not the `0.1` of `pair.0.1`.
fn has_float(line: &str) -> bool {
    line.char_indices().filter(|(_, c)| c.is_ascii_digit()).any(|(at, _)| {
        let before = &line[..at];
        let field = before.ends_with('.') && !before.ends_with("..");
        let after = line[at..].trim_start_matches(|c: char| c.is_ascii_digit() || c == '_');
        let fraction = after.strip_prefix('.').is_some_and(|rest| {
            rest.starts_with(|c: char| c.is_ascii_digit() || !is_word(c) && c != '.') || rest.is_empty()
        });
        let exponent = after.strip_prefix(['e', 'E']).is_some_and(|rest| {
            let rest = rest.strip_prefix(['+', '-']).unwrap_or(rest);
            rest.trim_start_matches('_').starts_with(|c: char| c.is_ascii_digit())
        });
        let marked = after.starts_with("f32") || after.starts_with("f64");
        !before.ends_with(is_word) && !field && (fraction || exponent || marked)
    })
}
