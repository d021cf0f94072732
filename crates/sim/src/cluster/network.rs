//! The network between simulated replicas: it delays, loses, doubles, reorders, and is cut one way or both.
//!
//! A message that is lost on a stream breaks the stream; a question or an answer that is lost is no answer, once the
//! asker's patience is over. Within one stream order is kept; between streams, lanes and questions it is not.

mod print;
mod stream;

use std::collections::BTreeMap;
use std::future::Future;
use std::pin::Pin;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use openraft_rt::{AsyncRuntime, Select2};
use openraft_rt_sim::SimRuntime;
use reeve_node::member::Member;
use reeve_node::message::{Answer, Append, Appended, Letter, NoAnswer, Question, Refused};
use reeve_node::platform::{Lane, Link, Listener, Network, Wires};
use tokio::sync::{mpsc, oneshot};

use self::print::Print;
use super::held;
use super::law::one_leader::Elections;
use super::law::remembers::Memories;
use super::life::Life;
use super::limits;
use super::trace::Trace;
use crate::chance::Chance;

type Boxed<T> = Pin<Box<dyn Future<Output = T> + Send>>;

/// A listener of any kind, behind its door: the network carries letters and need not know who reads them.
trait Door: Send + Sync {
    fn answer(&self, question: Letter<Question>) -> Boxed<Answer>;

    fn follow(
        &self,
        first: Letter<Append>,
        rest: mpsc::Receiver<Append>,
        back: mpsc::Sender<Result<Appended, Refused>>,
    ) -> Boxed<()>;
}

impl<L: Listener> Door for L {
    fn answer(&self, question: Letter<Question>) -> Boxed<Answer> {
        let listener = self.clone();
        Box::pin(async move { Listener::answer(&listener, question).await })
    }

    fn follow(
        &self,
        first: Letter<Append>,
        rest: mpsc::Receiver<Append>,
        back: mpsc::Sender<Result<Appended, Refused>>,
    ) -> Boxed<()> {
        let listener = self.clone();
        Box::pin(async move { Listener::follow(&listener, first, rest, back).await })
    }
}

/// What the network is like everywhere.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Weather {
    /// The shortest and the longest delay of a message, in microseconds.
    pub delay_us: (u64, u64),
    /// How many of a thousand messages take far longer.
    pub spikes: u32,
    /// How much longer at most, in microseconds.
    pub spike_us: u64,
    /// How many of a thousand messages are lost.
    pub lost: u32,
    /// How many of a thousand questions arrive twice, beside those for the desk.
    pub twice: u32,
}

impl Default for Weather {
    fn default() -> Self {
        Self { delay_us: (50, 1_500), spikes: 5, spike_us: 60_000, lost: 0, twice: 5 }
    }
}

/// What one direction between two nodes is like.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Way {
    /// Nothing passes.
    pub cut: bool,
    /// Streams open, and nothing passes.
    pub hole: bool,
    /// Every message takes so much longer, in microseconds.
    pub slow_us: u64,
    /// How many bytes pass in a millisecond; any number if zero.
    pub bytes_per_ms: u64,
}

/// The network. Clones mean the same one.
#[derive(Clone)]
pub struct Net(Arc<Mutex<Inner>>);

struct Inner {
    chance: Chance,
    trace: Trace,
    weather: Weather,
    ways: BTreeMap<(u64, u64), Way>,
    houses: BTreeMap<String, House>,
    /// Nodes without power: who calls them hears nothing at all, not even that nobody is there.
    dark: BTreeMap<u64, bool>,
    elections: Elections,
    memories: Memories,
}

/// Who lives at an address.
#[derive(Clone)]
struct House {
    door: Arc<dyn Door>,
    life: Life,
}

/// Whom a call finds.
enum Found {
    Somebody(House),
    Nobody,
    Silence,
}

impl Net {
    pub(crate) fn new(chance: Chance, trace: Trace) -> Self {
        Self(Arc::new(Mutex::new(Inner {
            chance,
            trace,
            weather: Weather::default(),
            ways: BTreeMap::new(),
            houses: BTreeMap::new(),
            dark: BTreeMap::new(),
            elections: Elections::default(),
            memories: Memories::default(),
        })))
    }

    /// A process listens at this address from now on.
    pub fn listen<L: Listener>(&self, address: &str, listener: L, life: &Life) {
        let mut inner = held(&self.0);
        inner.dark.insert(life.node(), false);
        inner.houses.insert(address.into(), House { door: Arc::new(listener), life: life.clone() });
    }

    /// The end: nobody lives anywhere. Replicas know the network and it knows them, so neither would ever be given up.
    pub fn dissolve(&self) {
        let houses = std::mem::take(&mut held(&self.0).houses);
        // Not under the lock: who is given up may have a last look at the network.
        drop(houses);
    }

