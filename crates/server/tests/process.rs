//! A server as a process of its own, with a stand-in for its replica: signals, the service manager, failing and stopping.
//!
//! Each test starts this same program once more, with the role in its environment; there `the_child` is the server.

use std::fmt;
use std::fs;
use std::future::pending;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::os::unix::net::UnixDatagram;
use std::path::Path;
use std::process::{Child, ChildStderr, Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use reeve_server::Config;
use reeve_server::config::{Sources, Value};
use reeve_server::health::Vitals;
use reeve_server::server::{Replica, run};
use rustix::process::{Pid, Signal, kill_process};
use tempfile::TempDir;

/// How the replica of the child behaves; empty in the test program itself.
const ROLE: &str = "TEST_ROLE";
/// Nothing here takes this long on any machine.
const LONG: Duration = Duration::from_secs(30);

/// A replica that does nothing, in one of several ways.
struct StandIn {
    role: String,
    state: Arc<State>,
}

struct State {
    sick: AtomicBool,
}

#[derive(Debug)]
struct Broken(&'static str);

impl fmt::Display for Broken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.0)
    }
}

impl std::error::Error for Broken {}

impl Vitals for State {
    fn live(&self) -> Result<(), String> {
        (!self.sick.load(Ordering::SeqCst)).then_some(()).ok_or_else(|| "stuck".into())
    }

    fn ready(&self) -> Result<String, String> {
        Ok("follower of nobody".into())
    }

    fn metrics(&self) -> String {
        "stand_in 1\n".into()
    }
}

impl Replica for StandIn {
    type Fault = Broken;

    async fn start(_config: &Config) -> Result<Self, Broken> {
        let role = std::env::var(ROLE).expect("the child has a role");
        match role.as_str() {
            "no start" => return Err(Broken("the folder is foreign")),
            "slow start" => pending().await,
            _ => {}
        }
        Ok(Self { role, state: Arc::new(State { sick: AtomicBool::new(false) }) })
    }

    fn vitals(&self) -> Arc<dyn Vitals> {
        self.state.clone()
    }

    fn reload(&self, config: &Config) {
        tracing::info!("the replica took {}", config.disk.low.show());
        self.state.sick.store(self.role == "sick after reload", Ordering::SeqCst);
    }

    async fn failed(&self) -> Broken {
        if self.role == "fails" { Broken("the log is gone") } else { pending().await }
    }

    async fn stop(self) -> Result<(), Broken> {
        match self.role.as_str() {
            "slow stop" => pending().await,
            "bad stop" => Err(Broken("the last write failed")),
            _ => Ok(()),
        }
    }
}

/// The server itself, when this program runs as a child; nothing otherwise.
#[test]
fn the_child() {
    if std::env::var_os(ROLE).is_none() {
        return;
    }
    let file = std::env::var_os("TEST_FILE").map(Into::into);
    let ended =
        run::<StandIn>(Sources { file, environment: std::env::vars_os().collect(), ..Sources::default() });
    if let Err(failure) = &ended {
        writeln!(std::io::stderr(), "{failure}").expect("standard error is open");
    }
    std::process::exit(i32::from(ended.is_err()));
}

/// A running child, and what it says.
struct Server {
    child: Child,
    lines: BufReader<ChildStderr>,
    said: Vec<String>,
    folder: TempDir,
    manager: UnixDatagram,
}

