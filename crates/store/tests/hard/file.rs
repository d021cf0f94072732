//! The hard state survives what may happen to its file, and says so when it did not.

use reeve_store::Fault;
use reeve_store::disk::Disk;
use reeve_store::disk::memory::MemoryDisk;
use reeve_store::fault::FaultKind;
use reeve_store::hard::{FILE, Hard, HardState, Identity, Standing};
use reeve_store::log::{LogId, Vote};

macro_rules! on_disk {
    ($module:ident, $disk:expr, $($test:ident),*) => {
        mod $module {
            $(#[test] fn $test() {
                let (disk, _held) = $disk;
                super::$test(&disk);
            })*
        }
    };
}

/// One line for each kind of disk.
macro_rules! on_every_disk {
    ($($test:ident),* $(,)?) => {
        on_disk!(memory, (reeve_store::disk::memory::MemoryDisk::default(), ()), $($test),*);
        on_disk!(simulated, (reeve_sim::cluster::disk::SimDisk::fresh(), ()), $($test),*);
        on_disk!(real, super::real(), $($test),*);
    };
}

on_every_disk!(
    what_was_changed_is_there_after_a_start,
    a_torn_write_leaves_the_other_slot,
    a_bit_that_rots_brings_back_no_older_vote,
    both_slots_damaged_is_a_fault,
    a_newer_slot_is_not_passed_over,
    a_lost_file_is_a_fault_in_a_folder_that_was_used,
    a_replica_is_created_once,
    an_interrupted_creation_leaves_nothing,
    its_bytes_are_a_fossil,
);

/// A real disk, and the folder that goes when it is dropped.
fn real() -> (reeve_store::disk::real::RealDisk, tempfile::TempDir) {
    let folder = tempfile::tempdir().unwrap();
    (reeve_store::disk::real::RealDisk::open(folder.path()).unwrap(), folder)
}

const SLOT: usize = 512;

fn identity() -> Identity {
    Identity { cluster: 0x0102_0304_0506_0708_090a_0b0c_0d0e_0f10, node: 0x1112, era: 3, group: 4 }
}

fn vote(term: u64) -> Vote {
    Vote { term, node: 9, committed: term.is_multiple_of(2) }
}

fn open<D: Disk>(disk: &D) -> HardState<D> {
    HardState::open(disk).unwrap().expect("there is a hard state")
}

fn fault<D: Disk>(disk: &D) -> Fault {
    HardState::open(disk).err().expect("it must not open")
}

/// A hard state with these votes, one after the other.
fn voted<D: Disk>(disk: &D, terms: &[u64]) -> HardState<D> {
    let mut state = HardState::create(disk, identity()).unwrap();
    for term in terms {
        state.change(|hard| hard.vote = Some(vote(*term))).unwrap();
    }
    state
}

fn what_was_changed_is_there_after_a_start<D: Disk>(disk: &D) {
    assert!(HardState::open(disk).unwrap().is_none());
    let mut state = HardState::create(disk, identity()).unwrap();
    let mut expected =
        Hard { identity: identity(), incarnation: 1, standing: Standing::Whole, vote: None, mark: None };
    assert_eq!(*state.get(), expected);
    for term in 1..10 {
        expected.vote = Some(vote(term));
        expected.mark = Some(LogId { term, index: 100 * term });
        expected.standing = if term < 5 { Standing::Whole } else { Standing::Amnesiac };
        state.change(|hard| *hard = expected).unwrap();
        assert_eq!(HardState::peek(disk).unwrap(), Some(expected));
        state = open(disk);
        expected.incarnation += 1;
        assert_eq!(*state.get(), expected);
        assert_eq!(HardState::peek(disk).unwrap(), Some(expected), "the start is counted durably");
    }
}

fn a_torn_write_leaves_the_other_slot<D: Disk>(disk: &D) {
    let mut state = voted(disk, &[1, 2]);
    let before = *state.get();
    let old = disk.read(FILE).unwrap().unwrap();
    state.change(|hard| hard.vote = Some(vote(3))).unwrap();
    let new = disk.read(FILE).unwrap().unwrap();
    let slot = (0..2).find(|slot| old[slot * SLOT..][..SLOT] != new[slot * SLOT..][..SLOT]).unwrap();
    assert_eq!(old[(1 - slot) * SLOT..][..SLOT], new[(1 - slot) * SLOT..][..SLOT]);
    for cut in (0..SLOT).step_by(7) {
        for from_front in [true, false] {
            let mut bytes = old.clone();
            for at in slot * SLOT..(slot + 1) * SLOT {
                let written = if from_front { at % SLOT < cut } else { at % SLOT >= cut };
                bytes[at] = if written { new[at] } else { old[at] };
            }
            disk.write_at(FILE, 0, &bytes).unwrap();
            let found = HardState::peek(disk).unwrap().unwrap();
            assert!(found.vote >= before.vote, "cut at {cut}: {found:?}");
            assert_eq!(found.identity, before.identity);
        }
    }
    // Torn to nothing.
    let mut bytes = old;
    bytes[slot * SLOT..(slot + 1) * SLOT].fill(0xa5);
    disk.write_at(FILE, 0, &bytes).unwrap();
    assert_eq!(HardState::peek(disk).unwrap(), Some(before));
    open(disk).change(|hard| hard.vote = Some(vote(4))).unwrap();
    assert_eq!(open(disk).get().vote, Some(vote(4)));
}

