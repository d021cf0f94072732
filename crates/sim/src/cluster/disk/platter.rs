//! The platter: all files and folders of one drive by number, and what is to go wrong with it next.

use std::collections::{BTreeMap, BTreeSet};
use std::io;

use reeve_store::disk::{Item, Space};
use xxhash_rust::xxh3::xxh3_64;

use super::file::File;
use super::folder::{Folder, Naming, Number};
use super::{Crash, Rot};
use crate::chance::Chance;
use crate::cluster::life::Life;
use crate::cluster::limits;
use crate::cluster::trace::Trace;

/// The data folder itself.
const ROOT: Number = 0;

#[derive(Clone, Debug)]
enum Thing {
    File(File),
    Folder(Folder),
}

/// All that is on a drive.
pub(super) struct Platter {
    node: u64,
    chance: Chance,
    trace: Trace,
    things: BTreeMap<Number, Thing>,
    next: Number,
    /// Changes of names until nameless things are thrown away.
    until_sweep: u32,
    pub capacity: u64,
    operations: u64,
    dies: Option<(u64, Crash)>,
    sync_fails_in: Option<u64>,
    /// A sync has failed: what is seen may not be what the next power cut leaves, whatever is synced meanwhile.
    poisoned: bool,
    locked: Option<Life>,
}

fn not_found(path: &str) -> io::Error {
    io::Error::new(io::ErrorKind::NotFound, format!("{path}: no such file or folder"))
}

fn wrong_kind(path: &str) -> io::Error {
    io::Error::new(
        io::ErrorKind::IsADirectory,
        format!("{path}: is a folder where a file is meant, or a file"),
    )
}

/// The folder that a path is in, and its name there.
fn split(path: &str) -> (&str, &str) {
    path.rsplit_once('/').unwrap_or(("", path))
}

fn size(bytes: u64) -> io::Result<usize> {
    usize::try_from(bytes).map_err(io::Error::other)
}

impl Platter {
    pub(super) fn new(node: u64, chance: Chance, trace: Trace) -> Self {
        Self {
            node,
            chance,
            trace,
            things: BTreeMap::from([(ROOT, Thing::Folder(Folder::default()))]),
            next: ROOT + 1,
            until_sweep: limits::SWEEP_EVERY,
            capacity: limits::DISK_BYTES,
            operations: 0,
            dies: None,
            sync_fails_in: None,
            poisoned: false,
            locked: None,
        }
    }

    /// Carries out a change, and says whether the process dies of it.
    pub(super) fn operate(
        &mut self,
        what: &str,
        path: &str,
        number: u64,
        change: impl FnOnce(&mut Self) -> io::Result<()>,
    ) -> (io::Result<()>, bool) {
        self.operations += 1;
        self.trace.note(what, &[self.node, xxh3_64(path.as_bytes()), number]);
        let Some((_, how)) = self.dies.take_if(|(at, _)| *at <= self.operations) else {
            return (change(self), false);
        };
        let result = if self.chance.percent(50) { change(self) } else { Ok(()) };
        self.crash(how);
        (result, true)
    }

    pub(super) fn die_at(&mut self, operations: u64, how: Crash) {
        self.dies = Some((self.operations + operations, how));
    }

    pub(super) fn disarm(&mut self) {
        (self.dies, self.sync_fails_in) = (None, None);
    }

    pub(super) fn wipe(&mut self) {
        self.things = BTreeMap::from([(ROOT, Thing::Folder(Folder::default()))]);
        (self.dies, self.sync_fails_in, self.locked, self.poisoned) = (None, None, None, false);
    }

    pub(super) fn fail_sync(&mut self, syncs: u64) {
        self.sync_fails_in = Some(syncs);
    }

    /// How many files and folders it has, with or without names.
    #[cfg(test)]
    pub(super) fn things_kept(&self) -> usize {
        self.things.len()
    }

    pub(super) fn operations(&self) -> u64 {
        self.operations
    }

    fn find(&self, path: &str) -> Option<Number> {
        let mut at = ROOT;
        for name in path.split('/').filter(|name| !name.is_empty()) {
            at = *self.folder(at)?.now.get(name)?;
        }
        Some(at)
    }

    fn folder(&self, number: Number) -> Option<&Folder> {
        match self.things.get(&number)? {
            Thing::Folder(folder) => Some(folder),
            Thing::File(_) => None,
        }
    }

    fn folder_mut(&mut self, path: &str) -> io::Result<&mut Folder> {
        let number = self.find(path).ok_or_else(|| not_found(path))?;
        match self.things.get_mut(&number) {
            Some(Thing::Folder(folder)) => Ok(folder),
            Some(Thing::File(_)) => Err(wrong_kind(path)),
            None => Err(not_found(path)),
        }
    }

    fn file(&self, path: &str) -> io::Result<Option<&File>> {
        match self.find(path).and_then(|number| self.things.get(&number)) {
            None => Ok(None),
            Some(Thing::File(file)) => Ok(Some(file)),
            Some(Thing::Folder(_)) => Err(wrong_kind(path)),
        }
    }

