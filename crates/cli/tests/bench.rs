//! `reeve bench`, each word once and as small as it goes: that it measures, checks and tells, not what.

use std::process::Command;

use serde_json::Value;

/// What a measurement says, by its records.
fn measured(words: &[&str]) -> Vec<Value> {
    let folder = tempfile::tempdir().expect("there is room");
    let mut command = Command::new(env!("CARGO_BIN_EXE_reeve"));
    let command = command.arg("bench").args(words).args(["--json", "--folder"]).arg(folder.path());
    let output = command.output().expect("reeve starts");
    let err = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{words:?}: {err}");
    let out = String::from_utf8(output.stdout).expect("text");
    out.lines().map(|line| serde_json::from_str(line).expect("it is JSON")).collect()
}

/// A figure of the first record.
fn figure(records: &[Value], line: usize, name: &str) -> f64 {
    let figures = records[0]["lines"][line]["figures"].as_array().expect("there are figures");
    let figure =
        figures.iter().find(|figure| figure["name"] == name).unwrap_or_else(|| panic!("{records:?}"));
    figure["median"].as_f64().expect("it is a number")
}

#[test]
fn the_law_is_measured() {
    let words = ["law", "--waiting", "100,2000", "--ended", "640", "--cycles", "640", "--tasks", "100"];
    let records = measured(&words);
    let lines = records[0]["lines"].as_array().expect("there are lines");
    for (line, at) in lines.iter().zip(0..) {
        let name = line["figures"][0]["name"].as_str().expect("it has a name");
        assert!(figure(&records, at, name) > 0.0, "{line}");
    }
    assert_eq!((lines.len(), records[0]["aims"].as_array().map(Vec::len)), (12, Some(4)));
}

#[test]
fn proposals_are_measured_in_process_and_over_grpc() {
    let records = measured(&["proposals", "--clients", "4", "--batches", "10", "--seconds", "0.3"]);
    assert_eq!(records.len(), 2);
    assert!(figure(&records, 0, "tasks/s") > 0.0 && figure(&records[1..], 0, "CPU µs/task") > 0.0);
}

#[test]
fn cycles_are_measured() {
    assert!(figure(&measured(&["cycles", "--open", "500", "--seconds", "0.3"]), 0, "cycles/s") > 0.0);
}

#[test]
fn failover_is_measured() {
    assert!(figure(&measured(&["failover", "--kills", "1", "--rate", "50"]), 0, "gap p95 ms") > 0.0);
}

#[test]
fn restart_is_measured() {
    let records = measured(&["restart", "--tasks", "2000"]);
    for line in 0..3 {
        assert!(figure(&records, line, "seconds") > 0.0 && figure(&records, line, "entries replayed") > 0.0);
    }
}

#[test]
fn checkpoints_are_measured() {
    let records = measured(&["checkpoint", "--tasks", "10000", "--rate", "50", "--seconds", "0.5"]);
    assert!(figure(&records, 1, "max ms") > 0.0);
}

#[test]
fn idleness_is_measured() {
    let records = measured(&["idle", "--seconds", "1"]);
    assert!(figure(&records, 0, "CPU % of a core") < 100.0);
}

#[test]
fn the_report_says_what_is_missing() {
    let folder = tempfile::tempdir().expect("there is room");
    let page = folder.path().join("page.md");
    std::fs::write(&page, "<!-- bench idle -->\n<!-- end -->\n").expect("there is room");
    let mut command = Command::new(env!("CARGO_BIN_EXE_reeve"));
    let command = command.args(["bench", "report", "--records"]).arg(folder.path()).arg("--page").arg(&page);
    let output = command.output().expect("reeve starts");
    assert_eq!(String::from_utf8_lossy(&output.stdout), "not measured yet: idle\n");
    assert!(std::fs::read_to_string(&page).expect("it is there").contains("Not measured yet"));
}
