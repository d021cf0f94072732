//! Assembling: a group means in an entry of many what it means alone, and reaches nobody else's names or bodies.

#[path = "chance/dice.rs"]
mod dice;
#[path = "chance/play.rs"]
mod play;

use std::collections::BTreeSet;
use std::fmt::Debug;

use bytes::Bytes;
use dice::for_seeds;
use play::Play;
use reeve_core::assembly::Assembly;
use reeve_core::change::Written;
use reeve_core::class::Requirements;
use reeve_core::codec::entry::{decode, encode};
use reeve_core::command::{
    Batch, Checkpoint, Command, Complete, Grant, OpenWorker, RaiseLaw, Submit, Update,
};
use reeve_core::effect::Holding;
use reeve_core::entry::{BodyRef, Entry, Proposal};
use reeve_core::intern::Meant;
use reeve_core::name::{Era, Name, Ref, Revision, TaskId, Token, WorkerId};
use reeve_core::task::{ContentType, Priority, QueueName, TaskSpec};
use reeve_core::worker::Offer;
use reeve_core::{Field, LAW, Outcome, Refusal, Reply, State, apply};

fn spec(queue: &str, payload: Option<BodyRef>) -> TaskSpec {
    TaskSpec {
        queue: Meant::Words(QueueName { namespace: "default".into(), queue: queue.into() }),
        class: Meant::Words(Box::new(Requirements::of_kind("echo"))),
        priority: Priority::default(),
        payload,
        content_type: ContentType::Opaque,
        labels: Vec::new(),
        terms: None,
    }
}

fn submit(queue: &str, count: usize) -> Command {
    Submit { key: None, batch: Batch::Alone, tasks: vec![spec(queue, None); count] }.into()
}

const fn of_office(command: Command) -> Proposal {
    Proposal::of_office(command)
}

/// A neighbour that changes nothing, but takes names and bodies.
fn idle_neighbour() -> (Vec<Proposal>, Vec<Bytes>) {
    let nowhere = WorkerId(Name::new(Era { group: 9, era: 9 }, Revision(1), 0));
    let grant = Grant { task: Ref::Here(0), worker: Ref::Id(nowhere) };
    (
        vec![of_office(submit("not a name", 3)), of_office(grant.into())],
        vec![Bytes::from_static(b"theirs"); 2],
    )
}

/// The numbers that follow each `mark` in a text.
fn numbers(text: &str, mark: &str) -> Vec<u64> {
    let digits = |rest: &str| rest.chars().take_while(char::is_ascii_digit).collect::<String>();
    text.split(mark).skip(1).filter_map(|rest| digits(rest).parse().ok()).collect()
}

/// The text of something, all names of this revision moved down by so many positions.
fn lowered(value: &impl Debug, revision: Revision, by: u64) -> String {
    let text = format!("{value:?}");
    let mark = format!("{revision}-");
    let mut parts = text.split(&*mark);
    let mut out = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let digits = part.chars().take_while(char::is_ascii_digit).count();
        let position: u64 = part[..digits].parse().expect("a position");
        out.push_str(&format!("{mark}{}{}", position.wrapping_sub(by), &part[digits..]));
    }
    out
}

/// What was put under which key, bodies by what they hold.
fn bodies_of(entry: &Entry, outcome: &Outcome) -> Vec<String> {
    let changes = outcome.changes.iter();
    let bodies = changes.filter_map(|(key, written)| match written {
        Written::Body(body) => Some((key, &entry.bodies[body.position as usize])),
        Written::Put(_) | Written::Deleted => None,
    });
    bodies.map(|pair| lowered(&pair, outcome.revision, 0)).collect()
}

#[test]
fn a_group_means_among_others_what_it_means_alone() {
    let mut taken = std::cell::RefCell::new(BTreeSet::new());
    let taken_by_all = std::panic::AssertUnwindSafe(&taken);
    for_seeds(60, |seed| {
        let (mut state, mut play) = (State::new(Era::default()), Play::new(seed, seed % 3 == 0));
        for _ in 0..120 {
            // No command of chance guesses this revision.
            let mut alone = Entry { revision: Revision(state.revision().0 + 100), ..play.entry(&state) };
            let (idle, idle_bodies) = idle_neighbour();
            let mut assembly = Assembly::new();
            let first = assembly.push(idle.clone(), idle_bodies.clone()).unwrap();
            let before = assembly.clone().finish(LAW, 0, 0);
            let text = format!("{:?}", alone.proposals);
            let names: u64 = alone.proposals.iter().map(|one| u64::from(one.command.width())).sum();
            let strays = numbers(&text, "Here(").iter().any(|position| *position >= names)
                || numbers(&text, "BodyRef { position: ").iter().any(|at| *at >= alone.bodies.len() as u64);
            let group = assembly.push(alone.proposals.clone(), alone.bodies.clone());
            assert_eq!(group.is_err(), strays, "{text}");
            let Ok(group) = group else {
                assert_eq!(assembly.finish(LAW, 0, 0), before, "a refused group left something");
                alone.proposals.clear();
                play.learn(&apply(&mut state, alone));
                continue;
            };
            assembly.push(idle, idle_bodies).unwrap();
            taken_by_all.borrow_mut().extend(alone.proposals.iter().map(|one| one.command.verb()));
            let size = assembly.size();
            let bytes = Bytes::from(assembly.finish(alone.law, alone.time_ms, alone.sweep));
            assert!((bytes.len()..bytes.len() + 200).contains(&size.encoded_bytes), "{size:?}");
            let among = decode(alone.revision, &bytes, LAW).unwrap();
            assert_eq!(encode(&among), bytes);
            assert_eq!(among.proposals.len(), size.proposals);
            let mut other = state.clone();
            let those = apply(&mut other, among.clone());
            let these = apply(&mut state, alone.clone());
            other.check().unwrap();
            let shift = u64::from(first.names.end);
            let (same, at) = (|value: &dyn Debug| lowered(&value, these.revision, 0), these.revision);
            assert_eq!(lowered(&&those.replies[group.proposals.clone()], at, shift), same(&these.replies));
            assert_eq!(lowered(&those.events, at, shift), same(&these.events));
            assert_eq!(lowered(&those.effects, at, shift), same(&these.effects));
            let moved: Vec<String> =
                bodies_of(&among, &those).iter().map(|one| unquoted(one, at, shift)).collect();
            assert_eq!(moved, bodies_of(&alone, &these));
            play.learn(&these);
        }
    });
    let taken = taken.get_mut();
    for (_, verb, _) in Command::ORDINALS {
        assert!(taken.contains(verb), "nobody ever said {verb}");
    }
}

