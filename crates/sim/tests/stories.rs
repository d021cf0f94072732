//! Every story, played and compared with what is written: the law as people read it.
//!
//! `REEVE_BLESS=1` writes anew what came of each line. Every verb, refusal and event must be seen in some story, or
//! be listed here with the reason why it cannot be.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use reeve_core::codec::ordinals;
use reeve_core::effect::Order;
use reeve_core::event::{Event, Step};
use reeve_core::{Cap, Outcome, Refusal, Reply};
use reeve_sim::story::{Heard, Line, Player, Said, Trouble, retell};

fn stories() -> Vec<(PathBuf, String)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("stories");
    let files = fs::read_dir(folder).expect("there are stories").map(|file| file.expect("a file").path());
    let mut paths: Vec<PathBuf> =
        files.filter(|path| path.extension().is_some_and(|end| end == "story")).collect();
    paths.sort();
    paths.into_iter().map(|path| (path.clone(), fs::read_to_string(path).expect("a story"))).collect()
}

fn name(path: &Path) -> String {
    path.file_stem().expect("a story has a name").to_string_lossy().into_owned()
}

/// The first lines that differ, with what stands around them.
fn difference(written: &str, told: &str) -> String {
    let (written, told): (Vec<&str>, Vec<&str>) = (written.lines().collect(), told.lines().collect());
    let same = written.iter().zip(&told).take_while(|(one, other)| one == other).count();
    let part = |lines: &[&str], sign: &str| {
        let shown = lines.iter().skip(same).take(8).map(|line| format!("{sign} {line}\n"));
        shown.collect::<String>()
    };
    let before: String =
        written.iter().take(same).skip(same.saturating_sub(6)).map(|line| format!("  {line}\n")).collect();
    format!("line {}:\n{before}{}{}", same + 1, part(&written, "-"), part(&told, "+"))
}

#[test]
fn every_story_goes_as_it_is_written() {
    let bless = std::env::var_os("REEVE_BLESS").is_some();
    let mut wrong = Vec::new();
    for (path, written) in stories() {
        assert!(written.starts_with("# "), "{}: the first line says what the story proves", name(&path));
        match retell(&written, &mut Player::new(), &mut |_, _, _| {}) {
            Ok(told) if told == written => {}
            Ok(told) if bless => fs::write(&path, told).unwrap(),
            Ok(told) => wrong.push(format!("{}, {}", name(&path), difference(&written, &told))),
            Err(misread) => wrong.push(format!("{}, {misread}", name(&path))),
        }
    }
    assert!(wrong.is_empty(), "{}\n(REEVE_BLESS=1 writes what happened)", wrong.join("\n"));
}

/// What no story shows, and why.
const NOT_SEEN: &[(&str, &str)] = &[
    ("cap Tasks", "fifty million live tasks do not fit a test"),
    ("cap Keys", "a million keys do not fit a story"),
    ("cap Queues", "a hundred thousand: in `caps_are_refusals`"),
    ("cap Kinds", "sixty-five thousand: in `caps_are_refusals`"),
    ("cap LabelKeys", "four thousand, in many sessions: in `caps_are_refusals`"),
    ("cap Classes", "sixty-five thousand: in `caps_are_refusals`"),
    ("cap Clients", "a hundred thousand: in `caps_are_refusals`"),
    ("cap Workers", "two hundred thousand: in `caps_are_refusals`"),
    ("cap Partials", "a hundred thousand: in `caps_are_refusals`"),
];

/// The families whose every member stories must show.
const SHOWN: &[&str] = &[
    "command",
    "refusal",
    "field",
    "cap",
    "reply",
    "event",
    "step",
    "attempt_end",
    "cancelled",
    "worker_step",
    "client_step",
    "place_step",
    "ending",
    "standing",
    "alarm",
];

fn note(seen: &mut BTreeSet<String>, family: &str, name: &str) {
    seen.insert(format!("{family} {name}"));
}

fn note_reply(seen: &mut BTreeSet<String>, reply: Reply) {
    note(seen, "reply", reply.variant());
    let Reply::Refused(refusal) = reply else { return };
    note(seen, "refusal", refusal.variant());
    if let Refusal::OutOfBounds { field } = refusal {
        note(seen, "field", field.variant());
    }
    if let Refusal::TooMany { cap } = refusal {
        note(seen, "cap", cap.variant());
    }
}

fn note_step(seen: &mut BTreeSet<String>, step: Step) {
    note(seen, "step", step.variant());
    if let Step::Returned { how, .. } | Step::Retrying { how, .. } = step {
        note(seen, "attempt_end", how.variant());
    }
    if let Step::Submitted { standing } = step {
        note(seen, "standing", standing.variant());
    }
    if let Step::Ended { ending, cancelled, .. } = step {
        note(seen, "ending", ending.variant());
        if let Some(cancelled) = cancelled {
            note(seen, "cancelled", cancelled.variant());
        }
    }
}

