//! The files of fossils: how they are read, and how new ones are added. Existing ones are never edited.
//!
//! Included by `src/codec/fossil.rs`, whose tests are core's own; it lives here because core's sources name no IO.

use std::fmt::{self, Display, Formatter};
use std::path::PathBuf;
use std::{env, fs};

/// One shape as it was written once: name, version, bytes, and what they meant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Stone {
    pub name: String,
    pub version: u8,
    pub bytes: Vec<u8>,
    pub meaning: String,
}

/// How many bytes stand on one line.
const WRAP: usize = 32;

impl Display for Stone {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        writeln!(f, "{}, version {}", self.name, self.version)?;
        for line in self.bytes.chunks(WRAP) {
            f.write_str("| ")?;
            line.iter().try_for_each(|byte| write!(f, "{byte:02x}"))?;
            f.write_str("\n")?;
        }
        writeln!(f, "{}", self.meaning)
    }
}

impl Stone {
    /// Reads one block of a file; nothing about it is forgiven.
    fn parse(block: &str) -> Option<Self> {
        let (head, rest) = block.split_once('\n')?;
        let (name, version) = head.rsplit_once(", version ")?;
        let hex: String = rest.lines().map_while(|line| line.strip_prefix("| ")).collect();
        let bytes = (0..hex.len()).step_by(2).map(|at| u8::from_str_radix(hex.get(at..at + 2)?, 16).ok());
        let meaning: Vec<&str> = rest.lines().skip_while(|line| line.starts_with("| ")).collect();
        Some(Self {
            name: name.to_owned(),
            version: version.parse().ok()?,
            bytes: bytes.collect::<Option<_>>()?,
            meaning: meaning.join("\n"),
        })
    }
}

fn folder() -> PathBuf {
    [env!("CARGO_MANIFEST_DIR"), "src", "codec", "fossils"].iter().collect()
}

/// The names of all files, without `.txt`.
pub(crate) fn files() -> Vec<String> {
    let entries = fs::read_dir(folder()).into_iter().flatten();
    let names = entries.map(|entry| entry.expect("a file").file_name().into_string().expect("a name"));
    names.map(|name| name.trim_end_matches(".txt").to_owned()).collect()
}

/// The stones in one file; none if there is no such file.
pub(crate) fn read(file: &str) -> Vec<Stone> {
    let text = fs::read_to_string(folder().join(format!("{file}.txt"))).unwrap_or_default();
    let blocks = text.trim_end().split("\n\n").filter(|block| !block.is_empty());
    blocks
        .map(|block| Stone::parse(block).unwrap_or_else(|| panic!("{file}.txt: not a fossil:\n{block}")))
        .collect()
}

/// Whether new fossils are welcome in this run.
pub(crate) fn blesses() -> bool {
    env::var_os("REEVE_BLESS").is_some()
}

/// Adds a stone at the end of a file.
pub(crate) fn add(file: &str, stone: &Stone) {
    let path = folder().join(format!("{file}.txt"));
    let before = fs::read_to_string(&path).unwrap_or_default();
    let gap = if before.is_empty() { "" } else { "\n" };
    fs::write(path, format!("{before}{gap}{stone}")).expect("a fossil is kept");
}
