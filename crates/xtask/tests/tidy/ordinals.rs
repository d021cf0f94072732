//! The ordinals of core's codec stand pinned in `crates/core/ordinals.txt`.

use std::fs;

use xtask::pins;

use super::rule::report;

const RULE: &str = "every ordinal is pinned and stays";
const WHY: &str = "old logs and disks hold these numbers; one that changes its meaning is silent corruption";

#[test]
fn every_ordinal_is_pinned_and_stays() {
    let text = fs::read_to_string(pins::path()).unwrap_or_default();
    let pinned = pins::parse(&text).expect("each line of ordinals.txt is `family name number`");
    let current = pins::current();
    let way_out = "give the old number back to the old name, and what is new a number never used before";
    let broken = report(RULE, WHY, way_out, &pins::quarrels(&pinned, &current));
    let missing = pins::missing(&pinned, &current);
    let missing: Vec<String> = missing
        .iter()
        .map(|pin| format!("`{} {} {}` is not pinned", pin.family, pin.name, pin.number))
        .collect();
    let way_out = "cargo run --release --bin xtask -- pin, and commit crates/core/ordinals.txt";
    let new = report(RULE, WHY, way_out, &missing);
    assert!(broken.is_empty() && new.is_empty(), "{broken}{new}");
    assert!(!current.is_empty(), "core says that it numbers nothing");
}