    fn file_mut(&mut self, path: &str) -> io::Result<&mut File> {
        let number = self.find(path).ok_or_else(|| not_found(path))?;
        match self.things.get_mut(&number) {
            Some(Thing::File(file)) => Ok(file),
            Some(Thing::Folder(_)) => Err(wrong_kind(path)),
            None => Err(not_found(path)),
        }
    }

    /// The name means this from now on.
    fn name(&mut self, folder: &str, change: Vec<Naming>) -> io::Result<()> {
        self.folder_mut(folder)?.name(change);
        self.until_sweep -= 1;
        if self.until_sweep == 0 {
            self.sweep();
        }
        Ok(())
    }

    /// Something new, with folders around it as needed.
    fn create(&mut self, path: &str, thing: Thing) -> io::Result<()> {
        let (folder, name) = split(path);
        if self.find(folder).is_none() {
            self.create(folder, Thing::Folder(Folder::default()))?;
        }
        let number = self.next;
        self.next += 1;
        self.name(folder, vec![(name.into(), Some(number))])?;
        self.things.insert(number, thing);
        Ok(())
    }

    fn file_or_new(&mut self, path: &str) -> io::Result<&mut File> {
        if self.find(path).is_none() {
            self.create(path, Thing::File(File::default()))?;
        }
        self.file_mut(path)
    }

    /// Throws away what has no name and can never have one again.
    fn sweep(&mut self) {
        self.until_sweep = limits::SWEEP_EVERY;
        let (mut named, mut ways) = (BTreeSet::from([ROOT]), vec![ROOT]);
        while let Some(at) = ways.pop() {
            let members = self.folder(at).map(|folder| folder.members().collect::<Vec<_>>());
            ways.extend(members.unwrap_or_default().into_iter().filter(|member| named.insert(*member)));
        }
        self.things.retain(|number, _| named.contains(number));
    }

    pub(super) fn crash(&mut self, how: Crash) {
        (self.dies, self.sync_fails_in, self.locked) = (None, None, None);
        if how == Crash::Process {
            // The system has it all, and may still lose it.
            return;
        }
        self.poisoned = false;
        for thing in self.things.values_mut() {
            match thing {
                Thing::File(file) => file.crash(how, &mut self.chance),
                Thing::Folder(folder) => folder.crash(how, &mut self.chance),
            }
        }
        self.sweep();
    }

    pub(super) fn read(&self, path: &str) -> io::Result<Option<Vec<u8>>> {
        Ok(self.file(path)?.map(|file| file.now.clone()))
    }

    pub(super) fn read_at(&self, path: &str, offset: u64, length: usize) -> io::Result<Vec<u8>> {
        let file = self.file(path)?.ok_or_else(|| not_found(path))?;
        let from = usize::try_from(offset).unwrap_or(usize::MAX).min(file.now.len());
        Ok(file.now[from..from.saturating_add(length).min(file.now.len())].to_vec())
    }

    /// By how much a file may grow.
    fn room(&self) -> u64 {
        if self.capacity == limits::DISK_BYTES {
            // Nobody has made it small: what is on it need not be counted.
            return self.capacity;
        }
        self.capacity.saturating_sub(self.used())
    }

    pub(super) fn write_at(&mut self, path: &str, offset: u64, bytes: &[u8]) -> io::Result<()> {
        let (from, room) = (size(offset)?, size(self.room())?);
        let file = self.file_or_new(path)?;
        let end = from + bytes.len();
        let most = file.now.len().saturating_add(room);
        if end > most {
            // What fits is written all the same.
            file.write(from, &bytes[..most.saturating_sub(from).min(bytes.len())]);
            return Err(io::ErrorKind::StorageFull.into());
        }
        file.write(from, bytes);
        Ok(())
    }

    pub(super) fn truncate(&mut self, path: &str, length: u64) -> io::Result<()> {
        let length = size(length)?;
        self.file_mut(path)?.cut(length);
        Ok(())
    }

    pub(super) fn allocate(&mut self, path: &str, length: u64) -> io::Result<()> {
        let (length, room) = (size(length)?, size(self.room())?);
        let file = self.file_or_new(path)?;
        if length > file.now.len().saturating_add(room) {
            return Err(io::ErrorKind::StorageFull.into());
        }
        file.grow(length);
        Ok(())
    }

    /// Whether this sync is the one that fails.
    fn sync_fails(&mut self) -> bool {
        self.sync_fails_in = self.sync_fails_in.map(|left| left.saturating_sub(1));
        let fails = self.sync_fails_in.take_if(|left| *left == 0).is_some();
        self.poisoned |= fails;
        fails
    }

    /// Whether it has room, no sync has failed since the power last went, and none will.
    pub(super) fn is_sound(&self) -> bool {
        self.capacity == limits::DISK_BYTES && self.sync_fails_in.is_none() && !self.poisoned
    }

