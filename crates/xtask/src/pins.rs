//! Pinned ordinals: the numbers by which core's codec names things on disk and on the wire. Once a line stands in the
//! list it never changes, because old logs hold that number; this file only ever appends.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, ensure};

/// The header of a new list.
const HEADER: &str = "\
# Pinned ordinals: family, name, number. Lines are added, never changed and never removed: old logs hold them.
# Add what is new with: cargo run --release --bin xtask -- pin
";

/// One ordinal: a number that means a name within a family.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pin {
    /// What is numbered: `command`, `record`, ...
    pub family: String,
    /// Whose number it is.
    pub name: String,
    /// The number itself.
    pub number: u8,
}

/// The list in the repository.
pub fn path() -> PathBuf {
    // Asked at run time, so that no path of the building machine stays in the program.
    let here = std::env::var("CARGO_MANIFEST_DIR").unwrap_or_else(|_| "crates/xtask".into());
    Path::new(&here).join("../core/ordinals.txt")
}

/// The ordinals that the code has now.
pub fn current() -> Vec<Pin> {
    let pin =
        |(family, name, number): (&str, &str, u8)| Pin { family: family.into(), name: name.into(), number };
    reeve_core::codec::ordinals().into_iter().map(pin).collect()
}

/// The lines of a list. Blank lines and `#` comments count for nothing.
pub fn parse(text: &str) -> Result<Vec<Pin>> {
    let lines = text.lines().filter(|line| !line.trim().is_empty() && !line.starts_with('#'));
    lines
        .map(|line| parse_line(line).with_context(|| format!("`{line}` is not `family name number`")))
        .collect()
}

fn parse_line(line: &str) -> Option<Pin> {
    let mut words = line.split_whitespace();
    let pin =
        Pin { family: words.next()?.into(), name: words.next()?.into(), number: words.next()?.parse().ok()? };
    words.next().is_none().then_some(pin)
}

/// Every way in which the code breaks a promise of the list: a pinned line that the code no longer has, or a number
/// or a name that stands twice in one family.
pub fn quarrels(pinned: &[Pin], current: &[Pin]) -> Vec<String> {
    let mut quarrels = Vec::new();
    for Pin { family, name, number } in pinned {
        let alive =
            current.iter().any(|pin| pin.family == *family && pin.name == *name && pin.number == *number);
        if !alive {
            quarrels.push(format!("`{family} {name} {number}` is pinned, but the code says otherwise"));
        }
    }
    for (what, pins) in [("the list", pinned), ("the code", current)] {
        let (mut numbers, mut names) = (BTreeMap::new(), BTreeMap::new());
        for Pin { family, name, number } in pins {
            if let Some(other) = numbers.insert((family, number), name) {
                quarrels
                    .push(format!("{what} gives number {number} of `{family}` to `{other}` and to `{name}`"));
            }
            if let Some(other) = names.insert((family, name), number) {
                quarrels.push(format!("{what} gives `{family} {name}` both {other} and {number}"));
            }
        }
    }
    quarrels
}

/// What the code has and the list does not.
pub fn missing(pinned: &[Pin], current: &[Pin]) -> Vec<Pin> {
    current.iter().filter(|pin| !pinned.contains(pin)).cloned().collect()
}

/// Appends the missing lines to the list and says how many. Refuses when the code has changed a pinned ordinal.
pub fn append_missing() -> Result<usize> {
    let path = path();
    let text = if path.exists() { fs::read_to_string(&path)? } else { HEADER.into() };
    let (pinned, current) = (parse(&text)?, current());
    let quarrels = quarrels(&pinned, &current);
    ensure!(quarrels.is_empty(), "nothing pinned, mend these first:\n  {}", quarrels.join("\n  "));
    let missing = missing(&pinned, &current);
    fs::write(&path, extended(text, &missing)).with_context(|| format!("cannot write {}", path.display()))?;
    Ok(missing.len())
}

fn extended(mut text: String, pins: &[Pin]) -> String {
    if !text.is_empty() && !text.ends_with('\n') {
        text.push('\n');
    }
    for Pin { family, name, number } in pins {
        text += &format!("{family} {name} {number}\n");
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    const LIST: &str = "# words\ncommand submit 1\ncommand grant 2\nrecord task 1\n";

    #[test]
    fn a_list_that_agrees_is_quiet_and_what_is_new_is_appended() {
        let pinned = parse(LIST).unwrap();
        let current = parse(&format!("{LIST}command cancel 3")).unwrap();
        assert_eq!(quarrels(&pinned, &current), [""; 0]);
        let text = extended(LIST.trim_end().into(), &missing(&pinned, &current));
        assert_eq!(text, format!("{LIST}command cancel 3\n"));
    }

    #[test]
    fn every_broken_promise_is_named() {
        let pinned = parse(LIST).unwrap();
        let broken = |text: &str| quarrels(&pinned, &parse(text).unwrap()).join("; ");
        assert!(broken("command submit 1\ncommand grant 2").contains("`record task 1` is pinned"));
        assert!(broken(&LIST.replace("grant 2", "grant 9")).contains("`command grant 2` is pinned"));
        assert!(broken(&format!("{LIST}command cancel 2")).contains("number 2 of `command`"));
        assert!(broken(&format!("{LIST}command grant 7")).contains("`command grant` both"));
        assert!(parse("command submit").is_err() && parse("command submit 300").is_err());
        assert!(parse("command submit 1 2").is_err());
    }
}
