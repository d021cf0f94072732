//! The hard state: what this replica is, what it promised, and how far its log is known to have come. One small file of two
//! slots; the only home of the vote.
//!
//! A change goes to the slot that does not count, so a write that is torn leaves the other. Each slot holds its frame twice,
//! so a bit that rots later does not bring back an older vote.

use serde::{Deserialize, Serialize};

use crate::disk::Disk;
use crate::fault::{Fault, FaultKind};
use crate::frame::{self, Framed};
use crate::log::{FOLDER, LogId, Vote};

/// The file.
pub const FILE: &str = "hard-state";
/// Where it is first written, so that it is never there by half.
pub(crate) const FRESH: &str = "hard-state.new";
/// A slot is no larger than the smallest sector.
const SLOT: usize = 512;
/// The frame stands in each half of its slot.
const COPY: usize = SLOT / 2;

/// Who a replica is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Identity {
    /// The cluster.
    pub cluster: u128,
    /// The node; never given to another, nor again to this one once it has forgotten something.
    pub node: u64,
    /// The era of the history; recovery raises it.
    pub era: u16,
    /// The Raft group.
    pub group: u16,
}

/// Whether a replica may vote and lead.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standing {
    /// It has all that it ever acknowledged.
    Whole,
    /// It was found to have forgotten something that it had acknowledged.
    Amnesiac,
}

/// What must never be forgotten.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Hard {
    /// Who this is.
    pub identity: Identity,
    /// How often it was started.
    pub incarnation: u64,
    /// Whether it may vote and lead.
    pub standing: Standing,
    /// What it promised.
    pub vote: Option<Vote>,
    /// Up to where the log, or the state, is known to be durable. Never ahead of them.
    pub mark: Option<LogId>,
}

/// The first shape of a slot.
#[derive(Serialize, Deserialize)]
struct Slot {
    sequence: u64,
    cluster: u128,
    node: u64,
    era: u16,
    group: u16,
    incarnation: u64,
    standing: u8,
    vote: Option<(u64, u64, bool)>,
    mark: Option<(u64, u64)>,
}

impl Framed for Slot {
    const MAGIC: [u8; 4] = *b"RVhs";
    const VERSION: u16 = 1;
}

impl Slot {
    fn of(sequence: u64, hard: &Hard) -> Self {
        let Identity { cluster, node, era, group } = hard.identity;
        let standing = match hard.standing {
            Standing::Whole => 1,
            Standing::Amnesiac => 2,
        };
        let vote = hard.vote.map(|vote| (vote.term, vote.node, vote.committed));
        let mark = hard.mark.map(|mark| (mark.term, mark.index));
        Self { sequence, cluster, node, era, group, incarnation: hard.incarnation, standing, vote, mark }
    }

    fn hard(&self) -> Result<Hard, Fault> {
        let standing = match self.standing {
            1 => Standing::Whole,
            2 => Standing::Amnesiac,
            other => return Err(Fault::damaged(FILE, format!("standing {other} is unknown"))),
        };
        Ok(Hard {
            identity: Identity { cluster: self.cluster, node: self.node, era: self.era, group: self.group },
            incarnation: self.incarnation,
            standing,
            vote: self.vote.map(|(term, node, committed)| Vote { term, node, committed }),
            mark: self.mark.map(|(term, index)| LogId { term, index }),
        })
    }

    /// The bytes of a whole slot.
    fn bytes(&self) -> [u8; SLOT] {
        let frame = frame::encode(self);
        let mut bytes = [0; SLOT];
        for half in bytes.chunks_exact_mut(COPY) {
            half[..frame.len()].copy_from_slice(&frame);
        }
        bytes
    }
}

/// The hard state of a replica, open.
pub struct HardState<D> {
    disk: D,
    hard: Hard,
    sequence: u64,
    /// The slot that counts.
    slot: usize,
    /// A change failed: nobody knows what is on the disk.
    broken: bool,
}

