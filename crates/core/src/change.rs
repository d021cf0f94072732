//! Changes: the records that apply touched, and thereby what storage must remember.
//!
//! A change is a key and the canonical bytes of its record, or its deletion, or a body that passes through. All
//! changes of one entry stand in one buffer, so that a record costs no allocation; the state's rolling digest runs
//! over that buffer. Later changes of a key win.

use std::ops::Range;

use crate::alarm::AlarmKind;
use crate::codec::wire::{Reader, Wire, unmoved};
use crate::entry::BodyRef;
use crate::fault::Fault;
use crate::intern::{ClassId, KindId, LabelKeyId, NamespaceId, QueueId};
use crate::name::{ClientId, Name, Revision, TaskId, Token, WorkerId};

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
    /// A dependency of a live task that is still open: who waits, and for whom.
    Waits(TaskId, TaskId),
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
        self.history_of().is_none()
    }

    /// The task whose history this record is a part of.
    #[must_use]
    pub const fn history_of(self) -> Option<TaskId> {
        match self {
            Self::Spec(task)
            | Self::Amendment(task, _)
            | Self::Attempt(task, _)
            | Self::Archive(task)
            | Self::Progress(task)
            | Self::Body(task, _) => Some(task),
            Self::Meta
            | Self::Namespace(_)
            | Self::Queue(_)
            | Self::Kind(_)
            | Self::LabelKey(_)
            | Self::Class(_)
            | Self::Client(_)
            | Self::Reply(..)
            | Self::Worker(_)
            | Self::Alarm(..)
            | Self::Task(_)
            | Self::Waits(..)
            | Self::Drain(_)
            | Self::Tombstone(_)
            | Self::Remembered(_)
            | Self::Work(_) => None,
        }
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

/// Declares keys: a pinned tag for each, and fields of fixed width, most significant byte first, so that the bytes of
/// keys sort as the keys do and a family, or all of one task in it, is a range.
macro_rules! keys {
    ($type:ty, $family:literal { $($tag:literal = $variant:ident $(($($item:ident),*))?),* $(,)? }) => {
        impl $type {
            /// The pinned tags: (family, variant, tag).
            pub(crate) const ORDINALS: &'static [(&'static str, &'static str, u8)] =
                &[$(($family, stringify!($variant), $tag)),*];

            /// The name of the variant.
            #[must_use]
            pub const fn variant(&self) -> &'static str {
                match self { $(Self::$variant { .. } => stringify!($variant)),* }
            }
        }

        impl Wire for $type {
            fn put(&self, out: &mut Vec<u8>) {
                Sorted::lay(self, out);
            }

            fn get(from: &mut Reader<'_>) -> Result<Self, Fault> {
                Sorted::take(from)
            }

            unmoved!();
        }

        impl Sorted for $type {
            fn lay(&self, out: &mut Vec<u8>) {
                match self {
                    $(Self::$variant $(($($item),*))? => {
                        out.push($tag);
                        $($(Sorted::lay($item, out);)*)?
                    })*
                }
            }

            fn take(from: &mut Reader<'_>) -> Result<Self, Fault> {
                match from.byte()? {
                    $($tag => {
                        $($(let $item = Sorted::take(from)?;)*)?
                        Ok(Self::$variant $(($($item),*))?)
                    })*
                    tag => Err(Fault::UnknownTag { family: $family, tag }),
                }
            }
        }
    };
}

/// A part of a key.
trait Sorted: Sized {
    fn lay(&self, out: &mut Vec<u8>);
    fn take(from: &mut Reader<'_>) -> Result<Self, Fault>;
}

macro_rules! sorted_numbers {
    ($($number:ident $bytes:literal),*) => {$(
        impl Sorted for $number {
            fn lay(&self, out: &mut Vec<u8>) {
                out.extend_from_slice(&self.to_be_bytes());
            }

            fn take(from: &mut Reader<'_>) -> Result<Self, Fault> {
                let bytes: [u8; $bytes] = Reader::take(from, $bytes)?.try_into().map_err(|_| Fault::Truncated)?;
                Ok(Self::from_be_bytes(bytes))
            }
        }
    )*};
}

sorted_numbers!(u16 2, u32 4, u64 8);

impl Sorted for Name {
    fn lay(&self, out: &mut Vec<u8>) {
        self.group.lay(out);
        self.era.lay(out);
        self.revision.0.lay(out);
        self.position.lay(out);
    }

