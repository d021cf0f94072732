//! Streams: in order, or broken.
//!
//! Each direction has one task that lets messages depart and one that lets them arrive. What is lost breaks the stream for
//! good, and each side learns of that in its own time.

use openraft_rt::{AsyncRuntime, Instant, Select2, Select3};
use openraft_rt_sim::{SimInstant, SimRuntime};
use reeve_node::message::{Append, Appended, Letter, NoAnswer, Refused};
use reeve_node::platform::{Lane, Wires};
use tokio::sync::mpsc;

use super::print::Print;
use super::{Call, Found, Net, no_answer, refused};
use crate::cluster::life::Life;
use crate::cluster::limits;
use crate::cluster::signal::Signal;

/// Opens a stream; as long as it is silent, it waits.
pub(super) async fn open(call: Call, first: Letter<Append>) -> Result<Wires, NoAnswer> {
    let (from, to) = (call.life.node(), call.to);
    let way = call.net.way(from, to);
    let arrives = call.go(first.bytes()).await;
    if !arrives && !way.hole {
        return std::future::pending().await;
    }
    let house = match call.net.find(&call.address) {
        Found::Somebody(house) => house,
        Found::Nobody if call.come(0).await => return Err(refused()),
        Found::Nobody | Found::Silence => return std::future::pending().await,
    };
    let (out, outgoing) = mpsc::channel(limits::STREAM_WAITING);
    let (homecoming, home) = mpsc::channel(limits::STREAM_WAITING);
    let (arriving, rest) = mpsc::channel(limits::STREAM_WAITING);
    let (back, answers) = mpsc::channel(limits::STREAM_WAITING);
    let broken = Signal::default();
    let there = Pipe {
        net: call.net.clone(),
        from: call.life.clone(),
        to: house.life.clone(),
        follower: first.to,
        lane: call.lane,
        broken: broken.clone(),
    };
    let here = Pipe { from: house.life.clone(), to: call.life.clone(), ..there.clone() };
    if arrives {
        call.net.arrived(from, to, call.lane, &first);
        if let Some(term) = first.leads() {
            call.net.elections(|elections| elections.leads(term, &call.life));
        }
        drop(house.life.spawn(house.door.follow(first, rest, back)));
    } else {
        // It looks open, and nothing comes through.
        broken.give();
        drop((rest, back));
    }
    there.lay(outgoing, arriving, Some, || None);
    here.lay(answers, homecoming, translate, || Some(Err(no_answer("the stream broke"))));
    if !call.come(0).await && !call.net.way(to, from).hole {
        return std::future::pending().await;
    }
    Ok(Wires { out, back: home })
}

fn translate(answer: Result<Appended, Refused>) -> Option<Result<Appended, NoAnswer>> {
    Some(answer.map_err(|refused| NoAnswer::Silent(refused.to_string())))
}

/// One direction of a stream.
#[derive(Clone)]
struct Pipe {
    net: Net,
    from: Life,
    to: Life,
    /// The node that is led.
    follower: u64,
    lane: Lane,
    broken: Signal,
}

impl Pipe {
    /// Lets messages flow. At a break the far end gets what `told` says, if anything, and its end is closed.
    fn lay<T, U>(
        self,
        messages: mpsc::Receiver<T>,
        far: mpsc::Sender<U>,
        translate: fn(T) -> Option<U>,
        told: fn() -> Option<U>,
    ) where
        T: Print + Send + 'static,
        U: Send + 'static,
    {
        let (departed, under_way) = mpsc::channel(limits::STREAM_WAITING);
        drop(SimRuntime::spawn(self.clone().depart(messages, departed)));
        drop(SimRuntime::spawn(self.arrive(under_way, far, translate, told)));
    }

    async fn depart<T: Print + Send>(
        self,
        mut messages: mpsc::Receiver<T>,
        departed: mpsc::Sender<(SimInstant, T)>,
    ) {
        let mut last = SimInstant::now();
        loop {
            let next = SimRuntime::select3(messages.recv(), self.from.ended(), self.broken.wait()).await;
            let message = match next {
                Select3::First(Some(message)) => message,
                Select3::First(None) | Select3::Third(()) => return,
                Select3::Second(()) => return self.broken.give(),
            };
            let Some(delay) = self.net.leg(self.from.node(), self.to.node(), message.bytes()) else {
                return self.broken.give();
            };
            last = last.max(SimInstant::now() + delay);
            if departed.send((last, message)).await.is_err() {
                return;
            }
        }
    }

    async fn arrive<T: Print + Send, U: Send>(
        self,
        mut under_way: mpsc::Receiver<(SimInstant, T)>,
        far: mpsc::Sender<U>,
        translate: fn(T) -> Option<U>,
        told: fn() -> Option<U>,
    ) {
        while !self.broken.is_given() {
            let next = SimRuntime::select2(self.broken.wait(), under_way.recv()).await;
            let Select2::Second(next) = next else { break };
            let Some((at, message)) = next else {
                if self.from.is_over() {
                    break;
                }
                // Whoever speaks has ended the stream; what was said before has arrived.
                return;
            };
            SimRuntime::sleep_until(at).await;
            if self.broken.is_given() || !self.net.passes(self.from.node(), self.to.node()) {
                self.broken.give();
                break;
            }
            self.net.arrived(self.from.node(), self.to.node(), self.lane, &message);
            if let Some(term) = message.leads() {
                self.net.elections(|elections| elections.leads(term, &self.from));
            }
            if let Some(id) = message.acknowledges() {
                self.net.memories(|memories| memories.acknowledges(self.follower, id));
            }
            if let Some(message) = translate(message)
                && far.send(message).await.is_err()
            {
                // Nobody listens any more: the near end learns when it speaks next.
                return;
            }
        }
        SimRuntime::sleep(self.net.time_to_learn()).await;
        if let Some(last) = told() {
            // Whoever would hear it may be gone.
            drop(far.send(last).await);
        }
    }
}