impl Server {
    fn start(role: &str, file: &str) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let (config, socket) = (folder.path().join("reeve.toml"), folder.path().join("notify"));
        write(&config, file);
        let manager = UnixDatagram::bind(&socket).expect("a socket");
        manager.set_read_timeout(Some(LONG)).expect("a timeout");
        let mut child = Command::new(std::env::current_exe().expect("this program"));
        child.args(["--exact", "the_child", "--nocapture"]).env(ROLE, role).env("TEST_FILE", &config);
        child
            .env("NOTIFY_SOCKET", &socket)
            .env("WATCHDOG_USEC", "100000")
            .env("REEVE_SERVER_LISTEN_HEALTH", "127.0.0.1:0");
        let mut child = child.stdout(Stdio::null()).stderr(Stdio::piped()).spawn().expect("the child starts");
        let lines = BufReader::new(child.stderr.take().expect("it was piped"));
        Self { child, lines, said: Vec::new(), folder, manager }
    }

    /// The next line of its log with this in it.
    fn wait_for(&mut self, what: &str) -> String {
        loop {
            let mut line = String::new();
            let length = self.lines.read_line(&mut line).expect("its log can be read");
            assert!(length > 0, "it ended without saying `{what}`: {:#?}", self.said);
            self.said.push(line.clone());
            if line.contains(what) {
                return line;
            }
        }
    }

    /// The next message to the service manager with this in it.
    fn wait_told(&self, what: &str) -> String {
        let mut message = [0; 4_096];
        loop {
            let length =
                self.manager.recv(&mut message).unwrap_or_else(|error| panic!("no `{what}`: {error}"));
            let text = String::from_utf8_lossy(&message[..length]).into_owned();
            if text.contains(what) {
                return text;
            }
        }
    }

    fn signal(&self, signal: Signal) {
        let pid = i32::try_from(self.child.id()).ok().and_then(Pid::from_raw).expect("a process");
        kill_process(pid, signal).expect("the child is there");
    }

    /// Its exit code, and all that it still says.
    fn end(&mut self) -> (Option<i32>, String) {
        let begin = Instant::now();
        let mut rest = self.said.concat();
        self.lines.read_to_string(&mut rest).expect("its log can be read");
        let code = self.child.wait().expect("it ends").code();
        assert!(begin.elapsed() < LONG, "it took {:?} to end", begin.elapsed());
        (code, rest)
    }

    fn configure(&self, file: &str) {
        write(&self.folder.path().join("reeve.toml"), file);
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // It has ended already, unless its test failed.
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

fn write(path: &Path, text: &str) {
    fs::write(path, text).expect("a file can be written");
}

fn get(address: &str, path: &str) -> String {
    let mut stream = TcpStream::connect(address).expect("the health listener is open");
    write!(stream, "GET {path} HTTP/1.1\r\nHost: x\r\n\r\n").expect("it listens");
    let mut answer = String::new();
    stream.read_to_string(&mut answer).expect("it answers");
    answer
}

/// Where its health listener is.
fn health(server: &mut Server) -> String {
    let line = server.wait_for("health listener is open");
    line.rsplit("address=").next().expect("an address").trim().to_owned()
}

#[test]
fn it_starts_answers_tells_its_manager_and_stops_in_order() {
    for signal in [Signal::TERM, Signal::INT] {
        let mut server = Server::start("well", "");
        let address = health(&mut server);
        let ready = server.wait_told("READY=1");
        assert!(ready.contains("STATUS=follower of nobody"), "{ready}");
        server.wait_told("WATCHDOG=1");
        assert!(get(&address, "/livez").starts_with("HTTP/1.1 200"));
        assert!(get(&address, "/readyz").ends_with("\r\n\r\nfollower of nobody\n"));
        let metrics = get(&address, "/metrics");
        assert!(metrics.contains("reeve_build_info{") && metrics.ends_with("stand_in 1\n"), "{metrics}");
        server.signal(signal);
        server.wait_told("STOPPING=1");
        let (code, said) = server.end();
        assert!(code == Some(0) && said.contains("stopped"), "{said}");
    }
}

#[test]
fn it_is_not_ready_before_its_start_and_can_be_stopped_there() {
    let mut server = Server::start("slow start", "");
    let address = health(&mut server);
    assert!(get(&address, "/livez").starts_with("HTTP/1.1 200"));
    let ready = get(&address, "/readyz");
    assert!(ready.starts_with("HTTP/1.1 503") && ready.ends_with("starting\n"), "{ready}");
    server.signal(Signal::HUP);
    server.signal(Signal::TERM);
    assert_eq!(server.end().0, Some(0));
}

#[test]
fn a_hangup_reloads_what_is_live() {
    let mut server = Server::start("well", "[disk]\nlow = '3GiB'");
    server.wait_told("READY=1");
    server.configure("[disk]\nlow = '4GiB'\n[log]\nformat = 'json'\nlevel = 'warn,process=info'");
    server.signal(Signal::HUP);
    let reloading = server.wait_told("RELOADING=1");
    assert!(reloading.contains("MONOTONIC_USEC="), "{reloading}");
    server.wait_for("reload: disk.low: \"3GiB\" -> \"4GiB\"");
    server.wait_for("reload: log.format: \"text\" -> \"json\" waits for a restart");
    server.wait_for("the replica took \"4GiB\"");
    server.wait_told("READY=1");
    server.signal(Signal::TERM);
    let (code, said) = server.end();
    assert!(code == Some(0) && !said.contains("stopping"), "the log speaks at its new level: {said}");
}

#[test]
fn a_bad_reload_changes_nothing() {
    let mut server = Server::start("well", "");
    server.wait_told("READY=1");
    server.configure("[disk]\nlow = 'much'\n[log]\nlevel = 'loud'");
    server.signal(Signal::HUP);
    server.wait_for("disk.low: the string \"much\" is not a size (CONFIG_VALUE)");
    server.wait_for("CONFIG_VALUE");
    server.wait_for("the running configuration stays as it was");
    server.wait_told("READY=1");
    server.signal(Signal::TERM);
    assert_eq!(server.end().0, Some(0));
}

#[test]
fn a_node_that_is_not_alive_gets_no_watchdog_signs() {
    let mut server = Server::start("sick after reload", "");
    server.wait_told("WATCHDOG=1");
    server.signal(Signal::HUP);
    server.wait_for("not alive");
    // What was sent before is in the socket still; after that there must be silence.
    server.manager.set_nonblocking(true).unwrap();
    while server.manager.recv(&mut [0; 4_096]).is_ok() {}
    server.wait_for("not alive");
    server.wait_for("not alive");
    let mut told = Vec::new();
    let mut message = [0; 4_096];
    while let Ok(length) = server.manager.recv(&mut message) {
        told.push(String::from_utf8_lossy(&message[..length]).into_owned());
    }
    assert!(!told.iter().any(|told| told.contains("WATCHDOG=1")), "{told:?}");
    server.signal(Signal::TERM);
    assert_eq!(server.end().0, Some(0));
}

#[test]
fn a_second_signal_stops_at_once() {
    let mut server = Server::start("slow stop", "");
    let address = health(&mut server);
    server.wait_told("READY=1");
    server.signal(Signal::TERM);
    server.wait_for("stopping");
    let ready = get(&address, "/readyz");
    assert!(ready.starts_with("HTTP/1.1 503") && ready.ends_with("stopping\n"), "{ready}");
    server.signal(Signal::TERM);
    let (code, said) = server.end();
    assert!(code == Some(1) && said.contains("SERVER_INTERRUPTED"), "{said}");
}

/// Nobody reads what the manager is told here: its queue is full long before the end, and that holds up nothing.
#[test]
fn a_stop_has_its_time_and_no_more() {
    let mut server = Server::start("slow stop", "[process]\nshutdown_grace = '1s'");
    server.wait_for("started");
    server.signal(Signal::TERM);
    let (code, said) = server.end();
    assert!(code == Some(1) && said.contains("SERVER_STOP_LATE: not stopped after \"1s\""), "{said}");
}

#[test]
fn what_goes_wrong_is_told_and_ends_with_code_1() {
    for (role, file, told) in [
        ("no start", "", "SERVER_REPLICA: the folder is foreign"),
        ("fails", "", "SERVER_REPLICA: the log is gone"),
        ("well", "[node]\nengine = 'tape'", "(CONFIG_VALUE)"),
        ("well", "[listen]\npublic = '0.0.0.0:1'\nadvertise_public = 'a:1'", "(CONFIG_EXPOSED)"),
    ] {
        let (code, said) = Server::start(role, file).end();
        assert!(code == Some(1) && said.contains(told), "{role}: {said}");
    }
    let mut server = Server::start("bad stop", "");
    server.wait_for("started");
    server.signal(Signal::TERM);
    let (code, said) = server.end();
    assert!(code == Some(1) && said.contains("SERVER_REPLICA: the last write failed"), "{said}");
}

#[test]
fn an_open_listener_is_warned_about_at_each_start() {
    let file = "[listen]\npeer = '0.0.0.0:0'\nadvertise_peer = 'a:1'\ninsecure_no_auth = true\n[log]\nformat = 'json'";
    let mut server = Server::start("well", file);
    let warning = server.wait_for("listen.peer = 0.0.0.0:0 is open to the network");
    assert!(warning.starts_with('{') && warning.contains("\"level\":\"WARN\""), "{warning}");
    server.signal(Signal::TERM);
    assert_eq!(server.end().0, Some(0));
}
