//! Streams of the log: in order, in flight, and never hanging.

use std::time::{Duration, Instant};

use reeve_node::message::Refused;
use reeve_node::platform::{Lane, Link, Wires};

use crate::fake::{Fake, LONG, append, letter, link, serve, told, until};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_thousand_messages_are_answered_in_order_with_32_in_flight() {
    let fake = Fake::default();
    let serving = serve(&fake).await;
    let Wires { out, mut back } =
        link(&serving, Lane::Log).append(letter(append(0, 256)), LONG).await.unwrap();
    for number in 1..1_000 {
        if number >= 32 {
            assert_eq!(told(&mut back).await, Some(Ok(number - 32)));
        }
        out.send(append(number, 256)).await.unwrap();
    }
    for number in 968..1_000 {
        assert_eq!(told(&mut back).await, Some(Ok(number)));
    }
    drop(out);
    assert_eq!(told(&mut back).await, None);
    until("the listener is done", || fake.busy() == 0).await;
    let indices: Vec<_> =
        fake.appends.lock().unwrap().iter().map(|append| append.entries[0].id.index).collect();
    assert_eq!(indices, (0..1_000).collect::<Vec<_>>());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_is_never_answered_gives_up_and_nothing_is_left() {
    let fake = Fake { silent: true, ..Fake::default() };
    let serving = serve(&fake).await;
    let mut link = link(&serving, Lane::Pulse);
    for _ in 0..100 {
        let start = Instant::now();
        let asked =
            link.ask(letter(reeve_node::message::Question::ReadIndex), Duration::from_millis(20)).await;
        assert!(asked.unwrap_err().to_string().contains("within 20ms"));
        assert!(start.elapsed() < Duration::from_secs(2));
    }
    let Wires { out, back } = link.append(letter(append(0, 10)), LONG).await.unwrap();
    until("the stream is followed", || fake.busy() > 0 && fake.first.lock().unwrap().len() == 1).await;
    drop((out, back));
    until("everything was dropped", || fake.busy() == 0).await;
    // One connection carried all of it.
    assert_eq!(serving.served(Lane::Pulse).accepted, 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_refusal_is_the_last_word() {
    let fake = Fake::default();
    fake.appended.lock().unwrap().push_back(Err(Refused::Amnesia(7)));
    let serving = serve(&fake).await;
    let Wires { out, mut back } = link(&serving, Lane::Log).append(letter(append(0, 1)), LONG).await.unwrap();
    let refused = told(&mut back).await.unwrap().unwrap_err();
    assert_eq!(refused, format!("no answer: {}", Refused::Amnesia(7)));
    assert_eq!(told(&mut back).await, None);
    until("the sender notices", || out.is_closed()).await;
    until("the listener is done", || fake.busy() == 0).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_message_too_large_ends_its_stream_with_the_reason() {
    let fake = Fake::default();
    let serving = serve(&fake).await;
    let mut link = link(&serving, Lane::Log);
    let Wires { out, mut back } = link.append(letter(append(0, 1)), LONG).await.unwrap();
    assert_eq!(told(&mut back).await, Some(Ok(0)));
    // Large ones go.
    out.send(append(1, 30 << 20)).await.unwrap();
    assert_eq!(told(&mut back).await, Some(Ok(1)));
    out.send(append(2, 33 << 20)).await.unwrap();
    let why = told(&mut back).await.unwrap().unwrap_err();
    assert!(why.contains("too large") && why.contains("33554432"), "{why}");
    assert_eq!(told(&mut back).await, None);
    let error = link.append(letter(append(2, 33 << 20)), LONG).await.err().unwrap();
    assert!(error.to_string().contains("too large"), "{error}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_reader_that_does_not_read_holds_up_only_itself() {
    let fake = Fake { forgetful: true, ..Fake::default() };
    let serving = serve(&fake).await;
    let mut link = link(&serving, Lane::Log);
    let Wires { out, mut back } = link.append(letter(append(0, 1)), LONG).await.unwrap();
    let mut sent = 1;
    while out.send_timeout(append(sent, 1 << 10), Duration::from_millis(300)).await.is_ok() {
        sent += 1;
        assert!(sent < 20_000, "what nobody reads is held without bound");
    }
    let asked = link.ask(letter(reeve_node::message::Question::ReadIndex), LONG).await;
    assert!(asked.is_ok(), "{asked:?}");
    for number in 0..sent {
        assert_eq!(told(&mut back).await, Some(Ok(number)));
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_change_goes_on_when_its_asker_has_gone_and_a_look_does_not() {
    use reeve_node::message::{Change, Question};
    let fake = Fake { silent: true, ..Fake::default() };
    let serving = serve(&fake).await;
    let mut link = link(&serving, Lane::Desk);
    let soon = Duration::from_millis(50);
    let change = Question::Members(Change::Transfer { to: None });
    for question in [change, Question::ReadIndex, Question::Propose { group: "".into(), patience_ms: 1 }] {
        assert!(link.ask(letter(question), soon).await.is_err());
    }
    until("the look is given up", || fake.busy() == 2).await;
    tokio::time::sleep(soon).await;
    assert_eq!(fake.busy(), 2, "what was begun goes on");
}
