//! Damage: what rots, is lost or is replaced is found, by whoever reads it, and its place is named.

use reeve_store::Fault;
use reeve_store::disk::memory::MemoryDisk;
use reeve_store::engine::memory::Memory;
use reeve_store::engine::{Batch, Engine, Family, Write};
use reeve_store::fault::FaultKind;
use reeve_store::hard::HardState;
use reeve_store::limits;
use reeve_store::log::{Log, LogEntry};
use xxhash_rust::xxh3::xxh3_64;

use super::ground::{Replica, entries, entry, id, key, on_every_engine, open, replace, value};

on_every_engine!(
    a_flipped_bit_is_found_by_all,
    an_entry_in_the_place_of_another_is_found,
    an_entry_of_another_history_is_found,
    a_hole_is_found_by_all,
    damage_far_from_the_ends_is_found_by_reads_and_by_the_scrub,
    a_lost_head_is_found,
    a_broken_link_between_disk_and_memory_is_found,
    a_damaged_purge_mark_is_found,
    a_newer_entry_is_told_from_damage,
);

/// A log of these entries, none of them in memory.
fn stored<E: Engine>(disk: &E::Disk, entries: Vec<LogEntry>) -> Replica<E> {
    let mut replica = open::<E>(disk);
    replica.append(entries);
    replica.reopen()
}

/// What an open of the same engine says.
fn opened<E: Engine>(replica: &Replica<E>) -> Result<(), Fault> {
    let hard = HardState::open(&replica.disk).unwrap().unwrap();
    Log::open(replica.engine.clone(), hard).map(drop)
}

/// Whether it is a fault of this kind that names this entry.
fn names(result: Result<(), Fault>, kind: FaultKind, index: u64) {
    let fault = result.expect_err("it must be found");
    assert_eq!(fault.kind, kind, "{fault}");
    let named = fault.what.split(|c: char| !c.is_ascii_digit()).any(|number| number == index.to_string());
    assert!(named, "entry {index} is not named: {fault}");
}

/// That all who read across this entry find it damaged.
fn found_by_readers<E: Engine>(replica: &Replica<E>, index: u64) {
    let damaged = FaultKind::Damaged;
    names(replica.log.read(0, u64::MAX, u64::MAX).map(drop), damaged, index);
    names(replica.log.read(index, index + 1, u64::MAX).map(drop), damaged, index);
    names(replica.log.scrub(0, u64::MAX).map(drop), damaged, index);
    names(replica.log.scrub(index, 1).map(drop), damaged, index);
    assert_eq!(replica.log.read(0, index, u64::MAX).unwrap().len() as u64, index);
}

/// The value of an entry in a log of these.
fn value_in(entries: Vec<LogEntry>, index: u64) -> Option<Vec<u8>> {
    let other = stored::<Memory<MemoryDisk>>(&MemoryDisk::default(), entries);
    value(&other.engine, index)
}

fn a_flipped_bit_is_found_by_all<E: Engine>(disk: &E::Disk) {
    let replica = stored::<E>(disk, entries(1, 0..9));
    let whole = value(&replica.engine, 5).unwrap();
    for bit in 0..whole.len() * 8 {
        let mut rotten = whole.clone();
        rotten[bit / 8] ^= 1 << (bit % 8);
        replace(&replica.engine, 5, Some(rotten));
        found_by_readers(&replica, 5);
        names(replica.log.id_at(5).map(drop), FaultKind::Damaged, 5);
        names(opened(&replica), FaultKind::Damaged, 5);
    }
    for length in 0..whole.len() {
        replace(&replica.engine, 5, Some(whole[..length].to_vec()));
        found_by_readers(&replica, 5);
    }
}

fn an_entry_in_the_place_of_another_is_found<E: Engine>(disk: &E::Disk) {
    let replica = stored::<E>(disk, entries(1, 0..9));
    replace(&replica.engine, 5, value(&replica.engine, 4));
    found_by_readers(&replica, 5);
    // A whole entry, with the right checksum and the right chain before it, but of other content.
    let mut others = entries(1, 0..9);
    others[5] = entry(1, 5, "something else");
    replace(&replica.engine, 5, value_in(others, 5));
    found_by_readers(&replica, 6);
    names(opened(&replica), FaultKind::Damaged, 6);
}

