//! The mark: it follows the log, never leads it, and tells when something was forgotten.

use reeve_store::engine::Engine;
use reeve_store::hard::Standing;
use reeve_store::limits::MARK_TRAIL_MS;
use reeve_store::log::{Chain, Course, LogId, Verdict, reconcile};

use super::ground::{entries, id, on_every_engine, open, replace, vote};
use super::watched::{Event, Watched, WatchedDisk};

on_every_engine!(
    it_is_written_once_it_is_due_after_the_sync_that_covers_it,
    it_follows_a_writer_that_never_rests,
    it_is_lowered_before_entries_go,
    it_is_not_lowered_for_entries_that_it_does_not_stand_on,
    after_a_reset_it_is_what_the_log_was_reset_to,
    a_lost_tail_is_amnesia,
    a_verdict_is_remembered,
);

fn marks(events: &[Event]) -> Vec<(char, Option<LogId>)> {
    let mark = |event: &Event| match event {
        Event::Log(hard) => ('l', hard.mark),
        Event::Hard(hard) => ('h', hard.mark),
    };
    events.iter().map(mark).collect()
}

fn it_is_written_once_it_is_due_after_the_sync_that_covers_it<E: Engine>(disk: &E::Disk) {
    let disk = WatchedDisk::new(disk);
    let mut replica = open::<Watched<E>>(&disk);
    let now = 1_000;
    assert_eq!(replica.writer.rest(now).unwrap(), None, "an empty log has no mark");
    let write = replica.log.append(entries(1, 0..3)).unwrap();
    assert_eq!(replica.writer.rest(now).unwrap(), None, "nothing is durable");
    disk.events();
    replica.writer.carry_out(vec![write], now).unwrap();
    let due = now + MARK_TRAIL_MS;
    assert_eq!(replica.writer.rest(now).unwrap(), Some(due));
    assert_eq!(replica.writer.rest(due - 1).unwrap(), Some(due));
    assert_eq!(replica.mark(), None);
    assert_eq!(replica.writer.rest(due).unwrap(), None);
    assert_eq!(replica.mark(), Some(id(1, 2)));
    assert_eq!(marks(&disk.events()), [('l', None), ('h', Some(id(1, 2)))]);
    assert_eq!(replica.writer.rest(due + 1_000).unwrap(), None);
    assert_eq!(disk.events(), []);
}

fn it_follows_a_writer_that_never_rests<E: Engine>(disk: &E::Disk) {
    let mut replica = open::<E>(disk);
    let mut durable_at = Vec::new();
    for round in 0..100 {
        let now = round * 7;
        let write = replica.log.append(entries(1, round..round + 1)).unwrap();
        replica.writer.carry_out(vec![write], now).unwrap();
        durable_at.push(now);
        let marked = replica.mark().map_or(0, |mark| mark.index as usize + 1);
        let unmarked = durable_at.get(marked).map_or(0, |since| now - since);
        assert!(unmarked < MARK_TRAIL_MS, "round {round}: the mark trails by {unmarked} ms");
    }
    assert!(replica.mark().is_some());
}

fn it_is_lowered_before_entries_go<E: Engine>(disk: &E::Disk) {
    let disk = WatchedDisk::new(disk);
    let mut replica = open::<Watched<E>>(&disk);
    replica.append(entries(1, 0..10));
    replica.writer.rest(0).unwrap();
    replica.writer.rest(MARK_TRAIL_MS).unwrap();
    assert_eq!(replica.mark(), Some(id(1, 9)));
    disk.events();
    let cut = replica.log.truncate_after(Some(id(1, 4))).unwrap();
    let deeper = replica.log.truncate_after(Some(id(1, 2))).unwrap();
    let again = replica.log.append(entries(2, 3..8)).unwrap();
    let shallow = replica.log.truncate_after(Some(id(2, 5))).unwrap();
    replica.carry(vec![cut, deeper, again, shallow]);
    let lowered = Some(id(1, 2));
    assert_eq!(marks(&disk.events()), [('h', lowered), ('l', lowered)]);
    let all = replica.log.truncate_after(None).unwrap();
    replica.carry(vec![all]);
    assert_eq!(marks(&disk.events()), [('h', None), ('l', None)]);
}

fn it_is_not_lowered_for_entries_that_it_does_not_stand_on<E: Engine>(disk: &E::Disk) {
    let disk = WatchedDisk::new(disk);
    let mut replica = open::<Watched<E>>(&disk);
    replica.append(entries(1, 0..5));
    replica.writer.rest(MARK_TRAIL_MS).unwrap();
    replica.append(entries(1, 5..10));
    disk.events();
    let mark = Some(id(1, 4));
    let cut = replica.log.truncate_after(mark).unwrap();
    let purge = replica.log.purge(id(1, 4)).unwrap();
    replica.carry(vec![cut, purge]);
    assert_eq!(marks(&disk.events()), [('l', mark)]);
}

