//! What the simulated network does to letters.

use std::time::Duration;

use bytes::Bytes;
use openraft_rt::Instant;
use openraft_rt_sim::SimInstant;
use reeve_node::message::{Ballot, Identity, Pulse, Received, Report};
use reeve_store::log::{LogId, Vote};

use super::*;

/// A listener that notes what comes and says what it noted.
#[derive(Clone, Default)]
struct Ear(Arc<Mutex<Vec<u64>>>);

impl Ear {
    fn heard(&self) -> Vec<u64> {
        held(&self.0).clone()
    }
}

impl Listener for Ear {
    async fn answer(&self, question: Letter<Question>) -> Answer {
        let Question::Propose { group, patience_ms } = question.body else { return Answer::Have(Vec::new()) };
        SimRuntime::sleep(Duration::from_millis(patience_ms)).await;
        held(&self.0).push(u64::from(group[0]));
        Answer::Have(self.heard())
    }

    async fn follow(
        &self,
        first: Letter<Append>,
        mut rest: mpsc::Receiver<Append>,
        back: mpsc::Sender<Result<Appended, Refused>>,
    ) {
        let mut next = Some(first.body);
        while let Some(append) = next {
            let index = append.committed.map_or(0, |id| id.index);
            held(&self.0).push(index);
            let received = Received::Through(append.committed);
            let answer = if index == 666 { Err(Refused::Closed) } else { Ok(appended(received)) };
            let over = answer.is_err();
            if back.send(answer).await.is_err() || over {
                return;
            }
            next = rest.recv().await;
        }
        held(&self.0).push(u64::MAX);
    }
}

fn appended(received: Received) -> Appended {
    Appended { received, report: Report::default() }
}

fn append(index: u64) -> Append {
    let (vote, committed) = (Vote { term: 1, node: 1, committed: true }, Some(LogId { term: 1, index }));
    Append { vote, previous: None, entries: Vec::new(), committed, pulse: Pulse::default() }
}

fn letter<T>(body: T) -> Letter<T> {
    Letter { from: Identity { cluster: 1, group: 0, era: 0, node: 1 }, to: 2, body }
}

fn number(number: u8, takes_ms: u64) -> Letter<Question> {
    letter(Question::Propose { group: Bytes::from(vec![number]), patience_ms: takes_ms })
}

/// Node 1 writes, node 2 listens.
struct Pair {
    net: Net,
    ear: Ear,
    here: Life,
    there: Life,
    trace: Trace,
}

const PATIENCE: Duration = Duration::from_secs(1);

impl Pair {
    fn new(seed: u64, weather: Weather) -> Self {
        let (trace, mut chance) = (Trace::default(), Chance::of(seed));
        let net = Net::new(chance.branch(), trace.clone());
        net.set_weather(weather);
        let life = |node| Life::new(node, 1, Chance::of(seed), 0);
        let (here, there, ear) = (life(1), life(2), Ear::default());
        net.listen("two", ear.clone(), &there);
        Self { net, ear, here, there, trace }
    }

    fn link(&self, lane: Lane) -> SimLink {
        let member = Member { peer: "two".into(), ..Member::default() };
        self.net.of(&self.here).link(2, &member, lane)
    }

    async fn open(&self) -> (mpsc::Sender<Append>, mpsc::Receiver<Result<Appended, NoAnswer>>) {
        let Wires { out, back } =
            self.link(Lane::Log).append(letter(append(1)), PATIENCE).await.ok().unwrap();
        (out, back)
    }
}

const CALM: Weather = Weather { delay_us: (50, 1_500), spikes: 0, spike_us: 0, lost: 0, twice: 0 };

fn through(index: u64) -> Option<Result<Appended, NoAnswer>> {
    Some(Ok(appended(Received::Through(Some(LogId { term: 1, index })))))
}

fn in_simulation<F: Future>(future: F) -> F::Output {
    SimRuntime::with_seed(1).block_on(future)
}

async fn pass(ms: u64) {
    SimRuntime::sleep(Duration::from_millis(ms)).await;
}

#[test]
fn a_question_is_answered_after_a_while() {
    in_simulation(async {
        let pair = Pair::new(1, CALM);
        let before = SimInstant::now();
        assert_eq!(pair.link(Lane::Pulse).ask(number(7, 0), PATIENCE).await, Ok(Answer::Have(vec![7])));
        let took = SimInstant::now() - before;
        assert!((100..=3_000).contains(&took.as_micros()), "{took:?}");
    });
}

#[test]
fn who_asks_for_votes_has_given_its_own() {
    in_simulation(async {
        let pair = Pair::new(1, CALM);
        let vote = |node| Vote { term: 3, node, committed: false };
        let ask = |node| letter(Question::Vote(Ballot { vote: vote(node), last: None, transfer: false }));
        drop(pair.link(Lane::Pulse).ask(ask(1), PATIENCE).await);
        assert_eq!(pair.net.elections(|elections| elections.judge()), Ok(()));
        pair.net.elections(|elections| elections.votes(1, vote(2)));
        let broken = pair.net.elections(|elections| elections.judge()).unwrap_err();
        assert_eq!(broken.law, "one_vote");
    });
}