fn a_bit_that_rots_brings_back_no_older_vote<D: Disk>(disk: &D) {
    let expected = *voted(disk, &[1, 2, 3]).get();
    let bytes = disk.read(FILE).unwrap().unwrap();
    assert_eq!(bytes.len(), 2 * SLOT);
    for bit in 0..bytes.len() * 8 {
        let mut rotten = bytes.clone();
        rotten[bit / 8] ^= 1 << (bit % 8);
        disk.write_at(FILE, 0, &rotten).unwrap();
        assert_eq!(HardState::peek(disk).unwrap(), Some(expected), "bit {bit}");
    }
}

fn both_slots_damaged_is_a_fault<D: Disk>(disk: &D) {
    voted(disk, &[1, 2, 3]);
    disk.write_at(FILE, 0, &[0x5a; 2 * SLOT]).unwrap();
    assert_eq!(fault(disk).kind, FaultKind::Damaged);
    disk.truncate(FILE, 0).unwrap();
    assert_eq!(fault(disk).kind, FaultKind::Damaged);
}

fn a_newer_slot_is_not_passed_over<D: Disk>(disk: &D) {
    voted(disk, &[1, 2]);
    let mut bytes = disk.read(FILE).unwrap().unwrap();
    let newest = (0..2).max_by_key(|slot| bytes[slot * SLOT + 10..slot * SLOT + 18].to_vec()).unwrap();
    for copy in 0..2 {
        let frame = &mut bytes[newest * SLOT + copy * SLOT / 2..][..SLOT / 2];
        frame[5] = 2;
        let end = 10 + u32::from_be_bytes(frame[6..10].try_into().unwrap()) as usize;
        let checksum = xxhash_rust::xxh3::xxh3_64(&frame[..end]);
        frame[end..end + 8].copy_from_slice(&checksum.to_be_bytes());
    }
    disk.write_at(FILE, 0, &bytes).unwrap();
    assert_eq!(fault(disk).kind, FaultKind::Newer);
}

fn a_lost_file_is_a_fault_in_a_folder_that_was_used<D: Disk>(disk: &D) {
    for used in ["raft/CURRENT", "state.1/CURRENT"] {
        disk.write_at(used, 0, b"x").unwrap();
        let fault = fault(disk);
        assert_eq!(fault.kind, FaultKind::Damaged);
        assert!(fault.what.contains("lost"), "{fault}");
        assert!(HardState::create(disk, identity()).is_err());
        disk.remove(used.split('/').next().unwrap()).unwrap();
    }
    disk.write_at("reserve", 0, b"x").unwrap();
    assert!(HardState::open(disk).unwrap().is_none());
}

fn a_replica_is_created_once<D: Disk>(disk: &D) {
    let hard = *voted(disk, &[5]).get();
    let fault = HardState::create(disk, identity()).err().unwrap();
    assert_eq!(fault.kind, FaultKind::Foreign);
    assert_eq!(HardState::peek(disk).unwrap(), Some(hard));
}

fn an_interrupted_creation_leaves_nothing<D: Disk>(disk: &D) {
    disk.write_at("hard-state.new", 0, &[7; 2000]).unwrap();
    assert!(HardState::open(disk).unwrap().is_none());
    let hard = *voted(disk, &[]).get();
    assert_eq!(HardState::peek(disk).unwrap(), Some(hard));
}

fn its_bytes_are_a_fossil<D: Disk>(disk: &D) {
    let fossil = unhex(FOSSIL);
    let expected = Hard {
        identity: identity(),
        incarnation: 5,
        standing: Standing::Amnesiac,
        vote: Some(Vote { term: 6, node: 7, committed: true }),
        mark: Some(LogId { term: 8, index: 0x1_0000_0001 }),
    };
    let twin = MemoryDisk::default();
    let mut state = HardState::create(&twin, identity()).unwrap();
    state.change(|hard| *hard = expected).unwrap();
    let written = twin.read(FILE).unwrap().unwrap();
    for copy in [SLOT, SLOT + SLOT / 2] {
        assert_eq!(hex(&written[copy..copy + fossil.len()]), hex(&fossil));
        assert!(written[copy + fossil.len()..copy + SLOT / 2].iter().all(|byte| *byte == 0));
    }

    let mut bytes = vec![0; 2 * SLOT];
    bytes[SLOT..SLOT + fossil.len()].copy_from_slice(&fossil);
    disk.write_at(FILE, 0, &bytes).unwrap();
    assert_eq!(HardState::peek(disk).unwrap(), Some(expected));
}

/// Magic, version, length; sequence, cluster, node, era, group, incarnation, standing, vote, mark; checksum.
const FOSSIL: &str = "52566873 0001 00000050
    0000000000000002 0102030405060708090a0b0c0d0e0f10 0000000000001112 0003 0004 0000000000000005 02
    01 0000000000000006 0000000000000007 01
    01 0000000000000008 0000000100000001
    9d57444d62822881";

fn unhex(text: &str) -> Vec<u8> {
    let digits: Vec<u8> = text.bytes().filter(u8::is_ascii_hexdigit).collect();
    let pair = |pair: &[u8]| u8::from_str_radix(std::str::from_utf8(pair).unwrap(), 16).unwrap();
    digits.chunks(2).map(pair).collect()
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
