//! Whoever is not a replica, or a broken one: refused, at a bounded price, while everybody else is served.

use std::time::{Duration, Instant};

use bytes::BufMut;
use reeve_node::message::{Answer, Question};
use reeve_node::platform::{Lane, Link};
use reeve_node::transport::Serving;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::fake::{Fake, LONG, letter, link, serve, until};
use crate::samples::Dice;

const GREETING: &[u8] = b"reevep1L";
const PREFACE: &[u8] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";
const SETTINGS: &[u8] = &[0, 0, 0, 4, 0, 0, 0, 0, 0];

async fn dial(serving: &Serving) -> TcpStream {
    TcpStream::connect(serving.address()).await.expect("it works")
}

/// A connection that has begun as it should.
async fn begun(serving: &Serving) -> TcpStream {
    let mut stream = dial(serving).await;
    stream.write_all(&[GREETING, PREFACE, SETTINGS].concat()).await.expect("it works");
    stream
}

/// Everything that comes until the other side closes.
async fn ends(stream: &mut TcpStream) -> Vec<u8> {
    let mut came = Vec::new();
    // A reset is an end too.
    drop(tokio::time::timeout(LONG, stream.read_to_end(&mut came)).await.expect("the connection is closed"));
    came
}

/// A well-meaning peer is served, and soon.
async fn lives(serving: &Serving) {
    let start = Instant::now();
    let asked = link(serving, Lane::Pulse).ask(letter(Question::ReadIndex), LONG).await;
    assert_eq!(asked, Ok(Answer::Have(Vec::new())));
    assert!(start.elapsed() < Duration::from_secs(1), "{:?}", start.elapsed());
}

fn frame(kind: u8, flags: u8, stream: u32, payload: &[u8]) -> Vec<u8> {
    let mut out = Vec::new();
    out.put_uint(payload.len() as u64, 3);
    out.put_slice(&[kind, flags]);
    out.put_u32(stream);
    out.put_slice(payload);
    out
}

/// The headers of a call, all as literals.
fn headers(path: &str, more: &[(&str, &str)]) -> Vec<u8> {
    let mut out = vec![0x83, 0x86];
    let all = [(":path", path), ("content-type", "application/grpc"), ("te", "trailers")];
    for (name, value) in all.iter().chain(more) {
        out.put_u8(0);
        for text in [name, value] {
            out.put_u8(u8::try_from(text.len()).expect("it works"));
            out.put_slice(text.as_bytes());
        }
    }
    out
}

