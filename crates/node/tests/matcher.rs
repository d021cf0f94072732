//! The matcher, in small stories.

#[path = "fleet/cost.rs"]
mod cost;
#[path = "fleet/town.rs"]
mod town;

use reeve_core::assembly::Assembly;
use reeve_core::class::{Requirements, Selector, Test};
use reeve_core::codec::record::Failure;
use reeve_core::command::{
    Complete, CreateQueue, DrainWorker, Fail, Pause, PauseNamespace, PauseQueue, Release, ResumeQueue,
};
use reeve_core::effect::Holding;
use reeve_core::entry::Proposal;
use reeve_core::name::{Ref, TaskId, WorkerId};
use reeve_core::place::QueueSettings;
use reeve_core::task::{Dependency, Otherwise, Rule, Terms};
use reeve_core::worker::Offer;
use reeve_core::{Outcome, Reply};
use reeve_node::matcher::{Fate, Obstacle, Reason, choose, limits, waiting_for};
use town::{NOW_MS, Town, cpu, of, offer, on, pairs, priority, queue, shares, spec, submit, within};

const MANY: usize = 1_000;

fn tasks(grants: &[reeve_core::command::Grant]) -> Vec<TaskId> {
    pairs(grants).into_iter().map(|(task, _)| task).collect()
}

fn holdings(outcome: &Outcome) -> Vec<Holding> {
    outcome.effects.iter().map(|effect| effect.holding).collect()
}

fn all_granted(outcome: &Outcome, count: usize) {
    let granted = outcome.replies.iter().filter(|answer| matches!(answer.reply, Reply::Granted { .. }));
    assert_eq!(granted.count(), count, "{:?}", outcome.replies);
}

fn beside(commands: Vec<reeve_core::command::Command>) -> Assembly {
    let mut assembly = Assembly::new();
    let group = commands.into_iter().map(Proposal::of_office).collect();
    assembly.push(group, Vec::new()).expect("positions within the group");
    assembly
}

#[test]
fn the_urgent_come_first_and_then_the_old_over_all_lanes() {
    let mut town = Town::new();
    town.worker(Offer { kinds: vec!["echo".into(), "sum".into()], ..offer(9) }, 9);
    let sum = || of(spec(), Requirements::of_kind("sum"));
    let first = town.submit(vec![spec(), within(spec(), "other"), sum(), priority(spec(), 9)]);
    let second = town.submit(vec![priority(sum(), 9), priority(within(spec(), "third"), 0), spec()]);
    let order = [first[3], second[0], first[0], first[1], first[2], second[2], second[1]];
    assert_eq!(tasks(&town.would_choose(MANY)), order);
    assert_eq!(tasks(&town.would_choose(3)), order[..3]);
}

#[test]
fn work_goes_where_there_is_most_room_then_least_load_then_in_turn() {
    let mut town = Town::new();
    let (small, large) = (town.worker(offer(2), 9), town.worker(offer(4), 9));
    town.submit(vec![spec(); 9]);
    let order: Vec<WorkerId> =
        pairs(&town.would_choose(MANY)).into_iter().map(|(_, worker)| worker).collect();
    // Shares: 1 and 1; 1/2 and 1; 1/2 and 3/4; both 1/2; ...
    assert_eq!(order, [small, large, large, small, large, large]);
    town.fleet.report_load(small, 10);
    assert_eq!(pairs(&town.would_choose(1))[0].1, large);
    town.fleet.report_load(large, 11);
    assert_eq!(pairs(&town.would_choose(1))[0].1, small);
    town.fleet.report_load(small, 11);
    let (grants, sent) = town.choose(2);
    assert_eq!(shares(&grants).len(), 2, "both have their turn");
    all_granted(&town.arrive(sent), 2);
}

#[test]
fn credits_are_spent_by_choices_and_come_back_by_the_workers_word() {
    let mut town = Town::new();
    let worker = town.worker(offer(9), 2);
    town.submit(vec![spec(); 5]);
    let (grants, sent) = town.choose(MANY);
    assert_eq!((grants.len(), town.fleet.credits(worker)), (2, Some(0)));
    all_granted(&town.arrive(sent), 2);
    assert_eq!((town.would_choose(MANY).len(), town.fleet.unsettled()), (0, 0));
    town.fleet.credit(worker, 1);
    assert_eq!(town.would_choose(MANY).len(), 1);
    town.fleet.detach(worker);
    town.fleet.credit(worker, 1);
    assert_eq!((town.would_choose(MANY).len(), town.fleet.credits(worker)), (0, None));
    assert!(town.fleet.attach(worker));
    assert_eq!(town.would_choose(MANY).len(), 0, "a new stream has no credits yet");
}