    /// The node has lost its power; it has it again when it listens.
    pub fn darken(&self, node: u64) {
        held(&self.0).dark.insert(node, true);
    }

    /// The network as a process sees it.
    #[must_use]
    pub fn of(&self, life: &Life) -> SimNetwork {
        SimNetwork { net: self.clone(), life: life.clone() }
    }

    /// What the wire and the offices told of elections so far.
    pub fn elections<T>(&self, look: impl FnOnce(&mut Elections) -> T) -> T {
        look(&mut held(&self.0).elections)
    }

    /// What the wire told of what nodes have.
    pub fn memories<T>(&self, look: impl FnOnce(&mut Memories) -> T) -> T {
        look(&mut held(&self.0).memories)
    }

    /// What the network is like from now on.
    pub fn set_weather(&self, weather: Weather) {
        held(&self.0).weather = weather;
    }

    /// What one direction is like from now on.
    pub fn set_way(&self, from: u64, to: u64, way: Way) {
        held(&self.0).ways.insert((from, to), way);
    }

    /// Everything passes again.
    pub fn heal(&self) {
        held(&self.0).ways.clear();
    }

    fn way(&self, from: u64, to: u64) -> Way {
        held(&self.0).ways.get(&(from, to)).copied().unwrap_or_default()
    }

    /// How long a message will be on its way; `None` if it is lost.
    fn leg(&self, from: u64, to: u64, bytes: u64) -> Option<Duration> {
        let way = self.way(from, to);
        let mut inner = held(&self.0);
        let Inner { chance, weather, .. } = &mut *inner;
        // The dice are thrown whatever the way is like, so that a cut moves as little else as possible.
        let mut us = chance.between(weather.delay_us.0, weather.delay_us.1) + way.slow_us;
        let (spike, lost) = (chance.below(1_000), chance.below(1_000));
        if spike < u64::from(weather.spikes) {
            us += chance.below(weather.spike_us + 1);
        }
        us += (bytes * 1_000).checked_div(way.bytes_per_ms).unwrap_or(0);
        let passes = !way.cut && !way.hole && lost >= u64::from(weather.lost);
        passes.then(|| Duration::from_micros(us))
    }

    fn passes(&self, from: u64, to: u64) -> bool {
        let way = self.way(from, to);
        !way.cut && !way.hole
    }

    /// The machine that has this address; none has the number zero.
    fn seat(&self, address: &str) -> u64 {
        held(&self.0).houses.get(address).map_or(0, |house| house.life.node())
    }

    fn find(&self, address: &str) -> Found {
        let inner = held(&self.0);
        let Some(house) = inner.houses.get(address) else { return Found::Nobody };
        match (house.life.is_over(), inner.dark.get(&house.life.node())) {
            (false, _) => Found::Somebody(house.clone()),
            (true, Some(true)) => Found::Silence,
            (true, _) => Found::Nobody,
        }
    }

    fn happens(&self, of_thousand: impl Fn(&Weather) -> u32) -> bool {
        let mut inner = held(&self.0);
        let dice = inner.chance.below(1_000);
        dice < u64::from(of_thousand(&inner.weather))
    }

    /// How long until somebody learns of a break.
    fn time_to_learn(&self) -> Duration {
        let mut inner = held(&self.0);
        let most_ms = if inner.chance.percent(50) { 20 } else { 5_000 };
        Duration::from_millis(inner.chance.below(most_ms))
    }

    fn arrived(&self, from: u64, to: u64, lane: Lane, letter: &impl Print) {
        held(&self.0).trace.note(letter.kind(), &[from, to, lane as u64, letter.print()]);
    }
}

/// The network as one process sees it.
#[derive(Clone)]
pub struct SimNetwork {
    net: Net,
    life: Life,
}

impl Network for SimNetwork {
    type Link = SimLink;

    fn link(&self, _to: u64, at: &Member, lane: Lane) -> SimLink {
        SimLink { net: self.net.clone(), life: self.life.clone(), address: at.peer.clone(), lane }
    }
}

/// A way to one replica.
pub struct SimLink {
    net: Net,
    life: Life,
    address: String,
    lane: Lane,
}

fn no_answer(what: &str) -> NoAnswer {
    NoAnswer::Silent(what.to_owned())
}

/// Nobody listens there: the one case in which whoever asks knows that nothing arrived.
fn refused() -> NoAnswer {
    NoAnswer::NeverSent("connection refused".into())
}

impl SimLink {
    fn call(&self) -> Call {
        let Self { net, life, address, lane } = self;
        Call {
            net: net.clone(),
            life: life.clone(),
            to: net.seat(address),
            address: address.clone(),
            lane: *lane,
        }
    }
}

