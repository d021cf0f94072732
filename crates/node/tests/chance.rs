//! The matcher in states of chance, beside a matcher that does it the slow and simple way.
//!
//! `REEVE_FUZZ=100` looks a hundred times as long.

#[path = "../../core/tests/chance/dice.rs"]
mod dice;
#[path = "../../core/tests/chance/play.rs"]
mod play;

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};

use bytes::Bytes;
use dice::{Dice, for_seeds};
use play::Play;
use reeve_core::assembly::Assembly;
use reeve_core::class::Burden;
use reeve_core::codec::entry::decode;
use reeve_core::codec::record::Failure;
use reeve_core::command::{Batch, Command, Complete, Fail, Release, Stopped, Submit};
use reeve_core::effect::Holding;
use reeve_core::entry::{Entry, Proposal};
use reeve_core::intern::{ClassId, QueueId};
use reeve_core::name::{Era, Name, Ref, Revision, TaskId, WorkerId};
use reeve_core::task::{ContentType, Standing, TaskSpec};
use reeve_core::view::{Known, ReadyView};
use reeve_core::{LAW, Outcome, Reply, State, apply};
use reeve_node::matcher::{Choice, Fate, Fleet, choose, limits, waiting_for};

const ALL: usize = limits::GRANTS_PER_CHOICE;

/// What the slow matcher knows beside the state: credits, load, and the number of the last grant.
type Hands = BTreeMap<WorkerId, (u32, u16, u64)>;

struct Ready {
    view: ReadyView,
    class: ClassId,
    queue: QueueId,
}

/// Every ready task of every lane, in the one order.
fn in_order(state: &State) -> Vec<Ready> {
    let mut all = Vec::new();
    for lane in state.lanes() {
        for view in state.ready_tasks(lane.class, lane.queue).expect("a lane") {
            all.push(Ready { view, class: lane.class, queue: lane.queue });
        }
    }
    all.sort_by_key(|ready| (Reverse(ready.view.priority), ready.view.order));
    all
}

/// Each task in its order goes to the best of all workers that could take it.
fn slowly(state: &State, hands: &mut Hands, last: &mut u64) -> Vec<(TaskId, WorkerId)> {
    let mut more: BTreeMap<WorkerId, Burden> = BTreeMap::new();
    let mut leased: BTreeMap<QueueId, u32> = BTreeMap::new();
    let mut chosen = Vec::new();
    for Ready { view, class, queue } in in_order(state) {
        if state.may_lease(queue, leased.get(&queue).copied().unwrap_or(0), 0).is_err() {
            continue;
        }
        let fits = |worker: &WorkerId| {
            let own = more.get(worker).cloned().unwrap_or_default();
            state.may_run(class, *worker, &own, &Burden::default()).is_ok()
        };
        let rank = |worker: &WorkerId| {
            let (room, own) =
                (state.room(*worker).expect("it lives"), more.get(worker).map_or(0, Burden::slots));
            let free = u64::from(room.slots - room.used_slots - own);
            let (_, load, last) = hands[worker];
            (Reverse(free * 1_000_000 / u64::from(room.slots)), load, last, *worker)
        };
        let willing = hands.iter().filter(|(_, (credits, ..))| *credits > 0).map(|(worker, _)| *worker);
        let Some(best) = willing.filter(fits).min_by_key(rank) else { continue };
        more.entry(best).or_default().add(&state.class(class).expect("a class").resources);
        *leased.entry(queue).or_default() += 1;
        let hand = hands.get_mut(&best).expect("one of these");
        *last += 1;
        (hand.0, hand.2) = (hand.0 - 1, *last);
        chosen.push((view.id, best));
    }
    chosen
}

/// An entry of these bytes comes to the state.
fn arrive(state: &mut State, bytes: Vec<u8>) -> (Entry, Outcome) {
    let revision = Revision(state.revision().0 + 1);
    let entry = decode(revision, &Bytes::from(bytes), LAW).expect("an entry");
    let outcome = apply(state, entry.clone());
    (entry, outcome)
}

/// Lives a while, then lets everything happen that is due: what stands then stands until somebody speaks.
fn settle(state: &mut State, play: &mut Play) {
    while state.has_backlog() {
        let bytes = Assembly::new().finish(LAW, state.now_ms(), u32::MAX);
        play.learn(&arrive(state, bytes).1);
    }
}