#[test]
fn what_is_on_its_way_is_charged_and_not_chosen_again() {
    let mut town = Town::new();
    let requirements = Requirements { resources: cpu(400), ..Requirements::of_kind("echo") };
    let worker = town.worker(offer(9), 20);
    let all = town.submit(vec![of(spec(), requirements); 5]);
    let (first, sent) = town.choose(1);
    let (second, later) = town.choose(MANY);
    assert_eq!([tasks(&first), tasks(&second)].concat(), all[..2], "a third does not fit beside these");
    assert_eq!((town.fleet.chosen_for(all[0]), town.fleet.chosen_for(all[2])), (Some(worker), None));
    assert_eq!(town.would_choose(MANY).len(), 0);
    // An entry whose outcome is unknown gives nothing back, one that is lost gives back everything.
    let credits = town.fleet.credits(worker).unwrap();
    all_granted(&town.arrive(sent), 1);
    assert_eq!(town.would_choose(MANY).len(), 0);
    town.fleet.settled(later.flight, Fate::Lost);
    assert_eq!(
        (tasks(&town.would_choose(MANY)), town.fleet.credits(worker)),
        (vec![all[1]], Some(credits + 1))
    );
    // Nobody settles twice.
    town.fleet.settled(later.flight, Fate::Lost);
    assert_eq!((town.fleet.unsettled(), town.fleet.credits(worker)), (0, Some(credits + 1)));
}

#[test]
fn a_limit_counts_what_is_on_its_way_and_blocks_no_other_lane() {
    let mut town = Town::new();
    let settings = QueueSettings { max_leased: Some(2), max_live: None };
    town.say(vec![CreateQueue { queue: queue("few"), settings }.into()]);
    town.worker(offer(9), 9);
    let few = town.submit(vec![priority(within(spec(), "few"), 9); 4]);
    let free = town.submit(vec![spec(); 2]);
    let (grants, sent) = town.choose(1);
    assert_eq!(tasks(&grants), few[..1]);
    let (grants, later) = town.choose(MANY);
    assert_eq!(tasks(&grants), [few[1], free[0], free[1]]);
    all_granted(&town.arrive(sent), 1);
    all_granted(&town.arrive(later), 3);
    assert_eq!(waiting_for(&town.state, &town.fleet, few[2]), [Reason::QueueLimit { max_leased: 2 }]);
}

#[test]
fn the_paused_the_draining_and_the_unfit_stand_aside() {
    let mut town = Town::new();
    let worker = town.worker(offer(9), 9);
    let idle = town.worker(offer(9), 9);
    town.say(vec![DrainWorker { worker: Ref::Id(idle) }.into()]);
    let gpu = Requirements { also: vec!["gpu".into()], ..Requirements::of_kind("echo") };
    let site = Selector { key: "site".into(), test: Test::Exists };
    let placed = Requirements { selector: vec![site], ..Requirements::of_kind("echo") };
    let large = Requirements { resources: cpu(1_001), ..Requirements::of_kind("echo") };
    let odd: Vec<TaskId> =
        [gpu, placed, large].map(|odd| town.submit(vec![priority(of(spec(), odd), 9)])[0]).into();
    let held = town.submit(vec![priority(spec(), 9)])[0];
    let paused = town.submit(vec![priority(within(spec(), "paused"), 9)])[0];
    let fine = town.submit(vec![spec()])[0];
    town.say(vec![
        Pause { task: Ref::Id(held), grace_ms: None }.into(),
        PauseQueue { queue: queue("paused") }.into(),
    ]);
    assert_eq!(pairs(&town.would_choose(MANY)), [(fine, worker)]);
    let why = |town: &Town, task| waiting_for(&town.state, &town.fleet, task);
    let one = |obstacle| Reason::Workers { obstacle, count: 1 };
    let draining = || one(Obstacle::Draining);
    assert_eq!(why(&town, fine), []);
    assert_eq!(why(&town, held), [Reason::Held]);
    assert_eq!(why(&town, paused), [Reason::QueuePaused]);
    assert_eq!(why(&town, odd[0]), [one(Obstacle::Kind), draining()]);
    assert_eq!(why(&town, odd[1]), [one(Obstacle::Labels), draining()]);
    assert_eq!(why(&town, odd[2]), [draining(), one(Obstacle::NoRoom { resource: "millicpu".into() })]);
    town.say(vec![ResumeQueue { queue: queue("paused") }.into()]);
    assert_eq!(tasks(&town.would_choose(MANY)), [paused, fine]);
    town.say(vec![PauseNamespace { name: "default".into() }.into()]);
    assert_eq!((town.would_choose(MANY).len(), why(&town, fine)), (0, vec![Reason::NamespacePaused]));
}

