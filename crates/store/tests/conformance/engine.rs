//! What every engine does. One suite, run on all of them and on all disks that they can stand on; a crate with a disk of
//! its own takes this file by `#[path]`.
//!
//! What damage and a power cut do is not asked here: engines differ in it, and only a disk that can be cut can answer.

#[path = "dice.rs"]
mod dice;
#[path = "engine/model.rs"]
mod model;

use std::ops::ControlFlow;
use std::sync::atomic::{AtomicBool, Ordering};

use reeve_store::Fault;
use reeve_store::disk::Disk;
use reeve_store::engine::{Batch, Engine, Family, Room, View, Way, Write};

pub(crate) use model::does_what_a_map_does;

/// Makes one test of each case, for an engine on the disk that `$fresh` makes together with what must be kept for it to
/// live. `$suite` is what this module is called where it is used.
macro_rules! engine_conformance {
    ($suite:ident, $engine:ty, $fresh:expr) => {
        engine_conformance!(@each $suite, $engine, $fresh, [
            puts_gets_and_deletes,
            ranges_are_deleted_to_their_bounds,
            a_batch_is_in_order,
            a_batch_is_whole,
            scans_keep_to_their_bounds,
            a_scan_stops_when_told,
            families_are_separate,
            views_stand_still,
            a_view_outlives_its_engine,
            a_scan_may_write,
            the_log_is_kept,
            the_state_is_kept_as_far_as_it_was_flushed,
            what_was_not_flushed_comes_back_whole_or_not_at_all,
            deleted_ranges_stay_deleted,
            a_checkpoint_is_a_database,
            a_checkpoint_can_take_over,
            a_checkpoint_overwrites_nothing,
            great_values_are_kept,
            does_what_a_map_does,
            tells_figures,
        ]);
    };
    (@each $suite:ident, $engine:ty, $fresh:expr, [$($case:ident),* $(,)?]) => {
        $(
            #[test]
            fn $case() {
                let (disk, _kept) = $fresh;
                $suite::$case::<$engine>(&disk);
            }
        )*
    };
}

/// Both databases of a replica: the folder of each, and two of its families.
const BOTH: [(&str, Room, Family, Family); 2] = [
    ("raft", Room::Log, Family::Log, Family::LogMarks),
    ("state.0", Room::State, Family::Live, Family::StateMarks),
];

#[track_caller]
fn ok<T>(result: Result<T, Fault>) -> T {
    result.unwrap_or_else(|fault| panic!("{fault}"))
}

fn put(family: Family, key: impl Into<Vec<u8>>, value: impl Into<Vec<u8>>) -> Write {
    Write::Put(family, key.into(), value.into())
}

fn delete(family: Family, key: impl Into<Vec<u8>>) -> Write {
    Write::Delete(family, key.into())
}

fn delete_range(family: Family, from: impl Into<Vec<u8>>, to: impl Into<Vec<u8>>) -> Write {
    Write::DeleteRange(family, from.into(), to.into())
}

#[track_caller]
fn write<E: Engine>(engine: &E, writes: impl IntoIterator<Item = Write>) {
    ok(engine.write(Batch { writes: writes.into_iter().collect() }));
}

type Rows = Vec<(Vec<u8>, Vec<u8>)>;

#[track_caller]
fn scan(view: &impl View, family: Family, from: &[u8], to: &[u8], way: Way) -> Rows {
    let mut rows = Rows::new();
    ok(view.scan(family, from, to, way, &mut |key, value| {
        rows.push((key.to_vec(), value.to_vec()));
        ControlFlow::Continue(())
    }));
    rows
}

#[track_caller]
fn all(view: &impl View, family: Family) -> Rows {
    scan(view, family, b"", b"", Way::Up)
}

/// The keys of a family whose keys are words.
#[track_caller]
fn keys<E: Engine>(engine: &E, family: Family) -> String {
    let rows = all(&engine.view(), family);
    let keys: Vec<String> = rows.iter().map(|(key, _)| String::from_utf8_lossy(key).into_owned()).collect();
    keys.join(" ")
}