/// One use of a link; it is on its way whatever becomes of the caller.
struct Call {
    net: Net,
    life: Life,
    /// The machine that has the address.
    to: u64,
    address: String,
    lane: Lane,
}

impl Call {
    /// Lets a message travel there; whether it arrived.
    async fn go(&self, bytes: u64) -> bool {
        let Some(delay) = self.net.leg(self.life.node(), self.to, bytes) else { return false };
        SimRuntime::sleep(delay).await;
        self.net.passes(self.life.node(), self.to)
    }

    /// Lets a message travel back; whether it arrived.
    async fn come(&self, bytes: u64) -> bool {
        let Some(delay) = self.net.leg(self.to, self.life.node(), bytes) else { return false };
        SimRuntime::sleep(delay).await;
        self.net.passes(self.to, self.life.node())
    }

    /// Asks; `None` is silence.
    async fn ask(&self, question: Letter<Question>) -> Option<Result<Answer, NoAnswer>> {
        if !self.go(question.bytes()).await {
            return None;
        }
        let house = match self.net.find(&self.address) {
            Found::Somebody(house) => house,
            Found::Nobody => return self.come(0).await.then(|| Err(refused())),
            Found::Silence => return None,
        };
        self.net.arrived(self.life.node(), self.to, self.lane, &question);
        // What is passed on to a leader must come once: after a copy that was refused another would make the refusal a lie, and
        // the streams of the real transport repeat nothing.
        if self.lane != Lane::Desk && self.net.happens(|weather| weather.twice) {
            self.again(&house, question.clone());
        }
        let (done, answered) = oneshot::channel();
        let ballot = if let Question::Vote(ballot) = &question.body { Some(ballot.vote) } else { None };
        let (voter, net) = (question.to, self.net.clone());
        let answer = house.door.answer(question);
        drop(house.life.spawn(async move {
            let answer = answer.await;
            if let (Some(vote), Answer::Vote { granted: true, .. }) = (ballot, &answer) {
                net.elections(|elections| elections.votes(voter, vote));
            }
            // The asker may be gone when it is answered.
            drop(done.send(answer));
        }));
        match SimRuntime::select2(answered, house.life.ended()).await {
            Select2::First(Ok(answer)) => {
                if !self.come(answer.bytes()).await {
                    return None;
                }
                self.net.arrived(self.to, self.life.node(), self.lane, &answer);
                Some(Ok(answer))
            }
            Select2::First(Err(_)) | Select2::Second(()) => match self.net.find(&self.address) {
                Found::Silence => None,
                Found::Somebody(_) | Found::Nobody => {
                    self.come(0).await.then(|| Err(no_answer("connection reset")))
                }
            },
        }
    }

    /// The same question comes again; nobody waits for what is answered.
    fn again(&self, house: &House, question: Letter<Question>) {
        let (net, from, to, lane) = (self.net.clone(), self.life.node(), self.to, self.lane);
        let house = house.clone();
        drop(SimRuntime::spawn(async move {
            let Some(delay) = net.leg(from, to, question.bytes()) else { return };
            SimRuntime::sleep(delay).await;
            if net.passes(from, to) && !house.life.is_over() {
                net.arrived(from, to, lane, &question);
                let answer = house.door.answer(question);
                drop(house.life.spawn(answer));
            }
        }));
    }
}

impl Link for SimLink {
    async fn ask(&mut self, question: Letter<Question>, patience: Duration) -> Result<Answer, NoAnswer> {
        let (sender, receiver) = oneshot::channel();
        let call = self.call();
        // Nobody asks itself: who asks others for a vote has given its own.
        if let Question::Vote(ballot) = &question.body {
            self.net.elections(|elections| elections.votes(question.from.node, ballot.vote));
        }
        drop(SimRuntime::spawn(async move {
            if let Some(answer) = call.ask(question).await {
                // Whoever asked may have given up.
                drop(sender.send(answer));
            }
        }));
        let answered = async {
            match receiver.await {
                Ok(answer) => answer,
                Err(_) => {
                    SimRuntime::sleep(limits::SILENCE).await;
                    Err(no_answer("the connection is dead"))
                }
            }
        };
        let answered = SimRuntime::timeout(patience, answered).await;
        answered.unwrap_or_else(|_| Err(no_answer("silence")))
    }

    async fn append(&mut self, first: Letter<Append>, patience: Duration) -> Result<Wires, NoAnswer> {
        let opened = SimRuntime::timeout(patience, stream::open(self.call(), first)).await;
        opened.unwrap_or_else(|_| Err(no_answer("silence")))
    }
}

#[cfg(test)]
mod tests;