/// The living workers with streams come and go, and want more.
fn stir(state: &State, fleet: &mut Fleet, hands: &mut Hands, dice: &mut Dice) {
    let living: BTreeSet<WorkerId> =
        state.workers().filter(|one| one.alive && one.secret.is_none()).map(|one| one.id).collect();
    for gone in
        hands.keys().copied().filter(|worker| !living.contains(worker) || dice.chance(3)).collect::<Vec<_>>()
    {
        fleet.detach(gone);
        hands.remove(&gone);
    }
    for worker in living {
        if !hands.contains_key(&worker) && dice.chance(80) {
            assert!(fleet.attach(worker));
            hands.insert(worker, (0, 0, 0));
        }
        let Some((credits, load, _)) = hands.get_mut(&worker) else { continue };
        if dice.chance(60) {
            let more = dice.below(4) as u32;
            fleet.credit(worker, more);
            *credits += more;
        }
        *load = dice.pick(&[0, 0, 500, 1_000]);
        fleet.report_load(worker, *load);
    }
}

fn pairs(choice: &Choice) -> Vec<(TaskId, WorkerId)> {
    let pair = |grant: &reeve_core::command::Grant| match (grant.task, grant.worker) {
        (Ref::Id(task), Ref::Id(worker)) => (task, worker),
        strange => panic!("{strange:?}"),
    };
    choice.grants.iter().map(pair).collect()
}

fn rebuilt(state: &State) -> State {
    State::from_records(state.revision(), state.digest(), state.records().into_iter().map(Ok))
        .expect("sound records")
}

fn granted(outcome: &Outcome) -> usize {
    outcome.replies.iter().filter(|answer| matches!(answer.reply, Reply::Granted { .. })).count()
}

/// The order law, the order of workers, determinism, no over-subscription: all in one comparison.
#[test]
fn it_chooses_what_the_slow_matcher_chooses_and_the_law_accepts_it() {
    let total = std::sync::atomic::AtomicUsize::new(0);
    for_seeds(60, |seed| {
        let (mut state, mut play) = (State::new(Era::default()), Play::new(seed, false));
        let (mut fleet, mut hands, mut last) = (Fleet::new(1), Hands::new(), 0);
        for _ in 0..100 {
            let entry = play.entry(&state);
            play.learn(&apply(&mut state, entry));
            settle(&mut state, &mut play);
            stir(&state, &mut fleet, &mut hands, &mut play.dice);
            let (mut assembly, mut again) = (Assembly::new(), Assembly::new());
            let twin = choose(&rebuilt(&state), &mut fleet.clone(), &mut again, ALL);
            let choice = choose(&state, &mut fleet, &mut assembly, ALL);
            assert_eq!(twin, choice, "a rebuilt state gives another choice");
            assert_eq!(pairs(&choice), slowly(&state, &mut hands, &mut last));
            let flight = fleet.seal();
            let bytes = assembly.finish(LAW, state.now_ms(), 0);
            let (_, outcome) = arrive(&mut state, bytes);
            assert_eq!(granted(&outcome), choice.grants.len(), "{:?}", outcome.replies);
            total.fetch_add(choice.grants.len(), std::sync::atomic::Ordering::Relaxed);
            fleet.settled(flight, Fate::Applied(&outcome.replies));
            assert!(hands.iter().all(|(worker, (credits, ..))| fleet.credits(*worker) == Some(*credits)));
            play.learn(&outcome);
            state.check().unwrap();
        }
    });
    assert!(total.into_inner() > 1_000, "too little was ever granted");
}

/// Every report that a holder could make now, for a part of the leases.
fn reports(state: &State, dice: &mut Dice) -> Vec<Command> {
    let mut commands = Vec::new();
    for task in state.tasks() {
        let Some(lease) = task.lease.filter(|_| dice.chance(50)) else { continue };
        let holding = Holding { worker: lease.worker, task: task.id, token: lease.token };
        let failure = Failure { error: "Boom".into(), message: "".into() };
        commands.push(match dice.below(3) {
            0 => Complete { holding, result: None }.into(),
            1 => {
                Fail { holding, retryable: true, failure, details: None, retry_after_ms: Some(5_000) }.into()
            }
            _ => Release { holding }.into(),
        });
    }
    let draining = state.draining().map(|(token, task, worker)| Holding { worker, task, token });
    commands.extend(draining.filter(|_| dice.chance(50)).map(|holding| Command::from(Stopped { holding })));
    commands
}

/// A submit in places that exist, if there are any.
fn newborns(state: &State, dice: &mut Dice) -> Option<Command> {
    let lanes: Vec<_> = state.lanes().collect();
    let lane = dice.any(&lanes)?;
    let (namespace, queue) = state.queue_name(lane.queue)?;
    let class = state.mean_class(state.class(lane.class)?)?;
    let task = TaskSpec {
        queue: state.mean_queue(namespace, queue)?,
        class,
        priority: reeve_core::task::Priority::new(dice.below(10) as u8)?,
        payload: None,
        content_type: ContentType::Opaque,
        labels: Vec::new(),
        terms: None,
    };
    let tasks = vec![task; 1 + dice.below(3)];
    Some(Submit { key: None, batch: Batch::Alone, tasks }.into())
}