#[test]
fn questions_overtake_one_another_and_come_twice() {
    let order = |seed| {
        in_simulation(async {
            let pair = Pair::new(seed, Weather { twice: 200, ..CALM });
            for at in 0..30 {
                let mut link = pair.link(if at % 2 == 0 { Lane::Pulse } else { Lane::Bulk });
                drop(pair.here.spawn(async move { drop(link.ask(number(at, 0), PATIENCE).await) }));
            }
            pass(2_000).await;
            (pair.ear.heard(), pair.trace.hash())
        })
    };
    let (heard, hash) = order(1);
    assert!(heard.len() > 30, "some came twice");
    assert!((0..30).all(|number| heard.contains(&number)), "and none was lost");
    assert!(!heard.is_sorted(), "and not in order");
    assert_eq!(order(1), (heard, hash), "the same seed, the same history");
    assert_ne!(order(2).1, hash);
}

#[test]
fn a_cut_is_silence_until_patience_ends() {
    in_simulation(async {
        let pair = Pair::new(1, CALM);
        let cut = Way { cut: true, ..Way::default() };
        for (from, to, arrives) in [(1, 2, false), (2, 1, true)] {
            pair.net.heal();
            pair.net.set_way(from, to, cut);
            let (before, known) = (SimInstant::now(), pair.ear.heard().len());
            pair.link(Lane::Pulse).ask(number(7, 0), PATIENCE).await.unwrap_err();
            assert_eq!(SimInstant::now() - before, PATIENCE);
            assert_eq!(pair.ear.heard().len() - known, usize::from(arrives), "one way only");
            assert!(pair.link(Lane::Log).append(letter(append(1)), PATIENCE).await.is_err());
        }
        pair.net.heal();
        pair.link(Lane::Pulse).ask(number(7, 0), PATIENCE).await.unwrap();
    });
}

#[test]
fn what_is_under_way_when_the_cut_comes_is_lost() {
    in_simulation(async {
        let pair = Pair::new(1, CALM);
        let mut link = pair.link(Lane::Pulse);
        let asking = pair.here.spawn(async move { link.ask(number(7, 0), PATIENCE).await });
        SimRuntime::sleep(Duration::from_micros(10)).await;
        pair.net.set_way(1, 2, Way { cut: true, ..Way::default() });
        asking.await.unwrap().unwrap_err();
        assert!(pair.ear.heard().is_empty());
    });
}

#[test]
fn nobody_home_refuses_and_a_dark_house_is_silent() {
    in_simulation(async {
        let pair = Pair::new(1, CALM);
        let mut link = pair.link(Lane::Pulse);
        let asking = pair.here.spawn({
            let mut link = pair.link(Lane::Pulse);
            async move { link.ask(number(7, 500), PATIENCE).await }
        });
        pass(100).await;
        pair.there.end();
        let before = SimInstant::now();
        assert_eq!(asking.await.unwrap(), Err(no_answer("connection reset")));
        assert_eq!(link.ask(number(8, 0), PATIENCE).await, Err(refused()));
        assert!(SimInstant::now() - before < Duration::from_millis(10));
        pair.net.darken(2);
        assert_eq!(link.ask(number(8, 0), PATIENCE).await, Err(no_answer("silence")));
        assert!(SimInstant::now() - before > PATIENCE);
        let again = Life::new(2, 2, Chance::of(1), 0);
        pair.net.listen("two", pair.ear.clone(), &again);
        link.ask(number(9, 0), PATIENCE).await.unwrap();
        assert_eq!(pair.ear.heard(), [9]);
    });
}

#[test]
fn what_a_frozen_process_is_asked_it_hears_later() {
    in_simulation(async {
        let pair = Pair::new(1, CALM);
        pair.there.freeze();
        pair.link(Lane::Pulse).ask(number(7, 0), PATIENCE).await.unwrap_err();
        assert!(pair.ear.heard().is_empty());
        pair.there.thaw();
        pass(10).await;
        assert_eq!(pair.ear.heard(), [7]);
    });
}

#[test]
fn a_stream_keeps_its_order_and_ends_in_order() {
    in_simulation(async {
        let pair = Pair::new(1, Weather { spikes: 100, spike_us: 50_000, ..CALM });
        let (out, mut back) = pair.open().await;
        for index in 2..=100 {
            out.send(append(index)).await.unwrap();
        }
        drop(out);
        for index in 1..=100 {
            assert_eq!(back.recv().await, through(index));
        }
        assert_eq!(back.recv().await, None);
        let expected: Vec<u64> = (1..=100).chain([u64::MAX]).collect();
        assert_eq!(pair.ear.heard(), expected);
    });
}

