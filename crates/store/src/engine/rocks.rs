//! RocksDB on a folder of a real file system.
//!
//! What RocksDB does by default, and what that means here. It opens without a word after damage to its write-ahead log, with
//! fewer records than were synced (`tests/rocks_damage.rs` holds the facts): whoever needs to know keeps a mark of their
//! own. It never says how much of an iteration an error cut off: each scan ends by asking. And it creates what is missing:
//! so nothing is created here once anything was written.

mod settings;

use std::sync::Arc;

use rocksdb::checkpoint::Checkpoint;
use rocksdb::{ColumnFamily, DB, DBRawIterator, ErrorKind, Options, ReadOptions, WriteBatch, properties};

use super::{Batch, Engine, Family, Room, View, Visit, Way, Write};
use crate::disk::Disk;
use crate::disk::real::RealDisk;
use crate::fault::{Fault, FaultKind};

/// The file that says which of the others count.
const CURRENT: &str = "CURRENT";

/// A database of RocksDB.
#[derive(Clone)]
pub struct Rocks {
    db: Arc<DB>,
    disk: RealDisk,
    folder: String,
    room: Room,
    /// It was opened to be looked at.
    only_read: bool,
}

impl Rocks {
    fn check_writable(&self) -> Result<(), Fault> {
        if self.only_read {
            return Err(Fault::new(FaultKind::Misused, &self.folder, "it was opened to be read only"));
        }
        Ok(())
    }
}

#[expect(clippy::mem_forget, reason = "how self_cell lets go of a guard when both halves are made")]
mod held {
    use std::sync::Arc;

    use rocksdb::{DB, Snapshot};

    self_cell::self_cell!(
        /// A snapshot with the database that it is of, which stays open for as long.
        pub(super) struct Held {
            owner: Arc<DB>,
            #[covariant]
            dependent: Snapshot,
        }
    );
}

/// A database of RocksDB as it was at one moment.
pub struct RocksView {
    held: held::Held,
    folder: String,
}

impl Engine for Rocks {
    type Disk = RealDisk;
    type View = RocksView;

    fn open(disk: &RealDisk, folder: &str, room: Room) -> Result<Self, Fault> {
        let told = |error: &std::io::Error| Fault::io(folder, error);
        let path = disk.path(folder).map_err(|error| told(&error))?;
        is_begun(disk, folder)?;
        let written = is_written(disk, folder).map_err(|error| told(&error))?;
        if written {
            check_families(disk, folder, room)?;
        }
        let mut options = settings::database(room);
        options.create_if_missing(!written);
        options.create_missing_column_families(!written);
        let cache = settings::cache(room);
        let families = families(room).map(|family| (family.name(), settings::family(room, &cache)));
        let db = DB::open_cf_with_opts(&options, path, families).map_err(|error| fault(folder, &error))?;
        if !written {
            disk.sync_upwards(folder).map_err(|error| told(&error))?;
        }
        Ok(Self { db: Arc::new(db), disk: disk.clone(), folder: folder.into(), room, only_read: false })
    }

    fn open_to_read(disk: &RealDisk, folder: &str, room: Room) -> Result<Option<Self>, Fault> {
        let told = |error: &std::io::Error| Fault::io(folder, error);
        let path = disk.path(folder).map_err(|error| told(&error))?;
        if !is_begun(disk, folder)? {
            return Ok(None);
        }
        if is_written(disk, folder).map_err(|error| told(&error))? {
            check_families(disk, folder, room)?;
        }
        // All there are, which are too few where a creation was cut off. An open would find what these tell of missing, too.
        let listed = DB::list_cf(&Options::default(), &path).map_err(|error| fault(folder, &error))?;
        let options = settings::database(room);
        let cache = settings::cache(room);
        let listed = listed.into_iter().map(|name| (name, settings::family(room, &cache)));
        let db = DB::open_cf_with_opts_for_read_only(&options, path, listed, false);
        let db = db.map_err(|error| fault(folder, &error))?;
        if families(room).any(|family| db.cf_handle(family.name()).is_none()) {
            return Ok(None);
        }
        Ok(Some(Self { db: Arc::new(db), disk: disk.clone(), folder: folder.into(), room, only_read: true }))
    }

    fn get(&self, family: Family, key: &[u8]) -> Result<Option<Vec<u8>>, Fault> {
        let value = self.db.get_cf_opt(handle(&self.db, family), key, &settings::reading());
        value.map_err(|error| fault(&self.folder, &error))
    }

