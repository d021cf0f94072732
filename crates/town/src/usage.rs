//! What a process has used.

use std::time::Duration;

use anyhow::{Context, Result};

/// What a process has used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Usage {
    /// Time on a processor since it started, in its own code and in the system's.
    pub cpu: Duration,
    /// Memory that it holds now, in bytes.
    pub rss: u64,
}

/// That of a process that runs.
pub(crate) fn of(pid: u32) -> Result<Usage> {
    let path = format!("/proc/{pid}/stat");
    let stat = std::fs::read_to_string(&path).with_context(|| format!("cannot read {path}"))?;
    parse(&stat).with_context(|| format!("{path} reads otherwise than expected: {stat}"))
}

/// The letter of the state of every thread of a process: `T` is stopped.
pub(crate) fn states(pid: u32) -> Result<Vec<char>> {
    let path = format!("/proc/{pid}/task");
    let tasks = std::fs::read_dir(&path).with_context(|| format!("cannot read {path}"))?;
    let mut states = Vec::new();
    for task in tasks {
        // A thread may end meanwhile.
        let Ok(stat) = std::fs::read_to_string(task?.path().join("stat")) else { continue };
        states.extend(fields(&stat).and_then(|fields| fields.first()?.chars().next()));
    }
    Ok(states)
}

/// What follows the name of the program, which may hold anything, in `/proc/PID/stat`: the state is the first of it.
fn fields(stat: &str) -> Option<Vec<&str>> {
    Some(stat.rsplit_once(')')?.1.split_whitespace().collect())
}

fn parse(stat: &str) -> Option<Usage> {
    let fields = fields(stat)?;
    // Fields 14, 15 and 24, counted from 1; the state is field 3.
    let number = |field: usize| fields.get(field - 3)?.parse::<u64>().ok();
    let ticks = number(14)?.checked_add(number(15)?)?;
    let per_second = rustix::param::clock_ticks_per_second().max(1);
    let micros = ticks.checked_mul(1_000_000)? / per_second;
    let page = u64::try_from(rustix::param::page_size()).ok()?;
    Some(Usage { cpu: Duration::from_micros(micros), rss: number(24)?.checked_mul(page)? })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_process_knows_what_it_used() {
        let begin = std::time::Instant::now();
        let held = std::hint::black_box(vec![1_u8; 8 << 20]);
        let mut sum = 0_u64;
        while begin.elapsed() < Duration::from_millis(200) {
            sum = sum.wrapping_add(held.iter().map(|byte| u64::from(*byte)).sum());
        }
        let usage = of(std::process::id()).unwrap();
        assert!(sum > 0 && usage.cpu >= Duration::from_millis(50) && usage.rss > 8 << 20, "{usage:?}");
    }

    #[test]
    fn a_name_with_spaces_and_brackets_misleads_nobody() {
        let stat =
            "7 (a) b (c) S 1 7 7 0 -1 4194560 100 0 0 0 250 50 0 0 20 0 9 0 100 1000 25 18446744073709551615";
        let usage = parse(stat).unwrap();
        assert_eq!(usage.cpu, Duration::from_secs(3));
        assert_eq!(usage.rss, 25 * u64::try_from(rustix::param::page_size()).unwrap());
        assert_eq!(fields(stat).unwrap()[0], "S");
    }
}