impl<D: Disk> HardState<D> {
    /// Opens the hard state and counts this start in it; `None` in a folder that no replica has used.
    ///
    /// # Errors
    /// It is damaged, or lost from a folder that has a log or a state; or was written by a newer build.
    pub fn open(disk: &D) -> Result<Option<Self>, Fault> {
        let Some((slot, newest)) = newest(disk)? else { return Ok(None) };
        let hard = newest.hard()?;
        let mut state = Self { disk: disk.clone(), hard, sequence: newest.sequence, slot, broken: false };
        // This also makes durable what was just read: a slot may have been written, but not synced, before a crash.
        state.change(|hard| hard.incarnation += 1)?;
        Ok(Some(state))
    }

    /// What an open would find, without a trace; for those who only look.
    ///
    /// # Errors
    /// As for an open.
    pub fn peek(disk: &D) -> Result<Option<Hard>, Fault> {
        newest(disk)?.map(|(_, slot)| slot.hard()).transpose()
    }

    /// Makes a new replica in a folder that none has used.
    ///
    /// # Errors
    /// The folder is in use, or the disk refuses.
    pub fn create(disk: &D, identity: Identity) -> Result<Self, Fault> {
        if newest(disk)?.is_some() {
            return Err(Fault::new(FaultKind::Foreign, FILE, "the folder belongs to a replica"));
        }
        let hard = Hard { identity, incarnation: 1, standing: Standing::Whole, vote: None, mark: None };
        let mut bytes = Slot::of(1, &hard).bytes().to_vec();
        bytes.resize(2 * SLOT, 0); // so that no later write can find the disk full
        let told = |error: std::io::Error| Fault::io(FILE, &error);
        disk.remove(FRESH).map_err(told)?;
        disk.write_at(FRESH, 0, &bytes).map_err(told)?;
        disk.sync(FRESH).map_err(told)?;
        disk.rename(FRESH, FILE).map_err(told)?;
        disk.sync_folder("").map_err(told)?;
        Ok(Self { disk: disk.clone(), hard, sequence: 1, slot: 0, broken: false })
    }

    /// What it says.
    pub fn get(&self) -> &Hard {
        &self.hard
    }

    /// Changes it; durable on return.
    ///
    /// # Errors
    /// The disk refuses: the outcome is unknown, and nothing can be changed any more.
    pub fn change(&mut self, change: impl FnOnce(&mut Hard)) -> Result<(), Fault> {
        if self.broken {
            return Err(Fault::new(FaultKind::Io, FILE, "an earlier change failed; its outcome is unknown"));
        }
        let mut hard = self.hard;
        change(&mut hard);
        if hard == self.hard {
            return Ok(());
        }
        self.broken = true;
        let (sequence, slot) = (self.sequence + 1, 1 - self.slot);
        let told = |error: std::io::Error| Fault::io(FILE, &error);
        let bytes = Slot::of(sequence, &hard).bytes();
        self.disk.write_at(FILE, (slot * SLOT) as u64, &bytes).map_err(told)?;
        self.disk.sync(FILE).map_err(told)?;
        (self.hard, self.sequence, self.slot, self.broken) = (hard, sequence, slot, false);
        Ok(())
    }
}

/// The slot that counts, and which of the two it is.
fn newest<D: Disk>(disk: &D) -> Result<Option<(usize, Slot)>, Fault> {
    let told = |error: std::io::Error| Fault::io(FILE, &error);
    let Some(bytes) = disk.read(FILE).map_err(told)? else {
        let used = disk.list("").map_err(told)?.into_iter();
        let mut used = used.filter(|item| item.name == FOLDER || item.name.starts_with("state."));
        return match used.next() {
            None => Ok(None),
            Some(item) => Err(Fault::damaged(FILE, format!("it is lost, but `{}` is there", item.name))),
        };
    };
    let mut newest: Option<(usize, Slot)> = None;
    for (copy, half) in bytes.chunks(COPY).take(2 * SLOT / COPY).enumerate() {
        match frame::decode::<Slot>(half, FILE) {
            Ok(slot) if newest.as_ref().is_none_or(|(_, best)| best.sequence < slot.sequence) => {
                newest = Some((copy * COPY / SLOT, slot));
            }
            Ok(_) => {}
            // The older slot may be whole and ours, but it no longer counts.
            Err(fault) if fault.kind == FaultKind::Newer => return Err(fault),
            Err(_) => {}
        }
    }
    newest.map(Some).ok_or_else(|| Fault::damaged(FILE, "both slots are damaged"))
}
