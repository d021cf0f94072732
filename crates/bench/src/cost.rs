//! What a measurement cost: processor time, memory, bytes to the disk, of each process that took part. Tasks per second
//! change with the neighbours on a machine; the cost of a task hardly does.

use std::fs;

/// What one process has used so far.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Usage {
    /// Processor time, in microseconds.
    pub cpu_us: u64,
    /// Bytes that went to the disk.
    pub written: u64,
    /// How often it was taken off a core.
    pub switches: u64,
    /// Resident memory, in bytes: not so far, but now.
    pub resident: u64,
}

impl Usage {
    /// What a process has used; nothing of one that is gone.
    #[must_use]
    pub fn of(pid: u32) -> Self {
        let read = |file: &str| fs::read_to_string(format!("/proc/{pid}/{file}")).unwrap_or_default();
        Self {
            cpu_us: cpu_us(&read("stat"), rustix::param::clock_ticks_per_second()),
            written: number(&read("io"), "write_bytes:"),
            switches: threads_switches(pid),
            resident: number(&read("status"), "VmRSS:") << 10,
        }
    }

    /// What this process has used.
    #[must_use]
    pub fn own() -> Self {
        Self::of(std::process::id())
    }

    /// What was used since then; memory as it is now.
    #[must_use]
    pub const fn since(self, then: Self) -> Self {
        Self {
            cpu_us: self.cpu_us.saturating_sub(then.cpu_us),
            written: self.written.saturating_sub(then.written),
            switches: self.switches.saturating_sub(then.switches),
            resident: self.resident,
        }
    }

    /// Both together.
    #[must_use]
    pub const fn plus(self, other: Self) -> Self {
        Self {
            cpu_us: self.cpu_us + other.cpu_us,
            written: self.written + other.written,
            switches: self.switches + other.switches,
            resident: self.resident + other.resident,
        }
    }
}

/// Of all threads that a process has now.
fn threads_switches(pid: u32) -> u64 {
    let threads = fs::read_dir(format!("/proc/{pid}/task")).into_iter().flatten().flatten();
    let each = threads.map(|thread| {
        let text = fs::read_to_string(thread.path().join("status")).unwrap_or_default();
        number(&text, "voluntary_ctxt_switches:") + number(&text, "nonvoluntary_ctxt_switches:")
    });
    each.sum()
}

/// User and system time of `/proc/PID/stat`. The name of the program stands in brackets and may hold anything.
fn cpu_us(stat: &str, ticks_per_second: u64) -> u64 {
    let fields = stat.rsplit_once(") ").map_or("", |(_, rest)| rest);
    let ticks: u64 = fields.split(' ').skip(11).take(2).filter_map(|ticks| ticks.parse::<u64>().ok()).sum();
    ticks * 1_000_000 / ticks_per_second.max(1)
}

/// The number after a name at the beginning of a line.
fn number(text: &str, name: &str) -> u64 {
    let found = text.lines().find_map(|line| line.strip_prefix(name));
    found.and_then(|rest| rest.split_whitespace().next()).and_then(|word| word.parse().ok()).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_system_says_is_read() {
        let stat = "42 (a) (b) S 1 2 3 4 5 6 7 8 9 10 150 50 13 14";
        assert_eq!(cpu_us(stat, 100), 2_000_000);
        assert_eq!(number("VmRSS:\t  12 kB\nx: 1", "VmRSS:"), 12);
        let before = Usage::own();
        let mut sum = 0_u64;
        while Usage::own().since(before).cpu_us < 20_000 {
            sum = (0..100_000).fold(sum, |sum, more| sum ^ more);
        }
        assert!(Usage::own().resident > 1 << 20, "{sum}");
        assert_eq!(Usage::of(u32::MAX), Usage::default());
    }
}