    fn write(&self, batch: Batch) -> Result<(), Fault> {
        self.check_writable()?;
        let mut writes = WriteBatch::default();
        for write in &batch.writes {
            match write {
                Write::Put(family, key, value) => writes.put_cf(handle(&self.db, *family), key, value),
                Write::Delete(family, key) => writes.delete_cf(handle(&self.db, *family), key),
                // RocksDB takes a range the wrong way round for a fault, and only when it is in the log already.
                Write::DeleteRange(family, from, to) if from < to => {
                    writes.delete_range_cf(handle(&self.db, *family), from, to);
                }
                Write::DeleteRange(..) => {}
            }
        }
        let written = self.db.write_opt(writes, &settings::writing(self.room));
        written.map_err(|error| fault(&self.folder, &error))
    }

    fn flush(&self) -> Result<(), Fault> {
        self.check_writable()?;
        match self.room {
            // Every write was synced.
            Room::Log => Ok(()),
            Room::State => {
                let all: Vec<&ColumnFamily> =
                    families(self.room).map(|family| handle(&self.db, family)).collect();
                let flushed = self.db.flush_cfs_opt(&all, &settings::flushing());
                flushed.map_err(|error| fault(&self.folder, &error))
            }
        }
    }

    fn view(&self) -> RocksView {
        RocksView {
            held: held::Held::new(Arc::clone(&self.db), |db| db.snapshot()),
            folder: self.folder.clone(),
        }
    }

    fn checkpoint(&self, folder: &str) -> Result<(), Fault> {
        self.check_writable()?;
        let told = |error: &std::io::Error| Fault::io(folder, error);
        let path = self.disk.path(folder).map_err(|error| told(&error))?;
        if let Some(above) = path.parent() {
            std::fs::create_dir_all(above).map_err(|error| told(&error))?;
        }
        Checkpoint::new(&self.db)
            .and_then(|checkpoint| checkpoint.create_checkpoint(path))
            .map_err(|error| fault(folder, &error))?;
        // The linked ones are synced already, the copied ones may not be.
        for item in self.disk.list(folder).map_err(|error| told(&error))? {
            self.disk.sync(&format!("{folder}/{}", item.name)).map_err(|error| told(&error))?;
        }
        self.disk.sync_upwards(folder).map_err(|error| told(&error))
    }

    fn figures(&self) -> Vec<(&'static str, u64)> {
        let sum = |property: &properties::PropName| -> u64 {
            let of = |family| self.db.property_int_value_cf(handle(&self.db, family), property);
            families(self.room).filter_map(|family| of(family).ok().flatten()).sum()
        };
        let one = |property: &properties::PropName| self.db.property_int_value(property).ok().flatten();
        let files =
            |family| self.db.get_column_family_metadata_cf(handle(&self.db, family)).file_count as u64;
        vec![
            ("memtable-bytes", sum(properties::SIZE_ALL_MEM_TABLES)),
            ("sst-bytes", sum(properties::LIVE_SST_FILES_SIZE)),
            ("sst-files", families(self.room).map(files).sum()),
            ("compaction-debt-bytes", sum(properties::ESTIMATE_PENDING_COMPACTION_BYTES)),
            ("background-errors", sum(properties::BACKGROUND_ERRORS)),
            ("stopped", one(properties::IS_WRITE_STOPPED).unwrap_or_default()),
            ("slowed-to-bytes-per-second", one(properties::ACTUAL_DELAYED_WRITE_RATE).unwrap_or_default()),
        ]
    }
}

impl View for RocksView {
    fn get(&self, family: Family, key: &[u8]) -> Result<Option<Vec<u8>>, Fault> {
        let family = handle(self.held.borrow_owner(), family);
        let value = self.held.borrow_dependent().get_cf_opt(family, key, settings::reading());
        value.map_err(|error| fault(&self.folder, &error))
    }

    fn scan(&self, family: Family, from: &[u8], to: &[u8], way: Way, visit: Visit<'_>) -> Result<(), Fault> {
        if !to.is_empty() && from >= to {
            return Ok(());
        }
        let family = handle(self.held.borrow_owner(), family);
        let mut rows = self.held.borrow_dependent().raw_iterator_cf_opt(family, between(from, to));
        match way {
            Way::Up => rows.seek_to_first(),
            Way::Down => rows.seek_to_last(),
        }
        while let Some((key, value)) = rows.item() {
            if visit(key, value).is_break() {
                return Ok(());
            }
            step(&mut rows, way);
        }
        // The end of the rows, or an error that looks like it.
        rows.status().map_err(|error| fault(&self.folder, &error))
    }
}

