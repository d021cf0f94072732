//! Real servers, each a process of its own, on loopback addresses that nobody else uses.

use std::fs::{File, OpenOptions};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

use serde_json::Value;
use tempfile::TempDir;

/// Nothing here takes this long on any machine.
pub(crate) const LONG: Duration = Duration::from_secs(60);

/// Some servers and their data. What still runs is killed when it is dropped.
pub(crate) struct Town {
    folder: TempDir,
    houses: Vec<House>,
}

/// One server: where it is, and its process while it runs.
struct House {
    name: String,
    ip: String,
    data: PathBuf,
    settings: Vec<String>,
    process: Option<Child>,
}

impl Town {
    /// So many servers, with fresh data folders, started.
    pub(crate) fn of(count: usize, settings: &[&str]) -> Self {
        let folder = tempfile::tempdir().expect("there is room");
        let mut town = Self { folder, houses: Vec::new() };
        for number in 1..=count {
            let name = format!("n{number}");
            let data = town.folder.path().join(&name);
            let settings = settings.iter().map(ToString::to_string).collect();
            town.houses.push(House { ip: address(), data, name, settings, process: None });
            town.start(number);
        }
        town
    }

    fn house(&self, number: usize) -> &House {
        &self.houses[number - 1]
    }

    /// Where a server is found by its peers.
    pub(crate) fn peer(&self, number: usize) -> String {
        format!("{}:7462", self.house(number).ip)
    }

    /// Where the data of a server is.
    pub(crate) fn data(&self, number: usize) -> PathBuf {
        self.house(number).data.clone()
    }

    /// Sets a key from the next start on.
    pub(crate) fn set(&mut self, number: usize, setting: String) {
        self.houses[number - 1].settings.push(setting);
    }

    /// Has a server, which does not run, be elsewhere from now on.
    pub(crate) fn rehouse(&mut self, number: usize) {
        self.houses[number - 1].ip = address();
    }

    /// Starts a server, on the data that it has.
    pub(crate) fn start(&mut self, number: usize) {
        let log = self.log(number);
        let log = OpenOptions::new().create(true).append(true).open(log).expect("there is room");
        let house = &mut self.houses[number - 1];
        assert!(house.process.is_none(), "{} runs already", house.name);
        let mut command = Command::new(env!("CARGO_BIN_EXE_reeve"));
        command.env_clear().arg("server").arg("--data-dir").arg(&house.data);
        for (flag, port) in [("--listen-public", 7461), ("--listen-peer", 7462), ("--listen-health", 7463)] {
            command.arg(flag).arg(format!("{}:{port}", house.ip));
        }
        command.args(["--set", &format!("node.name={}", house.name), "--set", "disk.reserve=0B"]);
        for setting in &house.settings {
            command.args(["--set", setting]);
        }
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(log);
        house.process = Some(command.spawn().expect("reeve starts"));
        self.until(&format!("server {number} answers"), |town| {
            town.status(number).is_some() && town.health(number, "/readyz").1.trim_end() != "starting"
        });
    }

    /// Ends a server at once, as a loss of power would.
    pub(crate) fn kill(&mut self, number: usize) {
        let process = self.houses[number - 1].process.take();
        let mut process = process.expect("it runs");
        process.kill().expect("it is ours");
        process.wait().expect("it is ours");
    }

    /// Waits until a server has ended by itself; its exit code.
    pub(crate) fn ended(&mut self, number: usize) -> i32 {
        let mut process = self.houses[number - 1].process.take().expect("it runs");
        let start = Instant::now();
        loop {
            if let Some(status) = process.try_wait().expect("it is ours") {
                let crashed = || panic!("server {number}: {status}\n{}", self.logs());
                return status.code().unwrap_or_else(crashed);
            }
            assert!(start.elapsed() < LONG, "server {number} goes on");
            sleep(Duration::from_millis(20));
        }
    }

    /// Asks a server to stop in order.
    pub(crate) fn stop(&mut self, number: usize) -> i32 {
        let process = self.house(number).process.as_ref().expect("it runs");
        let pid = process.id().to_string();
        let asked = Command::new("kill").args(["-TERM", &pid]).status().expect("there is a kill");
        assert!(asked.success());
        self.ended(number)
    }

