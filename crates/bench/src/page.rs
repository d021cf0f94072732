//! The page of figures, written from what was recorded: between `<!-- bench WORD -->` and `<!-- end -->` stands what
//! `WORD.json` of the folder of records says, and nothing that a hand could have bettered.

use std::fs;
use std::path::Path;

use crate::Fault;
use crate::record::Record;

const BEGIN: &str = "<!-- bench ";
const END: &str = "<!-- end -->";

/// The page with what the records in `folder` say.
///
/// # Errors
/// A record that cannot be read, or a mark without an end.
pub fn written(page: &str, folder: &Path) -> Result<String, Fault> {
    let mut out = String::new();
    let mut rest = page;
    while let Some((before, after)) = rest.split_once(BEGIN) {
        let (word, after) = after.split_once(" -->\n").ok_or_else(|| amiss("a mark is not closed"))?;
        let (_, after) = after.split_once(END).ok_or_else(|| amiss(&format!("`{word}` has no end")))?;
        out.push_str(&format!("{before}{BEGIN}{word} -->\n{}{END}", section(word, folder)?));
        rest = after;
    }
    out.push_str(rest);
    Ok(out)
}

fn section(word: &str, folder: &Path) -> Result<String, Fault> {
    let file = folder.join(format!("{word}.json"));
    match fs::read_to_string(&file) {
        Ok(text) => {
            let record: Record = serde_json::from_str(&text)
                .map_err(|error| amiss(&format!("{} is no record: {error}", file.display())))?;
            Ok(record.markdown())
        }
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
            Ok("Not measured yet; `make bench` does.\n".into())
        }
        Err(error) => Err(Fault::Disk { at: file.display().to_string(), error }),
    }
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
    use super::*;

    #[test]
    fn what_stands_between_the_marks_is_replaced() {
        let folder = tempfile::tempdir().unwrap();
        let page = "a\n<!-- bench x -->\nold\n<!-- end -->\nb\n";
        let told = written(page, folder.path()).unwrap();
        assert_eq!(told, "a\n<!-- bench x -->\nNot measured yet; `make bench` does.\n<!-- end -->\nb\n");
        assert_eq!(written(&told, folder.path()).unwrap(), told);
        assert!(written("<!-- bench x -->\n", folder.path()).is_err());
        fs::write(folder.path().join("x.json"), "{}").unwrap();
        assert!(written(page, folder.path()).is_err());
    }
}
