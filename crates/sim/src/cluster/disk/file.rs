//! One file: what a process sees of it, what would survive, and the changes between the two.

use super::Crash;
use crate::chance::Chance;
use crate::cluster::limits::SECTOR;

/// A file.
#[derive(Clone, Debug, Default)]
pub(super) struct File {
    /// As the process sees it.
    pub now: Vec<u8>,
    /// What would survive.
    kept: Vec<u8>,
    /// In order.
    unsynced: Vec<Change>,
}

#[derive(Clone, Debug)]
enum Change {
    Write(usize, Vec<u8>),
    Cut(usize),
    Grow(usize),
}

fn write(file: &mut Vec<u8>, offset: usize, bytes: &[u8]) {
    let end = offset + bytes.len();
    if file.len() < end {
        file.resize(end, 0);
    }
    file[offset..end].copy_from_slice(bytes);
}

impl Change {
    fn apply(&self, file: &mut Vec<u8>) {
        match self {
            Self::Write(offset, bytes) => write(file, *offset, bytes),
            Self::Cut(length) => file.truncate(*length),
            Self::Grow(length) if file.len() < *length => file.resize(*length, 0),
            Self::Grow(_) => {}
        }
    }

    /// A write that got as far as some byte.
    fn apply_part(&self, file: &mut Vec<u8>, chance: &mut Chance) {
        if let Self::Write(offset, bytes) = self {
            let length = chance.below(bytes.len() as u64 + 1) as usize;
            write(file, *offset, &bytes[..length]);
        }
    }

    /// Each sector of a write for itself; a length is there or not.
    fn apply_sectors(&self, file: &mut Vec<u8>, chance: &mut Chance) {
        let Self::Write(offset, bytes) = self else {
            if chance.percent(50) {
                self.apply(file);
            }
            return;
        };
        let end = offset + bytes.len();
        // The length of a file is kept elsewhere than its bytes.
        if file.len() < end && chance.percent(50) {
            file.resize(end, 0);
        }
        let sector = SECTOR as usize;
        let mut at = *offset;
        while at < end {
            let next = ((at / sector + 1) * sector).min(end);
            if chance.percent(50) {
                write(file, at, &bytes[at - offset..next - offset]);
            }
            at = next;
        }
    }
}

impl File {
    fn note(&mut self, change: Change) {
        change.apply(&mut self.now);
        self.unsynced.push(change);
    }

    pub(super) fn write(&mut self, offset: usize, bytes: &[u8]) {
        self.note(Change::Write(offset, bytes.to_vec()));
    }

    pub(super) fn cut(&mut self, length: usize) {
        self.note(Change::Cut(length));
    }

    pub(super) fn grow(&mut self, length: usize) {
        self.note(Change::Grow(length));
    }

    pub(super) fn sync(&mut self) {
        for change in std::mem::take(&mut self.unsynced) {
            change.apply(&mut self.kept);
        }
    }

    /// A sync that failed: some of it may be on the disk, and the rest will never be, whatever later syncs say. What the
    /// process reads does not show it.
    pub(super) fn fail_sync(&mut self, chance: &mut Chance) {
        self.survive(Crash::Torn, chance);
    }

    pub(super) fn crash(&mut self, how: Crash, chance: &mut Chance) {
        self.survive(how, chance);
        self.now.clone_from(&self.kept);
    }

    fn survive(&mut self, how: Crash, chance: &mut Chance) {
        let changes = std::mem::take(&mut self.unsynced);
        let count = chance.below(changes.len() as u64 + 1) as usize;
        match how {
            Crash::Process => changes.iter().for_each(|change| change.apply(&mut self.kept)),
            Crash::Lost => {}
            Crash::Prefix => changes[..count].iter().for_each(|change| change.apply(&mut self.kept)),
            Crash::Torn => {
                changes[..count].iter().for_each(|change| change.apply(&mut self.kept));
                if let Some(torn) = changes.get(count) {
                    if chance.percent(50) {
                        torn.apply_part(&mut self.kept, chance);
                    } else {
                        torn.apply_sectors(&mut self.kept, chance);
                    }
                }
            }
            Crash::Scattered => {
                changes.iter().for_each(|change| change.apply_sectors(&mut self.kept, chance));
            }
        }
    }

    /// Flips a bit, in what is seen and in what survives. The byte, if there is one.
    pub(super) fn rot(&mut self, chance: &mut Chance) -> Option<u64> {
        if self.kept.is_empty() {
            return None;
        }
        let at = chance.below(self.kept.len() as u64) as usize;
        let bit = 1 << chance.below(8);
        self.kept[at] ^= bit;
        if let Some(byte) = self.now.get_mut(at) {
            *byte ^= bit;
        }
        Some(at as u64)
    }
}
