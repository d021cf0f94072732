//! The order: what was told first is durable first, one sync serves as many as it may, and a cut at any step leaves what
//! some moment between the steps was.

use reeve_store::disk::Disk;
use reeve_store::engine::Engine;
use reeve_store::fault::FaultKind;
use reeve_store::hard::{HardState, Standing};
use reeve_store::limits::MARK_TRAIL_MS;
use reeve_store::log::{Chain, Log, LogEntry, LogId, Verdict, Vote, Write};

use super::ground::{entries, id, identity, on_every_engine, open, vote};
use super::watched::{Cut, Event, Watched, WatchedDisk};

on_every_engine!(
    one_sync_serves_all_that_stands_between_two_votes,
    a_vote_is_durable_before_anybody_is_told,
    writes_out_of_order_are_refused,
    after_an_error_nothing_is_written_any_more,
    a_failed_change_of_the_hard_state_is_the_last,
    a_cut_at_any_step_leaves_what_some_moment_was,
);

fn letters(events: &[Event]) -> String {
    let letter = |event: &Event| match event {
        Event::Log(_) => 'l',
        Event::Hard(_) => 'h',
    };
    events.iter().map(letter).collect()
}

fn one_sync_serves_all_that_stands_between_two_votes<E: Engine>(disk: &E::Disk) {
    let disk = WatchedDisk::new(disk);
    let mut replica = open::<Watched<E>>(&disk);
    disk.events();
    let log = replica.log.clone();
    let mut writes: Vec<Write> =
        (0..10).map(|round| log.append(entries(1, round * 3..round * 3 + 3)).unwrap()).collect();
    writes.push(log.truncate_after(Some(id(1, 20))).unwrap());
    writes.push(log.purge(id(1, 10)).unwrap());
    writes.push(log.append(entries(1, 21..25)).unwrap());
    replica.carry(writes);
    assert_eq!(letters(&disk.events()), "l");
    assert_eq!(replica.all(), entries(1, 11..25));

    let writes = vec![
        log.append(entries(1, 25..26)).unwrap(),
        log.vote(vote(2)),
        log.append(entries(2, 26..27)).unwrap(),
        log.append(entries(2, 27..28)).unwrap(),
        log.vote(vote(3)),
    ];
    replica.carry(writes);
    let events = disk.events();
    assert_eq!(letters(&events), "lhlh");
    let votes: Vec<Option<Vote>> = events
        .iter()
        .map(|event| match event {
            Event::Log(hard) | Event::Hard(hard) => hard.vote,
        })
        .collect();
    assert_eq!(votes, [None, Some(vote(2)), Some(vote(2)), Some(vote(3))]);
    assert_eq!(replica.mark(), Some(id(2, 27)), "a vote takes the mark along");
}

fn a_vote_is_durable_before_anybody_is_told<E: Engine>(disk: &E::Disk) {
    let mut replica = open::<E>(disk);
    let write = replica.log.vote(vote(4));
    assert_eq!(replica.log.vote_saved(), None);
    assert_eq!(HardState::peek(disk).unwrap().unwrap().vote, None);
    replica.carry(vec![write]);
    assert_eq!(replica.log.vote_saved(), Some(vote(4)));
    assert_eq!(HardState::peek(disk).unwrap().unwrap().vote, Some(vote(4)));
    assert_eq!(replica.reopen().log.vote_saved(), Some(vote(4)));
}

fn writes_out_of_order_are_refused<E: Engine>(disk: &E::Disk) {
    let mut replica = open::<E>(disk);
    let first = replica.log.append(entries(1, 0..1)).unwrap();
    let second = replica.log.append(entries(1, 1..2)).unwrap();
    let fault = replica.writer.carry_out(vec![second], 0).unwrap_err();
    assert_eq!(fault.kind, FaultKind::Misused);
    assert!(replica.writer.carry_out(vec![first], 0).is_err(), "it writes nothing any more");
    assert!(replica.reopen().all().is_empty());
}

fn after_an_error_nothing_is_written_any_more<E: Engine>(disk: &E::Disk) {
    let disk = WatchedDisk::new(disk);
    let mut replica = open::<Watched<E>>(&disk);
    replica.append(entries(1, 0..2));
    disk.cut(Cut::Before(0));
    let write = replica.log.append(entries(1, 2..3)).unwrap();
    assert!(replica.writer.carry_out(vec![write], 0).is_err());
    // The disk answers again, but the outcome is unknown.
    disk.cut(Cut::Before(1_000));
    let write = replica.log.append(entries(1, 3..4)).unwrap();
    assert_eq!(replica.writer.carry_out(vec![write], 0).unwrap_err().kind, FaultKind::Io);
    assert_eq!(replica.writer.carry_out(Vec::new(), 0).unwrap_err().kind, FaultKind::Io);
    assert_eq!(replica.writer.rest(MARK_TRAIL_MS).unwrap_err().kind, FaultKind::Io);
    assert_eq!(disk.events(), []);
    assert_eq!(replica.reopen().all(), entries(1, 0..2));
}

