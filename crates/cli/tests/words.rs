//! What is typed at a shell, and what comes back: words, exit codes, and which stream says what.

use std::fs;
use std::process::{Command, Output, Stdio};

fn reeve(words: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_reeve"));
    command.args(words).env_clear();
    command
}

fn run(words: &[&str]) -> (Option<i32>, String, String) {
    told(&reeve(words).output().expect("reeve starts"))
}

fn told(output: &Output) -> (Option<i32>, String, String) {
    let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).expect("text");
    (output.status.code(), text(&output.stdout), text(&output.stderr))
}

#[test]
fn the_printed_default_has_no_mistakes() {
    let (code, file, err) = run(&["server", "config", "--print-default"]);
    assert_eq!((code, err.as_str()), (Some(0), ""));
    assert!(file.contains("#heartbeat_interval = \"50ms\""), "{file}");
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("reeve.toml");
    fs::write(&path, file).unwrap();
    let path = path.to_str().unwrap();
    let checked = run(&["server", "config", "--check", path]);
    assert_eq!(checked, (Some(0), format!("{path}: no mistakes\n"), String::new()));
}

#[test]
fn mistakes_go_to_standard_error_with_code_1() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("reeve.toml");
    fs::write(&path, "[raft]\nhartbeat_interval = \"50ms\"\n\n[listen]\npublic = \"0.0.0.0:7461\"\n")
        .unwrap();
    let path = path.to_str().unwrap();
    let (code, out, err) = run(&["server", "config", "--check", path]);
    assert_eq!((code, out.as_str()), (Some(1), ""));
    let lines: Vec<&str> = err.lines().collect();
    let first = format!(
        "{path}:2:1: raft.hartbeat_interval: there is no such name (CONFIG_UNKNOWN). \
         Did you mean `raft.heartbeat_interval`?"
    );
    assert_eq!(lines[0], first);
    assert!(lines[1].starts_with(&format!("{path}:5:1: listen.public: 0.0.0.0:7461 is not")), "{err}");
    assert!(lines[1].contains("(and listen.advertise_public, where others find this node)"), "{err}");
    assert_eq!(lines.len(), 2, "{err}");

    let (code, _, err) = run(&["server", "config", "--check", "no-such-file"]);
    assert!(code == Some(1) && err.starts_with("no-such-file: cannot be read"), "{err}");
}

#[test]
fn a_check_sees_environment_and_flags_and_warns() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("reeve.toml");
    fs::write(&path, "").unwrap();
    let mut check = reeve(&["server", "config", "--check", path.to_str().unwrap()]);
    let bad = check.env("REEVE_SERVER_LOG_LEVEL", "loud").output().unwrap();
    assert!(
        bad.status.code() == Some(1)
            && told(&bad).2.starts_with("environment REEVE_SERVER_LOG_LEVEL: log.level: ")
    );
    let good = check.args(["--set", "log.level=debug", "--set", "node.engine=memory"]);
    let good = good.env_remove("REEVE_SERVER_LOG_LEVEL").output().unwrap();
    let (code, _, err) = told(&good);
    assert!(code == Some(0) && err.starts_with("warning: node.engine = memory"), "{err}");
}

/// Whoever typed a flag is told of that flag, and once.
#[test]
fn a_mistake_in_a_flag_is_told_under_its_name_and_once() {
    for (flag, value, told) in [
        ("--listen-public", "7461", "listen.public: `7461` is not an address to listen at (CONFIG_VALUE)"),
        ("--listen-public", "0.0.0.0:7461", "listen.public: 0.0.0.0:7461 is not a loopback address"),
        ("--listen-peer", "[::]:7462", "listen.peer: [::]:7462 is not a loopback address"),
        ("--listen-health", "here", "listen.health: `here` is not an address to listen at (CONFIG_VALUE)"),
        ("--data-dir", "", "node.data_dir: `` is not a path (CONFIG_VALUE)"),
        ("--set", "raft.heartbeat_interval=fast", "raft.heartbeat_interval: `fast` is not a duration"),
    ] {
        let (code, out, err) = run(&["server", flag, value]);
        assert_eq!((code, out.as_str(), err.lines().count()), (Some(1), "", 1), "{err}");
        assert!(err.starts_with(&format!("{flag}: {told}")), "{err}");
    }
}

#[test]
fn a_config_without_a_task_shows_both() {
    let (code, _, err) = run(&["server", "config"]);
    assert!(code == Some(2) && err.contains("<--print-default|--check <FILE>>"), "{err}");
}

#[test]
fn what_is_not_understood_has_code_2_and_help_tells_the_codes() {
    for words in [
        &["sever"][..],
        &["server", "config"],
        &["server", "config", "--print-default", "--check", "x"],
        &["server", "config", "--print-default", "--set", "a=b"],
    ] {
        let (code, out, err) = run(words);
        assert!(code == Some(2) && out.is_empty() && err.contains("Usage"), "{words:?}: {err}");
    }
    assert!(run(&["--help"]).1.contains("Exit codes:"));
}

#[test]
fn a_reader_who_leaves_is_no_failure() {
    let mut child = reeve(&["server", "config", "--print-default"]);
    let mut child = child.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    drop(child.stdout.take());
    assert_eq!(told(&child.wait_with_output().unwrap()), (Some(0), String::new(), String::new()));
}