#[track_caller]
fn value<E: Engine>(engine: &E, family: Family, key: impl AsRef<[u8]>) -> Option<String> {
    ok(engine.get(family, key.as_ref())).map(|value| String::from_utf8_lossy(&value).into_owned())
}

pub(crate) fn puts_gets_and_deletes<E: Engine>(disk: &E::Disk) {
    for (folder, room, family, _) in BOTH {
        let engine: E = ok(E::open(disk, folder, room));
        assert_eq!(value(&engine, family, "a"), None);
        for key in [&b"a"[..], b"", b"\0", b"\xff\xff", b"a\0", &[7; 1000]] {
            write(&engine, [put(family, key, b"one".to_vec())]);
            assert_eq!(value(&engine, family, key).as_deref(), Some("one"), "{key:?}");
            write(&engine, [put(family, key, b"two".to_vec())]);
            assert_eq!(value(&engine, family, key).as_deref(), Some("two"), "{key:?}");
            write(&engine, [put(family, key, b"".to_vec())]);
            assert_eq!(value(&engine, family, key).as_deref(), Some(""), "{key:?}");
            write(&engine, [delete(family, key), delete(family, b"never".to_vec())]);
            assert_eq!(value(&engine, family, key), None, "{key:?}");
            write(&engine, [put(family, key, b"again".to_vec())]);
            assert_eq!(value(&engine, family, key).as_deref(), Some("again"), "{key:?}");
        }
        assert_eq!(all(&engine.view(), family).len(), 6);
        write(&engine, []);
        assert_eq!(all(&engine.view(), family).len(), 6);
    }
}

pub(crate) fn ranges_are_deleted_to_their_bounds<E: Engine>(disk: &E::Disk) {
    for (folder, room, family, _) in BOTH {
        let engine: E = ok(E::open(disk, folder, room));
        for (from, to, left) in [
            ("b", "d", "a d e"),
            ("b", "d\0", "a e"),
            ("b\0", "d", "a b d e"),
            ("a", "f", ""),
            ("", "c", "c d e"),
            ("0", "9", "a b c d e"),
            ("f", "g", "a b c d e"),
            ("c", "c", "a b c d e"),
            ("d", "b", "a b c d e"),
            // Not the end of the family: that is how a scan takes it, and a slip here would be dear.
            ("b", "", "a b c d e"),
            ("", "", "a b c d e"),
            ("e", "zz", "a b c d"),
        ] {
            write(&engine, ["a", "b", "c", "d", "e"].map(|key| put(family, key, key)));
            write(&engine, [delete_range(family, from, to)]);
            assert_eq!(keys(&engine, family), left, "from `{from}` to `{to}`");
            for key in ["a", "b", "c", "d", "e"] {
                let there = left.contains(key).then_some(key);
                assert_eq!(value(&engine, family, key).as_deref(), there, "from `{from}` to `{to}`");
            }
        }
    }
}

pub(crate) fn a_batch_is_in_order<E: Engine>(disk: &E::Disk) {
    for (folder, room, family, other) in BOTH {
        let engine: E = ok(E::open(disk, folder, room));
        write(&engine, [put(family, "a", "1"), put(family, "a", "2")]);
        assert_eq!(value(&engine, family, "a").as_deref(), Some("2"));
        write(&engine, [delete(family, "a"), put(family, "a", "3")]);
        assert_eq!(value(&engine, family, "a").as_deref(), Some("3"));
        write(&engine, [put(family, "a", "4"), delete(family, "a")]);
        assert_eq!(value(&engine, family, "a"), None);
        write(&engine, [put(family, "a", "5"), put(family, "b", "5"), put(other, "a", "5")]);
        write(
            &engine,
            [
                put(family, "c", "6"),
                delete_range(family, "a", "z"),
                put(family, "b", "6"),
                put(other, "b", "6"),
            ],
        );
        assert_eq!(keys(&engine, family), "b", "a range takes what came before it, not what comes after");
        assert_eq!(value(&engine, family, "b").as_deref(), Some("6"));
        assert_eq!(keys(&engine, other), "a b", "nor what is in another family");
    }
}

