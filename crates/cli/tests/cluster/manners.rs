//! How a running server behaves towards whoever configures it, measures it, and comes to its door.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::{Duration, Instant};

use crate::town::{LONG, Town};

#[test]
fn a_hangup_reaches_the_replica_without_a_restart() {
    let mut town = Town::of(1, &[]);
    assert_eq!(town.stop(1), 0);
    town.configure(1, "[store]\nflush_interval = '5m'\n").expect("it is there");
    town.start(1);
    town.do_at(1, &["init"]);
    town.until("it leads", |town| town.leader() == Some(1));
    std::thread::sleep(Duration::from_secs(3));
    let (applied, flushed) = ("reeve_state_applied_index", "reeve_state_flushed_index");
    assert!(town.metric(1, flushed) < town.metric(1, applied), "nothing is flushed for five minutes");
    town.configure(1, "[store]\nflush_interval = '50ms'\n").expect("it is there");
    town.hang_up(1).expect("it is there");
    let took = town.until("it is flushed", |town| town.metric(1, flushed) == town.metric(1, applied));
    assert!(took < Duration::from_secs(20), "{took:?}");
    assert!(town.said(1).contains("reload: store.flush_interval: \"5m\" -> \"50ms\""), "{}", town.said(1));
    assert!(!town.said(1).contains("waits for a restart"), "{}", town.said(1));
}

#[test]
fn the_disk_is_measured_at_the_start_and_the_figure_is_told() {
    let town = Town::of(1, &[]);
    town.do_at(1, &["init"]);
    town.until("it leads", |town| town.leader() == Some(1));
    let told = town.status(1).expect("it answers")["standing"]["disk_sync_us"].as_u64().expect("a figure");
    assert!(told > 0, "a sync on a real disk takes time");
    assert_eq!(town.metric(1, "reeve_disk_sync_microseconds"), Some(told));
    assert_eq!(town.metric(1, "reeve_disk_damaged"), Some(0));
    assert!(town.said(1).contains("the disk was measured") || town.said(1).contains("SLOW_DISK"));
    // What an operator needs is said, and what openraft tells itself is not.
    assert!(town.said(1).contains("this node became leader in term"), "{}", town.said(1));
    assert!(!town.said(1).contains("openraft"), "{}", town.said(1));
}

/// Whether the other side has closed a connection, before this time is over.
fn is_closed(stream: &mut TcpStream, patience: Duration) -> bool {
    stream.set_read_timeout(Some(patience)).expect("it is ours");
    let mut bytes = [0; 256];
    loop {
        match stream.read(&mut bytes) {
            // It may say something before it ends.
            Ok(some) if some > 0 => {}
            Ok(_) => return true,
            Err(error) => {
                let waited = [std::io::ErrorKind::WouldBlock, std::io::ErrorKind::TimedOut];
                return !waited.contains(&error.kind());
            }
        }
    }
}

#[test]
fn who_says_nothing_is_sent_away_and_so_is_who_comes_too_many() {
    let town = Town::of(1, &["listen.max_connections=16"]);
    let knock = || TcpStream::connect(town.public(1)).expect("it listens");
    let begun = Instant::now();
    let mut silent: Vec<TcpStream> = (0..16).map(|_| knock()).collect();
    // Nobody else gets in, and hears so at once.
    assert!(is_closed(&mut knock(), Duration::from_secs(3)), "one too many");
    assert_ne!(town.type_to(1, &["status"]).0, Some(0));
    assert!(!is_closed(&mut silent[0], Duration::from_millis(200)), "those who were first have time");
    // One of them speaks slowly: a byte of the preface now and then.
    let mut slow = silent.pop().expect("there are some");
    let preface = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";
    for byte in preface {
        if slow.write_all(&[*byte]).is_err() || is_closed(&mut slow, Duration::from_millis(400)) {
            break;
        }
    }
    assert!(is_closed(&mut slow, Duration::from_secs(1)), "its time does not begin anew with each byte");
    assert!(silent.iter_mut().all(|stream| is_closed(stream, LONG)), "their time is over");
    assert!(begun.elapsed() < Duration::from_secs(20), "{:?}", begun.elapsed());
    town.until("it answers again", |town| town.status(1).is_some());
    assert!(town.metric(1, "reeve_public_connections_refused") >= Some(1));
    let told = town.said(1).matches("listen.max_connections").count();
    assert_eq!(told, 1, "a flood is told once: {}", town.said(1));
}
