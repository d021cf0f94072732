//! The platform of a simulated replica: everything below it, put together from the other rooms.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use openraft_rt::AsyncRuntime;
use openraft_rt_sim::SimRuntime;
use reeve_node::platform::{Hands, Platform};
use reeve_node::post::{Post, Worker, labour};
use reeve_store::engine::memory::Memory;

use super::clock::SimClock;
use super::disk::SimDisk;
use super::held;
use super::life::Life;
use super::network::SimNetwork;
use super::runtime::NodeRuntime;
use crate::chance::Chance;

/// How long blocking work takes on one machine. It may change at any time.
#[derive(Clone)]
pub struct Pace(Arc<Mutex<Steps>>);

struct Steps {
    chance: Chance,
    work: Work,
}

/// How long one round of blocking work takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Work {
    /// The shortest and the longest usual time, in microseconds.
    pub us: (u64, u64),
    /// How many of ten thousand rounds stall.
    pub stalls: u32,
    /// The longest stall, in microseconds.
    pub stall_us: u64,
}

impl Default for Work {
    fn default() -> Self {
        Self { us: (100, 3_000), stalls: 5, stall_us: 400_000 }
    }
}

impl Pace {
    pub(crate) fn new(chance: Chance) -> Self {
        Self(Arc::new(Mutex::new(Steps { chance, work: Work::default() })))
    }

    /// From now on it takes as long as this.
    pub fn set(&self, work: Work) {
        held(&self.0).work = work;
    }

    fn next(&self) -> Duration {
        let Steps { chance, work } = &mut *held(&self.0);
        let mut us = chance.between(work.us.0, work.us.1);
        if chance.below(10_000) < u64::from(work.stalls) {
            us += chance.below(work.stall_us + 1);
        }
        Duration::from_micros(us)
    }
}

/// What one life of a simulated replica stands on.
pub struct SimPlatform<H> {
    hands: std::marker::PhantomData<fn() -> H>,
    life: Life,
    pace: Pace,
}

impl<H> SimPlatform<H> {
    /// The platform of this life, on a machine of this pace.
    #[must_use]
    pub fn new(life: &Life, pace: &Pace) -> Self {
        Self { hands: std::marker::PhantomData, life: life.clone(), pace: pace.clone() }
    }
}

impl<H: Hands> Platform for SimPlatform<H> {
    type Runtime = NodeRuntime;
    type Engine = Memory<SimDisk>;
    type Network = SimNetwork;
    type Clock = SimClock;
    type Hands = H;

    fn employ<W: Worker>(&self, _name: &'static str, worker: W) -> Post<W::Job> {
        let (post, inbox) = Post::new();
        let pace = self.pace.clone();
        let delay = move || SimRuntime::sleep(pace.next());
        drop(self.life.spawn(labour::<NodeRuntime, _, _>(worker, inbox, delay)));
        post
    }
}

#[cfg(test)]
mod tests {
    use openraft_rt::Instant;
    use openraft_rt_sim::SimInstant;
    use reeve_core::effect::Effect;
    use reeve_core::name::Revision;
    use reeve_store::disk::Disk;
    use tokio::sync::oneshot;

    use super::*;
    use crate::cluster::disk::{Crash, Drive};
    use crate::cluster::trace::Trace;

    struct NoHands;

    impl Hands for NoHands {
        fn opened(&self, _term: u64, _revision: Revision, _orders: Vec<Effect>) {}
        fn carry_out(&self, _term: u64, _revision: Revision, _orders: &[Effect]) {}
        fn closed(&self, _term: u64) {}
    }

    /// Somebody who writes down numbers.
    struct Writer {
        disk: SimDisk,
        length: u64,
    }

    type Job = (u8, oneshot::Sender<bool>);

    impl Worker for Writer {
        type Job = Job;

        fn work(&mut self, jobs: Vec<Job>) {
            for (number, done) in jobs {
                let written = self.disk.write_at("numbers", self.length, &[number]);
                self.length += 1;
                assert!(done.send(written.is_ok()).is_ok(), "whoever asked waits");
            }
        }

        fn rest(&mut self) -> Option<Duration> {
            None
        }
    }

    fn run(seed: u64) -> (Vec<u8>, Vec<u128>, u64) {
        let trace = Trace::default();
        let (drive, mut times) = (Drive::new(1, Chance::of(seed), trace.clone()), Vec::new());
        SimRuntime::with_seed(seed).block_on(async {
            let (life, pace) = (Life::new(1, 1, Chance::of(seed), 5), Pace::new(Chance::of(seed)));
            let platform = SimPlatform::<NoHands>::new(&life, &pace);
            let post = platform.employ("writer", Writer { disk: drive.mount(&life), length: 0 });
            for number in 0..50 {
                let (done, written) = oneshot::channel();
                post.hand_in((number, done)).await.unwrap();
                let before = SimInstant::now();
                assert!(written.await.unwrap());
                times.push((SimInstant::now() - before).as_micros());
            }
            let (done, written) = oneshot::channel();
            post.hand_in((77, done)).await.unwrap();
            life.end();
            drive.crash(Crash::Process);
            SimRuntime::sleep(Duration::from_secs(1)).await;
            assert!(written.await.is_err(), "the dead do not answer");
        });
        let bytes = drive.mount(&Life::new(1, 2, Chance::of(1), 0)).read("numbers").unwrap();
        (bytes.unwrap(), times, trace.hash())
    }

    #[test]
    fn work_is_done_in_order_takes_time_and_ends_with_its_life() {
        let (bytes, times, _) = run(1);
        assert_eq!(bytes, (0..50).collect::<Vec<u8>>(), "what was handed in last was not done");
        assert!(times.iter().all(|us| *us >= 100) && times.iter().any(|us| *us > 1_000), "{times:?}");
        assert_eq!(run(1), run(1));
        assert_ne!(run(1), run(2));
    }
}
