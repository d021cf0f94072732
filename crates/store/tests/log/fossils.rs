//! The bytes of the log as they are for ever: what was written once must be read, and written, as it was.

use bytes::Bytes;
use reeve_store::engine::{Engine, Family, View, Way};
use reeve_store::log::{Chain, EntryKind, LogEntry};

use super::ground::{id, on_every_engine, open};

on_every_engine!(an_entry_is_written_and_read_as_ever, a_purge_mark_is_written_and_read_as_ever);

/// Key and value: group and index; version, term, kind, length, payload, chain, checksum.
const ENTRIES: [(&str, &str); 3] = [
    (
        "0003 0000000000000000",
        "01 0000000000000000 03 00000006 766f74657273 a43257710106c87d494f85578c19f23b 858bef559c663718",
    ),
    (
        "0003 0000000000000001",
        "01 0000000000000001 01 00000000 389960e27fd509ce6b80b5b72c9a311a 0edcf67d558e0a64",
    ),
    (
        "0003 0000000000000002",
        "01 0102030405060708 02 00000009 00ff7061796c6f6164 9b17f8a4ceea4fda0b2b061141a31ebd 0a3fbdd873ea0845",
    ),
];

/// Key and value: group and name; magic, version, length, term, index, chain, checksum.
const PURGE_MARKS: [(&str, &str); 1] = [(
    "0003 707572676564",
    "5256706d 0001 00000020 0000000000001112 0102030405060708 30313233343536373839616263646566 c91e71aae329713d",
)];

fn bare(fossils: &[(&str, &str)]) -> Vec<(String, String)> {
    fossils.iter().map(|(key, value)| (key.replace(' ', ""), value.replace(' ', ""))).collect()
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// All that is in a family.
fn all<E: Engine>(engine: &E, family: Family) -> Vec<(String, String)> {
    let mut found = Vec::new();
    let mut take = |key: &[u8], value: &[u8]| {
        found.push((hex(key), hex(value)));
        std::ops::ControlFlow::Continue(())
    };
    engine.view().scan(family, &[], &[], Way::Up, &mut take).unwrap();
    found
}

fn entries() -> Vec<LogEntry> {
    let entry = |term, index, kind, payload: &'static [u8]| LogEntry {
        id: id(term, index),
        kind,
        payload: Bytes::from_static(payload),
    };
    vec![
        entry(0, 0, EntryKind::Membership, b"voters"),
        entry(1, 1, EntryKind::Blank, b""),
        entry(0x0102_0304_0506_0708, 2, EntryKind::Normal, b"\x00\xffpayload"),
    ]
}

fn an_entry_is_written_and_read_as_ever<E: Engine>(disk: &E::Disk) {
    let mut replica = open::<E>(disk);
    replica.append(entries());
    assert_eq!(all(&replica.engine, Family::Log), bare(&ENTRIES));
    assert_eq!(replica.reopen().all(), entries());
}

fn a_purge_mark_is_written_and_read_as_ever<E: Engine>(disk: &E::Disk) {
    let mut replica = open::<E>(disk);
    let place = id(0x1112, 0x0102_0304_0506_0708);
    let chain = Chain(*b"0123456789abcdef");
    let reset = replica.log.reset_to(place, chain);
    replica.carry(vec![reset]);
    assert_eq!(all(&replica.engine, Family::LogMarks), bare(&PURGE_MARKS));
    let replica = replica.reopen();
    assert_eq!(replica.log.state(), (Some(place), Some(place)));
    assert_eq!(replica.log.chain_at(place.index).unwrap(), Some(chain));
}
