//! What a measurement says, and what it stands on: for people as a table, for machines and for keeping as JSON.

use std::collections::BTreeMap;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::machine::Machine;

/// What one run says of one thing.
#[derive(Clone, Debug, PartialEq)]
pub struct Said {
    /// Of what.
    pub what: String,
    /// Numbers with their names, units included; the first is the one that matters.
    pub figures: Vec<(&'static str, f64)>,
}

/// A number over all runs.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Figure {
    /// What it is, with its unit.
    pub name: String,
    /// The median of all runs,
    pub median: f64,
    /// the lowest,
    pub low: f64,
    /// and the highest.
    pub high: f64,
}

/// What all runs say of one thing.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Line {
    /// Of what.
    pub what: String,
    /// The numbers.
    pub figures: Vec<Figure>,
}

/// What a figure has to be.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Aim {
    /// What is asked, in words, with its bound.
    pub what: String,
    /// What was measured.
    pub measured: f64,
    /// Whether that is enough.
    pub met: bool,
}

impl Aim {
    /// It must not be more.
    #[must_use]
    pub fn at_most(what: &str, measured: f64, bound: f64) -> Self {
        Self { what: what.into(), measured, met: measured <= bound }
    }
}

/// A measurement.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Record {
    /// The word that repeats it: `reeve bench WORD`.
    pub word: String,
    /// What was done, in a sentence or two.
    pub about: String,
    /// On what.
    pub machine: Machine,
    /// How often.
    pub runs: usize,
    /// How long all of it took, in seconds.
    pub took_s: f64,
    /// What came of it.
    pub lines: Vec<Line>,
    /// What it had to be.
    pub aims: Vec<Aim>,
}

impl Record {
    /// Of all runs.
    #[must_use]
    pub fn of(word: &str, about: String, machine: Machine, took: Duration, runs: &[Vec<Said>]) -> Self {
        let took_s = took.as_secs_f64();
        let (word, aims) = (word.into(), Vec::new());
        Self { word, about, machine, runs: runs.len(), took_s, lines: lines(runs), aims }
    }

    /// A figure, by its line and name.
    #[must_use]
    pub fn figure(&self, what: &str, name: &str) -> Option<&Figure> {
        let line = self.lines.iter().find(|line| line.what == what)?;
        line.figures.iter().find(|figure| figure.name == name)
    }

    /// For people, on a terminal.
    #[must_use]
    pub fn text(&self) -> String {
        let rows = self.rows();
        let columns = rows.iter().map(Vec::len).max().unwrap_or(0);
        let width = |column: usize| {
            rows.iter().filter_map(move |row| row.get(column)).map(|cell| cell.chars().count())
        };
        let widths: Vec<usize> = (0..columns).map(|column| width(column).max().unwrap_or(0)).collect();
        let mut text = format!("{}\n\n", self.about);
        for row in &rows {
            let cells = row.iter().zip(&widths).enumerate().map(|(column, (cell, width))| match column {
                0 => format!("{cell:<width$}"),
                _ => format!("{cell:>width$}"),
            });
            text.push_str(cells.collect::<Vec<_>>().join("  ").trim_end());
            text.push('\n');
        }
        text.push('\n');
        for aim in self.aims() {
            text.push_str(&format!("{aim}\n"));
        }
        text.push_str(&format!("{}\n", self.ground()));
        text
    }

    /// For a page.
    #[must_use]
    pub fn markdown(&self) -> String {
        let mut text = format!("{}\n\n", self.about);
        for (index, row) in self.rows().iter().enumerate() {
            text.push_str(&format!("| {} |\n", row.join(" | ")));
            if index == 0 {
                text.push_str(&format!("|{}\n", "---|".repeat(row.len())));
            }
        }
        text.push('\n');
        for aim in self.aims() {
            text.push_str(&format!("* {aim}\n"));
        }
        if !self.aims.is_empty() {
            text.push('\n');
        }
        text.push_str(&format!("{}\n", self.ground()));
        text
    }

    fn aims(&self) -> impl Iterator<Item = String> {
        let said = |aim: &Aim| {
            let met = if aim.met { "met" } else { "**missed**" };
            format!("{}: {}, {met}", aim.what, number(aim.measured))
        };
        self.aims.iter().map(said)
    }

    /// Heads and lines. The first figure of each line comes with its spread when there is one.
    fn rows(&self) -> Vec<Vec<String>> {
        let mut names: Vec<&str> = Vec::new();
        for figure in self.lines.iter().flat_map(|line| &line.figures) {
            if !names.contains(&figure.name.as_str()) {
                names.push(&figure.name);
            }
        }
        let mut rows = vec![[""].iter().chain(&names).map(ToString::to_string).collect::<Vec<_>>()];
        for line in &self.lines {
            let cell = |name: &&str| match line.figures.iter().position(|own| own.name == *name) {
                Some(0) if line.figures[0].low < line.figures[0].high => {
                    let Figure { median, low, high, .. } = &line.figures[0];
                    format!("{} ({}–{})", number(*median), number(*low), number(*high))
                }
                Some(place) => number(line.figures[place].median),
                None => "-".into(),
            };
            let cells = names.iter().map(cell);
            rows.push([line.what.clone()].into_iter().chain(cells).collect());
        }
        rows
    }

