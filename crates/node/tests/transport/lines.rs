//! Connections: one for each lane, made when needed, made again when broken, and gone when done.

use std::time::{Duration, Instant};

use reeve_node::message::{Answer, NoAnswer, Question, Refused};
use reeve_node::platform::{Lane, Link, Network, Wires};
use reeve_node::transport::{LineStatus, Serving, Standing, Transport};
use tokio::net::TcpListener;

use crate::fake::{Fake, LONG, append, at, here, letter, link, serve, told, until};

const LANES: [Lane; 4] = [Lane::Log, Lane::Pulse, Lane::Bulk, Lane::Desk];

fn well() -> Result<Answer, NoAnswer> {
    Ok(Answer::Have(Vec::new()))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn each_lane_has_one_connection_of_its_own() {
    let serving = serve(&Fake::default()).await;
    let transport = Transport::new(here());
    let member = at(serving.address());
    let mut links: Vec<_> = (0..12).map(|n| transport.link(2, &member, LANES[n % 4])).collect();
    assert!(transport.status().iter().all(|line| line.standing == Standing::Idle));
    assert_eq!(LANES.map(|lane| serving.served(lane).accepted), [0; 4], "nobody was asked yet");
    for link in &mut links {
        assert_eq!(link.ask(letter(Question::ReadIndex), LONG).await, well());
    }
    let _stream = links[0].append(letter(append(0, 10)), LONG).await.unwrap();
    assert_eq!(LANES.map(|lane| serving.served(lane).accepted), [1; 4]);
    for (line, lane) in transport.status().iter().zip(LANES) {
        let LineStatus { peer, standing, connected, failed, .. } = line;
        assert_eq!((*peer, line.lane, standing), (2, lane, &Standing::Open));
        assert_eq!((*connected, *failed), (1, 0));
        // Both sides count the same, but for what is on its way.
        until("the bytes are the same on both sides", || {
            let served = serving.served(lane);
            let status = transport.status();
            let line = status.iter().find(|line| line.lane == lane).expect("it was asked for");
            // The greeting and the preface are read before counting begins; the preface is counted when read again.
            line.bytes_in == served.bytes_out && line.bytes_out == served.bytes_in + 24 && served.bytes_in > 0
        })
        .await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_moved_member_gets_a_new_connection_and_one_that_left_none() {
    let (old, new) = (serve(&Fake::default()).await, serve(&Fake::default()).await);
    let transport = Transport::new(here());
    for serving in [&old, &new] {
        let mut link = transport.link(2, &at(serving.address()), Lane::Log);
        assert_eq!(link.ask(letter(Question::ReadIndex), LONG).await, well());
        assert_eq!(serving.served(Lane::Log).accepted, 1);
    }
    assert_eq!(transport.status().len(), 1);
    assert_eq!(transport.status()[0].address, new.address().to_string());
    transport.keep_only(&std::collections::BTreeSet::new());
    assert!(transport.status().is_empty());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_peer_that_dies_is_noticed_and_one_that_returns_is_found() {
    let fake = Fake { silent: true, ..Fake::default() };
    let serving = serve(&fake).await;
    let address = serving.address();
    let transport = Transport::new(here());
    let mut link = transport.link(2, &at(address), Lane::Log);
    let Wires { out, mut back } = link.append(letter(append(0, 10)), LONG).await.unwrap();
    until("the stream is followed", || fake.busy() == 1).await;
    let start = Instant::now();
    serving.stop().await.unwrap();
    let end = told(&mut back).await;
    assert!(end.is_none_or(|end| end.is_err()));
    assert!(start.elapsed() < Duration::from_secs(1), "{:?}", start.elapsed());
    until("the sender notices", || out.is_closed()).await;
    assert_eq!(fake.busy(), 0);

    let error = link.ask(letter(Question::ReadIndex), Duration::from_secs(2)).await.unwrap_err();
    let NoAnswer::NeverSent(why) = error else { panic!("{error}") };
    assert!(why.contains("cannot be reached"), "{why}");
    assert!(matches!(&transport.status()[0].standing, Standing::Down(why) if why.contains("refused")));
    // Who gives up while there is no connection has not asked either.
    let error = link.ask(letter(Question::ReadIndex), Duration::from_millis(1)).await.unwrap_err();
    assert!(matches!(&error, NoAnswer::NeverSent(_)), "{error}");
    // The port is free again.
    let again = Serving::start(&address.to_string(), here(), Fake::default()).await.unwrap();
    let start = Instant::now();
    while link.ask(letter(Question::ReadIndex), LONG).await != well() {}
    assert!(start.elapsed() < Duration::from_secs(1), "{:?}", start.elapsed());
    assert_eq!(transport.status()[0].standing, Standing::Open);
    assert_eq!(transport.status()[0].connected, 2);
    again.stop().await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_peer_that_is_killed_mid_stream_is_an_error_at_once() {
    // A socket in the middle that is cut: what a killed process leaves behind.
    let serving = serve(&Fake::default()).await;
    let middle = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = middle.local_addr().unwrap();
    let there = serving.address();
    let cable = tokio::spawn(async move {
        let (mut near, _) = middle.accept().await.unwrap();
        let mut far = tokio::net::TcpStream::connect(there).await.unwrap();
        tokio::io::copy_bidirectional(&mut near, &mut far).await.unwrap();
    });
    let Wires { out, mut back } = Transport::new(here())
        .link(2, &at(address), Lane::Log)
        .append(letter(append(0, 1)), LONG)
        .await
        .unwrap();
    assert_eq!(told(&mut back).await, Some(Ok(0)));
    let start = Instant::now();
    cable.abort();
    let why = told(&mut back).await.unwrap().unwrap_err();
    assert!(start.elapsed() < Duration::from_millis(500), "{:?}", start.elapsed());
    assert!(!why.is_empty());
    assert_eq!(told(&mut back).await, None);
    until("the sender notices", || out.is_closed()).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_sent_is_never_said_to_have_not_been() {
    let fake = Fake { silent: true, ..Fake::default() };
    let serving = serve(&fake).await;
    let mut link = link(&serving, Lane::Desk);
    let error = link.ask(letter(Question::ReadIndex), Duration::from_millis(100)).await.unwrap_err();
    assert!(matches!(error, NoAnswer::Silent(_)), "its time was over: {error}");
    let (answer, stopped) = tokio::join!(link.ask(letter(Question::ReadIndex), LONG), async {
        until("it is asked", || fake.busy() == 1).await;
        serving.stop().await
    });
    stopped.unwrap();
    assert_eq!(answer, Ok(Answer::Refused(Refused::Unknown)), "it stopped, and had begun");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_machine_that_fell_silent_is_noticed_without_traffic() {
    // It accepts and says nothing, not even to a question whether it lives.
    let mute = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let transport = Transport::new(here());
    let mut link = transport.link(2, &at(mute.local_addr().unwrap()), Lane::Pulse);
    assert!(link.ask(letter(Question::ReadIndex), Duration::from_millis(50)).await.is_err());
    assert_eq!(transport.status()[0].standing, Standing::Open);
    let start = Instant::now();
    until("the line is down", || matches!(transport.status()[0].standing, Standing::Down(_))).await;
    assert!(start.elapsed() < Duration::from_secs(5), "{:?}", start.elapsed());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn failures_do_not_become_a_storm() {
    // Takes connections and drops them: the worst for whoever tries again at once.
    let trap = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let transport = Transport::new(here());
    let member = at(trap.local_addr().unwrap());
    let count = tokio::spawn(async move {
        for taken in 0_u64.. {
            let Ok(accepted) = tokio::time::timeout(Duration::from_millis(1_500), trap.accept()).await else {
                return taken;
            };
            drop(accepted);
        }
        0
    });
    let end = Instant::now() + Duration::from_secs(1);
    let askers = (0..8).map(|_| {
        let mut link = transport.link(2, &member, Lane::Log);
        tokio::spawn(async move {
            while Instant::now() < end {
                link.ask(letter(Question::ReadIndex), Duration::from_millis(100)).await.unwrap_err();
            }
        })
    });
    futures_util::future::join_all(askers).await;
    drop(transport);
    let taken = count.await.unwrap();
    assert!((4..20).contains(&taken), "{taken} connections in a second");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn stopping_ends_everything_and_frees_the_port() {
    let fake = Fake { silent: true, ..Fake::default() };
    let serving = serve(&fake).await;
    let address = serving.address();
    let mut asking = link(&serving, Lane::Pulse);
    let asking = tokio::spawn(async move { asking.ask(letter(Question::ReadIndex), LONG).await });
    let Wires { out: _out, mut back } =
        link(&serving, Lane::Log).append(letter(append(0, 10)), LONG).await.unwrap();
    until("both are under way", || fake.busy() == 2).await;
    let start = Instant::now();
    serving.stop().await.unwrap();
    assert!(start.elapsed() < Duration::from_secs(1), "{:?}", start.elapsed());
    assert_eq!(fake.busy(), 0);
    // What had begun is unknown.
    assert_eq!(asking.await.unwrap(), Ok(Answer::Refused(reeve_node::message::Refused::Unknown)));
    assert!(told(&mut back).await.is_none_or(|end| end.is_err()));
    drop(TcpListener::bind(address).await.expect("the port is free"));
}
