//! Whoever leads only appends: it never overwrites or deletes an entry of its own log while it leads.

use reeve_store::log::{Chain, LogId};

use super::Violation;

/// What a process was last seen to have while it led.
#[derive(Clone, Copy, Debug, Default)]
pub struct Reign {
    /// The term, the end of the log, and the hash of the log up to there.
    held: Option<(u64, LogId, Chain)>,
}

impl Reign {
    /// Where to look in the log of a process that leads in this term: what it was seen to end with there before.
    #[must_use]
    pub fn end(&self, term: u64) -> Option<LogId> {
        self.held.filter(|(known, ..)| *known == term).map(|(_, end, _)| end)
    }

    /// The process leads in this term. At the index of [`Self::end`] it has `found`, unless it has purged that; its log
    /// ends with `last`.
    ///
    /// # Errors
    /// What it had is not what it has.
    pub fn goes_on(
        &mut self,
        seat: u64,
        term: u64,
        found: Option<Chain>,
        purged: Option<LogId>,
        last: Option<(LogId, Chain)>,
    ) -> Result<(), Violation> {
        let held = self.held.filter(|(known, ..)| *known == term);
        self.held = last.map(|(last, chain)| (term, last, chain));
        let Some((_, end, chain)) = held else { return Ok(()) };
        if found == Some(chain) || purged.is_some_and(|purged| purged.index >= end.index) {
            return Ok(());
        }
        let what = format!(
            "machine {seat} leads in term {term}, its log ended with {end:?} after {chain:?}, and there is {found:?} now"
        );
        Err(Violation { law: "leader_append_only", what })
    }

    /// The process does not lead.
    pub fn ends(&mut self) {
        self.held = None;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ONE: Chain = Chain([1; 16]);
    const TWO: Chain = Chain([2; 16]);
    const OTHER: Chain = Chain([3; 16]);

    const fn id(index: u64) -> LogId {
        LogId { term: 4, index }
    }

    /// A process that was seen to lead in term 4 with a log that ends with entry 7.
    fn reign() -> Reign {
        let mut reign = Reign::default();
        assert_eq!(reign.goes_on(1, 4, None, None, Some((id(7), ONE))), Ok(()));
        assert_eq!((reign.end(4), reign.end(5)), (Some(id(7)), None));
        reign
    }

    fn law(verdict: Result<(), Violation>) -> Option<&'static str> {
        verdict.err().map(|violation| violation.law)
    }

    #[test]
    fn a_leader_may_append_and_purge() {
        let mut reign = reign();
        assert_eq!(reign.goes_on(1, 4, Some(ONE), None, Some((id(7), ONE))), Ok(()));
        assert_eq!(reign.goes_on(1, 4, Some(ONE), None, Some((id(9), TWO))), Ok(()));
        assert_eq!(reign.end(4), Some(id(9)));
        assert_eq!(reign.goes_on(1, 4, None, Some(id(9)), Some((id(10), OTHER))), Ok(()));
    }

    #[test]
    fn a_leader_neither_deletes_nor_overwrites() {
        let deleted = reign().goes_on(1, 4, None, Some(id(6)), Some((id(6), OTHER)));
        assert_eq!(law(deleted), Some("leader_append_only"));
        let overwritten = reign().goes_on(1, 4, Some(OTHER), None, Some((id(8), TWO)));
        assert_eq!(law(overwritten), Some("leader_append_only"));
        assert_eq!(law(reign().goes_on(1, 4, None, None, None)), Some("leader_append_only"));
    }

    #[test]
    fn who_led_and_follows_may_be_corrected() {
        let mut reign = reign();
        reign.ends();
        assert_eq!(reign.goes_on(1, 4, None, None, Some((id(5), OTHER))), Ok(()));
        assert_eq!(reign.goes_on(1, 6, None, None, Some((id(4), TWO))), Ok(()), "another term");
    }
}
