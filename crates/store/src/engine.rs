//! The seam to an engine: ordered families of keys, atomic batches, an explicit sync, views and checkpoints. Everything
//! above it is one code; below it stand RocksDB and memory.

use std::ops::ControlFlow;

use crate::disk::Disk;
use crate::fault::Fault;

pub mod memory;
pub mod rocks;

/// One database, open.
pub trait Engine: Clone + Send + Sync + 'static {
    /// Where its files are.
    type Disk: Disk;
    /// What a view is.
    type View: View;

    /// Opens the database in `folder`, or creates it. It is open until its last clone and its last view are dropped, and
    /// nobody else can open it until then.
    ///
    /// # Errors
    /// Whatever is wrong with it. Opening without an error is no proof that everything acknowledged is there.
    fn open(disk: &Self::Disk, folder: &str, room: Room) -> Result<Self, Fault>;

    /// Opens the database in `folder` as an open would find it, and changes nothing on the disk, neither now nor later:
    /// writes, flushes and checkpoints are refused. `None` where an open would create it, and only there. Nobody else may
    /// have it open to write.
    ///
    /// # Errors
    /// As for an open.
    fn open_to_read(disk: &Self::Disk, folder: &str, room: Room) -> Result<Option<Self>, Fault>;

    /// One value.
    ///
    /// # Errors
    /// A disk that does not answer, or damaged bytes.
    fn get(&self, family: Family, key: &[u8]) -> Result<Option<Vec<u8>>, Fault>;

    /// Writes all of the batch or nothing. In [`Room::Log`] it is durable on return. In [`Room::State`] it is not, until
    /// the next [`Engine::flush`].
    ///
    /// # Errors
    /// The outcome is unknown.
    fn write(&self, batch: Batch) -> Result<(), Fault>;

    /// Makes everything written so far durable, all families at one point in time.
    ///
    /// # Errors
    /// The outcome is unknown.
    fn flush(&self) -> Result<(), Fault>;

    /// Everything as it is now, for as long as the view is held.
    fn view(&self) -> Self::View;

    /// Writes a database with everything written so far into a folder that is not there yet, cheaply; it, all files in it
    /// and its name are synced.
    ///
    /// # Errors
    /// A disk that does not answer, or is full. What was begun is worthless.
    fn checkpoint(&self, folder: &str) -> Result<(), Fault>;

    /// What an operator would want to know of it, as (name, value).
    fn figures(&self) -> Vec<(&'static str, u64)>;
}

/// Who is shown the rows of a scan, key and value, and says whether to go on.
pub type Visit<'a> = &'a mut dyn FnMut(&[u8], &[u8]) -> ControlFlow<()>;

/// A database as it was at one moment.
pub trait View: Send + Sync {
    /// One value.
    ///
    /// # Errors
    /// A disk that does not answer, or damaged bytes.
    fn get(&self, family: Family, key: &[u8]) -> Result<Option<Vec<u8>>, Fault>;

    /// Shows the keys from `from` (with it) to `to` (without it), in order or in reverse, until told to stop. An empty
    /// `to` means the end of the family.
    ///
    /// # Errors
    /// A disk that does not answer, or damaged bytes: never an end that looks like the end.
    fn scan(&self, family: Family, from: &[u8], to: &[u8], way: Way, visit: Visit<'_>) -> Result<(), Fault>;
}

/// Which way a scan goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Way {
    /// Ascending.
    Up,
    /// Descending.
    Down,
}

/// Which of a replica's two databases, and thereby how it treats writes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Room {
    /// The Raft log: every write is synced.
    Log,
    /// The records of the state: nothing is synced until a flush, which is atomic over all families.
    State,
}

/// Declares the families: their literal names are in the files of every user, and their order is for ever.
macro_rules! families {
    ($($(#[$doc:meta])* $variant:ident = $number:literal $name:literal in $room:ident),* $(,)?) => {
        /// A family of keys in one of the two databases.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[repr(u8)]
        pub enum Family { $($(#[$doc])* $variant = $number),* }

        impl Family {
            /// All of them.
            pub const ALL: &'static [Self] = &[$(Self::$variant),*];

            /// Its name in the database.
            #[must_use]
            pub const fn name(self) -> &'static str {
                match self { $(Self::$variant => $name),* }
            }

            /// Which database it is in.
            #[must_use]
            pub const fn room(self) -> Room {
                match self { $(Self::$variant => Room::$room),* }
            }
        }
    };
}

families! {
    /// Raft entries: (group, index).
    Log = 1 "log" in Log,
    /// What was purged from the log, and with which hash the chain goes on.
    LogMarks = 2 "marks" in Log,
    /// The records that make up the state, by core's keys.
    Live = 3 "live" in State,
    /// Records of history, by core's keys.
    History = 4 "history" in State,
    /// Payloads, results and other opaque bytes, by core's keys.
    Bodies = 5 "bodies" in State,
    /// Events, packed by entry: (group, revision).
    Events = 6 "events" in State,
    /// The applied log id with its digest and membership, floors.
    StateMarks = 7 "state-marks" in State,
}

/// What is written at once.
#[derive(Clone, Debug, Default)]
pub struct Batch {
    /// In order: a later one wins.
    pub writes: Vec<Write>,
}

/// One write of a batch.
#[derive(Clone, Debug)]
pub enum Write {
    /// The key has this value now.
    Put(Family, Vec<u8>, Vec<u8>),
    /// The key is gone.
    Delete(Family, Vec<u8>),
    /// All keys from the first (with it) to the second (without it) are gone. Unlike in a scan, an empty second is not
    /// the end of the family: nothing is below it, so nothing goes.
    DeleteRange(Family, Vec<u8>, Vec<u8>),
}
