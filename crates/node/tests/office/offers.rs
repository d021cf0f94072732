//! Lost offers are taken back, and a worker that comes back is told the truth.

use reeve_core::command::{Cancel, Complete, ExpireWorker, Recall, Stopped};
use reeve_core::effect::Holding;
use reeve_core::name::{Ref, TaskId, Token};
use reeve_core::worker::Departure;
use reeve_core::{Refusal, Reply};
use reeve_node::limits::OFFER_ACK_MS;
use reeve_node::office::offers::{Listed, Offers, Told, reattach};

use super::stage::Stage;
use crate::dice::{Dice, for_seeds};

fn listed(holding: Holding, reported: bool) -> Listed {
    Listed { task: holding.task, token: holding.token, reported }
}

fn complete(holding: Holding) -> Complete {
    Complete { holding, result: None }
}

fn cancel(task: TaskId) -> Cancel {
    Cancel { task: Ref::Id(task), grace_ms: None, children: false, dependents: false }
}

#[test]
fn an_unanswered_offer_is_taken_back_in_time_and_an_answered_one_is_not() {
    let mut stage = Stage::new();
    let worker = stage.worker(10);
    let (lost, answered, finished) = (stage.held(worker), stage.held(worker), stage.held(worker));
    let mut offers = Offers::new();
    for holding in [lost, answered, finished] {
        offers.sent(holding, 100);
    }
    offers.acknowledged(answered.token);
    assert_eq!(stage.say(complete(finished)), Reply::Done);
    assert_eq!(offers.due(&stage.state, 99 + OFFER_ACK_MS, 10), []);
    assert_eq!(offers.next_due(), Some(100 + OFFER_ACK_MS));
    assert_eq!(offers.due(&stage.state, 100 + OFFER_ACK_MS, 10), [Recall { holding: lost }]);
    assert_eq!(offers.len(), 1);
    // The proposal was lost; it is made again, until it came to pass.
    let again = offers.due(&stage.state, 100 + 2 * OFFER_ACK_MS, 10);
    assert_eq!(stage.say(again[0].clone()), Reply::Done);
    assert_eq!(offers.due(&stage.state, 100 + 3 * OFFER_ACK_MS, 10), []);
    assert!(offers.is_empty());
}

#[test]
fn an_offer_that_is_sent_again_has_its_time_again() {
    let mut stage = Stage::new();
    let worker = stage.worker(10);
    let (first, second) = (stage.held(worker), stage.held(worker));
    let mut offers = Offers::new();
    offers.sent(first, 0);
    offers.sent(second, 1);
    offers.acknowledged(second.token);
    offers.sent(second, 4_000);
    assert_eq!(offers.due(&stage.state, 3_999 + OFFER_ACK_MS, 10), [Recall { holding: first }]);
    assert_eq!(offers.due(&stage.state, 4_000 + OFFER_ACK_MS, 1), [Recall { holding: second }]);
}

#[test]
fn offers_of_the_dead_are_not_taken_back() {
    let mut stage = Stage::new();
    let worker = stage.worker(10);
    let mut offers = Offers::new();
    offers.sent(stage.held(worker), 0);
    stage.say(ExpireWorker { worker, departure: Departure::Silent, charged: false });
    assert_eq!(offers.due(&stage.state, OFFER_ACK_MS, 10), []);
}

#[test]
fn who_comes_back_is_told_what_holds() {
    let mut stage = Stage::new();
    let worker = stage.worker(10);
    let holdings: Vec<_> = (0..8).map(|_| stage.held(worker)).collect();
    let [running, lost, done, finished, revoked, gone, late, other] = holdings[..] else {
        unreachable!("there are eight")
    };
    stage.say(complete(finished));
    stage.say(complete(late));
    stage.say(cancel(revoked.task));
    stage.say(cancel(gone.task));
    let forged = Listed { token: other.token, ..listed(running, false) };
    let list = [
        listed(running, false),
        listed(done, true),
        listed(finished, true),
        listed(revoked, false),
        listed(late, false),
        forged,
    ];
    let answer = reattach(&stage.orders(worker), &list);
    let told = [Told::Keep, Told::ReportAgain, Told::ReportAgain, Told::Drop, Told::Drop, Told::Drop];
    assert_eq!(answer.told, told);
    assert_eq!(answer.lost, [Recall { holding: lost }, Recall { holding: other }]);
    assert_eq!(answer.stopped, [Stopped { holding: gone }]);
    assert_eq!(stage.say(complete(done)), Reply::Done);
    assert_eq!(stage.say(complete(finished)), Reply::AlreadyAccepted);
    assert_eq!(stage.say(complete(late)), Reply::AlreadyAccepted);
    assert_eq!(stage.say(answer.stopped[0].clone()), Reply::Done);
    assert_eq!(stage.say(Stopped { holding: gone }), Reply::Refused(Refusal::NotDraining));
}

#[test]
fn a_dead_session_keeps_nothing() {
    let mut stage = Stage::new();
    let worker = stage.worker(10);
    let holding = stage.held(worker);
    stage.say(ExpireWorker { worker, departure: Departure::Silent, charged: true });
    let answer = reattach(&stage.orders(worker), &[listed(holding, false)]);
    assert_eq!((answer.told, answer.lost), (vec![Told::Drop], vec![]));
}

/// Whatever happened: a kept lease is the worker's, and afterwards the state and the worker hold the same.
#[test]
fn after_coming_back_both_sides_hold_the_same() {
    for_seeds(200, |seed| {
        let mut dice = Dice::new(seed);
        let mut stage = Stage::new();
        let worker = stage.worker(40);
        let mut mine: Vec<Listed> = Vec::new();
        for _ in 0..30 {
            let holding = stage.held(worker);
            if dice.chance(80) {
                mine.push(listed(holding, dice.chance(30)));
            }
            match dice.below(6) {
                0 => drop(stage.say(complete(holding))),
                1 => drop(stage.say(cancel(holding.task))),
                2 => drop(stage.say(Recall { holding })),
                _ => {}
            }
        }
        if let Some(twice) = dice.any(&mine) {
            mine.push(twice);
        }
        let answer = reattach(&stage.orders(worker), &mine);
        assert_eq!(answer.told.len(), mine.len());
        for recall in answer.lost {
            assert_ne!(stage.say(recall), Reply::Refused(Refusal::StaleToken));
        }
        for stopped in answer.stopped {
            assert_eq!(stage.say(stopped), Reply::Done);
        }
        let mut kept: Vec<Token> = Vec::new();
        for (listed, told) in mine.iter().zip(&answer.told) {
            let holding = Holding { worker, task: listed.task, token: listed.token };
            match told {
                Told::Keep => kept.push(listed.token),
                Told::Drop => drop(stage.say(Stopped { holding })),
                Told::ReportAgain => drop(stage.say(complete(holding))),
            }
        }
        kept.sort_unstable();
        kept.dedup();
        let held: Vec<Token> = stage.orders(worker).iter().map(|effect| effect.holding.token).collect();
        assert_eq!(held, kept);
    });
}