/// Several entries in flight, each with reports and submits of its own: what is chosen for each still holds when all
/// before it were applied, and nothing stays charged in the end.
#[test]
fn entries_in_flight_never_promise_a_thing_twice() {
    let merged = std::sync::atomic::AtomicUsize::new(0);
    for_seeds(60, |seed| {
        let (mut state, mut play) = (State::new(Era::default()), Play::new(seed, false));
        let (mut fleet, mut hands) = (Fleet::new(1), Hands::new());
        for _ in 0..60 {
            let entry = play.entry(&state);
            play.learn(&apply(&mut state, entry));
            settle(&mut state, &mut play);
            stir(&state, &mut fleet, &mut hands, &mut play.dice);
            let mut sent = Vec::new();
            let mut chosen = BTreeSet::new();
            let mut reported = reports(&state, &mut play.dice).into_iter();
            for _ in 0..=play.dice.below(4) {
                let mut assembly = Assembly::new();
                let some = play.dice.below(4);
                let mut group: Vec<_> = reported.by_ref().take(some).collect();
                group.extend(newborns(&state, &mut play.dice));
                assembly.push(group.into_iter().map(Proposal::of_office).collect(), Vec::new()).unwrap();
                let max = play.dice.pick(&[1, 2, ALL]);
                for grant in choose(&state, &mut fleet, &mut assembly, max).grants {
                    if let Ref::Id(task) = grant.task {
                        assert!(chosen.insert(task), "{task} is chosen twice");
                    } else {
                        merged.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
                    }
                }
                sent.push((fleet.seal(), assembly.finish(LAW, state.now_ms(), 0)));
            }
            for (flight, bytes) in sent {
                let (entry, outcome) = arrive(&mut state, bytes);
                fleet.settled(flight, Fate::Applied(&outcome.replies));
                let refused_submit =
                    outcome.replies.iter().zip(&entry.proposals).any(|(answer, proposal)| {
                        matches!((&answer.reply, &proposal.command), (Reply::Refused(_), Command::Submit(_)))
                    });
                for (answer, proposal) in outcome.replies.iter().zip(&entry.proposals) {
                    let Command::Grant(grant) = &proposal.command else { continue };
                    let fine = matches!(answer.reply, Reply::Granted { .. });
                    let orphan = refused_submit && matches!(grant.task, Ref::Here(_));
                    assert!(fine || orphan, "{grant:?}: {:?}", answer.reply);
                }
                play.learn(&outcome);
                state.check().unwrap();
            }
            let fresh = hands.keys().fold(Fleet::new(1), |mut fresh, worker| {
                assert!(fresh.attach(*worker));
                fresh.credit(*worker, fleet.credits(*worker).unwrap_or(0));
                fresh
            });
            assert_eq!(fleet.unsettled(), 0);
            let nothing = "tally: Tally { workers: {}, queues: {}, tasks: {}, freed: {}, grants: 0 }";
            assert!(format!("{fleet:?}").contains(nothing), "something is left: {fleet:?}");
            let count = |fleet: &mut Fleet| choose(&state, fleet, &mut Assembly::new(), ALL).grants.len();
            assert_eq!(count(&mut fleet.clone()), count(&mut fresh.clone()), "something stayed charged");
        }
    });
    assert!(merged.into_inner() > 100, "hardly a grant ever rode with its submit");
}

/// Whoever is not granted has a reason, and whoever is granted has none.
#[test]
fn reasons_and_choices_agree() {
    for_seeds(40, |seed| {
        let (mut state, mut play) = (State::new(Era::default()), Play::new(seed, seed % 2 == 1));
        let (mut fleet, mut hands) = (Fleet::new(1), Hands::new());
        for round in 0..60 {
            let entry = play.entry(&state);
            play.learn(&apply(&mut state, entry));
            stir(&state, &mut fleet, &mut hands, &mut play.dice);
            // Now and then a choice is on its way, and stays there.
            if round % 10 == 0 {
                choose(&state, &mut fleet, &mut Assembly::new(), 1);
                fleet.seal();
            }
            let next: BTreeSet<TaskId> =
                pairs(&choose(&state, &mut fleet.clone(), &mut Assembly::new(), ALL))
                    .into_iter()
                    .map(|(task, _)| task)
                    .collect();
            let mut ready = 0;
            for task in state.tasks() {
                let reasons = waiting_for(&state, &fleet, task.id);
                assert_eq!(reasons.is_empty(), next.contains(&task.id), "{task:?}: {reasons:?}");
                ready += usize::from(task.standing == Standing::Ready && !task.held);
            }
            assert_eq!(in_order(&state).len(), ready, "a lane does not list its ready tasks");
            let gone = TaskId(Name::new(Era::default(), Revision(u64::MAX), 0));
            assert!(
                matches!(state.task(gone), Known::Nothing) && !waiting_for(&state, &fleet, gone).is_empty()
            );
        }
    });
}
