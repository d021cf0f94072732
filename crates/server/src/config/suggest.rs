//! "Did you mean": the known word that a wrong one most likely stands for.

/// How far a wrong word may be from the right one: one slip for each three letters.
const LETTERS_PER_SLIP: usize = 3;

/// The closest of `known`, if it is close enough. A word that is right but for its section wins.
pub(super) fn suggest<'a>(word: &str, known: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    let last = |name: &str| name.rsplit('.').next().unwrap_or_default().to_owned();
    let scored = known.filter_map(|name| {
        let whole = strsim::osa_distance(word, name);
        let short = strsim::osa_distance(&last(word), &last(name));
        let close = |slips: usize, length: usize| slips <= (length / LETTERS_PER_SLIP).max(1);
        let likely = close(whole, name.len()) || close(short, last(name).len());
        likely.then_some(((short, whole), name))
    });
    scored.min_by_key(|(score, _)| *score).map(|(_, name)| name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slip_finds_its_word_and_nonsense_finds_none() {
        let known =
            ["raft.heartbeat_interval", "log.level", "node.data_dir", "raft.log_kept", "raft.log_kept_age"];
        let found = |word| suggest(word, known.into_iter());
        assert_eq!(found("raft.hartbeat_interval"), Some("raft.heartbeat_interval"));
        assert_eq!(found("heartbeat_interval"), Some("raft.heartbeat_interval"));
        assert_eq!(found("node.level"), Some("log.level"));
        assert_eq!(found("raft.log_kept_aeg"), Some("raft.log_kept_age"));
        assert_eq!(found("node.datadir"), Some("node.data_dir"));
        assert_eq!(found("colour.of_the_bikeshed"), None);
    }
}
