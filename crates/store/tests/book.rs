//! The book: what is noted is there, on the disk after a flush, in views at once, and nothing else is.

#[path = "support/counting.rs"]
mod counting;
#[path = "../../core/tests/chance/dice.rs"]
mod dice;
#[path = "support/history.rs"]
mod history;
#[path = "../../core/tests/chance/play.rs"]
mod play;

use std::cell::RefCell;
use std::ops::ControlFlow;
use std::rc::Rc;

use counting::Counting;
use dice::for_seeds;
use history::{History, Records, assert_shows, shown, task_of_history};
use reeve_core::State;
use reeve_core::change::Key;
use reeve_core::event::Event;
use reeve_core::name::Revision;
use reeve_sim::cluster::disk::SimDisk;
use reeve_store::book::{Applied, Book, BookView};
use reeve_store::disk::memory::MemoryDisk;
use reeve_store::disk::real::RealDisk;
use reeve_store::engine::memory::Memory;
use reeve_store::engine::rocks::Rocks;
use reeve_store::engine::{Engine, Family};
use reeve_store::fault::FaultKind;
use tempfile::TempDir;

type Plain = Memory<MemoryDisk>;

/// Opens a book and tells it of the beginning if it is empty.
fn open<E: Engine>(disk: &E::Disk, history: &History) -> (Book<E>, Applied) {
    let (book, applied) = Book::open(disk, 7).expect("no fault");
    if applied.is_none() {
        history.begin(&book);
    }
    (book, applied.unwrap_or_default())
}

/// What was true when a view was taken.
struct Then<E: Engine> {
    view: BookView<E>,
    records: Records,
    state: State,
}

/// One life of a book: notes, flushes, views, and crashes that lose everything since the last flush.
fn live<E: Engine>(disk: &E::Disk, seed: u64) {
    let mut history = History::new(seed);
    let (mut book, _) = open::<E>(disk, &history);
    let mut views: Vec<Then<E>> = Vec::new();
    for _ in 0..250 {
        history.step(&book);
        match history.play.dice.below(20) {
            0 => {
                assert_eq!(book.flush().expect("no fault"), history.applied);
                assert_eq!(book.flushed(), history.applied);
                assert_eq!(book.backlog().entries, 0);
            }
            1..4 => {
                let (records, state) = (history.records.clone(), history.state.clone());
                views.push(Then { view: book.view(), records, state });
            }
            4 if !views.is_empty() => {
                let at = history.play.dice.below(views.len());
                let then = views.swap_remove(at);
                assert_shows(&then.view, &then.records, &then.state);
            }
            5 if history.play.dice.chance(50) => {
                views.clear();
                let flushed = book.flushed().id;
                drop(book);
                let applied;
                (book, applied) = open::<E>(disk, &history);
                assert_eq!(applied.id, flushed);
                history.replay(&book, &applied);
            }
            _ => {}
        }
    }
    for then in views {
        assert_shows(&then.view, &then.records, &then.state);
    }
    assert_shows(&book.view(), &history.records, &history.state);
    book.flush().expect("no fault");
    assert_shows(&book.view(), &history.records, &history.state);
    events_are_kept(&book, &history, Revision(0));
}

/// Events come back as they were, from a revision on.
fn events_are_kept<E: Engine>(book: &Book<E>, history: &History, from: Revision) {
    let mut wanted =
        history.done.iter().filter(|done| !done.events.is_empty() && done.applied.index() >= from.0);
    let (view, mut next) = (book.view(), from);
    loop {
        let mut count = 0;
        let now = next;
        next = view
            .events(now, 500, &mut |seen| {
                let done = wanted.next().expect("no more events than there were");
                assert_eq!((seen.revision, seen.now_ms), (done.applied.index(), done.now_ms));
                assert_eq!(seen.events, done.events);
                assert!(seen.revision >= now.0);
                count += 1;
                ControlFlow::Continue(())
            })
            .expect("no fault");
        if count == 0 {
            break;
        }
    }
    assert!(wanted.next().is_none(), "events are missing");
}

/// Views before, within and after a flush show everything once, whatever is noted meanwhile.
fn notes_and_flushes_do_not_move_a_view<E: Engine>(disk: &E::Disk) {
    let history = Rc::new(RefCell::new(History::new(1)));
    let (book, _) = open::<Counting<E>>(disk, &history.borrow());
    let go_on = {
        let (history, book) = (Rc::clone(&history), book.clone());
        move || {
            let history = &mut *history.borrow_mut();
            for _ in 0..5 {
                assert_shows(&book.view(), &history.records, &history.state);
                events_are_kept(&book, history, Revision(0));
                history.step(&book);
            }
        }
    };
    let mut first = None;
    for _ in 0..10 {
        go_on();
        let now = history.borrow();
        first.get_or_insert_with(|| (book.view(), now.records.clone(), now.state.clone()));
        let applied = now.applied.clone();
        drop(now);
        counting::meanwhile(Some(Box::new(go_on.clone())));
        assert_eq!(book.flush().expect("no fault"), applied);
        counting::meanwhile(None);
        assert!(book.flushed().id < history.borrow().applied.id);
    }
    let (view, records, state) = first.expect("ten flushes");
    assert_shows(&view, &records, &state);
}

