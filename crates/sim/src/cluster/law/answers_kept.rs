//! What was acknowledged happened, at the revision that the answer names, and stays; what was refused never happened.

use reeve_core::Answer;
use reeve_core::name::ClientId;

use super::Violation;
use super::same_state::Replay;

/// What clients and workers were told.
#[derive(Debug, Default)]
pub struct Answers {
    told: Vec<(Option<(ClientId, u64)>, Answer)>,
    refused: Vec<((ClientId, u64), String)>,
}

impl Answers {
    /// This was answered.
    pub fn told(&mut self, request: Option<(ClientId, u64)>, answer: Answer) {
        self.told.push((request, answer));
    }

    /// This request was refused for certain, and never made again.
    pub fn refused(&mut self, request: (ClientId, u64), why: String) {
        self.refused.push((request, why));
    }

    /// How many answers there were.
    #[must_use]
    pub fn count(&self) -> usize {
        self.told.len()
    }

    /// Whether the history has it all.
    ///
    /// # Errors
    /// What it has not.
    pub fn judge(&self, replay: &Replay) -> Result<(), Violation> {
        let lost = |(request, answer): &&(Option<(ClientId, u64)>, Answer)| !replay.has(*request, answer);
        if let Some((request, answer)) = self.told.iter().find(lost) {
            let what = format!("{answer:?} to {request:?} was acknowledged and is not in the history");
            return Err(Violation { law: "answers_kept", what });
        }
        let happened = |(request, _): &&((ClientId, u64), String)| replay.was_proposed(*request);
        if let Some((request, why)) = self.refused.iter().find(happened) {
            let what = format!("{request:?} was refused ({why}) and is in the history");
            return Err(Violation { law: "refused_never_happens", what });
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use reeve_core::Reply;
    use reeve_core::name::Revision;

    use super::super::same_state::tests::{CLIENT, lived};
    use super::*;

    #[test]
    fn what_was_acknowledged_is_in_the_history() {
        let (replay, answer, _) = lived();
        let judge = |answer| {
            let mut answers = Answers::default();
            answers.told(None, answer);
            answers.judge(&replay).err().map(|violation| violation.law)
        };
        assert_eq!(judge(answer), None);
        assert_eq!(judge(Answer { revision: Revision(2), ..answer }), Some("answers_kept"));
        assert_eq!(judge(Answer { reply: Reply::Done, ..answer }), Some("answers_kept"));
    }

    #[test]
    fn what_was_refused_never_happens() {
        let (replay, ..) = lived();
        let judge = |sequence| {
            let mut answers = Answers::default();
            answers.refused((CLIENT, sequence), "closed".into());
            answers.judge(&replay).err().map(|violation| violation.law)
        };
        assert_eq!(judge(4), None);
        assert_eq!(judge(5), Some("refused_never_happens"));
    }
}