#[test]
fn messages_of_a_stream_travel_together() {
    in_simulation(async {
        let pair = Pair::new(1, Weather { delay_us: (10_000, 10_000), ..CALM });
        let (out, mut back) = pair.open().await;
        let before = SimInstant::now();
        for index in 2..=20 {
            out.send(append(index)).await.unwrap();
        }
        for index in 1..=20 {
            assert_eq!(back.recv().await, through(index));
        }
        let took = SimInstant::now() - before;
        assert!(took <= Duration::from_millis(25), "none waits for the answer to another: {took:?}");
    });
}

#[test]
fn a_refusal_ends_the_stream() {
    in_simulation(async {
        let pair = Pair::new(1, CALM);
        let (out, mut back) = pair.open().await;
        out.send(append(666)).await.unwrap();
        assert_eq!(back.recv().await, through(1));
        assert_eq!(back.recv().await, Some(Err(no_answer("the office is not open"))));
        assert_eq!(back.recv().await, None);
        while out.send(append(667)).await.is_ok() {
            pass(1).await;
        }
        assert_eq!(pair.ear.heard(), [1, 666]);
    });
}

#[test]
fn a_lost_message_breaks_the_stream_for_good() {
    for seed in 0..20 {
        in_simulation(async {
            let pair = Pair::new(seed, CALM);
            let (out, mut back) = pair.open().await;
            assert_eq!(back.recv().await, through(1));
            pair.net.set_way(1, 2, Way { cut: true, ..Way::default() });
            out.send(append(2)).await.unwrap();
            pass(10).await;
            pair.net.heal();
            // What comes after the gap never arrives, and in the end both sides know.
            drop(out.try_send(append(3)));
            let end = SimRuntime::timeout(Duration::from_secs(6), back.recv()).await.unwrap();
            assert_eq!(end, Some(Err(no_answer("the stream broke"))));
            assert_eq!(back.recv().await, None);
            pass(6_000).await;
            assert_eq!(pair.ear.heard(), [1, u64::MAX], "seed {seed}");
        });
    }
}

#[test]
fn a_lost_answer_breaks_it_too() {
    in_simulation(async {
        let pair = Pair::new(1, CALM);
        let (out, mut back) = pair.open().await;
        assert_eq!(back.recv().await, through(1));
        pair.net.set_way(2, 1, Way { cut: true, ..Way::default() });
        out.send(append(2)).await.unwrap();
        pass(100).await;
        pair.net.heal();
        drop(out.try_send(append(3)));
        assert_eq!(back.recv().await, Some(Err(no_answer("the stream broke"))));
        assert_eq!(pair.ear.heard()[..2], [1, 2]);
    });
}

#[test]
fn a_hole_opens_streams_and_swallows_them() {
    in_simulation(async {
        let pair = Pair::new(1, CALM);
        let hole = Way { hole: true, ..Way::default() };
        pair.net.set_way(1, 2, hole);
        pair.net.set_way(2, 1, hole);
        let opened = pair.link(Lane::Log).append(letter(append(1)), PATIENCE).await;
        let Wires { out, mut back } = opened.ok().unwrap();
        drop(out.try_send(append(2)));
        pair.link(Lane::Pulse).ask(number(7, 0), PATIENCE).await.unwrap_err();
        assert_eq!(back.recv().await, Some(Err(no_answer("the stream broke"))));
        assert!(pair.ear.heard().is_empty());
    });
}

#[test]
fn whoever_dies_leaves_a_broken_stream() {
    in_simulation(async {
        let pair = Pair::new(1, CALM);
        let (_out, mut back) = pair.open().await;
        assert_eq!(back.recv().await, through(1));
        pair.there.end();
        let end = SimRuntime::timeout(Duration::from_secs(6), back.recv()).await.unwrap();
        assert_eq!(end, Some(Err(no_answer("the stream broke"))));

        let pair = Pair::new(1, CALM);
        let (out, mut back) = pair.open().await;
        assert_eq!(back.recv().await, through(1));
        pair.here.end();
        drop(out.try_send(append(2)));
        pass(6_000).await;
        assert_eq!(pair.ear.heard().last(), Some(&u64::MAX), "the follower sees its end");
    });
}

#[test]
fn a_slow_way_is_slow() {
    in_simulation(async {
        let pair = Pair::new(1, CALM);
        pair.net.set_way(1, 2, Way { slow_us: 100_000, bytes_per_ms: 1_000, ..Way::default() });
        let before = SimInstant::now();
        let group = Bytes::from(vec![7; 200_000]);
        let question = letter(Question::Propose { group, patience_ms: 0 });
        pair.link(Lane::Bulk).ask(question, PATIENCE).await.unwrap();
        let took = SimInstant::now() - before;
        assert!((300..=304).contains(&took.as_millis()), "{took:?}");
    });
}

#[test]
fn bad_weather_loses_some() {
    in_simulation(async {
        let pair = Pair::new(1, Weather { lost: 100, ..CALM });
        let mut answered = 0;
        for at in 0..100 {
            answered += usize::from(pair.link(Lane::Pulse).ask(number(at, 0), PATIENCE).await.is_ok());
        }
        assert!((70..=92).contains(&answered), "{answered}");
        assert!(pair.ear.heard().len() > answered, "some answers are lost on their way back");
    });
}