/// What is born and gone between two flushes costs its history and nothing else.
fn the_short_lived_never_reach_the_disk<E: Engine>(disk: &E::Disk) {
    let mut history = History::new(4);
    let (book, _) = open::<Counting<E>>(disk, &history);
    for _ in 0..1_500 {
        history.step(&book);
    }
    counting::writes();
    book.flush().expect("no fault");
    let writes = counting::writes();
    let born = history.records.keys().filter(|key| matches!(key, Key::Spec(_))).count();
    let tasks = history.records.keys().filter(|key| matches!(key, Key::Task(_))).count();
    assert!(born > 3 * tasks, "hardly anything ended: {born} tasks, {tasks} of them live");
    let live = history.state.records().len() as u64;
    assert!(writes.puts[&Family::Live] <= live, "{} of {live} records", writes.puts[&Family::Live]);
    let bodies = history.records.keys().filter(|key| matches!(key, Key::Body(..))).count();
    let past = history.records.keys().filter(|key| !key.is_state()).count();
    assert_eq!(writes.puts[&Family::Bodies], bodies as u64);
    assert_eq!(writes.puts[&Family::History], (past - bodies) as u64);
    // Only numbers that say nothing of their birth are deleted in vain, and ranges of what no longer counts.
    assert_eq!(writes.deletes.keys().collect::<Vec<_>>(), [&Family::Live]);
    assert!(writes.deletes[&Family::Live] < born as u64);
}

/// Nothing is left of a forgotten task, wherever it was: on the disk, in a sheet, or in both.
fn a_forgotten_task_leaves_nothing<E: Engine>(disk: &E::Disk, flush_every: usize) {
    let mut history = History::new(2);
    let (book, _) = open::<E>(disk, &history);
    let mut forgotten = Vec::new();
    for step in 0..1_500 {
        history.step(&book);
        let events = history.done.last().map(|done| done.events.clone()).unwrap_or_default();
        forgotten.extend(events.iter().filter_map(|event| {
            if let Event::TaskForgotten { task, .. } = event { Some(*task) } else { None }
        }));
        if step % flush_every == 0 {
            book.flush().expect("no fault");
        }
    }
    assert!(forgotten.len() > 5, "hardly anything was forgotten: {}", forgotten.len());
    for flushed in [false, true] {
        let shown = shown(&book.view());
        let left: Vec<&Key> = shown
            .keys()
            .filter(|key| task_of_history(**key).is_some_and(|task| forgotten.contains(&task)))
            .collect();
        assert!(left.is_empty(), "flushed {flushed}: {left:?}");
        book.flush().expect("no fault");
    }
}

/// Received replies, those of closed sessions and old tombstones leave the disk in time.
fn what_no_longer_counts_leaves_the_disk<E: Engine>(disk: &E::Disk) {
    let mut history = History::new(4);
    let (book, _) = open::<E>(disk, &history);
    for _ in 0..1_500 {
        history.step(&book);
        if history.play.dice.chance(10) {
            book.flush().expect("no fault");
        }
    }
    book.flush().expect("no fault");
    let count = |keys: &mut dyn Iterator<Item = Key>| {
        keys.filter(|key| matches!(key, Key::Reply(..) | Key::Tombstone(_))).count()
    };
    let written = count(&mut history.records.keys().copied());
    let counting = count(&mut history.state.records().into_iter().map(|(key, _)| key));
    let left = count(&mut shown(&book.view()).into_keys());
    assert!(written > counting + 200, "nothing ever stopped counting: {written}, {counting}");
    assert!(left <= counting + 20, "{left} are left, {counting} count");
}

/// Old events go, by revision, by bytes and by time, for readers at once and on the disk with the next flush.
fn old_events_are_trimmed<E: Engine>(disk: &E::Disk) {
    let mut history = History::new(6);
    let (mut book, _) = open::<E>(disk, &history);
    for step in 0..300 {
        history.step(&book);
        if step == 150 {
            book.flush().expect("no fault");
        }
    }
    let all = book.event_bytes();
    let middle = Revision(history.done[100].applied.index());
    let below = book.forget_events_below(middle).expect("no fault");
    assert!(below <= middle && below.0 > 0);
    let view = book.view();
    let gone =
        view.events(Revision(below.0 - 1), 1, &mut |_| ControlFlow::Continue(())).expect_err("a fault");
    assert_eq!(gone.kind, FaultKind::Gone);
    events_are_kept(&book, &history, below);
    let below = book.forget_events(all / 4, 0).expect("no fault");
    assert!(book.event_bytes() <= all / 4);
    let left = book.event_bytes();
    book.flush().expect("no fault");
    events_are_kept(&book, &history, below);
    drop((view, book));
    book = open::<E>(disk, &history).0;
    assert_eq!((book.view().events_below(), book.event_bytes()), (below.0, left));
    let since_ms = history.done[290].now_ms;
    let below = book.forget_events(u64::MAX, since_ms).expect("no fault");
    let first = history.done.iter().find(|done| !done.events.is_empty() && done.now_ms >= since_ms);
    let mut seen = Vec::new();
    let view = book.view();
    let mut note = |of: reeve_store::book::Seen| {
        seen.push(of.revision);
        ControlFlow::Break(())
    };
    view.events(below, 1, &mut note).expect("no fault");
    assert_eq!(seen.first().copied(), first.map(|done| done.applied.index()));
    book.flush().expect("no fault");
    assert!(book.event_bytes() < left);
}