fn an_entry_of_another_history_is_found<E: Engine>(disk: &E::Disk) {
    let replica = stored::<E>(disk, entries(1, 0..9));
    let mut others = entries(1, 0..9);
    others[2] = entry(1, 2, "something else");
    replace(&replica.engine, 5, value_in(others, 5));
    found_by_readers(&replica, 5);
    names(opened(&replica), FaultKind::Damaged, 5);
}

fn a_hole_is_found_by_all<E: Engine>(disk: &E::Disk) {
    let replica = stored::<E>(disk, entries(1, 0..9));
    replace(&replica.engine, 5, None);
    found_by_readers(&replica, 5);
    names(replica.log.id_at(5).map(drop), FaultKind::Damaged, 5);
    names(opened(&replica), FaultKind::Damaged, 5);
    // A lost end is none that an open could see, but whoever knew it does.
    for index in 6..9 {
        replace(&replica.engine, index, None);
    }
    opened(&replica).unwrap();
    found_by_readers(&replica, 5);
}

fn damage_far_from_the_ends_is_found_by_reads_and_by_the_scrub<E: Engine>(disk: &E::Disk) {
    let count = limits::LOG_OPEN_ENTRIES + 200;
    let replica = stored::<E>(disk, entries(1, 0..count));
    let whole = value(&replica.engine, 100);
    replace(&replica.engine, 100, None);
    opened(&replica).unwrap();
    found_by_readers(&replica, 100);
    replace(&replica.engine, 100, whole);
    replace(&replica.engine, 200, None);
    names(opened(&replica), FaultKind::Damaged, 200);
}

fn a_lost_head_is_found<E: Engine>(disk: &E::Disk) {
    let mut replica = stored::<E>(disk, entries(1, 0..limits::LOG_OPEN_ENTRIES + 20));
    replace(&replica.engine, 0, None);
    names(opened(&replica), FaultKind::Damaged, 0);
    let purge = replica.log.purge(id(1, 4)).unwrap();
    replica.carry(vec![purge]);
    opened(&replica).unwrap();
    replace(&replica.engine, 5, None);
    names(opened(&replica), FaultKind::Damaged, 5);
}

fn a_broken_link_between_disk_and_memory_is_found<E: Engine>(disk: &E::Disk) {
    let mut replica = stored::<E>(disk, entries(1, 0..9));
    replica.append(entries(1, 9..12));
    assert_eq!(replica.all(), entries(1, 0..12));
    let mut others = entries(1, 0..9);
    others[8] = entry(1, 8, "something else");
    replace(&replica.engine, 8, value_in(others, 8));
    names(replica.log.read(3, 12, u64::MAX).map(drop), FaultKind::Damaged, 9);
}

fn a_damaged_purge_mark_is_found<E: Engine>(disk: &E::Disk) {
    let mut replica = stored::<E>(disk, entries(1, 0..9));
    let purge = replica.log.purge(id(1, 4)).unwrap();
    replica.carry(vec![purge]);
    let key = [&key(0)[..2], b"purged"].concat();
    let whole = replica.engine.get(Family::LogMarks, &key).unwrap().unwrap();
    for bit in 0..whole.len() * 8 {
        let mut rotten = whole.clone();
        rotten[bit / 8] ^= 1 << (bit % 8);
        let put = Write::Put(Family::LogMarks, key.clone(), rotten);
        replica.engine.write(Batch { writes: vec![put] }).unwrap();
        assert_eq!(opened(&replica).unwrap_err().kind, FaultKind::Damaged, "bit {bit}");
    }
}

fn a_newer_entry_is_told_from_damage<E: Engine>(disk: &E::Disk) {
    let replica = stored::<E>(disk, entries(1, 0..9));
    let mut newer = value(&replica.engine, 8).unwrap();
    newer[0] = 2;
    let end = newer.len() - 8;
    let checked = [&key(8)[..], &newer[..end]].concat();
    newer[end..].copy_from_slice(&xxh3_64(&checked).to_be_bytes());
    replace(&replica.engine, 8, Some(newer));
    names(opened(&replica), FaultKind::Newer, 8);
}
