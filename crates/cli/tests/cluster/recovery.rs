//! What was lost, and the way back: real servers on this machine, damaged folders, a majority that never comes again.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use serde_json::Value;

use crate::town::Town;

/// Three voters: the first has founded the cluster, the others have joined it. What they apply is only in their logs, so
/// that a log that is cut is a loss.
fn three() -> Town {
    let town = Town::of(3, &["store.flush_interval=4m"]);
    town.do_at(1, &["init"]);
    for number in [2, 3] {
        town.do_at(number, &["join", "--peer", &town.peer(1)]);
    }
    for number in 1..=3 {
        town.until("three vote", |town| town.voters(number).len() == 3);
    }
    town.until("all are ready", |town| (1..=3).all(|number| town.health(number, "/readyz").0 == 200));
    // The mark of what is durable follows the log by a moment.
    std::thread::sleep(Duration::from_millis(500));
    town
}

/// Types `reeve server WORD` about a data folder: the exit code, and what was said on both streams.
fn server(word: &str, data: &Path, flags: &[&str]) -> (Option<i32>, String, String) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_reeve"));
    command.env_clear().args(["server", word, "--data-dir"]).arg(data).args(flags);
    let output = command.output().expect("reeve starts");
    let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).expect("text");
    (output.status.code(), text(&output.stdout), text(&output.stderr))
}

fn json(text: &str) -> Value {
    serde_json::from_str(text).expect("it is JSON")
}

fn standing(town: &Town, number: usize) -> Value {
    town.status(number).expect("it answers")["standing"].clone()
}

fn number(value: &Value) -> u64 {
    value.as_u64().unwrap_or_else(|| panic!("{value} is no number"))
}

/// The files of the engine in which it writes its log first, that hold something.
fn write_ahead(data: &Path) -> Vec<PathBuf> {
    let files = fs::read_dir(data.join("raft")).expect("it is there");
    let files = files.map(|file| file.expect("it is there").path());
    let mut files: Vec<PathBuf> =
        files.filter(|file| file.extension().is_some_and(|kind| kind == "log")).collect();
    files.sort();
    files
}

/// Everything in a folder: names and bytes.
fn bytes(folder: &Path, all: &mut Vec<(PathBuf, Vec<u8>)>) {
    for item in fs::read_dir(folder).expect("it is there") {
        let path = item.expect("it is there").path();
        if path.is_dir() {
            bytes(&path, all);
        } else if path.file_name().is_none_or(|name| name != "lock") {
            let content = fs::read(&path).expect("it is a file");
            all.push((path, content));
        }
    }
    all.sort();
}

