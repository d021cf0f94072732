//! What the documents tell people to type is typed.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

use crate::town::LONG;

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// The README and everything in `docs`.
fn documents() -> Vec<(String, String)> {
    let docs =
        fs::read_dir(root().join("docs")).expect("it is there").map(|item| item.expect("it is there").path());
    let mut paths: Vec<PathBuf> =
        docs.filter(|path| path.extension().is_some_and(|extension| extension == "md")).collect();
    paths.push(root().join("README.md"));
    paths.sort();
    let named = |path: &PathBuf| path.file_name().expect("it has a name").to_string_lossy().into_owned();
    paths.iter().map(|path| (named(path), fs::read_to_string(path).expect("it is text"))).collect()
}

/// The lines of all shell blocks, without comments.
fn shell(text: &str) -> Vec<String> {
    let mut within = false;
    let mut lines = Vec::new();
    for line in text.lines() {
        match line.trim() {
            fence if fence.starts_with("```") => within = !within && fence == "```sh",
            line if within => {
                let line = line.split(" #").next().unwrap_or_default().trim();
                lines.extend((!line.is_empty() && !line.starts_with('#')).then(|| line.to_owned()));
            }
            _ => {}
        }
    }
    lines
}

/// What stands in backquotes in the prose.
fn inline(text: &str) -> Vec<&str> {
    let prose = text.split("```").step_by(2);
    prose.flat_map(|prose| prose.split('`').skip(1).step_by(2)).collect()
}

fn reeve(words: &str) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_reeve"));
    command.env_clear().args(words.split_whitespace()).stdin(Stdio::null());
    command
}

#[test]
fn every_word_of_reeve_in_a_document_is_one() {
    let mut seen = 0;
    for (document, text) in documents() {
        for line in shell(&text) {
            let first =
                line.split_whitespace().find(|word| !word.contains('=')).unwrap_or_default().to_owned();
            let known = ["make", "cargo", "reeve", "curl"].contains(&first.as_str());
            assert!(known, "{document}: `{line}` begins with a word that no test knows");
        }
        let lines = shell(&text);
        let spoken = lines.iter().map(String::as_str).chain(inline(&text));
        for words in spoken.filter_map(|line| line.strip_prefix("reeve ")) {
            seen += 1;
            let output = reeve(words).arg("--help").output().expect("it starts");
            let told = String::from_utf8_lossy(&output.stderr);
            assert!(output.status.success(), "{document}: `reeve {words}`: {told}");
        }
    }
    assert!(seen >= 9, "they are found: {seen}");
}

/// Servers that end with the test.
struct Running(Vec<Child>);

impl Drop for Running {
    fn drop(&mut self) {
        for child in &mut self.0 {
            // It may have ended by itself.
            drop(child.kill());
            drop(child.wait());
        }
    }
}

/// Tries until it is done.
fn until(what: &str, mut done: impl FnMut() -> Result<(), String>) {
    let start = Instant::now();
    while let Err(why) = done() {
        assert!(start.elapsed() < LONG, "{what}: {why}");
        sleep(Duration::from_millis(50));
    }
}

fn obey(words: &str, folder: &Path) -> Result<String, String> {
    let output = reeve(words).current_dir(folder).output().expect("it starts");
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    if output.status.success() { Ok(text(&output.stdout)) } else { Err(text(&output.stderr)) }
}

#[test]
fn the_cluster_of_the_readme_comes_about_as_it_says() {
    let folder = tempfile::tempdir().expect("there is room");
    let readme = fs::read_to_string(root().join("README.md")).expect("it is text");
    // Others on this machine may be at these very addresses.
    let own = format!("127.{}.", 150 + std::process::id() % 100);
    let readme = readme.replace("127.0.", &own);
    let lines = shell(&readme);
    let words: Vec<&str> = lines.iter().filter_map(|line| line.strip_prefix("reeve ")).collect();
    let mut running = Running(Vec::new());
    for words in words.iter().filter(|words| words.starts_with("server --")) {
        let child =
            reeve(words).current_dir(folder.path()).stdout(Stdio::null()).stderr(Stdio::null()).spawn();
        running.0.push(child.expect("it starts"));
    }
    assert_eq!(running.0.len(), 3);
    let typed: Vec<&&str> = words.iter().filter(|words| words.starts_with("cluster ")).collect();
    for words in &typed {
        // Whoever types takes longer than a server to listen.
        let at = words.split("--at ").nth(1).and_then(|rest| rest.split(' ').next()).expect("it says where");
        until("it listens", || obey(&format!("cluster status --at {at}"), folder.path()).map(drop));
        obey(words, folder.path()).unwrap_or_else(|why| panic!("`reeve {words}`: {why}"));
    }
    let members =
        typed.iter().find(|words| words.starts_with("cluster members")).expect("it asks who is in it");
    until("three vote", || {
        let told = obey(members, folder.path())?;
        let voters = told.lines().filter(|line| line.contains("voter") || line.contains("leader")).count();
        if voters == 3 { Ok(()) } else { Err(told) }
    });
    let health =
        inline(&readme).into_iter().find_map(|code| code.strip_prefix("curl http://")).expect("it is told");
    let (address, path) = health.split_once('/').expect("it is a URL");
    until("it is ready", || {
        let told = get(address, path)?;
        if told.starts_with("HTTP/1.1 200") { Ok(()) } else { Err(told) }
    });
    let printed = inline(&readme).into_iter().find_map(|code| code.strip_prefix("reeve server config "));
    let printed = obey(&format!("server config {}", printed.expect("it is told")), folder.path());
    assert!(printed.expect("it is printed").contains("insecure_no_auth"));
}

fn get(address: &str, path: &str) -> Result<String, String> {
    use std::io::{Read, Write};
    let mut stream = std::net::TcpStream::connect(address).map_err(|error| error.to_string())?;
    let request = format!("GET /{path} HTTP/1.1\r\nHost: reeve\r\nConnection: close\r\n\r\n");
    stream.write_all(request.as_bytes()).map_err(|error| error.to_string())?;
    let mut text = String::new();
    stream.read_to_string(&mut text).map_err(|error| error.to_string())?;
    Ok(text)
}