    fn take(from: &mut Reader<'_>) -> Result<Self, Fault> {
        let (group, era) = (Sorted::take(from)?, Sorted::take(from)?);
        Ok(Self { group, era, revision: Revision(Sorted::take(from)?), position: Sorted::take(from)? })
    }
}

/// Alarm kinds have no fields: their tags sort as they do.
impl Sorted for AlarmKind {
    fn lay(&self, out: &mut Vec<u8>) {
        Wire::put(self, out);
    }

    fn take(from: &mut Reader<'_>) -> Result<Self, Fault> {
        Wire::get(from)
    }
}

macro_rules! sorted_wrappers {
    ($($wrapper:ident),*) => {$(
        impl Sorted for $wrapper {
            fn lay(&self, out: &mut Vec<u8>) {
                self.0.lay(out);
            }

            fn take(from: &mut Reader<'_>) -> Result<Self, Fault> {
                Sorted::take(from).map($wrapper)
            }
        }
    )*};
}

sorted_wrappers!(NamespaceId, QueueId, KindId, LabelKeyId, ClassId, ClientId, WorkerId, TaskId, Token);

keys!(Part, "part" { 1 = Payload, 2 = Result, 3 = Checkpoint, 4 = Details(attempt), 5 = Partial(attempt, index) });

keys!(Key, "key" {
    1 = Meta, 2 = Namespace(id), 3 = Queue(id), 4 = Kind(id), 5 = LabelKey(id), 6 = Class(id), 7 = Client(id),
    8 = Reply(client, sequence), 9 = Worker(id), 10 = Alarm(kind, node), 11 = Task(id), 12 = Waits(task, on),
    13 = Drain(token), 14 = Tombstone(number), 15 = Remembered(task), 16 = Work(number), 17 = Spec(task),
    18 = Amendment(task, number), 19 = Attempt(task, number), 20 = Archive(task), 21 = Progress(task),
    22 = Body(task, part),
});

impl Key {
    /// The bytes of this key, which sort as keys do.
    #[must_use]
    pub fn to_bytes(self) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(32);
        self.put(&mut bytes);
        bytes
    }
}

/// Reads a key back from its canonical bytes.
///
/// # Errors
/// Any [`crate::Fault`] of damaged or newer bytes.
pub fn decode_key(bytes: &[u8]) -> Result<Key, crate::Fault> {
    Reader::whole(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::name::Era;

    #[test]
    fn the_bytes_of_keys_sort_as_the_keys_do() {
        let task = |era, revision, position| {
            TaskId(Name::new(Era { group: era, era }, Revision(revision), position))
        };
        let numbers = [0, 1, 127, 128, 255, 256, 70_000, u64::MAX];
        let mut keys =
            vec![Key::Meta, Key::Alarm(AlarmKind::ClockGap, 1), Key::Alarm(AlarmKind::NoSpace, 300)];
        for number in numbers {
            let narrow = u32::try_from(number).unwrap_or(u32::MAX);
            for id in [task(0, number, 3), task(0, 3, narrow), task(1, number, 0), task(300, 1, 1)] {
                keys.extend([Key::Task(id), Key::Waits(id, task(0, number, 9)), Key::Attempt(id, narrow)]);
                keys.extend([Key::Body(id, Part::Payload), Key::Body(id, Part::Partial(narrow, 1))]);
                keys.extend([Key::Body(id, Part::Details(narrow)), Key::Reply(ClientId(id.0), number)]);
            }
            keys.extend([Key::Tombstone(number), Key::Work(number), Key::Queue(QueueId(narrow))]);
        }
        keys.sort_unstable();
        keys.dedup();
        let bytes: Vec<Vec<u8>> = keys.iter().map(|key| key.to_bytes()).collect();
        assert!(bytes.is_sorted(), "the order of bytes is another");
        for (key, bytes) in keys.iter().zip(&bytes) {
            assert_eq!(decode_key(bytes), Ok(*key));
        }
    }
}
