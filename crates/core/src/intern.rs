//! Interning: long definitions that many tasks share, each known by one small number.
//!
//! Apply assigns the numbers, lowest free first. A definition that nothing refers to any more keeps its number until
//! numbers are short; then the lowest such number is given away. So a busy queue that runs empty does not churn
//! records, and who refers to a number by (number, birth) learns at once that it was given away.

use std::borrow::Borrow;
use std::collections::{BTreeMap, BTreeSet};

use crate::name::Revision;

macro_rules! numbers {
    ($($(#[$doc:meta])* $kind:ident),* $(,)?) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $kind(pub u32);
    )*};
}

numbers! {
    /// A namespace (tenant).
    NamespaceId,
    /// A queue of some namespace.
    QueueId,
    /// A kind of work.
    KindId,
    /// A label key of selectors and workers.
    LabelKeyId,
    /// A requirement class: tasks of one class can run in the same places.
    ClassId,
}

/// How a command means something interned: by number and birth, so that apply hashes and compares no text, or in
/// words, so that it comes into being.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Meant<Id, Words> {
    /// The number, and the revision at which it got its present meaning.
    Known {
        /// The number.
        id: Id,
        /// When it got its meaning.
        born: Revision,
    },
    /// The whole definition.
    Words(Words),
}

#[derive(Clone, Debug)]
struct Row<D> {
    definition: D,
    born: Revision,
    references: u32,
}

/// One family of interned definitions.
#[derive(Clone, Debug)]
pub(crate) struct Interner<D> {
    rows: Vec<Option<Row<D>>>,
    free: BTreeSet<u32>,
    numbers: BTreeMap<D, u32>,
    idle: BTreeSet<u32>,
    cap: u32,
}

/// What `intern` did.
pub(crate) struct Interned<D> {
    pub number: u32,
    /// The definition that had to give up this number.
    pub evicted: Option<D>,
    pub fresh: bool,
}

impl<D: Ord + Clone> Interner<D> {
    pub(crate) const fn new(cap: u32) -> Self {
        Self { rows: Vec::new(), free: BTreeSet::new(), numbers: BTreeMap::new(), idle: BTreeSet::new(), cap }
    }

    pub(crate) fn find<Q: Ord + ?Sized>(&self, definition: &Q) -> Option<u32>
    where
        D: Borrow<Q>,
    {
        self.numbers.get(definition).copied()
    }

    fn row(&self, number: u32) -> &Row<D> {
        self.rows[number as usize].as_ref().expect("a number outlived its meaning")
    }

    fn row_mut(&mut self, number: u32) -> &mut Row<D> {
        self.rows[number as usize].as_mut().expect("a number outlived its meaning")
    }

    /// True while `number` still means what it meant when it was `born`.
    pub(crate) fn means(&self, number: u32, born: Revision) -> bool {
        self.get(number).is_some_and(|(_, since)| since == born)
    }

    pub(crate) fn definition(&self, number: u32) -> &D {
        &self.row(number).definition
    }

    pub(crate) fn get(&self, number: u32) -> Option<(&D, Revision)> {
        self.rows.get(number as usize)?.as_ref().map(|row| (&row.definition, row.born))
    }

    /// How many new definitions fit.
    pub(crate) fn room(&self) -> usize {
        self.cap as usize - self.numbers.len() + self.idle.len()
    }

    /// The number of `definition`, which must have room if it is new.
    pub(crate) fn intern(&mut self, definition: &D, born: Revision) -> Interned<D> {
        if let Some(number) = self.find(definition) {
            return Interned { number, evicted: None, fresh: false };
        }
        let row = Row { definition: definition.clone(), born, references: 0 };
        let next = u32::try_from(self.rows.len()).expect("an interner's cap fits 32 bits");
        let mut evicted = None;
        let number = if let Some(number) = self.free.pop_first() {
            number
        } else if next < self.cap {
            self.rows.push(None);
            next
        } else {
            let number = *self.idle.first().expect("the caller made sure of room");
            evicted = Some(self.forget(number));
            self.free.remove(&number);
            number
        };
        self.rows[number as usize] = Some(row);
        self.numbers.insert(definition.clone(), number);
        self.idle.insert(number);
        Interned { number, evicted, fresh: true }
    }

    /// Takes the meaning from a number that nothing refers to.
    pub(crate) fn forget(&mut self, number: u32) -> D {
        let row = self.rows[number as usize].take().expect("a number outlived its meaning");
        self.numbers.remove(&row.definition);
        self.idle.remove(&number);
        self.free.insert(number);
        row.definition
    }

    /// The numbers that nothing refers to, lowest first.
    pub(crate) fn idle(&self) -> impl Iterator<Item = u32> {
        self.idle.iter().copied()
    }

    /// Counts one more reference.
    pub(crate) fn hold(&mut self, number: u32) {
        let row = self.row_mut(number);
        row.references += 1;
        if row.references == 1 {
            self.idle.remove(&number);
        }
    }

    /// Counts one reference less.
    pub(crate) fn release(&mut self, number: u32) {
        let row = self.row_mut(number);
        row.references -= 1;
        if row.references == 0 {
            self.idle.insert(number);
        }
    }

    pub(crate) fn references(&self, number: u32) -> u32 {
        self.row(number).references
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = (u32, &D, Revision)> {
        let rows = (0..).zip(&self.rows);
        rows.filter_map(|(number, row)| row.as_ref().map(|row| (number, &row.definition, row.born)))
    }

    /// Puts a stored row back; rows come in the order of their numbers.
    pub(crate) fn restore(&mut self, number: u32, definition: D, born: Revision) -> bool {
        let next = u32::try_from(self.rows.len()).expect("an interner's cap fits 32 bits");
        if number < next || number >= self.cap || self.numbers.contains_key(&definition) {
            return false;
        }
        for gap in next..number {
            self.free.insert(gap);
            self.rows.push(None);
        }
        self.numbers.insert(definition.clone(), number);
        self.rows.push(Some(Row { definition, born, references: 0 }));
        self.idle.insert(number);
        true
    }

    /// The laws of this room: numbers and definitions are one to one, and idle means unreferenced.
    pub(crate) fn check(&self) -> bool {
        self.numbers.len() + self.free.len() == self.rows.len()
            && self.rows.len() <= self.cap as usize
            && self.free.iter().all(|number| self.get(*number).is_none())
            && self.iter().all(|(number, definition, _)| {
                self.find(definition) == Some(number)
                    && self.idle.contains(&number) == (self.references(number) == 0)
            })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_lowest_idle_number_is_given_away_only_at_the_cap() {
        let mut kinds = Interner::new(2);
        assert_eq!(kinds.intern(&"a", Revision(1)).number, 0);
        assert_eq!(kinds.intern(&"b", Revision(2)).number, 1);
        kinds.hold(0);
        let taken = kinds.intern(&"c", Revision(3));
        assert_eq!((taken.number, taken.evicted), (1, Some("b")));
        assert!(kinds.means(0, Revision(1)) && !kinds.means(1, Revision(2)) && kinds.means(1, Revision(3)));
        kinds.hold(1);
        assert_eq!(kinds.room(), 0);
        kinds.release(0);
        assert_eq!((kinds.room(), kinds.intern(&"a", Revision(4)).number), (1, 0));
        assert!(kinds.check());
    }
}