#[test]
fn every_other_reason_is_given_with_what_it_is_about() {
    let mut town = Town::new();
    let first = town.submit(vec![spec()])[0];
    let why = |town: &Town, task| waiting_for(&town.state, &town.fleet, task);
    assert_eq!(why(&town, first), [Reason::NoWorkers]);
    let worker = town.worker(offer(1), 0);
    assert_eq!(why(&town, first), [Reason::Workers { obstacle: Obstacle::NoCredit, count: 1 }]);
    town.fleet.detach(worker);
    assert_eq!(why(&town, first), [Reason::Workers { obstacle: Obstacle::Detached, count: 1 }]);
    assert!(town.fleet.attach(worker));
    town.fleet.credit(worker, 9);
    let dependency =
        Dependency { on: Ref::Id(first), rule: Rule::Succeeded, otherwise: Otherwise::Cancel, seen: None };
    let late = Terms { not_before_ms: Some(NOW_MS + 9), ..Terms::default() };
    let after = Terms { dependencies: vec![dependency], ..Terms::default() };
    let waiting = town.submit(vec![on(spec(), late), on(spec(), after), spec()]);
    assert_eq!(why(&town, waiting[0]), [Reason::NotBefore { until_ms: NOW_MS + 9 }]);
    assert_eq!(why(&town, waiting[1]), [Reason::Dependency { on: first }]);
    assert_eq!(why(&town, waiting[2]), [Reason::Behind]);
    let (_, sent) = town.choose(1);
    assert_eq!(why(&town, first), [Reason::Chosen { worker }]);
    let holding = holdings(&town.arrive(sent))[0];
    assert_eq!(why(&town, first), [Reason::Leased { worker }]);
    assert_eq!(why(&town, waiting[2]), [Reason::Workers { obstacle: Obstacle::NoSlot, count: 1 }]);
    let failure = Failure { error: "Boom".into(), message: "".into() };
    let fail = Fail { holding, retryable: true, failure, details: None, retry_after_ms: None };
    town.say(vec![fail.into()]);
    assert!(matches!(why(&town, first)[..], [Reason::Backoff { until_ms }] if until_ms > NOW_MS));
    let nobody = TaskId(reeve_core::name::Name { position: 99, ..first.0 });
    assert_eq!(why(&town, nobody), [Reason::Gone]);
}

#[test]
fn a_submit_and_its_grant_ride_in_one_entry() {
    let mut town = Town::new();
    let worker = town.worker(offer(3), 3);
    let seen = town.submit(vec![spec()])[0];
    let blocked = Terms { not_before_ms: Some(NOW_MS + 1), ..Terms::default() };
    // The class is known only as it was once spelled; a place that does not exist yet comes into being first.
    let tasks = vec![on(spec(), blocked), spec(), within(spec(), "new"), priority(spec(), 9)];
    let (grants, sent) = town.choose_beside(beside(vec![submit(tasks)]), MANY);
    let expected = [Ref::Here(3), Ref::Id(seen), Ref::Here(1)];
    assert_eq!(grants.iter().map(|grant| grant.task).collect::<Vec<_>>(), expected);
    assert_eq!(town.fleet.credits(worker), Some(0));
    all_granted(&town.arrive(sent), 3);
    assert_eq!(town.fleet.unsettled(), 0);
}

#[test]
fn those_who_wait_come_before_the_newborn() {
    let mut town = Town::new();
    town.worker(offer(1), 3);
    let urgent = town.submit(vec![priority(spec(), 5)])[0];
    let newborn = || beside(vec![submit(vec![priority(spec(), 5)])]);
    let (grants, sent) = town.choose_beside(newborn(), MANY);
    assert_eq!(tasks(&grants), [urgent]);
    all_granted(&town.arrive(sent), 1);
}

#[test]
fn a_refused_submit_takes_its_grant_along_and_the_credit_comes_back() {
    let mut town = Town::new();
    let worker = town.worker(offer(1), 1);
    let seen = town.submit(vec![spec()])[0];
    town.say(vec![Pause { task: Ref::Id(seen), grace_ms: None }.into()]);
    let bad = reeve_core::entry::BodyRef { position: 0, length: 9, hash: 0 };
    let task = reeve_core::task::TaskSpec { payload: Some(bad), ..spec() };
    let mut assembly = Assembly::new();
    assembly.push(vec![Proposal::of_office(submit(vec![task]))], vec![bytes::Bytes::new()]).unwrap();
    let (grants, sent) = town.choose_beside(assembly, MANY);
    assert_eq!((grants.len(), town.fleet.credits(worker)), (1, Some(0)));
    all_granted(&town.arrive(sent), 0);
    assert_eq!((town.fleet.unsettled(), town.fleet.credits(worker)), (0, Some(1)));
}

