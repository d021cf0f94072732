//! A history of chance: a real state, the entries that made it, and a model of what a book must hold.

use std::collections::BTreeMap;

use bytes::Bytes;
use reeve_core::change::{Changes, Key, Written};
use reeve_core::entry::Entry;
use reeve_core::event::Event;
use reeve_core::name::{Era, TaskId};
use reeve_core::{State, apply};
use reeve_store::book::{Applied, Book, BookView, Noted};
use reeve_store::engine::{Engine, Way};
use reeve_store::log::{EntryKind, LogEntry, LogId};

use crate::play::Play;

pub(crate) type Records = BTreeMap<Key, Vec<u8>>;

/// One entry with what `note` wants of its outcome.
#[derive(Clone)]
pub(crate) struct Done {
    pub entry: Option<Entry>,
    pub applied: Applied,
    pub now_ms: u64,
    pub changes: Changes,
    pub events: Vec<Event>,
}

/// A state and everything that is true of it.
pub(crate) struct History {
    pub play: Play,
    pub state: State,
    pub records: Records,
    pub done: Vec<Done>,
    pub applied: Applied,
}

impl History {
    pub(crate) fn new(seed: u64) -> Self {
        let state = State::new(Era::default());
        Self {
            play: Play::new(seed, seed % 4 == 3),
            records: state.records().into_iter().collect(),
            state,
            done: Vec::new(),
            applied: Applied::default(),
        }
    }

    /// What a book must have been told before the first entry.
    pub(crate) fn begin<E: Engine>(&self, book: &Book<E>) {
        book.begin(Applied::default(), State::new(Era::default()).records());
    }

    /// The next entry happens to the state, to the model, and to the book.
    pub(crate) fn step<E: Engine>(&mut self, book: &Book<E>) {
        let done = if self.play.dice.chance(5) { self.blank() } else { self.apply() };
        note(book, &done);
        self.done.push(done);
    }

    fn blank(&mut self) -> Done {
        let last = self.applied.id.unwrap_or_default();
        let id = LogId { term: last.term + 1, index: last.index + 1 };
        let membership = Bytes::from(format!("members of {id:?}"));
        self.applied = Applied { id: Some(id), membership_id: Some(id), membership, ..self.applied.clone() };
        let (changes, events) = (Changes::default(), Vec::new());
        Done { entry: None, applied: self.applied.clone(), now_ms: self.state.now_ms(), changes, events }
    }

    fn apply(&mut self) -> Done {
        let mut entry = self.play.entry(&self.state);
        // Blank entries take revisions too.
        entry.revision.0 = entry.revision.0.max(self.applied.index() + 1);
        let outcome = apply(&mut self.state, entry.clone());
        self.play.learn(&outcome);
        keep(&mut self.records, &outcome.changes, &entry.bodies);
        let term = self.applied.id.unwrap_or_default().term;
        let id = LogId { term, index: entry.revision.0 };
        self.applied.id = Some(id);
        self.applied.revision = entry.revision;
        self.applied.digest = self.state.digest();
        self.applied.chain =
            self.applied.chain.link(&LogEntry { id, kind: EntryKind::Blank, payload: Bytes::new() });
        let reeve_core::Outcome { now_ms, events, changes, .. } = outcome;
        Done { entry: Some(entry), applied: self.applied.clone(), now_ms, changes, events }
    }

    /// Tells a book that knows everything up to `from` of what came after, as a restart does with the log. The state
    /// that it loads is brought up as well, and must become this one.
    pub(crate) fn replay<E: Engine>(&self, book: &Book<E>, from: &Applied) {
        let mut state = book.load().expect("no fault");
        state.check().expect("a sound state");
        for done in self.done.iter().filter(|done| done.applied.id > from.id) {
            if let Some(entry) = &done.entry {
                let outcome = apply(&mut state, entry.clone());
                assert_eq!(outcome.changes.canonical_bytes(), done.changes.canonical_bytes());
            }
            note(book, done);
        }
        assert_same(&state, &self.state);
        assert_eq!(book.applied(), self.applied);
    }
}

pub(crate) fn note<E: Engine>(book: &Book<E>, done: &Done) {
    let bodies = done.entry.as_ref().map_or(&[][..], |entry| &entry.bodies);
    let Done { applied, now_ms, changes, events, .. } = done;
    book.note(Noted { applied: applied.clone(), now_ms: *now_ms, changes, bodies, events });
}

fn keep(records: &mut Records, changes: &Changes, bodies: &[Bytes]) {
    for (key, written) in changes.iter() {
        match written {
            Written::Put(bytes) => drop(records.insert(key, bytes.to_vec())),
            Written::Body(body) => drop(records.insert(key, bodies[body.position as usize].to_vec())),
            Written::Deleted => drop(records.remove(&key)),
        }
        if let (Key::Spec(task), Written::Deleted) = (key, written) {
            records.retain(|key, _| task_of_history(*key) != Some(task));
        }
    }
}

pub(crate) fn task_of_history(key: Key) -> Option<TaskId> {
    match key {
        Key::Spec(task)
        | Key::Amendment(task, _)
        | Key::Attempt(task, _)
        | Key::Archive(task)
        | Key::Progress(task)
        | Key::Body(task, _) => Some(task),
        Key::Meta
        | Key::Namespace(_)
        | Key::Queue(_)
        | Key::Kind(_)
        | Key::LabelKey(_)
        | Key::Class(_)
        | Key::Client(_)
        | Key::Reply(..)
        | Key::Worker(_)
        | Key::Alarm(..)
        | Key::Task(_)
        | Key::Waits(..)
        | Key::Drain(_)
        | Key::Tombstone(_)
        | Key::Remembered(_)
        | Key::Work(_) => None,
    }
}

pub(crate) fn assert_same(one: &State, other: &State) {
    assert_eq!((one.revision(), one.digest()), (other.revision(), other.digest()));
    assert_eq!(one.records(), other.records());
}

/// Replies and tombstones that no longer count may or may not be there still.
fn is_lazy(key: Key) -> bool {
    matches!(key, Key::Reply(..) | Key::Tombstone(_))
}

/// Everything that a view shows.
pub(crate) fn shown<E: Engine>(view: &BookView<E>) -> Records {
    let (mut up, mut down) = (Vec::new(), Vec::new());
    for (way, shown) in [(Way::Up, &mut up), (Way::Down, &mut down)] {
        view.scan(Key::Meta, None, way, &mut |key, bytes| {
            shown.push((key, bytes.to_vec()));
            std::ops::ControlFlow::Continue(())
        })
        .expect("no fault");
    }
    assert!(up.is_sorted_by(|one, other| one.0 < other.0), "a scan is out of order, or doubles a key");
    down.reverse();
    assert_eq!(up, down, "a scan shows something else on the way back");
    up.into_iter().collect()
}

/// A view shows exactly what the model says.
pub(crate) fn assert_shows<E: Engine>(view: &BookView<E>, records: &Records, state: &State) {
    let shown = shown(view);
    for (key, bytes) in &shown {
        assert_eq!(records.get(key), Some(bytes), "{key:?} is shown");
    }
    for (key, bytes) in records.iter().filter(|(key, _)| !is_lazy(**key)) {
        assert_eq!(shown.get(key), Some(bytes), "{key:?} is not shown");
        assert_eq!(view.get(*key).expect("no fault").as_deref(), Some(&bytes[..]), "{key:?} is not found");
    }
    assert_same(&view.state().expect("no fault"), state);
}
