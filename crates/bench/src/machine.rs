//! On what it was measured: the machine, the moment, the commit, and how fast the disk was just then. A figure without
//! them says nothing.

use std::fs;
use std::io::Write;
use std::path::Path;
use std::process::Command;
use std::time::{Instant, SystemTime, UNIX_EPOCH};

use serde::{Deserialize, Serialize};

use crate::limits::{PROBE_BYTES, PROBE_WRITES};
use crate::tally::Tally;
use crate::{Fault, tally::Spectrum};

/// What a measurement stands on.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Machine {
    /// How many cores there are.
    pub cores: usize,
    /// What they call themselves.
    pub model: String,
    /// Memory, in GiB.
    pub memory_gib: u64,
    /// The system.
    pub kernel: String,
    /// What was measured, as git names it.
    pub commit: String,
    /// The day, as `2026-11-20`.
    pub date: String,
    /// An append of 4 KiB and `fdatasync`, one after the other, just before the measurement.
    pub sync: Spectrum,
    /// How many processes wanted to run just then, on average over a minute.
    pub load: f64,
}

impl Machine {
    /// This machine, and its disk under `folder`.
    ///
    /// # Errors
    /// The disk refuses.
    pub fn here(folder: &Path) -> Result<Self, Fault> {
        let cpu = read("/proc/cpuinfo");
        let memory_kib = field(&read("/proc/meminfo"), "MemTotal");
        let memory_kib = memory_kib.split(' ').next().and_then(|kib| kib.parse::<u64>().ok()).unwrap_or(0);
        let load = read("/proc/loadavg");
        let load = load.split(' ').next().and_then(|load| load.parse().ok()).unwrap_or(0.0);
        Ok(Self {
            cores: std::thread::available_parallelism().map_or(0, usize::from),
            model: field(&cpu, "model name"),
            memory_gib: memory_kib >> 20,
            kernel: read("/proc/sys/kernel/osrelease").trim().into(),
            commit: commit(),
            date: date(SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_secs()),
            sync: probe(folder)?,
            load,
        })
    }
}

fn read(path: &str) -> String {
    fs::read_to_string(path).unwrap_or_default()
}

/// The first value of this name in a file of `name : value` lines.
fn field(text: &str, name: &str) -> String {
    let mut pairs = text.lines().filter_map(|line| line.split_once(':'));
    let found = pairs.find(|(key, _)| key.trim() == name);
    found.map_or_else(|| "unknown".into(), |(_, value)| value.trim().into())
}

/// What git calls the tree that this was started in; a program that was carried elsewhere knows no commit.
fn commit() -> String {
    let asked = Command::new("git").args(["describe", "--always", "--dirty"]).output();
    let told = asked.ok().filter(|asked| asked.status.success()).map(|asked| asked.stdout);
    let told =
        told.map(|told| String::from_utf8_lossy(&told).trim().to_owned()).filter(|told| !told.is_empty());
    told.unwrap_or_else(|| "unknown".into())
}

/// The day of a moment, in the calendar of the west: days since 1970 into year, month and day.
fn date(seconds: u64) -> String {
    let mut days = seconds / 86_400;
    let mut year = 1970;
    let leap = |year: u64| year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400));
    while days >= 365 + u64::from(leap(year)) {
        days -= 365 + u64::from(leap(year));
        year += 1;
    }
    let lengths = [31, 28 + u64::from(leap(year)), 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];
    let mut month = 1;
    for length in lengths {
        if days < length {
            break;
        }
        days -= length;
        month += 1;
    }
    format!("{year}-{month:02}-{:02}", days + 1)
}

/// How long the disk takes to make an append durable.
fn probe(folder: &Path) -> Result<Spectrum, Fault> {
    let failed = |error| Fault::Disk { at: folder.display().to_string(), error };
    let mut file = tempfile::tempfile_in(folder).map_err(failed)?;
    let mut tally = Tally::new();
    for _ in 0..PROBE_WRITES {
        let begun = Instant::now();
        file.write_all(&[0; PROBE_BYTES]).and_then(|()| file.sync_data()).map_err(failed)?;
        tally.note(begun.elapsed());
    }
    Ok(tally.spectrum())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_have_their_names() {
        for (seconds, day) in [
            (0, "1970-01-01"),
            (951_782_399, "2000-02-28"),
            (951_782_400, "2000-02-29"),
            (951_868_800, "2000-03-01"),
            (1_795_132_800, "2026-11-20"),
            (4_107_542_400, "2100-03-01"),
        ] {
            assert_eq!(date(seconds), day);
        }
    }

    #[test]
    fn this_machine_can_be_described() {
        let here = Machine::here(&std::env::temp_dir()).unwrap();
        assert!(here.cores > 0 && here.memory_gib > 0 && here.sync.p50_ms > 0.0, "{here:?}");
    }
}