#[test]
fn what_a_report_frees_is_granted_in_the_same_entry() {
    let mut town = Town::new();
    let worker = town.worker(offer(2), 9);
    let all = town.submit(vec![spec(); 9]);
    let (_, sent) = town.choose(MANY);
    let held = holdings(&town.arrive(sent));
    assert_eq!(town.would_choose(MANY).len(), 0);
    // Said twice, it frees one slot; a lease of somebody else frees none.
    let complete = |holding| Complete { holding, result: None }.into();
    let wrong = Holding { token: held[1].token, ..held[0] };
    let (grants, sent) =
        town.choose_beside(beside(vec![complete(held[0]), complete(held[0]), complete(wrong)]), MANY);
    assert_eq!(pairs(&grants), [(all[2], worker)]);
    // While that is on its way, the other slot is freed, and the first report comes again.
    let commands = vec![complete(held[0]), Release { holding: held[1] }.into()];
    let (grants, later) = town.choose_beside(beside(commands), MANY);
    assert_eq!(pairs(&grants), [(all[3], worker)]);
    all_granted(&town.arrive(sent), 1);
    assert_eq!(town.would_choose(MANY).len(), 0);
    all_granted(&town.arrive(later), 1);
    assert_eq!(town.would_choose(MANY).len(), 0, "both slots are taken again");
}

#[test]
fn windows_move_until_every_lane_met_every_worker() {
    let mut town = Town::new();
    let worker = |town: &mut Town, kind: &str| town.worker(Offer { kinds: vec![kind.into()], ..offer(1) }, 1);
    let task = |kind: &str| of(priority(spec(), 9), Requirements::of_kind(kind));
    // The first lane is for the last worker, and the last lane for the first worker.
    let first = (worker(&mut town, "last-lane"), town.submit(vec![task("last-worker")])[0]);
    // More lanes that nobody can serve than one choice looks at, and more workers than it looks at.
    for start in (0..limits::LANES_PER_CHOICE + 500).step_by(500) {
        town.submit((start..start + 500).map(|kind| task(&format!("k{kind}"))).collect());
    }
    for _ in 0..limits::WORKERS_PER_CHOICE + 10 {
        worker(&mut town, "idle");
    }
    let last = (worker(&mut town, "last-worker"), town.submit(vec![task("last-lane")])[0]);
    let mut granted = Vec::new();
    for round in 0.. {
        assert!(round < 1_000, "the windows never come around");
        let mut assembly = Assembly::new();
        let choice = choose(&town.state, &mut town.fleet, &mut assembly, MANY);
        town.fleet.seal();
        granted.extend(pairs(&choice.grants));
        if !choice.unfinished {
            break;
        }
    }
    granted.sort_unstable();
    assert_eq!(granted, [(first.1, last.0), (last.1, first.0)]);
}

#[test]
fn the_newborn_wait_while_lanes_are_unseen() {
    let mut town = Town::new();
    town.worker(offer(1), 1);
    let seen = town.submit(vec![spec()])[0];
    town.say(vec![Pause { task: Ref::Id(seen), grace_ms: None }.into()]);
    let absent = of(spec(), Requirements::of_kind("absent"));
    let lanes =
        |from: usize| (from..from + 512).map(|at| within(absent.clone(), &format!("q{at}"))).collect();
    let newborn = |town: &Town| {
        choose(&town.state, &mut town.fleet.clone(), &mut beside(vec![submit(vec![spec()])]), 1).grants.len()
    };
    (0..limits::LANES_PER_CHOICE - 512)
        .step_by(512)
        .for_each(|from| assert_eq!(town.submit(lanes(from)).len(), 512));
    assert_eq!(newborn(&town), 1);
    town.submit(lanes(limits::LANES_PER_CHOICE));
    assert_eq!(newborn(&town), 0, "somebody unseen may come first");
}

#[test]
fn who_wants_nothing_takes_no_place_in_a_window() {
    let mut town = Town::new();
    let spent: Vec<WorkerId> = (0..=limits::WORKERS_PER_CHOICE).map(|_| town.worker(offer(2), 1)).collect();
    town.submit(vec![spec(); spent.len() + 1]);
    for _ in 0..2 {
        let (grants, sent) = town.choose(limits::GRANTS_PER_CHOICE);
        all_granted(&town.arrive(sent), grants.len());
    }
    let willing = town.worker(offer(1), 1);
    let mut assembly = Assembly::new();
    let choice = choose(&town.state, &mut town.fleet, &mut assembly, MANY);
    assert_eq!(
        (choice.grants.len(), choice.grants[0].worker, choice.unfinished),
        (1, Ref::Id(willing), false)
    );
}

#[test]
fn a_choice_that_ends_at_its_bound_says_so() {
    let mut town = Town::new();
    town.worker(offer(9), 9);
    town.submit(vec![spec(); 3]);
    let unfinished =
        |town: &Town, max| choose(&town.state, &mut town.fleet.clone(), &mut Assembly::new(), max).unfinished;
    assert_eq!([0, 2, 4].map(|max| unfinished(&town, max)), [false, true, false]);
}