fn step(rows: &mut DBRawIterator<'_>, way: Way) {
    match way {
        Way::Up => rows.next(),
        Way::Down => rows.prev(),
    }
}

fn between(from: &[u8], to: &[u8]) -> ReadOptions {
    let mut reading = settings::reading();
    // A scan reads much once. What others ask for again and again stays in the cache, and the scrub sees the disk.
    reading.fill_cache(false);
    reading.set_iterate_lower_bound(from);
    if !to.is_empty() {
        reading.set_iterate_upper_bound(to);
    }
    reading
}

fn families(room: Room) -> impl Iterator<Item = Family> {
    Family::ALL.iter().copied().filter(move |family| family.room() == room)
}

fn handle(db: &DB, family: Family) -> &ColumnFamily {
    db.cf_handle(family.name())
        .expect("a family is asked for in the database of its room, where opening has found it")
}

/// Whether a database was made here, with nothing in it at least. Tables and logs come later, so where they are it was.
fn is_begun(disk: &RealDisk, folder: &str) -> Result<bool, Fault> {
    let items = disk.list(folder).map_err(|error| Fault::io(folder, &error))?;
    if items.iter().any(|item| item.name == CURRENT) {
        return Ok(true);
    }
    match items.iter().any(|item| item.name.ends_with(".sst") || item.name.ends_with(".log")) {
        true => Err(Fault::damaged(folder, "has tables or a log, but no CURRENT to say which of them count")),
        false => Ok(false),
    }
}

/// Whether anything was ever written to a database here. If not, a creation may have been cut off and is begun again; if
/// so, what is missing is damage.
fn is_written(disk: &RealDisk, folder: &str) -> std::io::Result<bool> {
    let written = |name: &str, length: u64| match name.rsplit_once('.') {
        Some((_, "sst")) => true,
        Some((_, "log")) => length > 0,
        Some(_) | None => false,
    };
    let items = disk.list(folder)?;
    Ok(items.iter().any(|item| item.length.is_some_and(|length| written(&item.name, length))))
}

/// Refuses a database with other families than this build knows.
fn check_families(disk: &RealDisk, folder: &str, room: Room) -> Result<(), Fault> {
    let path = disk.path(folder).map_err(|error| Fault::io(folder, &error))?;
    let listed = DB::list_cf(&Options::default(), path).map_err(|error| fault(folder, &error))?;
    let known = |name: &str| {
        name == rocksdb::DEFAULT_COLUMN_FAMILY_NAME || families(room).any(|family| family.name() == name)
    };
    if let Some(unknown) = listed.iter().find(|name| !known(name)) {
        let what = format!("has a family `{unknown}`, which a newer build wrote");
        return Err(Fault::new(FaultKind::Newer, folder, what));
    }
    match families(room).find(|family| !listed.iter().any(|name| name == family.name())) {
        Some(missing) => Err(Fault::damaged(folder, format!("the family `{}` is missing", missing.name()))),
        None => Ok(()),
    }
}

/// What RocksDB said. It gives text alone, so that is what there is to tell by.
fn fault(folder: &str, error: &rocksdb::Error) -> Fault {
    let text = error.as_ref();
    let has = |part: &str| text.contains(part);
    let kind = match error.kind() {
        ErrorKind::Corruption if has("newer version") => FaultKind::Newer,
        ErrorKind::NotSupported => FaultKind::Newer,
        ErrorKind::Corruption => FaultKind::Damaged,
        // A database is opened by families that were listed before, so this is about what is in its files.
        ErrorKind::InvalidArgument => FaultKind::Damaged,
        ErrorKind::IOError if has("lock hold by current process") || has("While lock file") => {
            FaultKind::Locked
        }
        ErrorKind::IOError if has("No space left") || has("Disk quota exceeded") => FaultKind::Full,
        // Nobody but RocksDB says which files there are, so one that is not there was lost.
        ErrorKind::IOError if has("No such file") => FaultKind::Damaged,
        ErrorKind::IOError
        | ErrorKind::NotFound
        | ErrorKind::MergeInProgress
        | ErrorKind::Incomplete
        | ErrorKind::ShutdownInProgress
        | ErrorKind::TimedOut
        | ErrorKind::Aborted
        | ErrorKind::Busy
        | ErrorKind::Expired
        | ErrorKind::TryAgain
        | ErrorKind::CompactionTooLarge
        | ErrorKind::ColumnFamilyDropped
        | ErrorKind::Unknown => FaultKind::Io,
    };
    Fault::new(kind, folder, text)
}