fn after_a_reset_it_is_what_the_log_was_reset_to<E: Engine>(disk: &E::Disk) {
    let disk = WatchedDisk::new(disk);
    let mut replica = open::<Watched<E>>(&disk);
    replica.append(entries(1, 0..10));
    replica.writer.rest(MARK_TRAIL_MS).unwrap();
    disk.events();
    let reset = replica.log.reset_to(id(2, 100), Chain([1; 16]));
    replica.carry(vec![reset]);
    assert_eq!(replica.log.state(), (Some(id(2, 100)), Some(id(2, 100))));
    replica.writer.rest(MARK_TRAIL_MS).unwrap();
    let old = Some(id(1, 9));
    assert_eq!(marks(&disk.events()), [('l', old), ('h', Some(id(2, 100)))]);
    // To less than the mark: the state covers it, the log no longer does.
    let reset = replica.log.reset_to(id(2, 50), Chain([1; 16]));
    replica.carry(vec![reset]);
    assert_eq!(marks(&disk.events()), [('h', Some(id(2, 50))), ('l', Some(id(2, 50)))]);
}

fn a_lost_tail_is_amnesia<E: Engine>(disk: &E::Disk) {
    let mut replica = open::<E>(disk);
    replica.append(entries(3, 0..10));
    replica.writer.rest(MARK_TRAIL_MS).unwrap();
    replica.writer.rest(2 * MARK_TRAIL_MS).unwrap();
    for index in [8, 9] {
        replace(&replica.engine, index, None);
    }

    let mut replica = replica.reopen();
    let (mark, found) = (id(3, 9), Some(id(3, 7)));
    assert_eq!(replica.writer.hard().mark, Some(mark));
    assert_eq!(Verdict::of(replica.log.state().1, Some(mark), None), Verdict::Amnesia { mark, found });
    assert_eq!(Verdict::of(replica.log.state().1, Some(mark), found), Verdict::Amnesia { mark, found });
    assert_eq!(
        Verdict::of(replica.log.state().1, Some(mark), Some(mark)),
        Verdict::Whole,
        "the state has it"
    );
    // The evidence stays, whatever else is written.
    let writes = vec![replica.log.vote(vote(9)), replica.log.append(entries(3, 8..9)).unwrap()];
    replica.writer.carry_out(writes, 0).unwrap();
    assert_eq!(replica.writer.rest(0).unwrap(), None, "there is nothing to follow");
    assert_eq!(replica.writer.rest(MARK_TRAIL_MS).unwrap(), None);
    assert_eq!(replica.mark(), Some(mark));
}

fn a_verdict_is_remembered<E: Engine>(disk: &E::Disk) {
    let mut replica = open::<E>(disk);
    assert_eq!(replica.writer.hard().standing, Standing::Whole);
    let stand = replica.log.stand(Standing::Amnesiac);
    replica.carry(vec![stand]);
    let replica = replica.reopen();
    assert_eq!(replica.writer.hard().standing, Standing::Amnesiac);
}

#[test]
fn the_verdict_compares_terms_before_indexes() {
    let verdict = |last, mark, applied| Verdict::of(last, mark, applied) == Verdict::Whole;
    assert!(verdict(None, None, None));
    assert!(!verdict(None, Some(id(0, 0)), None));
    assert!(verdict(Some(id(2, 3)), Some(id(1, 9)), None), "what it stood on was truncated");
    assert!(!verdict(Some(id(1, 9)), Some(id(2, 3)), Some(id(1, 9))));
    assert!(verdict(Some(id(1, 9)), Some(id(2, 3)), Some(id(2, 3))));
}

#[test]
fn a_log_and_a_state_go_on_together() {
    let course = |purged, last, applied| reconcile(purged, last, applied);
    assert_eq!(course(None, None, None), Course::Replay);
    assert_eq!(course(None, Some(id(1, 5)), None), Course::Replay);
    assert_eq!(course(None, Some(id(1, 5)), Some(id(1, 5))), Course::Replay);
    assert_eq!(course(Some(id(1, 3)), Some(id(1, 5)), Some(id(1, 3))), Course::Replay);
    assert_eq!(course(None, None, Some(id(1, 3))), Course::Reset(id(1, 3)));
    assert_eq!(
        course(None, Some(id(1, 50)), Some(id(2, 40))),
        Course::Reset(id(2, 40)),
        "a branch that died"
    );
    assert_eq!(course(Some(id(1, 3)), Some(id(1, 5)), Some(id(1, 2))), Course::Reseed);
    assert_eq!(course(Some(id(1, 3)), Some(id(1, 3)), None), Course::Reseed);
}