#[test]
fn a_check_tells_what_a_folder_is() {
    let mut town = Town::of(1, &[]);
    let data = town.data(1);
    let nowhere = data.with_extension("nowhere");
    let (code, out, err) = server("check", &nowhere, &["--json"]);
    assert_eq!((code, json(&out)["health"].as_str()), (Some(7), Some("absent")), "{err}");
    assert!(err.starts_with("CHECK_ABSENT: ") && !nowhere.exists(), "{err}");
    fs::create_dir(&nowhere).expect("there is room");
    let (code, out, err) = server("check", &nowhere, &["--json"]);
    assert_eq!((code, json(&out)["health"].as_str()), (Some(6), Some("fresh")), "{err}");
    assert!(err.starts_with("CHECK_FRESH: "), "{err}");
    assert_eq!(fs::read_dir(&nowhere).expect("it is there").count(), 0, "a look leaves no trace");
    // Nobody says where.
    let mut nobody = Command::new(env!("CARGO_BIN_EXE_reeve"));
    let said = nobody.env_clear().args(["server", "check"]).output().expect("reeve starts");
    let said = String::from_utf8_lossy(&[said.stdout, said.stderr].concat()).into_owned();
    assert!(said.contains("/var/lib/reeve (the default of node.data_dir)"), "{said}");
    town.do_at(1, &["init"]);
    town.until("it leads", |town| town.leader() == Some(1));
    let cluster = standing(&town, 1)["cluster"].clone();
    // A server runs.
    let (code, _, err) = server("check", &data, &[]);
    assert!(code == Some(1) && err.contains("STORE_LOCKED"), "{err}");
    assert_eq!(town.stop(1), 0);
    let mut before = Vec::new();
    bytes(&data, &mut before);
    let (code, out, err) = server("check", &data, &["--json"]);
    assert_eq!(code, Some(0), "{out}{err}");
    let told = json(&out);
    assert_eq!((&told["health"], &told["replica"]["cluster"]), (&"whole".into(), &cluster));
    assert_eq!(told["replica"]["voters"], serde_json::json!([1]));
    assert!(number(&told["read"]["entries"]) > 0 && number(&told["read"]["records"]) > 0, "{out}");
    let (code, out, _) = server("check", &data, &[]);
    assert!(code == Some(0) && out.contains("health    whole"), "{out}");
    let mut after = Vec::new();
    bytes(&data, &mut after);
    assert!(before == after, "a look changes nothing");
    // A folder of somebody else.
    let foreign = data.with_extension("foreign");
    fs::create_dir(&foreign).expect("there is room");
    fs::write(foreign.join("diary.txt"), "dear diary").expect("there is room");
    let (code, _, err) = server("check", &foreign, &[]);
    assert!(code == Some(5) && err.contains("STORE_FOREIGN"), "{err}");
    assert!(!foreign.join("lock").exists());
    // A promise that cannot be read.
    fs::write(data.join("hard-state"), [7; 1024]).expect("there is room");
    let (code, _, err) = server("check", &data, &[]);
    assert!(code == Some(3) && err.contains("STORE_DAMAGED"), "{err}");
}

/// Something that befalls a data folder.
type Harm = fn(&Path);

/// Cuts what the engine wrote ahead to half.
fn halve(data: &Path) {
    for file in write_ahead(data) {
        let length = fs::metadata(&file).expect("it is there").len();
        let file = fs::OpenOptions::new().write(true).open(file).expect("it is ours");
        file.set_len(length / 2).expect("it is ours");
    }
}

/// Removes the tables of the state.
fn lose_tables(data: &Path) {
    for item in fs::read_dir(data.join("state.1")).expect("it is there") {
        let path = item.expect("it is there").path();
        if path.extension().is_some_and(|kind| kind == "sst") {
            fs::remove_file(path).expect("it is ours");
        }
    }
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir(to).expect("there is room");
    for item in fs::read_dir(from).expect("it is there") {
        let path = item.expect("it is there").path();
        let there = to.join(path.file_name().expect("it has a name"));
        if path.is_dir() {
            copy(&path, &there);
        } else {
            fs::copy(&path, &there).expect("there is room");
        }
    }
}

/// A stop in order leaves a state with everything: then the log is no loss, and the state is.
#[test]
fn a_check_says_what_a_start_then_does() {
    let mut town = Town::of(1, &[]);
    town.do_at(1, &["init"]);
    town.until("it leads", |town| town.leader() == Some(1));
    std::thread::sleep(Duration::from_millis(500));
    assert_eq!(town.stop(1), 0);
    let data = town.data(1);
    let whole = data.with_extension("whole");
    fs::rename(&data, &whole).expect("it is ours");
    let lost: Harm = |data| fs::remove_dir_all(data.join("raft")).expect("it is ours");
    let goes_on: [(Harm, &str); 3] =
        [(|_| {}, "it goes on"), (lost, "the log is missing"), (halve, "its log begins anew behind entry")];
    for (harm, told) in goes_on {
        copy(&whole, &data);
        harm(&data);
        let (code, out, err) = server("check", &data, &[]);
        assert!(code == Some(0) && out.contains("health    whole"), "{told}: {out}{err}");
        assert!(out.contains(told), "{told}: {out}");
        town.start(1);
        town.until("it leads", |town| town.leader() == Some(1));
        assert_eq!(town.stop(1), 0);
        fs::remove_dir_all(&data).expect("it is ours");
    }
    copy(&whole, &data);
    lose_tables(&data);
    let (code, out, err) = server("check", &data, &[]);
    assert!(code == Some(3) && err.contains("STORE_DAMAGED: state.1"), "{err}");
    assert!(out.contains("it refuses, with STORE_DAMAGED"), "{out}");
    let mut start = Command::new(env!("CARGO_BIN_EXE_reeve"));
    start.env_clear().args(["server", "--data-dir"]).arg(&data);
    start.args(["public", "peer", "health"].map(|listener| format!("--listen-{listener}=127.0.0.1:0")));
    let said = start.output().expect("reeve starts");
    let err = String::from_utf8_lossy(&said.stderr).into_owned();
    assert!(said.status.code() == Some(1) && err.contains("STORE_DAMAGED: state.1"), "{err}");
}

