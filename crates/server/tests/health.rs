//! The health listener over a real socket: answers, refusals, bounds.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Duration;

use reeve_server::health::{Health, Vitals};
use reeve_server::{Failure, metrics};

/// A node that is well or not.
struct Patient {
    well: AtomicBool,
}

impl Vitals for Patient {
    fn live(&self) -> Result<(), String> {
        self.well.load(Ordering::SeqCst).then_some(()).ok_or_else(|| "the disk is gone".into())
    }

    fn ready(&self) -> Result<String, String> {
        self.live().map(|()| "office open".into()).map_err(|why| format!("no leader: {why}"))
    }

    fn metrics(&self) -> String {
        "reeve_answer 42\n".into()
    }
}

/// A listener with a patient, on a thread of its own until the test ends.
fn admit() -> (SocketAddr, Arc<Patient>) {
    let patient = Arc::new(Patient { well: AtomicBool::new(true) });
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    let any = SocketAddr::from(([127, 0, 0, 1], 0));
    let health = runtime.block_on(Health::bind("listen.health", any)).expect("a free port");
    let (address, vitals) = (health.address(), patient.clone());
    thread::spawn(move || runtime.block_on(health.serve(vitals)));
    (address, patient)
}

fn connect(address: SocketAddr) -> TcpStream {
    let stream = TcpStream::connect(address).expect("somebody listens");
    stream.set_read_timeout(Some(Duration::from_secs(20))).expect("a timeout");
    stream
}

/// What comes back for these bytes, until the other side closes.
fn say(address: SocketAddr, bytes: &[u8]) -> String {
    let mut stream = connect(address);
    // The other side may close before it has heard everything.
    drop(stream.write_all(bytes));
    let mut answer = Vec::new();
    drop(stream.read_to_end(&mut answer));
    String::from_utf8(answer).expect("text")
}

fn get(address: SocketAddr, path: &str) -> (u16, String) {
    let answer = say(address, format!("GET {path} HTTP/1.1\r\nHost: x\r\n\r\n").as_bytes());
    let (head, body) = answer.split_once("\r\n\r\n").expect("a head and a body");
    (head[9..12].parse().expect("a status"), body.into())
}

#[test]
fn it_says_how_the_node_is_and_why_not() {
    let (address, patient) = admit();
    assert_eq!(get(address, "/livez"), (200, "live\n".into()));
    assert_eq!(get(address, "/readyz?verbose"), (200, "office open\n".into()));
    assert_eq!(get(address, "/metrics"), (200, "reeve_answer 42\n".into()));
    assert_eq!(get(address, "/").0, 404);
    patient.well.store(false, Ordering::SeqCst);
    assert_eq!(get(address, "/livez"), (503, "the disk is gone\n".into()));
    assert_eq!(get(address, "/readyz"), (503, "no leader: the disk is gone\n".into()));
}

#[test]
fn it_only_reads_and_says_so() {
    let (address, _patient) = admit();
    let post = say(address, b"POST /livez HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n").to_lowercase();
    assert!(post.starts_with("http/1.1 405 ") && post.contains("\r\nallow: get, head\r\n"), "{post}");
    let head = say(address, b"HEAD /livez HTTP/1.1\r\nHost: x\r\n\r\n");
    assert!(head.starts_with("HTTP/1.1 200 ") && head.ends_with("\r\n\r\n"), "{head}");
}

#[test]
fn what_is_too_big_or_no_http_is_refused_and_others_are_served() {
    let (address, _patient) = admit();
    let long = format!("GET /livez HTTP/1.1\r\nHost: x\r\nCookie: {}\r\n\r\n", "a".repeat(100_000));
    let many = format!("GET /livez HTTP/1.1\r\nHost: x\r\n{}\r\n", "A: a\r\n".repeat(200));
    for bytes in [long.as_bytes(), many.as_bytes(), b"\x16\x03\x01 hello\r\n\r\n"] {
        let answer = say(address, bytes);
        assert!(!answer.starts_with("HTTP/1.1 200"), "{answer}");
    }
    assert_eq!(get(address, "/livez").0, 200);
}

#[test]
fn a_request_that_never_ends_is_cut_off() {
    let (address, _patient) = admit();
    let mut slow = connect(address);
    slow.write_all(b"GET /livez HTTP/1.1\r\nHost:").unwrap();
    let (begin, mut rest) = (std::time::Instant::now(), Vec::new());
    slow.read_to_end(&mut rest).unwrap();
    assert!(begin.elapsed() < Duration::from_secs(10), "{:?}", begin.elapsed());
    assert!(!rest.starts_with(b"HTTP/1.1 200"));
}

#[test]
fn silent_connections_beyond_the_bound_do_not_shut_the_door_for_long() {
    let (address, _patient) = admit();
    let silent: Vec<TcpStream> = (0..80).map(|_| connect(address)).collect();
    assert_eq!(get(address, "/livez").0, 200);
    drop(silent);
}

#[test]
fn an_address_in_use_is_told_with_its_key() {
    let (address, _patient) = admit();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let failure = runtime.block_on(Health::bind("listen.health", address)).unwrap_err();
    assert!(matches!(failure, Failure::Listen { key: "listen.health", .. }));
    assert!(
        failure.to_string().starts_with(&format!("SERVER_LISTEN: listen.health: cannot listen at {address}"))
    );
}

#[test]
fn the_recorder_is_installed_once_and_renders() {
    let (first, second) = (metrics::install().unwrap(), metrics::install().unwrap());
    let version = format!("reeve_build_info{{version=\"{}\"}} 1", env!("CARGO_PKG_VERSION"));
    assert!(first.render().contains(&version), "{}", first.render());
    assert_eq!(first.render(), second.render());
}