const ASK: &str = "/reeve.internal.v1.Peer/Ask";
const FOLLOW: &str = "/reeve.internal.v1.Peer/Follow";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_does_not_begin_as_a_replica_gets_nowhere() {
    let serving = serve(&Fake::default()).await;
    let mut dice = Dice::of(5);
    let mut noise: Vec<Vec<u8>> = (0..200).map(|_| [dice.bytes(), dice.bytes()].concat()).collect();
    noise.push(b"GET / HTTP/1.1\r\nHost: reeve\r\nConnection: keep-alive\r\n\r\n".to_vec());
    noise.push([PREFACE, SETTINGS].concat());
    noise.push([b"reevep2L", PREFACE].concat());
    noise.push([b"reevep1X", PREFACE].concat());
    noise.push([GREETING, b"GET /something HTTP/1.1\r\n\r\n"].concat());
    // A handshake of TLS.
    noise.push([&[0x16, 3, 1, 2, 0, 1, 0, 1, 0xfc, 3, 3], &[9; 500][..]].concat());
    let count = noise.len() as u64;
    for bytes in noise {
        let mut stream = dial(&serving).await;
        // It may have been closed already.
        drop(stream.write_all(&bytes).await);
        drop(stream.shutdown().await);
        assert!(ends(&mut stream).await.is_empty(), "nothing is told to strangers");
    }
    until("all were refused", || serving.refused() == count).await;
    assert_eq!(serving.served(Lane::Log).accepted, 0);
    lives(&serving).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn noise_after_a_good_beginning_costs_only_its_connection() {
    let fake = Fake::default();
    let serving = serve(&fake).await;
    let mut dice = Dice::of(6);
    for round in 0..300 {
        let mut stream = begun(&serving).await;
        let mut bytes = dice.bytes().to_vec();
        match round % 3 {
            // Noise.
            0 => {}
            // A frame of any kind with anything in it.
            1 => bytes = frame(dice.below(12) as u8, dice.below(256) as u8, dice.below(4) as u32, &bytes),
            // A good frame that breaks off.
            _ => {
                bytes = frame(1, 4, 1, &headers(ASK, &[]));
                bytes.truncate(dice.below(bytes.len() as u64) as usize);
            }
        }
        drop(stream.write_all(&bytes).await);
        drop(stream.shutdown().await);
        ends(&mut stream).await;
    }
    until("nothing is under way", || fake.busy() == 0).await;
    assert!(fake.questions.lock().unwrap().is_empty());
    lives(&serving).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn messages_that_are_none_never_reach_the_listener() {
    let fake = Fake::default();
    let serving = serve(&fake).await;
    let messages: [&[u8]; 9] = [
        // Compressed, which nobody agreed to.
        &[1, 0, 0, 0, 2, 8, 1],
        // Of 4 GiB, it says.
        &[0, 0xff, 0xff, 0xff, 0xff, 1, 2, 3],
        // Of one byte more than may be.
        &[0, 2, 0, 0, 1, 0],
        // Not protobuf.
        &[0, 0, 0, 0, 4, 0xff, 0xff, 0xff, 0xff],
        // A field longer than the message.
        &[0, 0, 0, 0, 2, 0x0a, 0x7f],
        // Text that is not text.
        &[0, 0, 0, 0, 6, 0x52, 4, 0x1a, 2, 0x12, 0xc3],
        // Nothing at all.
        &[],
        // Less than a length.
        &[0, 0],
        // A message without a field.
        &[0, 0, 0, 0, 0],
    ];
    for path in [ASK, FOLLOW, "/reeve.internal.v1.Peer/None", "/"] {
        for message in messages {
            let mut stream = begun(&serving).await;
            let call = [frame(1, 4, 1, &headers(path, &[])), frame(0, 1, 1, message)].concat();
            stream.write_all(&call).await.unwrap();
            stream.shutdown().await.unwrap();
            // Some answer, and then the end.
            assert!(!ends(&mut stream).await.is_empty());
        }
    }
    until("nothing is under way", || fake.busy() == 0).await;
    assert!(fake.questions.lock().unwrap().is_empty() && fake.first.lock().unwrap().is_empty());
    lives(&serving).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn ten_thousand_resets_cost_only_their_connection() {
    let fake = Fake { silent: true, ..Fake::default() };
    let serving = serve(&fake).await;
    let (mut read, mut write) = begun(&serving).await.into_split();
    let reading = tokio::spawn(async move {
        let mut came = Vec::new();
        drop(read.read_to_end(&mut came).await);
        came
    });
    let block = headers(FOLLOW, &[]);
    for round in 0..10_000 {
        let stream = 2 * round + 1;
        let both = [frame(1, 4, stream, &block), frame(3, 0, stream, &8_u32.to_be_bytes())].concat();
        if write.write_all(&both).await.is_err() {
            break;
        }
    }
    drop(write);
    reading.await.unwrap();
    until("nothing is under way", || fake.busy() == 0).await;
    let well = Fake::default();
    let other = serve(&well).await;
    lives(&other).await;
    // The same listener still listens; being silent, it only does not answer.
    let asked =
        link(&serving, Lane::Pulse).ask(letter(Question::ReadIndex), Duration::from_millis(200)).await;
    assert!(asked.unwrap_err().to_string().contains("within"));
    assert_eq!(serving.served(Lane::Pulse).accepted, 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn headers_without_end_and_streams_without_number_are_cut() {
    let fake = Fake { silent: true, ..Fake::default() };
    let serving = serve(&fake).await;
    // Continuations that never end.
    let mut stream = begun(&serving).await;
    stream.write_all(&frame(1, 0, 1, &headers(ASK, &[]))).await.unwrap();
    let more = frame(9, 0, 1, &[[0, 1, b'x', 100].as_slice(), &[b'y'; 100]].concat());
    let flood = async { while stream.write_all(&more).await.is_ok() {} };
    tokio::time::timeout(LONG, flood).await.expect("a flood of headers is cut off");
    // More streams than may be open: the rest are refused.
    let (mut read, mut write) = begun(&serving).await.into_split();
    let reading = tokio::spawn(async move {
        let mut bytes = [0; 4096];
        while read.read(&mut bytes).await.is_ok_and(|count| count > 0) {}
    });
    for round in 0..1_000 {
        let call = frame(1, 4, 2 * round + 1, &headers(FOLLOW, &[]));
        if write.write_all(&call).await.is_err() {
            break;
        }
    }
    assert!(fake.busy() <= 64);
    drop(write);
    reading.await.unwrap();
    until("nothing is under way", || fake.busy() == 0).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_begins_too_slowly_is_sent_away_and_nobody_waits_for_it() {
    let serving = serve(&Fake::default()).await;
    let start = Instant::now();
    let slow = (0..100).map(|_| async {
        let mut stream = dial(&serving).await;
        for byte in [GREETING, PREFACE].concat() {
            if stream.write_all(&[byte]).await.is_err() {
                break;
            }
            tokio::time::sleep(Duration::from_millis(200)).await;
        }
        ends(&mut stream).await
    });
    let others = async {
        for _ in 0..20 {
            lives(&serving).await;
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    };
    let (ended, ()) = tokio::join!(futures_util::future::join_all(slow), others);
    assert!(ended.iter().all(Vec::is_empty));
    assert!(start.elapsed() < Duration::from_secs(8), "{:?}", start.elapsed());
    assert_eq!(serving.refused(), 100);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_begins_well_and_falls_silent_is_cut_off() {
    let serving = serve(&Fake::default()).await;
    let mut stream = begun(&serving).await;
    let start = Instant::now();
    // It never answers when asked whether it lives.
    ends(&mut stream).await;
    assert!(start.elapsed() < Duration::from_secs(5), "{:?}", start.elapsed());
}
