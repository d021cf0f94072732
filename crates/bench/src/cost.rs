//! What a measurement cost: processor time, memory, bytes to the disk, of each process that took part. Tasks per second
//! change with the neighbours on a machine; the cost of a task hardly does.

use std::fs;

use crate::Fault;

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
    /// What a process has used.
    ///
    /// # Errors
    /// It is gone: that must not look like a process that used nothing.
    pub fn of(pid: u32) -> Result<Self, Fault> {
        Self::read(pid)
            .ok_or_else(|| Fault::Cluster(format!("process {pid} is gone, or does not say what it used")))
    }

    fn read(pid: u32) -> Option<Self> {
        let read = |file: &str| fs::read_to_string(format!("/proc/{pid}/{file}")).ok();
        Some(Self {
            cpu_us: cpu_us(&read("stat")?, rustix::param::clock_ticks_per_second())?,
            written: number(&read("io")?, "write_bytes:")?,
            switches: threads_switches(pid)?,
            resident: number(&read("status")?, "VmRSS:")? << 10,
        })
    }

    /// What this process has used.
    ///
    /// # Errors
    /// The system does not say it.
    pub fn own() -> Result<Self, Fault> {
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

/// Of all threads that a process has now. One that ends while it is looked at does not count.
fn threads_switches(pid: u32) -> Option<u64> {
    let threads = fs::read_dir(format!("/proc/{pid}/task")).ok()?.flatten();
    let each = threads.filter_map(|thread| {
        let text = fs::read_to_string(thread.path().join("status")).ok()?;
        Some(number(&text, "voluntary_ctxt_switches:")? + number(&text, "nonvoluntary_ctxt_switches:")?)
    });
    Some(each.sum())
}

/// User and system time of `/proc/PID/stat`. The name of the program stands in brackets and may hold anything.
fn cpu_us(stat: &str, ticks_per_second: u64) -> Option<u64> {
    let (_, fields) = stat.rsplit_once(") ")?;
    let mut ticks = fields.split(' ').skip(11).map(|ticks| ticks.parse::<u64>().ok());
    Some((ticks.next()?? + ticks.next()??) * 1_000_000 / ticks_per_second.max(1))
}

/// The number after a name at the beginning of a line.
fn number(text: &str, name: &str) -> Option<u64> {
    text.lines().find_map(|line| line.strip_prefix(name))?.split_whitespace().next()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_system_says_is_read() {
        let stat = "42 (a) (b) S 1 2 3 4 5 6 7 8 9 10 150 50 13 14";
        assert_eq!(cpu_us(stat, 100), Some(2_000_000));
        assert_eq!(number("VmRSS:\t  12 kB\nx: 1", "VmRSS:"), Some(12));
        let own = || Usage::own().unwrap();
        let before = own();
        let mut sum = 0_u64;
        while own().since(before).cpu_us < 20_000 {
            sum = (0..100_000).fold(sum, |sum, more| sum ^ more);
        }
        assert!(own().resident > 1 << 20, "{sum}");
    }

    #[test]
    fn a_process_that_is_gone_has_not_used_nothing() {
        assert!(Usage::of(u32::MAX).is_err());
        assert_eq!((cpu_us("42 (a) S 1", 100), number("x: 1", "VmRSS:")), (None, None));
        // Dead, and not yet buried: it has files still.
        let mut child = std::process::Command::new("true").spawn().unwrap();
        let state = |pid: u32| fs::read_to_string(format!("/proc/{pid}/stat")).unwrap();
        while !state(child.id()).contains(") Z ") {
            std::thread::yield_now();
        }
        assert!(Usage::of(child.id()).is_err());
        assert!(child.wait().unwrap().success());
    }
}