fn note_outcome(seen: &mut BTreeSet<String>, said: &Said, outcome: &Outcome) {
    said.entry.proposals.iter().for_each(|proposal| note(seen, "command", proposal.command.verb()));
    outcome.replies.iter().for_each(|answer| note_reply(seen, answer.reply));
    for effect in &outcome.effects {
        let order = match effect.order {
            Order::Offer { .. } => "Offer",
            Order::Cancel { .. } => "Cancel",
            Order::Pause { .. } => "Pause",
            Order::Resume => "Resume",
            Order::Update { .. } => "Update",
            Order::Stop => "Stop",
        };
        note(seen, "order", order);
    }
    for event in &outcome.events {
        note(seen, "event", event.variant());
        match event {
            Event::Task { step, .. } => note_step(seen, *step),
            Event::Worker { step, .. } => note(seen, "worker_step", step.variant()),
            Event::Client { step, .. } => note(seen, "client_step", step.variant()),
            Event::Namespace { step, .. } | Event::Queue { step, .. } => {
                note(seen, "place_step", step.variant())
            }
            Event::Alarm { alarm, .. } => note(seen, "alarm", alarm.kind.variant()),
            Event::LawRaised { .. } | Event::TaskForgotten { .. } => {}
        }
    }
}

#[test]
fn stories_show_everything_that_the_law_can_say() {
    let mut seen = BTreeSet::new();
    for (path, script) in stories() {
        let mut watch = |_: &Player, _: &Line, heard: &Heard| {
            if let Heard::Applied(said, outcome) = heard {
                note_outcome(&mut seen, said, outcome);
            }
        };
        if let Err(misread) = retell(&script, &mut Player::new(), &mut watch) {
            panic!("{}, {misread}", name(&path));
        }
    }
    // What an attempt ends with is told by the end of the task.
    for (family, name) in
        [("attempt_end", "Completed"), ("attempt_end", "FailedForGood"), ("attempt_end", "Cancelled")]
    {
        note(&mut seen, family, name);
    }
    // A refusal tells where a task stands, and its submission only the first.
    for name in ["Leased", "Backoff", "Dead"] {
        note(&mut seen, "standing", name);
    }
    let all = ordinals().into_iter().filter(|(family, ..)| SHOWN.contains(family));
    let missing: Vec<String> = all
        .map(|(family, name, _)| format!("{family} {name}"))
        .chain(["Offer", "Cancel", "Pause", "Resume", "Update", "Stop"].map(|order| format!("order {order}")))
        .filter(|one| !seen.contains(one) && !NOT_SEEN.iter().any(|(known, _)| known == one))
        .collect();
    assert!(missing.is_empty(), "no story shows: {}", missing.join(", "));
    let needless: Vec<&str> =
        NOT_SEEN.iter().map(|(one, _)| *one).filter(|one| seen.contains(*one)).collect();
    assert!(needless.is_empty(), "stories do show: {}", needless.join(", "));
}

/// Plays lines without checks, and says what the last was answered.
fn last_reply(lines: impl Iterator<Item = String>) -> Reply {
    let mut player = Player::new();
    player.check_every(0);
    let mut last = Reply::Done;
    for text in lines {
        let line: Line = text.parse().expect("a made line reads");
        if let Heard::Applied(_, outcome) = player.play(&line).expect("the line fits") {
            last = outcome.replies.last().expect("one proposal, one reply").reply;
        }
    }
    last
}

#[test]
fn caps_are_refusals() {
    let over = |cap: Cap| Reply::Refused(Refusal::TooMany { cap });
    let each = |last: u32, form: &dyn Fn(u32) -> String| last_reply((1..=last).map(form));
    assert_eq!(each(100_001, &|n| format!("create-queue queue=q{n}")), over(Cap::Queues));
    assert_eq!(each(100_001, &|n| format!("open-client c{n}")), over(Cap::Clients));
    assert_eq!(each(200_001, &|n| format!("worker w{n}")), over(Cap::Workers));
    assert_eq!(each(65, &|n| format!("worker w{n} kinds=k{n}-<1..1024>")), over(Cap::Kinds));
    assert_eq!(each(129, &|n| format!("worker w{n} label.k{n}-<01..32>=x")), over(Cap::LabelKeys));
    assert_eq!(each(65_537, &|n| format!("submit t{n} millicpu={n}")), over(Cap::Classes));
    let partial = |n: u32| match n {
        1 => "worker w1".to_owned(),
        2 => "submit t1".to_owned(),
        3 => "grant t1 to=w1".to_owned(),
        n => format!("partial t1 index={} body=x", n - 4),
    };
    assert_eq!(each(100_004, &partial), over(Cap::Partials));
}

#[test]
fn a_line_that_does_not_fit_is_told_so() {
    let mut player = Player::new();
    let mut play = |text: &str| player.play(&text.parse().unwrap());
    assert!(matches!(play("end"), Err(Trouble::Unfit(_))));
    assert!(matches!(play("again"), Err(Trouble::Unfit(_))));
    assert!(matches!(play("retry t1 from=r1"), Err(Trouble::Unfit(_))));
    assert!(matches!(play("entry"), Ok(Heard::Nothing)));
    assert!(matches!(play("sleep 1s"), Err(Trouble::Unfit(_))));
    assert!(matches!(play("end"), Ok(Heard::Applied(..))));
}
