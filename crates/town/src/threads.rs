//! What the threads of a process are doing.

use anyhow::{Context, Result};

/// The letter of the state of every thread of a process: `T` is stopped.
pub(crate) fn states(pid: u32) -> Result<Vec<char>> {
    let path = format!("/proc/{pid}/task");
    let tasks = std::fs::read_dir(&path).with_context(|| format!("cannot read {path}"))?;
    let mut states = Vec::new();
    for task in tasks {
        // A thread may end meanwhile.
        let Ok(stat) = std::fs::read_to_string(task?.path().join("stat")) else { continue };
        states.extend(state(&stat));
    }
    Ok(states)
}

/// What follows the name of the program, which may hold anything, in `/proc/PID/stat`.
fn state(stat: &str) -> Option<char> {
    stat.rsplit_once(')')?.1.trim_start().chars().next()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_with_spaces_and_brackets_misleads_nobody() {
        assert_eq!(state("7 (a) b (c) S 1 7 7 0 -1 4194560 100"), Some('S'));
        assert_eq!(state("7"), None);
        assert!(!states(std::process::id()).unwrap().is_empty());
    }
}