pub(crate) fn a_batch_is_whole<E: Engine>(disk: &E::Disk) {
    for (folder, room, family, other) in BOTH {
        let engine: E = ok(E::open(disk, folder, room));
        let numbered = |number: u32| {
            ["a", "b"].map(|key| put(family, key, number.to_string())).into_iter().chain([put(
                other,
                "a",
                number.to_string(),
            )])
        };
        write(&engine, numbered(0));
        let done = AtomicBool::new(false);
        std::thread::scope(|scope| {
            scope.spawn(|| {
                for number in 1..300 {
                    write(&engine, numbered(number));
                }
                done.store(true, Ordering::Release);
            });
            while !done.load(Ordering::Acquire) {
                let view = engine.view();
                let seen = [(family, "a"), (family, "b"), (other, "a")]
                    .map(|(family, key)| ok(view.get(family, key.as_bytes())));
                assert!(seen[0].is_some() && seen[0] == seen[1] && seen[1] == seen[2], "{seen:?}");
            }
        });
    }
}

pub(crate) fn scans_keep_to_their_bounds<E: Engine>(disk: &E::Disk) {
    let present = ["b", "b\0", "bb", "d", "f\u{7f}"];
    let bounds = ["", "\0", "a", "b", "b\0", "b\0\0", "ba", "bb", "c", "d", "d\0", "f", "f\u{7f}", "g"];
    for (folder, room, family, other) in BOTH {
        let engine: E = ok(E::open(disk, folder, room));
        let view = engine.view();
        assert_eq!(all(&view, family), [], "of nothing");
        assert_eq!(scan(&view, family, b"a", b"z", Way::Down), []);
        write(&engine, present.map(|key| put(family, key, format!("value of {key}"))));
        write(&engine, ["a", "c", "z"].map(|key| put(other, key, "elsewhere")));
        let unflushed = engine.view();
        ok(engine.flush());
        for view in [unflushed, engine.view()] {
            for from in bounds {
                for to in bounds {
                    let inside = |key: &&str| *key >= from && (to.is_empty() || *key < to);
                    let mut expected: Rows = present
                        .iter()
                        .copied()
                        .filter(inside)
                        .map(|key| (key.into(), format!("value of {key}").into()))
                        .collect();
                    let up = scan(&view, family, from.as_bytes(), to.as_bytes(), Way::Up);
                    assert_eq!(up, expected, "up from {from:?} to {to:?}");
                    expected.reverse();
                    let down = scan(&view, family, from.as_bytes(), to.as_bytes(), Way::Down);
                    assert_eq!(down, expected, "down from {from:?} to {to:?}");
                }
            }
        }
    }
}

