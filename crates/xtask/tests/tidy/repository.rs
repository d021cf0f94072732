//! The files of the repository, as a reader of a clean clone would meet them.

use std::fs;
use std::path::{Path, PathBuf};

use super::source::{Kind, without};

/// One text file.
pub(super) struct File {
    /// From the root of the repository, with `/`.
    pub(super) path: String,
    /// As it stands.
    pub(super) text: String,
    /// Without comments and literals (Rust only; the same as `text` elsewhere). Line breaks stay.
    pub(super) code: String,
}

impl File {
    pub(super) fn new(path: &str, text: &str) -> File {
        let rust = path.ends_with(".rs");
        let code = if rust { without(text, &[Kind::Comment, Kind::Literal]) } else { text.into() };
        File { path: path.into(), text: text.into(), code }
    }

    pub(super) fn is_rust(&self) -> bool {
        self.path.ends_with(".rs")
    }
}

/// The root of the repository.
pub(super) fn root() -> PathBuf {
    let here = std::env::var("CARGO_MANIFEST_DIR").expect("cargo tells a test where its crate stands");
    Path::new(&here).ancestors().nth(2).expect("crates/xtask has two folders above it").into()
}

/// One file by its path, empty when it is not there.
pub(super) fn text(path: &str) -> String {
    fs::read_to_string(root().join(path)).unwrap_or_default()
}

/// Every text file that git would track: all but `.git` and what `.gitignore` names.
pub(super) fn files() -> Vec<File> {
    let ignored = text(".gitignore");
    let mut skipped: Vec<&str> = ignored.lines().map(|line| line.trim().trim_matches('/')).collect();
    skipped.push(".git");
    let mut files = Vec::new();
    walk(&root(), "", &skipped, &mut files);
    files.sort_by(|a, b| a.path.cmp(&b.path));
    files
}

fn walk(folder: &Path, prefix: &str, skipped: &[&str], files: &mut Vec<File>) {
    for entry in fs::read_dir(folder).expect("a folder of the repository can be listed").flatten() {
        let name = entry.file_name().to_string_lossy().into_owned();
        let (path, place) = (format!("{prefix}{name}"), entry.path());
        if skipped.contains(&name.as_str()) || place.is_symlink() {
            continue;
        }
        if place.is_dir() {
            walk(&place, &format!("{path}/"), skipped, files);
        } else if let Ok(text) = fs::read_to_string(&place) {
            files.push(File::new(&path, &text));
        }
    }
}
