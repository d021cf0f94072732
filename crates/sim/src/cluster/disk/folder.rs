//! One folder: the names in it as a process sees them, the names that would survive, and the changes between the two.

use std::collections::BTreeMap;

use super::Crash;
use crate::chance::Chance;

/// The number of a file or folder, which it keeps whatever it is called.
pub(super) type Number = u64;

/// A folder.
#[derive(Clone, Debug, Default)]
pub(super) struct Folder {
    /// As the process sees it.
    pub now: BTreeMap<String, Number>,
    kept: BTreeMap<String, Number>,
    /// In order. What one operation changes in one folder is changed at once.
    unsynced: Vec<Vec<Naming>>,
}

/// What a name means from now on: something, or nothing.
pub(super) type Naming = (String, Option<Number>);

fn apply(names: &mut BTreeMap<String, Number>, change: &[Naming]) {
    for (name, number) in change {
        match number {
            Some(number) => names.insert(name.clone(), *number),
            None => names.remove(name),
        };
    }
}

impl Folder {
    pub(super) fn name(&mut self, change: Vec<Naming>) {
        apply(&mut self.now, &change);
        self.unsynced.push(change);
    }

    pub(super) fn sync(&mut self) {
        for change in std::mem::take(&mut self.unsynced) {
            apply(&mut self.kept, &change);
        }
    }

    /// As with the bytes of files: some of it may be on the disk, and the rest will never be.
    pub(super) fn fail_sync(&mut self, chance: &mut Chance) {
        self.survive(Crash::Prefix, chance);
    }

    pub(super) fn crash(&mut self, how: Crash, chance: &mut Chance) {
        self.survive(how, chance);
        self.now.clone_from(&self.kept);
    }

    fn survive(&mut self, how: Crash, chance: &mut Chance) {
        let changes = std::mem::take(&mut self.unsynced);
        let prefix = chance.below(changes.len() as u64 + 1) as usize;
        for (at, change) in changes.iter().enumerate() {
            let survives = match how {
                Crash::Process => true,
                Crash::Lost => false,
                Crash::Prefix => at < prefix,
                Crash::Torn | Crash::Scattered => chance.percent(50),
            };
            if survives {
                apply(&mut self.kept, change);
            }
        }
    }

    /// Everything that is in it, or may come back to it.
    pub(super) fn members(&self) -> impl Iterator<Item = Number> + '_ {
        let unsynced = self.unsynced.iter().flatten().filter_map(|(_, number)| *number);
        self.now.values().chain(self.kept.values()).copied().chain(unsynced)
    }
}
