//! The page of figures, written from what was recorded: between `<!-- bench WORD -->` and `<!-- end -->` stands what
//! `WORD.json` of the folder of records says, and nothing that a hand could have bettered.

use std::collections::BTreeSet;
use std::fs;
use std::io::ErrorKind;
use std::path::Path;

use crate::Fault;
use crate::record::Record;

const BEGIN: &str = "<!-- bench ";
const END: &str = "<!-- end -->";

/// A page with what records say.
#[derive(Debug, PartialEq, Eq)]
pub struct Written {
    /// All of it.
    pub text: String,
    /// What it has a place for, and nobody has measured yet.
    pub missing: Vec<String>,
}

/// The page with what the records in `folder` say.
///
/// # Errors
/// A record that cannot be read or has no place in the page, or a mark without an end.
pub fn written(page: &str, folder: &Path) -> Result<Written, Fault> {
    let mut left = recorded(folder)?;
    let (mut out, mut missing) = (String::new(), Vec::new());
    let mut rest = page;
    while let Some((before, after)) = rest.split_once(BEGIN) {
        let (word, after) = after.split_once(" -->\n").ok_or_else(|| amiss("a mark is not closed"))?;
        let (_, after) = after.split_once(END).ok_or_else(|| amiss(&format!("`{word}` has no end")))?;
        let section = if left.remove(word) {
            section(&folder.join(format!("{word}.json")))?
        } else {
            missing.push(word.into());
            "Not measured yet; `make bench` does.\n".into()
        };
        out.push_str(&format!("{before}{BEGIN}{word} -->\n{section}{END}"));
        rest = after;
    }
    out.push_str(rest);
    match left.first() {
        Some(word) => Err(amiss(&format!("`{word}` was measured, and the page has no place for it"))),
        None => Ok(Written { text: out, missing }),
    }
}

/// The words of all records; where there is no folder, there are none.
fn recorded(folder: &Path) -> Result<BTreeSet<String>, Fault> {
    let failed = |error| Fault::Disk { at: folder.display().to_string(), error };
    let entries = match fs::read_dir(folder) {
        Ok(entries) => entries,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(BTreeSet::new()),
        Err(error) => return Err(failed(error)),
    };
    let mut words = BTreeSet::new();
    for entry in entries {
        let name = entry.map_err(failed)?.file_name();
        words.extend(name.to_str().and_then(|name| name.strip_suffix(".json")).map(str::to_owned));
    }
    Ok(words)
}

fn section(file: &Path) -> Result<String, Fault> {
    let text = fs::read_to_string(file);
    let text = text.map_err(|error| Fault::Disk { at: file.display().to_string(), error })?;
    let record: Result<Record, _> = serde_json::from_str(&text);
    Ok(record.map_err(|error| amiss(&format!("{} is no record: {error}", file.display())))?.markdown())
}

/// Keeps a record where the page finds it.
///
/// # Errors
/// The disk refuses.
pub fn keep(record: &Record, folder: &Path) -> Result<(), Fault> {
    let file = folder.join(format!("{}.json", record.word));
    let mut text = serde_json::to_string_pretty(record).map_err(|error| amiss(&error.to_string()))?;
    text.push('\n');
    let written = fs::create_dir_all(folder).and_then(|()| fs::write(&file, text));
    written.map_err(|error| Fault::Disk { at: file.display().to_string(), error })
}

fn amiss(what: &str) -> Fault {
    Fault::Page(what.into())
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::machine::Machine;

    #[test]
    fn what_stands_between_the_marks_is_replaced() {
        let folder = tempfile::tempdir().unwrap();
        let page = "a\n<!-- bench x -->\nold\n<!-- end -->\nb\n";
        let told = written(page, folder.path()).unwrap();
        assert_eq!(told.text, "a\n<!-- bench x -->\nNot measured yet; `make bench` does.\n<!-- end -->\nb\n");
        assert_eq!(told.missing, ["x"]);
        assert_eq!(written(&told.text, folder.path()).unwrap(), told);
        assert!(written("<!-- bench x -->\n", folder.path()).is_err());
        fs::write(folder.path().join("x.json"), "{}").unwrap();
        assert!(written(page, folder.path()).is_err());
    }

    #[test]
    fn what_was_measured_is_told() {
        let folder = tempfile::tempdir().unwrap();
        let machine = Machine::here(folder.path()).unwrap();
        let record = Record::of("x", "What was done.".into(), machine, Duration::from_secs(1), &[]);
        keep(&record, &folder.path().join("bench")).unwrap();
        let told = |page: &str| written(page, &folder.path().join("bench"));
        let page = "<!-- bench x -->\nNot measured yet; `make bench` does.\n<!-- end -->\n";
        let new = told(page).unwrap();
        assert!(new.text.contains("What was done.") && new.missing.is_empty(), "{new:?}");
        assert!(told(&page.replace(" x ", " y ")).unwrap_err().to_string().contains("no place for it"));
    }
}
