//! What every disk does. One suite, run on all of them; a crate with a disk of its own takes this file by `#[path]`.
//!
//! What a power cut does is not asked here: only a disk that can be cut can answer.

use std::io::{self, ErrorKind};

use reeve_store::disk::{Disk, Item};

/// Makes one test of each case, for the disk that `$fresh` makes together with what must be kept for it to live. `$suite`
/// is what this module is called where it is used.
macro_rules! disk_conformance {
    ($suite:ident, $fresh:expr) => {
        disk_conformance!(@each $suite, $fresh, [
            what_was_written_is_read,
            reads_stop_at_the_end,
            a_hole_is_zeros,
            a_cut_only_shortens,
            a_claim_only_lengthens,
            what_is_not_there_is_told,
            a_renamed_file_replaces,
            a_renamed_file_is_a_new_name,
            a_folder_moves_with_all_in_it,
            a_folder_is_not_replaced,
            what_is_removed_is_gone,
            lists_are_in_order,
            everything_can_be_synced,
            paths_that_lead_out_are_refused,
            clones_share,
            one_holds_the_lock,
            there_is_room,
        ]);
    };
    (@each $suite:ident, $fresh:expr, [$($case:ident),* $(,)?]) => {
        $(
            #[test]
            fn $case() {
                let (disk, _kept) = $fresh;
                $suite::$case(&disk);
            }
        )*
    };
}

#[track_caller]
fn ok<T>(result: io::Result<T>) -> T {
    result.unwrap_or_else(|error| panic!("{error}"))
}

#[track_caller]
fn kind<T: std::fmt::Debug>(result: io::Result<T>) -> ErrorKind {
    result.expect_err("this is an error").kind()
}

fn file(name: &str, length: u64) -> Item {
    Item { name: name.into(), length: Some(length) }
}

fn folder(name: &str) -> Item {
    Item { name: name.into(), length: None }
}

pub(crate) fn what_was_written_is_read<D: Disk>(disk: &D) {
    assert_eq!(ok(disk.read("a/b/c")), None);
    ok(disk.write_at("a/b/c", 0, b"hello"));
    assert_eq!(ok(disk.read("a/b/c")), Some(b"hello".to_vec()));
    ok(disk.write_at("a/b/c", 1, b"ipp"));
    ok(disk.write_at("a/b/c", 5, b", world"));
    ok(disk.sync("a/b/c"));
    ok(disk.write_at("a/b/c", 11, b"d!"));
    assert_eq!(ok(disk.read("a/b/c")), Some(b"hippo, world!".to_vec()));
    ok(disk.write_at("empty", 0, b""));
    assert_eq!(ok(disk.read("empty")), Some(Vec::new()));
}

pub(crate) fn reads_stop_at_the_end<D: Disk>(disk: &D) {
    ok(disk.write_at("a", 0, b"0123456789"));
    for (offset, length, expected) in [
        (0, 0, ""),
        (0, 10, "0123456789"),
        (0, 11, "0123456789"),
        (3, 4, "3456"),
        (9, 1, "9"),
        (9, usize::MAX, "9"),
        (10, 1, ""),
        (11, 1, ""),
        (u64::MAX, 1, ""),
    ] {
        let read = ok(disk.read_at("a", offset, length));
        assert_eq!(String::from_utf8_lossy(&read), expected, "{length} at {offset}");
    }
}

pub(crate) fn a_hole_is_zeros<D: Disk>(disk: &D) {
    ok(disk.write_at("a", 10_000, b"end"));
    let bytes = ok(disk.read("a")).expect("it was written");
    assert_eq!(bytes.len(), 10_003);
    assert!(bytes[..10_000].iter().all(|byte| *byte == 0));
    assert_eq!(ok(disk.read_at("a", 9_999, 3)), b"\0en");
}

pub(crate) fn a_cut_only_shortens<D: Disk>(disk: &D) {
    ok(disk.write_at("a", 0, b"0123456789"));
    ok(disk.truncate("a", 20));
    assert_eq!(ok(disk.read("a")), Some(b"0123456789".to_vec()));
    ok(disk.truncate("a", 4));
    assert_eq!(ok(disk.read("a")), Some(b"0123".to_vec()));
    ok(disk.write_at("a", 6, b"6"));
    assert_eq!(ok(disk.read("a")), Some(b"0123\0\x006".to_vec()), "what was cut off does not come back");
    ok(disk.truncate("a", 0));
    assert_eq!(ok(disk.read("a")), Some(Vec::new()));
}