#[test]
fn a_follower_whose_log_was_cut_says_so_does_not_vote_and_comes_back_as_another() {
    let mut town = three();
    town.until("somebody leads", |town| town.leader().is_some());
    let victim = (1..=3).find(|number| town.leader() != Some(*number)).expect("there are three");
    let seed = (1..=3).find(|number| *number != victim).expect("there are three");
    let old = number(&standing(&town, victim)["node"]);
    let before = number(&standing(&town, seed)["applied"]);
    town.kill(victim);
    let data = town.data(victim);
    // What the engine wrote ahead is there by half: it opens that without a word.
    halve(&data);
    let (code, out, err) = server("check", &data, &["--json"]);
    assert_eq!((code, json(&out)["health"].as_str()), (Some(4), Some("amnesiac")), "{err}");
    assert!(err.contains("NODE_AMNESIA"), "{err}");
    town.start(victim);
    let (code, text) = town.health(victim, "/readyz");
    assert!(code == 503 && text.contains("NODE_AMNESIA"), "{code}: {text}");
    let status = town.status(victim).expect("it answers");
    assert_eq!((&status["role"], &status["ready"]), (&"amnesiac".into(), &false.into()));
    assert!(town.logs().contains("NODE_AMNESIA"));
    // It takes no part: with another gone, nobody can be elected.
    let other = (1..=3).find(|number| ![seed, victim].contains(number)).expect("there are three");
    town.kill(other);
    std::thread::sleep(Duration::from_secs(3));
    assert_eq!(town.leader(), None, "it would need the vote of one who has forgotten");
    town.start(other);
    town.until("somebody leads", |town| town.leader().is_some());
    // The way out: wiped, and let in anew in its old place.
    assert_eq!(town.stop(victim), 0);
    fs::remove_dir_all(&data).expect("it is ours");
    town.start(victim);
    town.do_at(victim, &["join", "--peer", &town.peer(seed), "--replace", &old.to_string()]);
    town.until("it votes in the place of the old one", |town| {
        let voters = town.voters(victim);
        voters.len() == 3 && !voters.contains(&old)
    });
    town.until("it is ready", |town| town.health(victim, "/readyz").0 == 200);
    assert!(number(&standing(&town, victim)["node"]) > old);
    assert!(number(&standing(&town, victim)["applied"]) > before);
}

/// Who types it again is told so, and what comes next, and nothing happens.
fn says_that_it_is_recovered(recovered: &Path, other: &Path) {
    let mut before = Vec::new();
    bytes(recovered, &mut before);
    let also = ["--also", other.to_str().expect("text")];
    for flags in [&["--accept-loss"][..], &[], &also] {
        let (code, out, err) = server("recover", recovered, flags);
        assert!(code == Some(0) && out.contains("is recovered already"), "{flags:?}: {out}{err}");
        assert!(out.contains("start it, then let others join it anew"), "{flags:?}: {out}");
        assert!(!out.contains("type the same with"), "{flags:?}: {out}");
    }
    let (code, out, err) = server("recover", recovered, &["--accept-loss", "--json"]);
    let told = json(&out);
    assert_eq!((code, &told["already"], &told["era"]), (Some(0), &true.into(), &1.into()), "{err}");
    let mut after = Vec::new();
    bytes(recovered, &mut after);
    assert!(before == after, "it happens once");
}