fn unquoted(text: &str, revision: Revision, by: u64) -> String {
    struct Plain<'a>(&'a str);
    impl Debug for Plain<'_> {
        fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
            f.write_str(self.0)
        }
    }
    lowered(&Plain(text), revision, by)
}

#[test]
fn nobody_reaches_a_neighbour() {
    let name = |position| Name::new(Era::default(), Revision(1), position);
    let holding = Holding { worker: WorkerId(name(0)), task: TaskId(name(1)), token: Token(name(2)) };
    let body = |position| BodyRef { position, length: 6, hash: 1 };
    let no_name = Refusal::ForwardReference;
    let no_body = Refusal::OutOfBounds { field: Field::Body };
    let grant = |task| Command::from(Grant { task, worker: Ref::Id(holding.worker) });
    let payload =
        |at| Command::from(Submit { key: None, batch: Batch::Alone, tasks: vec![spec("q", Some(body(at)))] });
    let mut assembly = Assembly::new();
    let (idle, bodies) = idle_neighbour();
    assembly.push(idle, bodies).unwrap();
    let whole = assembly.clone().finish(LAW, 1, 1);
    for far in [0, 1, 3, 4, 5, u32::MAX - 1, u32::MAX] {
        let complete = Command::from(Complete { holding, result: Some(body(far)) });
        let checkpoint = Command::from(Checkpoint { holding, body: body(far) });
        for (command, refusal) in [
            (grant(Ref::Here(far.max(1))), no_name),
            (complete, no_body),
            (checkpoint, no_body),
            (payload(far), no_body),
            (Update { task: Ref::Here(far), amendment: Default::default() }.into(), no_name),
            (RaiseLaw { law: far.max(LAW + 1) }.into(), Refusal::LawNotNext),
        ] {
            // A fine proposal before it does not get in either.
            let group = vec![of_office(
                OpenWorker { name: "w".into(), offer: Offer::default(), ttl_ms: 1, secret: None }.into(),
            )];
            let alone = matches!(command, Command::Grant(_) | Command::Update(_));
            let group: Vec<_> =
                group.into_iter().filter(|_| !alone).chain([of_office(command.clone())]).collect();
            assert_eq!(assembly.push(group, Vec::new()), Err(refusal), "{command:?}");
        }
    }
    // What the office adds may name what stands before it, and nothing else.
    assert_eq!(assembly.append(grant(Ref::Here(5))), Err(no_name));
    assert_eq!(assembly.append(Complete { holding, result: Some(body(0)) }.into()), Err(no_body));
    assert_eq!(assembly.clone().finish(LAW, 1, 1), whole, "a refused group left something");
    assembly.append(grant(Ref::Here(3))).unwrap();
}

#[test]
fn a_grant_rides_with_its_submit() {
    let mut state = State::new(Era::default());
    let mut assembly = Assembly::new();
    let (idle, bodies) = idle_neighbour();
    assembly.push(idle, bodies).unwrap();
    let offer = Offer { kinds: vec!["echo".into()], slots: 1, ..Offer::default() };
    let worker = OpenWorker { name: "w".into(), offer, ttl_ms: 1_000, secret: None };
    let opened = assembly.push(vec![of_office(worker.into())], Vec::new()).unwrap();
    let group = assembly.push(vec![of_office(submit("q", 3))], Vec::new()).unwrap();
    assert_eq!((opened.names.clone(), group.names.clone()), (4..5, 5..8));
    let firsts: Vec<(u32, &str)> =
        assembly.proposals().map(|(first, proposal)| (first, proposal.command.verb())).collect();
    assert_eq!(firsts, [(0, "Submit"), (3, "Grant"), (4, "OpenWorker"), (5, "Submit")]);
    let (task, worker) = (Ref::Here(group.names.start + 1), Ref::Here(opened.names.start));
    let granted = assembly.append(Grant { task, worker }.into()).unwrap();
    let bytes = Bytes::from(assembly.finish(LAW, 1_000, 0));
    let outcome = apply(&mut state, decode(Revision(1), &bytes, LAW).unwrap());
    let reply = outcome.replies[granted.proposals.start].reply;
    assert!(matches!(reply, Reply::Granted { token, .. } if token.0.position == 8), "{reply:?}");
    assert_eq!(outcome.effects[0].holding.task.0.position, 6);
}