pub(crate) fn a_claim_only_lengthens<D: Disk>(disk: &D) {
    ok(disk.write_at("a", 0, b"0123"));
    ok(disk.allocate("a", 6));
    assert_eq!(ok(disk.read("a")), Some(b"0123\0\0".to_vec()));
    ok(disk.allocate("a", 2));
    assert_eq!(ok(disk.read("a")), Some(b"0123\0\0".to_vec()));
    ok(disk.allocate("new/b", 3));
    assert_eq!(ok(disk.read("new/b")), Some(vec![0; 3]));
    ok(disk.allocate("none", 0));
    assert_eq!(ok(disk.read("none")), Some(Vec::new()));
}

pub(crate) fn what_is_not_there_is_told<D: Disk>(disk: &D) {
    assert_eq!(ok(disk.read("a")), None);
    assert_eq!(ok(disk.list("a")), []);
    assert_eq!(kind(disk.read_at("a", 0, 1)), ErrorKind::NotFound);
    assert_eq!(kind(disk.truncate("a", 0)), ErrorKind::NotFound);
    assert_eq!(kind(disk.sync("a")), ErrorKind::NotFound);
    assert_eq!(kind(disk.rename("a", "b")), ErrorKind::NotFound);
    ok(disk.remove("a"));
    ok(disk.remove("a/b"));
    assert_eq!(ok(disk.list("")), [], "asking makes nothing");
}

pub(crate) fn a_renamed_file_replaces<D: Disk>(disk: &D) {
    ok(disk.write_at("old", 0, b"old"));
    ok(disk.write_at("new", 0, b"a longer one"));
    ok(disk.rename("old", "new"));
    assert_eq!(ok(disk.read("old")), None);
    assert_eq!(ok(disk.read("new")), Some(b"old".to_vec()));
    ok(disk.rename("new", "in/a/folder"));
    assert_eq!(ok(disk.read("in/a/folder")), Some(b"old".to_vec()));
    assert_eq!(ok(disk.read("new")), None);
}

pub(crate) fn a_renamed_file_is_a_new_name<D: Disk>(disk: &D) {
    // Not synced yet: a disk that holds on to what it has written must let go of the name.
    ok(disk.write_at("a", 0, b"first"));
    ok(disk.rename("a", "b"));
    ok(disk.write_at("a", 0, b"second"));
    ok(disk.write_at("b", 5, b"!"));
    assert_eq!(ok(disk.read("a")), Some(b"second".to_vec()));
    assert_eq!(ok(disk.read("b")), Some(b"first!".to_vec()));
    ok(disk.rename("a", "b"));
    ok(disk.write_at("b", 0, b"S"));
    assert_eq!(ok(disk.read("b")), Some(b"Second".to_vec()));
}

pub(crate) fn a_folder_moves_with_all_in_it<D: Disk>(disk: &D) {
    for path in ["in/7/a", "in/7/deep/b", "in/70/c", "in/7.x"] {
        ok(disk.write_at(path, 0, path.as_bytes()));
    }
    ok(disk.rename("in/7", "state.2"));
    assert_eq!(ok(disk.list("in")), [file("7.x", 6), folder("70")]);
    assert_eq!(ok(disk.list("state.2")), [file("a", 6), folder("deep")]);
    assert_eq!(ok(disk.read("state.2/deep/b")), Some(b"in/7/deep/b".to_vec()));
    ok(disk.write_at("in/7/a", 0, b"another"));
    ok(disk.write_at("state.2/a", 0, b"IN"));
    assert_eq!(ok(disk.read("state.2/a")), Some(b"IN/7/a".to_vec()));
    assert_eq!(ok(disk.read("in/7/a")), Some(b"another".to_vec()));
}

pub(crate) fn a_folder_is_not_replaced<D: Disk>(disk: &D) {
    ok(disk.write_at("a/x", 0, b"x"));
    ok(disk.write_at("b/y", 0, b"y"));
    assert_eq!(kind(disk.rename("a", "b")), ErrorKind::DirectoryNotEmpty);
    assert_eq!(ok(disk.list("a")), [file("x", 1)]);
    assert_eq!(ok(disk.list("b")), [file("y", 1)]);
}