#[test]
fn a_cluster_whose_majority_is_lost_for_good_goes_on_from_the_disk_that_is_left() {
    let mut town = three();
    let cluster = standing(&town, 3)["cluster"].clone();
    let node = number(&standing(&town, 3)["node"]);
    for number in 1..=3 {
        town.kill(number);
    }
    // Two disks are here and whole: nobody needs this.
    let (two, three) = (town.data(2), town.data(3));
    let also = ["--also", two.to_str().expect("text")];
    let (code, _, err) = server("recover", &three, &also);
    assert!(code == Some(1) && err.starts_with("RECOVER_NEEDLESS: "), "{err}");
    // One is not enough; it says what would be lost, and does nothing.
    let mut before = Vec::new();
    bytes(&three, &mut before);
    let (code, out, err) = server("recover", &three, &["--json"]);
    assert_eq!(code, Some(0), "{err}");
    let told = json(&out);
    assert_eq!((&told["recovered"], &told["candidates"][0]["era"]), (&false.into(), &0.into()));
    assert!(told["loss"].to_string().contains("is lost. Nobody can say how much that is"), "{told}");
    let reach = number(&told["candidates"][0]["reach"]["index"]);
    let mut after = Vec::new();
    bytes(&three, &mut after);
    assert!(before == after, "a survey changes nothing");
    let (code, out, err) = server("recover", &three, &["--accept-loss", "--json"]);
    assert_eq!(code, Some(0), "{err}");
    let told = json(&out);
    assert_eq!((&told["era"], &told["node"], &told["cluster"]), (&1.into(), &node.into(), &cluster));
    assert_eq!((number(&told["last"]["index"]), &told["already"]), (reach, &false.into()));
    says_that_it_is_recovered(&three, &two);
    let (code, out, err) = server("check", &three, &["--json"]);
    assert_eq!(code, Some(0), "{err}");
    assert_eq!(json(&out)["replica"]["era"], 1);
    // It goes on alone.
    town.start(3);
    town.until("it leads alone", |town| town.leader() == Some(3) && town.voters(3) == [node]);
    let now = standing(&town, 3);
    assert_eq!((&now["cluster"], &now["era"]), (&cluster, &1.into()));
    assert!(number(&now["applied"]) > reach);
    // One of the others comes back: it is refused, and told what to do.
    town.start(2);
    town.until("it is told", |town| {
        let (code, text) = town.health(2, "/readyz");
        code == 503 && text.contains("this cluster was recovered since")
    });
    assert_eq!(town.stop(2), 0);
    // Two fresh ones join: one is told to, one asks by itself.
    for number in [1, 2] {
        fs::remove_dir_all(town.data(number)).expect("it is ours");
    }
    town.rehouse(1).expect("it is there");
    town.start(1);
    town.do_at(1, &["join", "--peer", &town.peer(3)]);
    let seed = format!("node.join={}", town.peer(3));
    town.set(2, seed).expect("it is there");
    town.start(2);
    town.until("three vote", |town| (1..=3).all(|number| town.voters(number).len() == 3));
    town.until("all are ready", |town| (1..=3).all(|number| town.health(number, "/readyz").0 == 200));
    town.until("all have applied the same", |town| {
        let digest =
            |number| (standing(town, number)["applied"].clone(), standing(town, number)["digest"].clone());
        (2..=3).all(|number| digest(number) == digest(1))
    });
    // And it bears the loss of the one that was recovered.
    town.kill(3);
    town.until("another leads", |town| town.leader().is_some());
    assert_eq!(standing(&town, town.leader().expect("somebody leads"))["era"], 1);
}
