//! The file: TOML with places. Everything that is given is found, and so is everything that is wrong with its shape.

use std::path::Path;

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::complaint::{Code, Complaint, Place};
use super::keys::{KEYS, SECTIONS};
use super::layers::{Given, unknown};
use super::value::Raw;

/// All keys that `text` gives, in the order of the file, and all complaints about its shape.
pub(super) fn read(path: &Path, text: &str) -> (Vec<Given>, Vec<Complaint>) {
    let mut reader = Reader { path, text, given: Vec::new(), complaints: Vec::new() };
    let (table, errors) = DeTable::parse_recoverable(text);
    for error in errors {
        let place = reader.place(error.span().map_or(0, |span| span.start));
        let what = error.message().trim().replace('\n', ", ");
        let remedy = "Mend the TOML; text stands in quotes, and each key once.".into();
        reader.complaints.push(Complaint { code: Code::Syntax, place, key: None, what, remedy });
    }
    // What is left of a broken file stands in the wrong sections: to judge it would tell of mistakes that are none.
    if reader.complaints.is_empty() {
        reader.table(None, table.get_ref());
    }
    (reader.given, reader.complaints)
}

struct Reader<'a> {
    path: &'a Path,
    text: &'a str,
    given: Vec<Given>,
    complaints: Vec<Complaint>,
}

impl Reader<'_> {
    /// The entries of a table: of the whole file, or of one section.
    fn table(&mut self, section: Option<&str>, table: &DeTable<'_>) {
        let mut entries: Vec<_> = table.iter().collect();
        entries.sort_by_key(|(key, _)| key.span().start);
        for (key, value) in entries {
            let name = key.get_ref();
            let name = section.map_or_else(|| name.to_string(), |section| format!("{section}.{name}"));
            self.entry(&name, self.place(key.span().start), value);
        }
    }

    fn entry(&mut self, name: &str, place: Place, value: &Spanned<DeValue<'_>>) {
        let table = value.get_ref().as_table();
        if let Some(key) = KEYS.iter().find(|key| key.name == name) {
            self.given.push(Given { key, raw: raw(value.get_ref()), place });
        } else if !SECTIONS.iter().any(|section| section.name == name) {
            let known: &mut dyn Iterator<Item = &str> = match table {
                Some(_) => &mut SECTIONS.iter().map(|section| section.name),
                None => &mut KEYS.iter().map(|key| key.name),
            };
            self.complaints.push(unknown(name, place, known));
        } else if let Some(table) = table {
            self.table(Some(name), table);
        } else {
            self.complaints.push(Complaint {
                code: Code::Type,
                place,
                key: Some(name.into()),
                what: format!("{} is not a section", raw(value.get_ref()).told()),
                remedy: format!("Write [{name}] on a line of its own, and its keys below."),
            });
        }
    }

    /// The line and column, in characters, of a byte of the text.
    fn place(&self, at: usize) -> Place {
        let before = self.text.get(..at).unwrap_or(self.text);
        let line = before.matches('\n').count() + 1;
        let column = before.rsplit('\n').next().unwrap_or_default().chars().count() + 1;
        Place::Line(self.path.into(), line, column)
    }
}

fn raw(value: &DeValue<'_>) -> Raw {
    match value {
        DeValue::String(text) => Raw::Text(text.to_string()),
        DeValue::Integer(number) => i128::from_str_radix(number.as_str(), number.radix())
            .map_or(Raw::Other("number beyond all bounds"), Raw::Integer),
        DeValue::Boolean(value) => Raw::Bool(*value),
        DeValue::Array(items) => Raw::List(items.iter().map(|item| raw(item.get_ref())).collect()),
        DeValue::Float(_) => Raw::Other("number with a fraction"),
        DeValue::Datetime(_) => Raw::Other("date or time"),
        DeValue::Table(_) => Raw::Other("table"),
    }
}