fn a_failed_change_of_the_hard_state_is_the_last<E: Engine>(disk: &E::Disk) {
    for step in [0, 1] {
        let disk = WatchedDisk::new(disk);
        disk.remove("hard-state").unwrap();
        let mut hard = HardState::create(&disk, identity()).unwrap();
        let before = *hard.get();
        disk.cut(Cut::Before(step));
        assert!(hard.change(|hard| hard.vote = Some(vote(1))).is_err());
        assert_eq!(*hard.get(), before, "what failed is not adopted");
        disk.cut(Cut::Before(1_000));
        assert_eq!(hard.change(|hard| hard.vote = Some(vote(2))).unwrap_err().kind, FaultKind::Io);
    }
}

/// What a moment is, to an outsider.
#[derive(Clone, Debug, PartialEq)]
struct Moment {
    purged: Option<LogId>,
    entries: Vec<LogEntry>,
    vote: Option<Vote>,
    standing: Standing,
}

/// What is told to a log: writes, each with the moment after it, in rounds.
fn story<E: Engine>(log: &Log<E>) -> Vec<Vec<(Write, Moment)>> {
    let standing = std::cell::Cell::new(Standing::Whole);
    let voted = std::cell::Cell::new(None);
    let moment = |write: Write| {
        let entries = log.read(0, u64::MAX, u64::MAX).unwrap();
        let moment = Moment { purged: log.state().0, entries, vote: voted.get(), standing: standing.get() };
        (write, moment)
    };
    let vote = |term| {
        voted.set(Some(vote(term)));
        moment(log.vote(vote(term)))
    };
    let append = |term, range| moment(log.append(entries(term, range)).unwrap());
    let truncate = |last| moment(log.truncate_after(last).unwrap());
    let purge = |upto| moment(log.purge(upto).unwrap());
    vec![
        vec![vote(1), append(1, 0..3), append(1, 3..6)],
        vec![append(1, 6..9), vote(2), append(2, 9..12), vote(3), truncate(Some(id(1, 4)))],
        vec![append(3, 5..8), truncate(Some(id(1, 2))), append(3, 3..9), purge(id(1, 2))],
        vec![truncate(Some(id(1, 2))), vote(4), append(4, 3..5)],
        vec![append(4, 5..6), moment(log.reset_to(id(5, 20), Chain([5; 16]))), append(5, 21..25), vote(5)],
        vec![
            purge(id(5, 22)),
            {
                standing.set(Standing::Amnesiac);
                moment(log.stand(Standing::Amnesiac))
            },
            append(5, 25..26),
        ],
    ]
}

/// Tells the story until the power goes. How many writes were acknowledged, and the moments between them.
fn tell<E: Engine>(disk: &WatchedDisk<E::Disk>, cut: Cut) -> (usize, Vec<Moment>) {
    let mut replica = open::<Watched<E>>(disk);
    let mut moments =
        vec![Moment { purged: None, entries: Vec::new(), vote: None, standing: Standing::Whole }];
    disk.cut(cut);
    let (mut acknowledged, mut now) = (0, 0);
    let mut power = true;
    for round in story(&replica.log) {
        let (writes, after): (Vec<Write>, Vec<Moment>) = round.into_iter().unzip();
        moments.extend(after);
        now += MARK_TRAIL_MS / 2;
        power = power && replica.writer.carry_out(writes, now).is_ok();
        if power {
            acknowledged = moments.len() - 1;
            now += MARK_TRAIL_MS / 2;
            power = replica.writer.rest(now).is_ok();
        }
    }
    (acknowledged, moments)
}

fn a_cut_at_any_step_leaves_what_some_moment_was<E: Engine>(disk: &E::Disk) {
    let mut steps = 0;
    loop {
        for cut in [Cut::Before(steps), Cut::After(steps)] {
            for old in ["hard-state", "raft"] {
                disk.remove(old).unwrap();
            }
            let (acknowledged, moments) = tell::<E>(&WatchedDisk::new(disk), cut);
            let replica = open::<E>(disk);
            let (purged, last) = replica.log.state();
            let found = Moment {
                purged,
                entries: replica.all(),
                vote: replica.log.vote_saved(),
                standing: replica.writer.hard().standing,
            };
            let at = moments.iter().rposition(|moment| *moment == found);
            assert!(at >= Some(acknowledged), "{cut:?}: {acknowledged} were acknowledged, found {at:?}");
            let mark = replica.writer.hard().mark;
            assert_eq!(
                Verdict::of(replica.log.state().1, mark, purged),
                Verdict::Whole,
                "{cut:?}: {mark:?}, {last:?}"
            );
            if acknowledged + 1 == moments.len() && matches!(cut, Cut::Before(_)) {
                assert!(steps > 20, "the power never went");
                return;
            }
        }
        steps += 1;
    }
}