pub(crate) fn what_is_removed_is_gone<D: Disk>(disk: &D) {
    for path in ["a", "ab", "b/x", "b/deep/y", "bc/z"] {
        ok(disk.write_at(path, 0, b"0123"));
    }
    ok(disk.remove("a"));
    ok(disk.remove("b"));
    assert_eq!(ok(disk.list("")), [file("ab", 4), folder("bc")]);
    ok(disk.write_at("a", 1, b"1"));
    ok(disk.write_at("b/deep/y", 1, b"1"));
    assert_eq!(ok(disk.read("a")), Some(b"\x001".to_vec()), "a new file");
    assert_eq!(ok(disk.read("b/deep/y")), Some(b"\x001".to_vec()), "a new file");
    assert_eq!(ok(disk.read("b/x")), None);
}

pub(crate) fn lists_are_in_order<D: Disk>(disk: &D) {
    for path in ["c", "a/2", "a/1", "a.b", "a-b", "a/b/c/d", "b/1", "a0"] {
        ok(disk.write_at(path, 0, path.as_bytes()));
    }
    let all = [folder("a"), file("a-b", 3), file("a.b", 3), file("a0", 2), folder("b"), file("c", 1)];
    assert_eq!(ok(disk.list("")), all);
    assert_eq!(ok(disk.list("a")), [file("1", 3), file("2", 3), folder("b")]);
    assert_eq!(ok(disk.list("a/b")), [folder("c")]);
}

pub(crate) fn everything_can_be_synced<D: Disk>(disk: &D) {
    ok(disk.write_at("a/b/c", 0, b"c"));
    ok(disk.sync("a/b/c"));
    ok(disk.sync("a/b/c"));
    ok(disk.sync_folder("a/b"));
    ok(disk.sync_upwards("a/b"));
    ok(disk.sync_upwards(""));
    ok(disk.rename("a", "d"));
    ok(disk.sync("d/b/c"));
}

pub(crate) fn paths_that_lead_out_are_refused<D: Disk>(disk: &D) {
    for path in ["/a", "a/", "a//b", ".", "./a", "..", "../a", "a/../../b", "a/..", "a\0b"] {
        assert_eq!(kind(disk.read(path)), ErrorKind::InvalidInput, "{path}");
        assert_eq!(kind(disk.read_at(path, 0, 1)), ErrorKind::InvalidInput, "{path}");
        assert_eq!(kind(disk.write_at(path, 0, b"a")), ErrorKind::InvalidInput, "{path}");
        assert_eq!(kind(disk.truncate(path, 0)), ErrorKind::InvalidInput, "{path}");
        assert_eq!(kind(disk.allocate(path, 1)), ErrorKind::InvalidInput, "{path}");
        assert_eq!(kind(disk.sync(path)), ErrorKind::InvalidInput, "{path}");
        assert_eq!(kind(disk.sync_folder(path)), ErrorKind::InvalidInput, "{path}");
        assert_eq!(kind(disk.rename(path, "b")), ErrorKind::InvalidInput, "{path}");
        assert_eq!(kind(disk.rename("b", path)), ErrorKind::InvalidInput, "{path}");
        assert_eq!(kind(disk.remove(path)), ErrorKind::InvalidInput, "{path}");
        assert_eq!(kind(disk.list(path)), ErrorKind::InvalidInput, "{path}");
    }
    ok(disk.write_at("a", 0, b"a"));
    assert_eq!(kind(disk.remove("")), ErrorKind::InvalidInput, "nobody removes the data folder itself");
    assert_eq!(kind(disk.rename("", "b")), ErrorKind::InvalidInput);
    assert_eq!(kind(disk.rename("a", "")), ErrorKind::InvalidInput);
    assert_eq!(kind(disk.read("")), ErrorKind::InvalidInput);
    assert_eq!(ok(disk.read("a")), Some(b"a".to_vec()));
}

pub(crate) fn clones_share<D: Disk>(disk: &D) {
    let other = disk.clone();
    ok(disk.write_at("a", 0, b"one"));
    ok(other.write_at("a", 3, b", two"));
    ok(disk.sync("a"));
    assert_eq!(ok(disk.read("a")), Some(b"one, two".to_vec()));
    assert_eq!(ok(other.read("a")), Some(b"one, two".to_vec()));
}

pub(crate) fn one_holds_the_lock<D: Disk>(disk: &D) {
    let held = ok(disk.lock());
    let refused = disk.clone().lock().err().expect("somebody holds it");
    assert_eq!(refused.kind(), ErrorKind::WouldBlock);
    assert!(refused.to_string().contains("holds it"), "{refused}");
    drop(held);
    let held = ok(disk.lock());
    assert!(disk.lock().is_err());
    drop(held);
}

pub(crate) fn there_is_room<D: Disk>(disk: &D) {
    let space = ok(disk.space());
    assert!(0 < space.free && space.free <= space.total, "{space:?}");
}