    pub(super) fn sync(&mut self, path: &str) -> io::Result<()> {
        let (fails, mut chance) = (self.sync_fails(), self.chance.branch());
        let file = self.file_mut(path)?;
        if fails {
            file.fail_sync(&mut chance);
            return Err(io::Error::other("input/output error"));
        }
        file.sync();
        Ok(())
    }

    pub(super) fn sync_folder(&mut self, path: &str) -> io::Result<()> {
        let (fails, mut chance) = (self.sync_fails(), self.chance.branch());
        let folder = self.folder_mut(path)?;
        if fails {
            folder.fail_sync(&mut chance);
            return Err(io::Error::other("input/output error"));
        }
        folder.sync();
        Ok(())
    }

    pub(super) fn rename(&mut self, from: &str, to: &str) -> io::Result<()> {
        let number = self.find(from).filter(|number| *number != ROOT).ok_or_else(|| not_found(from))?;
        let target = self.find(to).filter(|target| *target != number);
        if target.and_then(|target| self.folder(target)).is_some_and(|folder| !folder.now.is_empty()) {
            return Err(io::Error::new(io::ErrorKind::DirectoryNotEmpty, format!("{to}: not empty")));
        }
        let ((old_folder, old), (new_folder, new)) = (split(from), split(to));
        if from == to {
            return Ok(());
        }
        if self.find(new_folder).is_none() {
            self.create(new_folder, Thing::Folder(Folder::default()))?;
        }
        if old_folder == new_folder {
            return self.name(old_folder, vec![(old.into(), None), (new.into(), Some(number))]);
        }
        // Two folders, two syncs: until both were made, both names may be there, or neither.
        self.name(new_folder, vec![(new.into(), Some(number))])?;
        self.name(old_folder, vec![(old.into(), None)])
    }

    pub(super) fn remove(&mut self, path: &str) -> io::Result<()> {
        let Some(number) = self.find(path) else { return Ok(()) };
        let inside = self.folder(number).map(|folder| folder.now.keys().cloned().collect::<Vec<_>>());
        for name in inside.unwrap_or_default() {
            self.remove(&format!("{path}/{name}"))?;
        }
        let (folder, name) = split(path);
        self.name(folder, vec![(name.into(), None)])
    }

    pub(super) fn list(&self, path: &str) -> io::Result<Vec<Item>> {
        let Some(number) = self.find(path) else { return Ok(Vec::new()) };
        let folder = self.folder(number).ok_or_else(|| wrong_kind(path))?;
        let item = |(name, number): (&String, &Number)| {
            let length = match self.things.get(number) {
                Some(Thing::File(file)) => Some(file.now.len() as u64),
                Some(Thing::Folder(_)) | None => None,
            };
            Item { name: name.clone(), length }
        };
        Ok(folder.now.iter().map(item).collect())
    }

    /// All files, by path.
    fn files(&self) -> Vec<(String, Number)> {
        let (mut files, mut ways) = (Vec::new(), vec![(String::new(), ROOT)]);
        while let Some((path, number)) = ways.pop() {
            match self.things.get(&number) {
                Some(Thing::File(_)) => files.push((path, number)),
                Some(Thing::Folder(folder)) => {
                    let within = if path.is_empty() { path } else { format!("{path}/") };
                    ways.extend(folder.now.iter().map(|(name, number)| (format!("{within}{name}"), *number)));
                }
                None => {}
            }
        }
        files.sort();
        files
    }

    pub(super) fn used(&self) -> u64 {
        let length = |thing: &Thing| match thing {
            Thing::File(file) => file.now.len() as u64,
            Thing::Folder(_) => 0,
        };
        self.files().iter().filter_map(|(_, number)| self.things.get(number)).map(length).sum()
    }

    pub(super) fn space(&self) -> Space {
        Space { free: self.room(), total: self.capacity }
    }

    pub(super) fn rot(&mut self, within: &str) -> Option<Rot> {
        let mut files: Vec<_> =
            self.files().into_iter().filter(|(path, _)| path.starts_with(within)).collect();
        while !files.is_empty() {
            let (path, number) = files.swap_remove(self.chance.below(files.len() as u64) as usize);
            if let Some(Thing::File(file)) = self.things.get_mut(&number)
                && let Some(offset) = file.rot(&mut self.chance)
            {
                self.trace.tell(&format!("node {}: a bit of {path} flips at {offset}", self.node));
                return Some(Rot { path, offset });
            }
        }
        None
    }

    pub(super) fn lock(&mut self, life: &Life) -> io::Result<()> {
        if let Some(other) = self.locked.as_ref().filter(|other| !other.is_over()) {
            return Err(io::Error::new(io::ErrorKind::WouldBlock, format!("{other:?} holds it")));
        }
        self.locked = Some(life.clone());
        Ok(())
    }

    pub(super) fn unlock(&mut self, life: &Life) {
        self.locked.take_if(|locked| locked.run() == life.run());
    }
}
