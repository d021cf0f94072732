//! Log time never goes back, and is never further ahead than any wall clock ever was.

use super::Violation;
use crate::cluster::trace::now_us;
use crate::story::START_MS;

/// What may be between the fastest clock and log time: drift and leaning over a history of minutes.
const SLACK_MS: u64 = 5_000;

/// Log time so far.
#[derive(Debug, Default)]
pub struct LogTime {
    last_ms: u64,
    /// The furthest that any wall clock was ahead.
    ahead_ms: u64,
}

impl LogTime {
    /// A wall clock is off by so much.
    pub fn off(&mut self, by_ms: i64) {
        self.ahead_ms = self.ahead_ms.max(u64::try_from(by_ms).unwrap_or(0));
    }

    /// An entry was proposed at this log time.
    ///
    /// # Errors
    /// It goes back, or is where no clock was.
    pub fn passes(&mut self, index: u64, time_ms: u64) -> Result<(), Violation> {
        let violation = |what| Err(Violation { law: "log_time", what });
        if time_ms < self.last_ms {
            return violation(format!("entry {index} is of {time_ms}, after {}", self.last_ms));
        }
        self.last_ms = time_ms;
        let most = START_MS + now_us() / 1_000 + self.ahead_ms + SLACK_MS;
        if time_ms > most {
            return violation(format!("entry {index} is of {time_ms}, and no clock was past {most}"));
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_does_not_go_back() {
        let mut time = LogTime::default();
        assert_eq!(time.passes(1, START_MS + 10), Ok(()));
        assert_eq!(time.passes(2, START_MS + 10), Ok(()));
        assert_eq!(time.passes(3, START_MS + 9).unwrap_err().law, "log_time");
    }

    #[test]
    fn it_is_where_some_clock_was() {
        let mut time = LogTime::default();
        time.off(-60_000);
        assert_eq!(time.passes(1, START_MS + SLACK_MS + 1).unwrap_err().law, "log_time");
        let mut time = LogTime::default();
        time.off(60_000);
        assert_eq!(time.passes(1, START_MS + SLACK_MS + 60_000), Ok(()));
    }
}
