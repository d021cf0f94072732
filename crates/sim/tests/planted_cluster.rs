//! Whole clusters with a bug planted in the replica: each must be caught, by a law that says what is wrong, and the same history
//! without it must be sound. Built apart, with the feature `planted`. The planted bug is one for the whole process, so all of
//! them are tried in one test.

use reeve_core::planted::{Bug, plant};
use reeve_sim::cluster::history::{self, Plan};
use reeve_sim::cluster::law::Violation;
use reeve_sim::cluster::trace::Trace;

/// Seeds within which each must be caught, from the one on that caught it first when this was written.
const SEEDS: u64 = 60;

/// What is planted, what is overlooked so that more than the first sign is seen, which laws name it, and at which seed.
struct Case {
    bug: Bug,
    overlooks: &'static [&'static str],
    laws: &'static [&'static str],
    first: u64,
    plan: Plan,
}

const THREE: Plan = Plan { nodes: Some(3), seconds: 20, cuts: 0, rots: false, overlooks: &[] };
const ROTTEN: Plan = Plan { rots: true, ..THREE };

const fn case(bug: Bug, laws: &'static [&'static str], first: u64) -> Case {
    Case { bug, overlooks: &[], laws, first, plan: THREE }
}

const CASES: &[Case] = &[
    // A leader that goes on in its old term after a restart: the sign of it,
    case(Bug::ResumeTerm, &["one_leader"], 1),
    // two entries under one log id, the one that it sent away and lost, and the one that it wrote then,
    Case { overlooks: &["one_leader"], ..case(Bug::ResumeTerm, &["log_matching"], 1) },
    // and what comes of it: state machines that differ for ever.
    Case {
        overlooks: &["one_leader", "log_matching"],
        ..case(Bug::ResumeTerm, &["one_history", "same_state"], 1)
    },
    case(Bug::EarlyAck, &["remembers"], 6),
    Case {
        overlooks: &["remembers", "leader_complete"],
        ..case(Bug::EarlyAck, &["one_history", "answers_kept"], 13)
    },
    case(Bug::EarlyVote, &["no_amnesia", "one_vote", "one_leader"], 1),
    Case { plan: ROTTEN, ..case(Bug::IgnoreMark, &["remembers"], 5) },
    case(Bug::EarlyPurge, &["no_amnesia"], 7),
    case(Bug::StaleRead, &["fresh_reads"], 2),
    case(Bug::SureRefusal, &["refused_never_happens"], 1),
    case(Bug::IdleSteward, &["comes_up"], 1),
    case(Bug::StayAside, &["comes_back"], 10),
    case(Bug::DeafMatcher, &["comes_back"], 1),
    // Those that strike in the law are caught in the committed history, at the entry that breaks it,
    case(Bug::KeepCharge, &["state_check"], 1),
    case(Bug::ForgetReply, &["answered_once"], 1),
    case(Bug::StaleToken, &["fenced", "reports_from_holders"], 2),
    // and what only a rebuilt state lacks, which no digest covers, in the state of the replica that was rebuilt.
    case(Bug::LoseTimer, &["state_check"], 1),
];

/// The first seed at which the bug is caught by one of its laws.
fn hunt(case: &Case, plan: &Plan) -> Option<(u64, Violation)> {
    plant(Some(case.bug));
    let caught = (case.first..case.first + SEEDS).find_map(|seed| {
        let broken = history::run(seed, plan, &Trace::default()).err()?;
        case.laws.contains(&broken.law).then_some((seed, broken))
    });
    plant(None);
    caught
}

#[test]
fn every_planted_bug_is_caught_by_its_law() {
    let mut missed = Vec::new();
    for case in CASES {
        let plan = Plan { overlooks: case.overlooks, ..case.plan };
        let Some((seed, broken)) = hunt(case, &plan) else {
            missed.push(format!("{:?} overlooking {:?}", case.bug, case.overlooks));
            continue;
        };
        eprintln!("{:?}: `{}` at seed {seed}: {}", case.bug, broken.law, broken.what);
        if let Err(broken) = history::run(seed, &case.plan, &Trace::default()) {
            missed.push(format!("without {:?}, seed {seed} breaks {broken:?}", case.bug));
        }
    }
    assert!(missed.is_empty(), "{missed:#?}");
}