/// What a queue or a class was called stands beside the events that name it.
fn events_carry_their_names<E: Engine>(disk: &E::Disk) {
    let mut history = History::new(9);
    let (mut book, _) = open::<E>(disk, &history);
    let mut checked = 0;
    for _ in 0..8 {
        for _ in 0..60 {
            let before = history.records.clone();
            history.step(&book);
            let done = history.done.last().expect("no fault").clone();
            let mut seen = Vec::new();
            let note = &mut |of| {
                seen.push(of);
                ControlFlow::Continue(())
            };
            book.view().events(Revision(done.applied.index()), u64::MAX, note).expect("no fault");
            for (event, seen) in done.events.iter().filter_map(|event| seen.first().map(|seen| (event, seen)))
            {
                let Event::Task { queue, class, .. } = event else { continue };
                for key in [Key::Queue(*queue), Key::Class(*class)] {
                    let named: Vec<&[u8]> = seen
                        .names
                        .iter()
                        .filter(|(of, _)| *of == key)
                        .map(|(_, record)| &record[..])
                        .collect();
                    let known = [before.get(&key), history.records.get(&key)];
                    assert!(!named.is_empty(), "{key:?} has no name");
                    assert!(known.into_iter().flatten().all(|record| named.contains(&&record[..])));
                    checked += 1;
                }
                assert!(seen.names.iter().any(|(key, _)| matches!(key, Key::Namespace(_))));
            }
        }
        book.flush().expect("no fault");
        drop(book);
        book = open::<E>(disk, &history).0;
    }
    assert!(checked > 500);
}

/// A purge goes by what is flushed, and that never leads.
fn flushed_trails_until_the_flush<E: Engine>(disk: &E::Disk) {
    let mut history = History::new(3);
    let (book, _) = open::<E>(disk, &history);
    assert_eq!(book.flushed().id, None);
    for _ in 0..10 {
        history.step(&book);
    }
    assert_eq!(book.flushed().id, None);
    assert_eq!(book.backlog().entries, 10);
    assert!(book.backlog().bytes > 0 && !book.backlog().is_full());
    let flushed = book.flush().expect("no fault");
    assert_eq!((&flushed, &book.flushed()), (&history.applied, &history.applied));
    history.step(&book);
    assert_eq!(book.flushed(), flushed);
}

/// Runs every test on an engine.
macro_rules! on {
    ($engine:ident: $type:ty, $disk:expr) => {
        mod $engine {
            use super::*;

            #[test]
            fn a_book_holds_what_was_noted() {
                for_seeds(24, |seed| live::<$type>(&$disk, seed));
            }

            #[test]
            fn notes_and_flushes_do_not_move_a_view() {
                super::notes_and_flushes_do_not_move_a_view::<$type>(&$disk);
            }

            #[test]
            fn the_short_lived_never_reach_the_disk() {
                super::the_short_lived_never_reach_the_disk::<$type>(&$disk);
            }

            #[test]
            fn a_forgotten_task_leaves_nothing() {
                for flush_every in [1, 7, 100, 10_000] {
                    super::a_forgotten_task_leaves_nothing::<$type>(&$disk, flush_every);
                }
            }

            #[test]
            fn what_no_longer_counts_leaves_the_disk() {
                super::what_no_longer_counts_leaves_the_disk::<$type>(&$disk);
            }

            #[test]
            fn old_events_are_trimmed() {
                super::old_events_are_trimmed::<$type>(&$disk);
            }

            #[test]
            fn events_carry_their_names() {
                super::events_carry_their_names::<$type>(&$disk);
            }

            #[test]
            fn flushed_trails_until_the_flush() {
                super::flushed_trails_until_the_flush::<$type>(&$disk);
            }
        }
    };
}

on!(memory: Plain, MemoryDisk::default());
on!(simulated: Memory<SimDisk>, SimDisk::fresh());
on!(rocks: Rocks, real().0);

/// A real disk, and the folder that goes when it is dropped.
fn real() -> (RealDisk, TempDir) {
    let folder = tempfile::tempdir().expect("a folder");
    (RealDisk::open(folder.path()).expect("a folder"), folder)
}
