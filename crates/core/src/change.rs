//! Changes: the records that apply touched, and thereby what storage must remember.
//!
//! A change is a key and the canonical bytes of its record, or its deletion, or a body that passes through. All
//! changes of one entry stand in one buffer, so that a record costs no allocation; the state's rolling digest runs
//! over that buffer. Later changes of a key win.

use std::ops::Range;

use crate::alarm::AlarmKind;
use crate::codec::wire::{Reader, Wire, choice};
use crate::entry::BodyRef;
use crate::intern::{ClassId, KindId, LabelKeyId, NamespaceId, QueueId};
use crate::name::{ClientId, TaskId, Token, WorkerId};

/// The key of a record. Those of a lower tag than `Spec` make up the state; the others are its history, which
/// apply writes and never reads.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Key {
    /// Clock, law, era, counters and floors.
    Meta,
    /// A namespace.
    Namespace(NamespaceId),
    /// A queue.
    Queue(QueueId),
    /// An interned kind.
    Kind(KindId),
    /// An interned label key.
    LabelKey(LabelKeyId),
    /// An interned requirement class.
    Class(ClassId),
    /// A client session.
    Client(ClientId),
    /// A remembered reply of a client session. Those below the session's floor no longer count.
    Reply(ClientId, u64),
    /// A worker session.
    Worker(WorkerId),
    /// An alarm.
    Alarm(AlarmKind, u64),
    /// A live task, with its lease.
    Task(TaskId),
    /// A revoked lease whose holder has not confirmed that it stopped.
    Drain(Token),
    /// A finished task, for a while. Those below the floor in `Meta` no longer count.
    Tombstone(u64),
    /// An idempotency key, by the first task that was submitted under it.
    Remembered(TaskId),
    /// A cascade that is not worked off.
    Work(u64),
    /// What the submitter said of a task. Its deletion takes everything else with it that is kept of the task.
    Spec(TaskId),
    /// An update of a task, by number.
    Amendment(TaskId, u32),
    /// An attempt that has ended, by number.
    Attempt(TaskId, u32),
    /// How a task ended, unless it was retried since.
    Archive(TaskId),
    /// How far a task said to be.
    Progress(TaskId),
    /// Opaque bytes of a task.
    Body(TaskId, Part),
}

impl Key {
    /// Whether [`crate::State::from_records`] wants this record.
    #[must_use]
    pub const fn is_state(self) -> bool {
        !matches!(
            self,
            Self::Spec(_)
                | Self::Amendment(..)
                | Self::Attempt(..)
                | Self::Archive(_)
                | Self::Progress(_)
                | Self::Body(..)
        )
    }
}

/// Which bytes of a task.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Part {
    /// Its input.
    Payload,
    /// Its result.
    Result,
    /// The last state that an attempt saved for the next.
    Checkpoint,
    /// Details of the failure of this attempt.
    Details(u32),
    /// A partial result: attempt and index.
    Partial(u32, u32),
}

/// What happened to the record under a key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Written<'a> {
    /// It has these bytes now.
    Put(&'a [u8]),
    /// It is gone.
    Deleted,
    /// It has the bytes of this body of the entry now.
    Body(BodyRef),
}

#[derive(Clone, Debug)]
enum What {
    Put(Range<usize>),
    Deleted,
    Body(BodyRef),
}

/// The changes of one entry, in the order in which they happened.
#[derive(Clone, Debug, Default)]
pub struct Changes {
    bytes: Vec<u8>,
    list: Vec<(Key, What)>,
}

impl Changes {
    /// The changes, oldest first.
    pub fn iter(&self) -> impl Iterator<Item = (Key, Written<'_>)> {
        self.list.iter().map(|(key, what)| {
            let written = match what {
                What::Put(span) => Written::Put(&self.bytes[span.clone()]),
                What::Deleted => Written::Deleted,
                What::Body(body) => Written::Body(*body),
            };
            (*key, written)
        })
    }

    /// Room for what so many proposals usually change.
    pub(crate) fn for_proposals(count: usize) -> Self {
        Self { bytes: Vec::with_capacity(count * 192), list: Vec::with_capacity(count * 4) }
    }

    /// How many there are.
    #[must_use]
    pub const fn len(&self) -> usize {
        self.list.len()
    }

    /// Whether there are none.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.list.is_empty()
    }

    /// The canonical bytes of all changes: what the digest runs over.
    #[must_use]
    pub fn canonical_bytes(&self) -> &[u8] {
        &self.bytes
    }

    pub(crate) fn put(&mut self, key: Key, record: impl FnOnce(&mut Vec<u8>)) {
        key.put(&mut self.bytes);
        let start = self.bytes.len();
        record(&mut self.bytes);
        self.list.push((key, What::Put(start..self.bytes.len())));
    }

    pub(crate) fn delete(&mut self, key: Key) {
        key.put(&mut self.bytes);
        self.bytes.push(0);
        self.list.push((key, What::Deleted));
    }

    pub(crate) fn body(&mut self, key: Key, body: BodyRef) {
        key.put(&mut self.bytes);
        body.length.put(&mut self.bytes);
        body.hash.put(&mut self.bytes);
        self.list.push((key, What::Body(body)));
    }
}

choice!(Part, "part" { 1 = Payload, 2 = Result, 3 = Checkpoint, 4 = Details(attempt), 5 = Partial(attempt, index) });

choice!(Key, "key" {
    1 = Meta, 2 = Namespace(id), 3 = Queue(id), 4 = Kind(id), 5 = LabelKey(id), 6 = Class(id), 7 = Client(id),
    8 = Reply(client, sequence), 9 = Worker(id), 10 = Alarm(kind, node), 11 = Task(id), 12 = Drain(token),
    13 = Tombstone(number), 14 = Remembered(task), 15 = Work(number), 16 = Spec(task), 17 = Amendment(task, number),
    18 = Attempt(task, number), 19 = Archive(task), 20 = Progress(task), 21 = Body(task, part),
});

/// Reads a key back from its canonical bytes.
///
/// # Errors
/// Any [`crate::Fault`] of damaged or newer bytes.
pub fn decode_key(bytes: &[u8]) -> Result<Key, crate::Fault> {
    Reader::whole(bytes)
}