    /// What it stands on, in one paragraph.
    fn ground(&self) -> String {
        let Machine { cores, model, memory_gib, kernel, commit, date, sync, load } = &self.machine;
        let runs = match self.runs {
            1 => "One run".into(),
            runs => format!("Median (lowest–highest) of {runs} runs"),
        };
        format!(
            "{runs}, {} s in all; {cores} cores ({model}), {memory_gib} GiB, Linux {kernel}; fdatasync of 4 KiB just \
             before: p50 {} ms, p99 {} ms; load {}; commit {commit}, {date}.",
            number(self.took_s),
            number(sync.p50_ms),
            number(sync.p99_ms),
            number(*load),
        )
    }
}

fn lines(runs: &[Vec<Said>]) -> Vec<Line> {
    let mut order: Vec<(&str, Vec<&str>)> = Vec::new();
    let mut values: BTreeMap<(&str, &str), Vec<f64>> = BTreeMap::new();
    for said in runs.iter().flatten() {
        if !order.iter().any(|(what, _)| *what == said.what) {
            order.push((&said.what, said.figures.iter().map(|(name, _)| *name).collect()));
        }
        for (name, value) in &said.figures {
            values.entry((&said.what, name)).or_default().push(*value);
        }
    }
    let figure = |what: &str, name: &str| {
        let mut values = values.get(&(what, name)).cloned().unwrap_or_default();
        values.sort_by(f64::total_cmp);
        let (low, high) = (values.first().copied(), values.last().copied());
        let (low, high) = (low.unwrap_or(f64::NAN), high.unwrap_or(f64::NAN));
        let middle = |at: usize| values.get(at).copied().unwrap_or(f64::NAN);
        let half = values.len() / 2;
        let median = if values.len().is_multiple_of(2) && half > 0 {
            f64::midpoint(middle(half - 1), middle(half))
        } else {
            middle(half)
        };
        Figure { name: name.into(), median, low, high }
    };
    let line = |(what, names): &(&str, Vec<&str>)| Line {
        what: (*what).into(),
        figures: names.iter().map(|name| figure(what, name)).collect(),
    };
    order.iter().map(line).collect()
}

/// A number with as many digits as mean something.
#[must_use]
pub fn number(value: f64) -> String {
    let size = value.abs();
    if size >= 100.0 || value == 0.0 {
        let whole = format!("{size:.0}");
        let first = whole.len() % 3;
        let mut groups: Vec<&str> = Vec::new();
        if first > 0 {
            groups.push(&whole[..first]);
        }
        let rest = &whole[first..];
        groups.extend((0..rest.len()).step_by(3).map(|at| &rest[at..at + 3]));
        let sign = if value < 0.0 { "-" } else { "" };
        return format!("{sign}{}", groups.join(","));
    }
    let digits = match size {
        _ if size >= 10.0 => 1,
        _ if size >= 1.0 => 2,
        _ if size >= 0.1 => 2,
        _ => 4,
    };
    format!("{value:.digits$}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tally::Spectrum;

    fn machine() -> Machine {
        Machine {
            cores: 2,
            model: "abacus".into(),
            memory_gib: 1,
            kernel: "6".into(),
            commit: "c0ffee".into(),
            date: "2026-11-20".into(),
            sync: Spectrum { p50_ms: 0.3, p99_ms: 1.25, ..Spectrum::default() },
            load: 0.5,
        }
    }

    fn said(what: &str, figures: &[(&'static str, f64)]) -> Said {
        Said { what: what.into(), figures: figures.to_vec() }
    }

    #[test]
    fn numbers_are_as_long_as_they_mean_something() {
        let told = [1_234_567.0, 999.6, 100.0, 12.34, 1.234, 0.1234, 0.01234, 0.0, -1_500.0].map(number);
        assert_eq!(told, ["1,234,567", "1,000", "100", "12.3", "1.23", "0.12", "0.0123", "0", "-1,500"]);
    }

    #[test]
    fn runs_become_medians_with_their_spread() {
        let run = |tasks: f64| {
            let idle = tasks / 20_000.0;
            vec![said("alone", &[("tasks/s", tasks), ("p50 ms", 1.0)]), said("idle", &[("CPU %", idle)])]
        };
        let runs = [run(30_000.0), run(10_000.0), run(20_000.0)];
        let mut record = Record::of("x", "What was done.".into(), machine(), Duration::from_secs(9), &runs);
        record.aims.push(Aim::at_most("p50, at most 1 ms", 1.0, 1.0));
        record.aims.push(Aim::at_most("CPU, at most 0.5 %", 1.0, 0.5));
        let figure = record.figure("alone", "tasks/s").unwrap();
        assert_eq!((figure.low, figure.median, figure.high), (10_000.0, 20_000.0, 30_000.0));
        let page = record.markdown();
        assert!(page.contains("|  | tasks/s | p50 ms | CPU % |\n|---|---|---|---|\n"), "{page}");
        assert!(
            page.contains(
                "| alone | 20,000 (10,000–30,000) | 1.00 | - |\n| idle | - | - | 1.00 (0.50–1.50) |\n"
            ),
            "{page}"
        );
        assert!(
            page.contains("* p50, at most 1 ms: 1.00, met\n* CPU, at most 0.5 %: 1.00, **missed**\n"),
            "{page}"
        );
        assert!(
            page.ends_with("p50 0.30 ms, p99 1.25 ms; load 0.50; commit c0ffee, 2026-11-20.\n"),
            "{page}"
        );
        assert!(
            record.text().contains("\nalone  20,000 (10,000–30,000)    1.00                 -\n"),
            "{}",
            record.text()
        );
        let kept = serde_json::to_string(&record).unwrap();
        assert_eq!(serde_json::from_str::<Record>(&kept).unwrap(), record);
        let two = lines(&[run(1.0), run(2.0)]);
        assert_eq!(two[0].figures[0].median, 1.5);
    }
}
