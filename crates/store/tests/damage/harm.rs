//! What can happen to a data folder, on any disk.

use reeve_store::disk::Disk;

use super::life::copy;

/// What a harm may bring in from elsewhere.
pub(super) struct Elsewhere<D> {
    /// The folder as it was between its two sittings.
    pub(super) earlier: D,
    /// The folder of a replica of another cluster.
    pub(super) foreign: D,
    /// The folder with one more entry that nobody was told of, in a new term that was promised just before.
    pub(super) later: D,
}

/// Something that happens to a folder.
pub(super) type Harm<D> = Box<dyn Fn(&D, &Elsewhere<D>)>;

/// The newest file whose name begins and ends so, and its length.
fn file<D: Disk>(disk: &D, folder: &str, (start, end): (&str, &str)) -> (String, u64) {
    let mut found = None;
    for item in disk.list(folder).unwrap() {
        let length = item.length.unwrap_or(0);
        if item.name.starts_with(start) && item.name.ends_with(end) && length > 0 {
            found = Some((within(folder, &item.name), length));
        }
    }
    found.unwrap_or_else(|| panic!("no {start}*{end} in {folder}"))
}

/// The path of what is in a folder.
pub(super) fn within(folder: &str, name: &str) -> String {
    if folder.is_empty() { name.into() } else { format!("{folder}/{name}") }
}

type Name = (&'static str, &'static str);

/// One bit is another, so many hundredths into the file.
pub(super) fn flip<D: Disk>(folder: &'static str, name: Name, percent: u64) -> Harm<D> {
    Box::new(move |disk, _| {
        let (path, length) = file(disk, folder, name);
        let at = (length * percent / 100).min(length - 1);
        let byte = disk.read_at(&path, at, 1).unwrap();
        write(disk, &path, at, &[byte[0] ^ 0x10]);
    })
}

/// The end of the file is gone: hundredths of it, and bytes.
pub(super) fn cut<D: Disk>(folder: &'static str, name: Name, percent: u64, bytes: u64) -> Harm<D> {
    Box::new(move |disk, _| {
        let (path, length) = file(disk, folder, name);
        disk.truncate(&path, (length - length * percent / 100).saturating_sub(bytes)).unwrap();
        disk.sync(&path).unwrap();
    })
}

/// A page of zeros, so many hundredths into the file.
pub(super) fn zeros<D: Disk>(folder: &'static str, name: Name, percent: u64) -> Harm<D> {
    Box::new(move |disk, _| {
        let (path, length) = file(disk, folder, name);
        write(disk, &path, length * percent / 100, &[0; 4_096]);
    })
}

/// The file is gone.
pub(super) fn lose<D: Disk>(folder: &'static str, name: Name) -> Harm<D> {
    Box::new(move |disk, _| disk.remove(&file(disk, folder, name).0).unwrap())
}

/// All such files are gone, also those with nothing in them.
pub(super) fn lose_all<D: Disk>(folder: &'static str, (start, end): Name) -> Harm<D> {
    Box::new(move |disk, _| {
        let items = disk.list(folder).unwrap().into_iter();
        for item in items.filter(|item| item.name.starts_with(start) && item.name.ends_with(end)) {
            disk.remove(&within(folder, &item.name)).unwrap();
        }
    })
}

/// One thing happens, then another.
pub(super) fn both<D: Disk>(one: Harm<D>, other: Harm<D>) -> Harm<D> {
    Box::new(move |disk, elsewhere| {
        one(disk, elsewhere);
        other(disk, elsewhere);
    })
}

/// A file or a folder is gone.
pub(super) fn remove<D: Disk>(path: &'static str) -> Harm<D> {
    Box::new(move |disk, _| disk.remove(path).unwrap())
}

/// A file or a folder is as it was earlier.
pub(super) fn put_back<D: Disk>(path: &'static str) -> Harm<D> {
    Box::new(move |disk, elsewhere| replace(disk, path, &elsewhere.earlier))
}

/// A file or a folder is that of another cluster.
pub(super) fn swap<D: Disk>(path: &'static str) -> Harm<D> {
    Box::new(move |disk, elsewhere| replace(disk, path, &elsewhere.foreign))
}

/// It comes after one more entry that nobody was told of.
pub(super) fn later<D: Disk>(harm: Harm<D>) -> Harm<D> {
    Box::new(move |disk, elsewhere| {
        for item in disk.list("").unwrap() {
            replace(disk, &item.name, &elsewhere.later);
        }
        harm(disk, elsewhere);
    })
}

/// Nothing happens.
pub(super) fn nothing<D: Disk>() -> Harm<D> {
    Box::new(|_, _| {})
}

/// There is a file that nobody here wrote.
pub(super) fn stranger<D: Disk>(path: &'static str) -> Harm<D> {
    Box::new(move |disk, _| write(disk, path, 0, b"mine"))
}

/// Which slot of the hard state.
#[derive(Clone, Copy)]
pub(super) enum Slot {
    Newest,
    Older,
}

/// So many bytes of a slot of the hard state are others.
pub(super) fn garble<D: Disk>(slot: Slot, bytes: usize) -> Harm<D> {
    Box::new(move |disk, _| write(disk, "hard-state", at(disk, slot), &vec![0xa5; bytes]))
}

fn at<D: Disk>(disk: &D, slot: Slot) -> u64 {
    let bytes = disk.read("hard-state").unwrap().unwrap();
    // Behind magic, version and length stands the number of the change.
    let number = |slot: usize| u64::from_be_bytes(bytes[slot + 10..slot + 18].try_into().unwrap());
    let newest = if number(0) > number(512) { 0 } else { 512 };
    match slot {
        Slot::Newest => newest,
        Slot::Older => 512 - newest,
    }
}

fn replace<D: Disk>(disk: &D, path: &str, with: &D) {
    disk.remove(path).unwrap();
    copy(with, path, disk);
}

pub(super) fn write<D: Disk>(disk: &D, path: &str, at: u64, bytes: &[u8]) {
    disk.write_at(path, at, bytes).unwrap();
    disk.sync(path).unwrap();
}