pub(crate) fn a_scan_stops_when_told<E: Engine>(disk: &E::Disk) {
    for (folder, room, family, _) in BOTH {
        let engine: E = ok(E::open(disk, folder, room));
        write(&engine, ["a", "b", "c", "d"].map(|key| put(family, key, key)));
        for (way, expected) in [(Way::Up, "ab"), (Way::Down, "dc")] {
            let mut seen = String::new();
            ok(engine.view().scan(family, b"", b"", way, &mut |key, _| {
                seen += &String::from_utf8_lossy(key);
                if seen.len() == 2 { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
            }));
            assert_eq!(seen, expected);
        }
    }
}

pub(crate) fn families_are_separate<E: Engine>(disk: &E::Disk) {
    for (folder, room, ..) in BOTH {
        let families = || Family::ALL.iter().copied().filter(|family| family.room() == room);
        {
            let engine: E = ok(E::open(disk, folder, room));
            write(&engine, families().map(|family| put(family, "key", family.name())));
            ok(engine.flush());
        }
        let engine: E = ok(E::open(disk, folder, room));
        for family in families() {
            assert_eq!(value(&engine, family, "key").as_deref(), Some(family.name()));
            write(&engine, [delete(family, "key")]);
            assert_eq!(value(&engine, family, "key"), None);
        }
    }
}

pub(crate) fn views_stand_still<E: Engine>(disk: &E::Disk) {
    for (folder, room, family, other) in BOTH {
        let engine: E = ok(E::open(disk, folder, room));
        let empty = engine.view();
        write(&engine, ["a", "b", "c"].map(|key| put(family, key, "1")));
        write(&engine, [put(other, "a", "1")]);
        let first = engine.view();
        write(
            &engine,
            [put(family, "b", "2"), delete(family, "a"), put(family, "d", "2"), delete(other, "a")],
        );
        let second = engine.view();
        write(&engine, [delete_range(family, "a", "z"), delete_range(other, "a", "z")]);
        ok(engine.flush());
        let third = engine.view();
        write(&engine, [put(family, "e", "3")]);
        ok(engine.flush());

        let shown = |view: &E::View| -> String {
            let rows = all(view, family);
            for (key, value) in &rows {
                assert_eq!(ok(view.get(family, key)).as_ref(), Some(value));
            }
            rows.iter()
                .flat_map(|(key, value)| [key, value])
                .map(|part| String::from_utf8_lossy(part))
                .collect()
        };
        assert_eq!([&empty, &first, &second, &third].map(shown), ["", "a1b1c1", "b2c1d2", ""]);
        assert_eq!(ok(first.get(other, b"a")), Some(b"1".to_vec()));
        assert_eq!([&empty, &second, &third].map(|view| ok(view.get(other, b"a"))), [None, None, None]);
        assert_eq!(ok(first.get(family, b"e")), None);
        assert_eq!(shown(&engine.view()), "e3");
    }
}

pub(crate) fn a_view_outlives_its_engine<E: Engine>(disk: &E::Disk) {
    for (folder, room, family, _) in BOTH {
        let engine: E = ok(E::open(disk, folder, room));
        write(&engine, [put(family, "a", "1")]);
        ok(engine.flush());
        write(&engine, [put(family, "b", "not flushed")]);
        let view = engine.view();
        let other = engine.clone();
        write(&engine, [delete_range(family, "a", "c")]);
        drop(engine);
        assert_eq!(keys(&other, family), "");
        drop(other);
        assert_eq!(all(&view, family).len(), 2);
        let seen = std::thread::scope(|scope| scope.spawn(|| ok(view.get(family, b"b"))).join());
        assert_eq!(seen.expect("a view can be read anywhere"), Some(b"not flushed".to_vec()));
        drop(view);
        drop(ok(E::open(disk, folder, room)));
    }
}

pub(crate) fn a_scan_may_write<E: Engine>(disk: &E::Disk) {
    for (folder, room, family, _) in BOTH {
        let engine: E = ok(E::open(disk, folder, room));
        write(&engine, ["a", "b"].map(|key| put(family, key, key)));
        ok(engine.view().scan(family, b"", b"", Way::Up, &mut |key, _| {
            write(&engine, [put(family, [key, key].concat(), "new"), delete(family, "b")]);
            ControlFlow::Continue(())
        }));
        assert_eq!(keys(&engine, family), "a aa bb");
    }
}

pub(crate) fn the_log_is_kept<E: Engine>(disk: &E::Disk) {
    for life in 0..4_u32 {
        let engine: E = ok(E::open(disk, "raft", Room::Log));
        let rows = all(&engine.view(), Family::Log);
        let expected: Rows = (0..life * 10)
            .map(|number| (number.to_be_bytes().to_vec(), vec![7; usize::try_from(number).expect("small")]))
            .collect();
        assert_eq!(rows, expected, "in life {life}");
        assert_eq!(
            value(&engine, Family::LogMarks, "lives"),
            life.checked_sub(1).map(|last| last.to_string())
        );
        for number in life * 10..life * 10 + 10 {
            let value = vec![7; usize::try_from(number).expect("small")];
            write(&engine, [put(Family::Log, number.to_be_bytes(), value)]);
        }
        write(&engine, [put(Family::LogMarks, "lives", life.to_string())]);
    }
}

pub(crate) fn the_state_is_kept_as_far_as_it_was_flushed<E: Engine>(disk: &E::Disk) {
    for life in 0..4_u32 {
        let engine: E = ok(E::open(disk, "state.0", Room::State));
        for family in [Family::Live, Family::Bodies] {
            let expected: Rows =
                (0..life * 10).map(|number| (number.to_be_bytes().to_vec(), vec![1; 100])).collect();
            assert_eq!(all(&engine.view(), family), expected, "in life {life}");
        }
        for number in life * 10..life * 10 + 10 {
            let key = number.to_be_bytes();
            write(&engine, [put(Family::Live, key, [1; 100]), put(Family::Bodies, key, [1; 100])]);
            if number % 4 == 0 {
                ok(engine.flush());
            }
        }
        ok(engine.flush());
        ok(engine.flush());
    }
}

pub(crate) fn what_was_not_flushed_comes_back_whole_or_not_at_all<E: Engine>(disk: &E::Disk) {
    let families = [Family::Live, Family::History, Family::Bodies, Family::Events, Family::StateMarks];
    {
        let engine: E = ok(E::open(disk, "state.0", Room::State));
        for number in 1..=50_u32 {
            write(&engine, families.map(|family| put(family, "number", number.to_string())));
            if number == 20 {
                ok(engine.flush());
            }
        }
    }
    let engine: E = ok(E::open(disk, "state.0", Room::State));
    let numbers: Vec<u32> = families
        .into_iter()
        .map(|family| {
            value(&engine, family, "number").expect("it was flushed once").parse().expect("a number")
        })
        .collect();
    assert!(numbers[0] >= 20 && numbers.iter().all(|number| *number == numbers[0]), "{numbers:?}");
}

pub(crate) fn deleted_ranges_stay_deleted<E: Engine>(disk: &E::Disk) {
    for (folder, room, family, _) in BOTH {
        {
            let engine: E = ok(E::open(disk, folder, room));
            write(&engine, (0..100_u8).map(|key| put(family, [key], [key])));
            ok(engine.flush());
            write(&engine, [delete_range(family, [0], [60])]);
            ok(engine.flush());
            write(&engine, [put(family, [30], "back")]);
            ok(engine.flush());
        }
        let engine: E = ok(E::open(disk, folder, room));
        let left: Vec<u8> = all(&engine.view(), family).iter().map(|(key, _)| key[0]).collect();
        assert_eq!(left, std::iter::once(30).chain(60..100).collect::<Vec<u8>>());
    }
}

/// Everything in a database.
fn contents<E: Engine>(engine: &E, room: Room) -> Vec<(Family, Rows)> {
    let families = Family::ALL.iter().copied().filter(|family| family.room() == room);
    let view = engine.view();
    families.map(|family| (family, all(&view, family))).collect()
}

pub(crate) fn a_checkpoint_is_a_database<E: Engine>(disk: &E::Disk) {
    for (folder, room, family, other) in BOTH {
        let copy = format!("checkpoints/{folder}");
        let engine: E = ok(E::open(disk, folder, room));
        write(&engine, (0..200_u8).map(|key| put(family, [key], vec![key; 500])));
        ok(engine.flush());
        write(&engine, [delete_range(family, [10], [20]), put(other, "a", "not flushed")]);
        let before = contents(&engine, room);
        ok(engine.checkpoint(&copy));
        assert_eq!(contents(&engine, room), before, "the original is as it was");

        write(&engine, [put(family, "later", "1"), delete_range(family, [100], [200])]);
        ok(engine.flush());
        let after = contents(&engine, room);
        {
            let copied: E = ok(E::open(disk, &copy, room));
            assert_eq!(contents(&copied, room), before);
            write(&copied, [put(other, "a", "changed in the copy")]);
            ok(copied.flush());
        }
        assert_eq!(contents(&engine, room), after, "the original knows nothing of its copy");
        drop(engine);
        ok(disk.remove(folder).map_err(|error| Fault::io(folder, &error)));
        let copied: E = ok(E::open(disk, &copy, room));
        assert_eq!(value(&copied, other, "a").as_deref(), Some("changed in the copy"));
        assert_eq!(all(&copied.view(), family).len(), 190, "the copy needs nothing of the original");
    }
}

pub(crate) fn a_checkpoint_can_take_over<E: Engine>(disk: &E::Disk) {
    {
        let engine: E = ok(E::open(disk, "state.0", Room::State));
        write(&engine, [put(Family::Live, "a", "1")]);
        ok(engine.checkpoint("incoming/7"));
        write(&engine, [put(Family::Live, "a", "2")]);
        ok(engine.flush());
    }
    ok(disk.rename("incoming/7", "state.1").map_err(|error| Fault::io("incoming/7", &error)));
    ok(disk.remove("state.0").map_err(|error| Fault::io("state.0", &error)));
    for expected in ["1", "3"] {
        let engine: E = ok(E::open(disk, "state.1", Room::State));
        assert_eq!(value(&engine, Family::Live, "a").as_deref(), Some(expected));
        write(&engine, [put(Family::Live, "a", "3")]);
        ok(engine.flush());
    }
}

pub(crate) fn a_checkpoint_overwrites_nothing<E: Engine>(disk: &E::Disk) {
    for (folder, room, family, _) in BOTH {
        let copy = format!("checkpoints/{folder}");
        let engine: E = ok(E::open(disk, folder, room));
        write(&engine, [put(family, "a", "1")]);
        ok(engine.checkpoint(&copy));
        write(&engine, [put(family, "a", "2")]);
        engine.checkpoint(&copy).expect_err("there is one here already");
        let copied: E = ok(E::open(disk, &copy, room));
        assert_eq!(value(&copied, family, "a").as_deref(), Some("1"));
    }
}

pub(crate) fn great_values_are_kept<E: Engine>(disk: &E::Disk) {
    const GREAT: usize = 8 << 20;
    let mut dice = dice::Dice::new(8);
    // Chance is not compressed away.
    let values: Vec<Vec<u8>> = (0..3).map(|_| dice.bytes(GREAT)).collect();
    for (folder, room, family, _) in BOTH {
        {
            let engine: E = ok(E::open(disk, folder, room));
            write(&engine, (0..).zip(&values).map(|(key, value)| put(family, vec![key], value.clone())));
            ok(engine.flush());
        }
        let engine: E = ok(E::open(disk, folder, room));
        let rows = all(&engine.view(), family);
        assert!(rows.iter().map(|(_, value)| value).eq(&values), "{folder}");
        assert!(ok(engine.get(family, &[2])).as_ref() == Some(&values[2]), "{folder}");
    }
}

pub(crate) fn tells_figures<E: Engine>(disk: &E::Disk) {
    for (folder, room, family, _) in BOTH {
        let engine: E = ok(E::open(disk, folder, room));
        write(&engine, [put(family, "a", vec![1; 10_000])]);
        let figures = engine.figures();
        assert!(!figures.is_empty());
        assert!(figures.iter().any(|(_, figure)| *figure > 0), "{figures:?}");
        for (name, _) in figures {
            assert!(name.chars().all(|letter| letter.is_ascii_lowercase() || letter == '-'), "{name}");
        }
    }
}
