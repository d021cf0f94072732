//! What a rule about files is, and the words with which it complains.

use super::repository::File;
use super::source::has_word;

/// A rule that can be judged one file at a time.
pub(super) struct Rule {
    /// The rule, said as what is true when it holds.
    pub(super) name: &'static str,
    pub(super) why: &'static str,
    pub(super) way_out: &'static str,
    /// What is wrong with a file, with line numbers.
    pub(super) offences: fn(&File) -> Vec<(usize, String)>,
    /// (path, text) of files which it must catch.
    pub(super) bad: &'static [(&'static str, &'static str)],
    /// (path, text) of files which look a little like it and are fine.
    pub(super) good: &'static [(&'static str, &'static str)],
}

impl Rule {
    /// The places, as `path:line: what`, in which `files` break this rule.
    pub(super) fn judge(&self, files: &[File]) -> Vec<String> {
        let place = |file: &File, (line, what): (usize, String)| format!("{}:{line}: {what}", file.path);
        files.iter().flat_map(|file| (self.offences)(file).into_iter().map(|it| place(file, it))).collect()
    }

    /// The complaint about these places; nothing about none.
    pub(super) fn report(&self, places: &[String]) -> String {
        report(self.name, self.why, self.way_out, places)
    }
}

/// What was seen, which rule that breaks, why the rule stands, and the way out.
pub(super) fn report(rule: &str, why: &str, way_out: &str, places: &[String]) -> String {
    if places.is_empty() {
        return String::new();
    }
    let places = places.join("\n  ");
    format!("\nrule: {rule}\n  {places}\n  why: {why}\n  way out: {way_out}\n")
}

/// The lines of `code` on which `see` finds something.
pub(super) fn lines(code: &str, see: impl Fn(&str) -> Option<String>) -> Vec<(usize, String)> {
    code.lines().enumerate().filter_map(|(index, line)| Some((index + 1, see(line)?))).collect()
}

/// The lines of `code` on which one of `words` stands.
pub(super) fn words(code: &str, words: &[&str]) -> Vec<(usize, String)> {
    lines(code, |line| words.iter().find(|word| has_word(line, word)).map(|word| format!("`{word}`")))
}
