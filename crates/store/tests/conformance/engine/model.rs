//! Thousands of random operations, on an engine and on plain maps, which must always agree.

use std::collections::BTreeMap;
use std::ops::Bound;

use reeve_store::engine::{Batch, Engine, Family, Room, Way, Write};

use super::dice::Dice;
use super::{Rows, all, ok, scan};

type Maps = BTreeMap<Family, BTreeMap<Vec<u8>, Vec<u8>>>;

/// How many operations each history has.
const OPERATIONS: usize = 4_000;

pub(crate) fn does_what_a_map_does<E: Engine>(disk: &E::Disk) {
    for (room, seeds) in [(Room::Log, 0..2), (Room::State, 2..5)] {
        for seed in seeds {
            History::<E>::begin(disk, &format!("db.{seed}"), room, seed).play();
        }
    }
}

struct History<'disk, E: Engine> {
    disk: &'disk E::Disk,
    folder: String,
    room: Room,
    dice: Dice,
    families: Vec<Family>,
    engine: Option<E>,
    maps: Maps,
    /// Views, with what they must show for ever.
    views: Vec<(E::View, Maps)>,
    checkpoints: usize,
    seed: u64,
}

impl<'disk, E: Engine> History<'disk, E> {
    fn begin(disk: &'disk E::Disk, folder: &str, room: Room, seed: u64) -> Self {
        let families: Vec<Family> =
            Family::ALL.iter().copied().filter(|family| family.room() == room).collect();
        let maps = families.iter().map(|family| (*family, BTreeMap::new())).collect();
        let engine = Some(ok(E::open(disk, folder, room)));
        let (folder, dice) = (folder.to_owned(), Dice::new(seed));
        Self { disk, folder, room, dice, families, engine, maps, views: Vec::new(), checkpoints: 0, seed }
    }

    fn play(mut self) {
        for step in 0..OPERATIONS {
            match self.dice.roll(1_000) {
                0..400 => self.write(),
                400..700 => self.get(),
                700..900 => self.scan(),
                900..940 => self.look(),
                940..970 => self.compare_a_view(),
                970..990 => ok(self.engine().flush()),
                990..997 => self.reopen(),
                _ => self.check_a_copy(),
            }
            if step % 500 == 0 {
                self.compare(self.engine().view(), &self.maps, "everything");
            }
        }
        self.reopen();
        self.compare(self.engine().view(), &self.maps, "the end");
    }

    fn engine(&self) -> &E {
        self.engine.as_ref().expect("it is open but for the moment of reopening")
    }

    /// Few keys, so that they meet; some longer, so that one is the beginning of another.
    fn key(&mut self) -> Vec<u8> {
        let length = self.dice.roll(4);
        (0..length).map(|_| [0, 1, b'a', b'b', 0xff][self.dice.roll(5)]).collect()
    }

    fn family(&mut self) -> Family {
        self.families[self.dice.roll(self.families.len())]
    }

    fn write(&mut self) {
        let mut batch = Batch::default();
        for _ in 0..self.dice.roll(6) {
            let (family, key) = (self.family(), self.key());
            let write = match self.dice.roll(10) {
                0..6 => {
                    let length = if self.dice.roll(50) == 0 { 20_000 } else { self.dice.roll(100) };
                    Write::Put(family, key, self.dice.bytes(length))
                }
                6..8 => Write::Delete(family, key),
                _ => Write::DeleteRange(family, key, self.key()),
            };
            perform(&mut self.maps, &write);
            batch.writes.push(write);
        }
        ok(self.engine().write(batch));
    }

    fn get(&mut self) {
        let (family, key) = (self.family(), self.key());
        let found = ok(self.engine().get(family, &key));
        assert_eq!(found.as_ref(), self.maps[&family].get(&key), "seed {}: {family:?} {key:?}", self.seed);
    }

    fn scan(&mut self) {
        let (family, from, to) = (self.family(), self.key(), self.key());
        let way = if self.dice.roll(2) == 0 { Way::Up } else { Way::Down };
        let rows = scan(&self.engine().view(), family, &from, &to, way);
        let expected = within(&self.maps[&family], &from, &to, way);
        assert_eq!(rows, expected, "seed {}: {family:?} from {from:?} to {to:?} {way:?}", self.seed);
    }

    fn look(&mut self) {
        let view = self.engine().view();
        self.views.push((view, self.maps.clone()));
        if self.views.len() > 4 {
            self.views.remove(0);
        }
    }

    fn compare_a_view(&mut self) {
        if let Some((view, maps)) = self.views.pop() {
            self.compare(view, &maps, "a view");
        }
    }

    fn reopen(&mut self) {
        // A database is open until its last view is gone.
        while !self.views.is_empty() {
            self.compare_a_view();
        }
        ok(self.engine().flush());
        self.engine = None;
        self.engine = Some(ok(E::open(self.disk, &self.folder, self.room)));
        self.compare(self.engine().view(), &self.maps, "what was reopened");
    }

    fn check_a_copy(&mut self) {
        self.checkpoints += 1;
        let folder = format!("checkpoints/{}.{}", self.seed, self.checkpoints);
        ok(self.engine().checkpoint(&folder));
        let copy: E = ok(E::open(self.disk, &folder, self.room));
        self.compare(copy.view(), &self.maps, "a checkpoint");
    }

    fn compare(&self, view: E::View, maps: &Maps, what: &str) {
        for (family, map) in maps {
            let expected = within(map, b"", b"", Way::Up);
            assert!(all(&view, *family) == expected, "seed {}: {what} differs in {family:?}", self.seed);
        }
    }
}

fn perform(maps: &mut Maps, write: &Write) {
    match write {
        Write::Put(family, key, value) => {
            maps.entry(*family).or_default().insert(key.clone(), value.clone());
        }
        Write::Delete(family, key) => {
            maps.entry(*family).or_default().remove(key);
        }
        Write::DeleteRange(family, from, to) => {
            maps.entry(*family).or_default().retain(|key, _| !(from <= key && key < to));
        }
    }
}

fn within(map: &BTreeMap<Vec<u8>, Vec<u8>>, from: &[u8], to: &[u8], way: Way) -> Rows {
    let start = (Bound::Included(from), Bound::Unbounded);
    let mut rows: Rows = map
        .range::<[u8], _>(start)
        .filter(|(key, _)| to.is_empty() || key.as_slice() < to)
        .map(|(key, value)| (key.clone(), value.clone()))
        .collect();
    if way == Way::Down {
        rows.reverse();
    }
    rows
}
