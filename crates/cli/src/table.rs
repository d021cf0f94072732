//! How answers are told: lines for people, JSON for machines.

use std::io::{self, Write};

/// In which form.
#[derive(Clone, Copy)]
pub(crate) enum Form {
    /// For people.
    Text,
    /// For machines: one object on one line.
    Json,
}

/// An answer in both forms.
pub(crate) struct Told {
    pub text: String,
    pub json: serde_json::Value,
}

impl Told {
    pub(crate) fn write(&self, form: Form, out: &mut impl Write) -> io::Result<()> {
        match form {
            Form::Text => out.write_all(self.text.as_bytes()),
            Form::Json => writeln!(out, "{}", self.json),
        }
    }
}

/// Rows, with each column as wide as it has to be.
pub(crate) fn columns<const N: usize>(rows: &[[String; N]]) -> String {
    let mut widths = [0; N];
    for row in rows {
        for (width, cell) in widths.iter_mut().zip(row) {
            *width = cell.chars().count().max(*width);
        }
    }
    let line = |row: &[String; N]| {
        let cells = row.iter().zip(widths).map(|(cell, width)| format!("{cell:width$}"));
        format!("{}\n", cells.collect::<Vec<_>>().join("  ").trim_end())
    };
    rows.iter().map(line).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_are_as_wide_as_they_have_to_be() {
        let rows = [["a", "bcd", "e"], ["äöü", "", "f"]].map(|row| row.map(String::from));
        assert_eq!(columns(&rows), "a    bcd  e\näöü       f\n");
    }
}
