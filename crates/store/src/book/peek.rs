//! The few fields of records that storage itself must read, so that what no longer counts can leave the disk.
//!
//! A record of a shape that is not known here is left alone: what stays costs room and nothing else.

use reeve_core::Fault;
use reeve_core::codec::wire::{Reader, Wire};

/// The fields of a record of this tag, in the version that is known here.
fn fields(bytes: &[u8], tag: u8) -> Result<Option<Reader<'_>>, Fault> {
    let mut from = Reader::new(bytes);
    if (from.byte()?, from.byte()?) != (tag, 1) {
        return Ok(None);
    }
    from.span().map(|fields| Some(Reader::new(fields)))
}

/// The number of the oldest tombstone that counts, in the record of the whole.
pub(super) fn tombstones_first(meta: &[u8]) -> Option<u64> {
    let read = || -> Result<Option<u64>, Fault> {
        let Some(mut from) = fields(meta, 1)? else { return Ok(None) };
        // Group, era, law, clock, the two ends of order, the next cascade.
        u16::get(&mut from)?;
        u16::get(&mut from)?;
        u32::get(&mut from)?;
        u64::get(&mut from)?;
        i64::get(&mut from)?;
        i64::get(&mut from)?;
        u64::get(&mut from)?;
        u64::get(&mut from).map(Some)
    };
    read().ok().flatten()
}

/// Below which number the client has received its replies, in the record of a reply.
pub(super) fn acked_below(reply: &[u8]) -> Option<u64> {
    let read = || -> Result<Option<u64>, Fault> {
        let Some(mut from) = fields(reply, 8)? else { return Ok(None) };
        u64::get(&mut from).map(Some)
    };
    read().ok().flatten()
}

/// The number of its namespace, in the record of a queue.
pub(super) fn namespace_of(queue: &[u8]) -> Option<u32> {
    let read = || -> Result<Option<u32>, Fault> {
        let Some(mut from) = fields(queue, 3)? else { return Ok(None) };
        u32::get(&mut from).map(Some)
    };
    read().ok().flatten()
}