    /// Types `reeve cluster …`, to one server: the exit code, and what was said on both streams.
    pub(crate) fn type_to(&self, number: usize, words: &[&str]) -> (Option<i32>, String, String) {
        let at = format!("{}:7461", self.house(number).ip);
        let mut command = Command::new(env!("CARGO_BIN_EXE_reeve"));
        let output = command.env_clear().arg("cluster").args(words).env("REEVE_AT", at).output();
        let output = output.expect("reeve starts");
        let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).expect("text");
        (output.status.code(), text(&output.stdout), text(&output.stderr))
    }

    /// The same, when it must be done; the answer.
    pub(crate) fn do_at(&self, number: usize, words: &[&str]) -> Value {
        let (code, out, err) = self.type_to(number, &[words, &["--json"]].concat());
        assert_eq!(code, Some(0), "{words:?}: {err}\n{}", self.logs());
        serde_json::from_str(&out).expect("it is JSON")
    }

    /// How a server is, if it answers.
    pub(crate) fn status(&self, number: usize) -> Option<Value> {
        self.house(number).process.as_ref()?;
        let (code, out, _) = self.type_to(number, &["status", "--json"]);
        (code == Some(0)).then(|| serde_json::from_str(&out).expect("it is JSON"))
    }

    /// What a server says on its health listener: the code and the text.
    pub(crate) fn health(&self, number: usize, path: &str) -> (u16, String) {
        use std::io::{Read, Write};
        let mut stream =
            std::net::TcpStream::connect((self.house(number).ip.as_str(), 7463)).expect("it listens");
        stream.write_all(format!("GET {path} HTTP/1.1\r\nHost: reeve\r\n\r\n").as_bytes()).expect("it reads");
        let mut text = String::new();
        stream.read_to_string(&mut text).expect("it answers");
        let (head, body) = text.split_once("\r\n\r\n").expect("it is HTTP");
        let code = head.split(' ').nth(1).and_then(|code| code.parse().ok()).expect("it is HTTP");
        (code, body.to_owned())
    }

    /// The server that leads with its office open, among those that run.
    pub(crate) fn leader(&self) -> Option<usize> {
        (1..=self.houses.len())
            .find(|number| self.status(*number).is_some_and(|status| !status["standing"]["office"].is_null()))
    }

    /// The numbers of those who vote, as a server sees it.
    pub(crate) fn voters(&self, number: usize) -> Vec<u64> {
        let members = self.do_at(number, &["members"]);
        let members = members["members"].as_array().expect("there are members");
        let voters = members.iter().filter(|member| member["votes"] == true);
        voters.map(|member| member["node"].as_u64().expect("it has a number")).collect()
    }

    /// Waits until something is so, and says how long it took.
    pub(crate) fn until(&self, what: &str, mut so: impl FnMut(&Self) -> bool) -> Duration {
        let start = Instant::now();
        while !so(self) {
            assert!(start.elapsed() < LONG, "still not: {what}\n{}", self.logs());
            sleep(Duration::from_millis(20));
        }
        start.elapsed()
    }

    fn log(&self, number: usize) -> PathBuf {
        self.folder.path().join(format!("{}.log", self.house(number).name))
    }

    /// The end of what each server wrote.
    fn logs(&self) -> String {
        let mut all = String::new();
        for number in 1..=self.houses.len() {
            let log = File::open(self.log(number)).and_then(std::io::read_to_string).unwrap_or_default();
            let lines: Vec<&str> = log.lines().collect();
            let last = lines[lines.len().saturating_sub(30)..].join("\n");
            all.push_str(&format!("--- {}\n{last}\n", self.house(number).name));
        }
        all
    }
}

impl Drop for Town {
    fn drop(&mut self) {
        for house in &mut self.houses {
            let Some(process) = &mut house.process else { continue };
            // It may have ended by itself.
            drop(process.kill());
            drop(process.wait());
        }
    }
}

/// An address of this machine that nobody else uses: no port on it is ever taken.
fn address() -> String {
    use std::sync::atomic::{AtomicUsize, Ordering};
    static TAKEN: AtomicUsize = AtomicUsize::new(0);
    let [.., high, low] = std::process::id().to_be_bytes();
    format!("127.{high}.{low}.{}", 1 + TAKEN.fetch_add(1, Ordering::Relaxed) % 250)
}
