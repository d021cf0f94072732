//! Heartbeats while everything else is busy.

use std::time::{Duration, Instant};

use reeve_node::message::Question;
use reeve_node::platform::{Lane, Link, Network};
use reeve_node::transport::{Serving, Threads, Transport};
use tokio::runtime::{Builder, Runtime};
use tokio::time::interval;

use crate::fake::{Fake, LONG, at, letter};

fn thread() -> Runtime {
    Builder::new_multi_thread().worker_threads(1).enable_all().build().expect("it works")
}

/// Two machines, each with a thread for heartbeats and one for the rest, and one more for who asks.
struct Machines([Runtime; 5]);

impl Machines {
    fn new() -> Self {
        Self([(); 5].map(|()| thread()))
    }

    fn near(&self) -> Threads {
        Threads { pulse: self.0[0].handle().clone(), bulk: self.0[1].handle().clone() }
    }

    fn far(&self) -> Threads {
        Threads { pulse: self.0[2].handle().clone(), bulk: self.0[3].handle().clone() }
    }

    fn run<T>(&self, work: impl Future<Output = T>) -> T {
        self.0[4].block_on(work)
    }
}

/// How long heartbeats take, one each 10 ms: sorted.
async fn beats(transport: &Transport, serving: &Serving, count: usize) -> Vec<Duration> {
    let mut link = transport.link(2, &at(serving.address()), Lane::Pulse);
    let mut tick = interval(Duration::from_millis(10));
    let mut taken = Vec::new();
    for _ in 0..count {
        tick.tick().await;
        let start = Instant::now();
        assert!(link.ask(letter(Question::ReadIndex), LONG).await.is_ok());
        taken.push(start.elapsed());
    }
    taken.sort();
    taken
}

#[test]
fn heartbeats_do_not_wait_for_threads_that_are_stuck() {
    let machines = Machines::new();
    let fake = Fake { stuck: Some(Duration::from_millis(400)), ..Fake::default() };
    let (median, most) = machines.run(async {
        let serving = Serving::start("127.0.0.1:0", machines.far(), fake.clone()).await.unwrap();
        let transport = Transport::new(machines.near());
        let mut bulk = transport.link(2, &at(serving.address()), Lane::Bulk);
        // The one thread of the log and snapshots over there does nothing else for two seconds.
        let piece = letter(Question::Piece { file: 0, offset: 0, bytes: vec![0; 1 << 20].into() });
        let stuck = tokio::spawn(async move {
            for _ in 0..5 {
                assert!(bulk.ask(piece.clone(), LONG).await.is_ok());
            }
        });
        let taken = beats(&transport, &serving, 150).await;
        assert!(!stuck.is_finished(), "nothing was stuck while the heart beat");
        stuck.await.unwrap();
        serving.stop().await.unwrap();
        (taken[75], taken[149])
    });
    println!("heartbeats beside a stuck thread: median {median:?}, slowest {most:?}");
    assert!(median < Duration::from_millis(50) && most < Duration::from_millis(300), "{median:?} {most:?}");
}
