//! The shapes of stored records, one file each.
//!
//! A record is framed with the tag of its key family and the version of its shape. What is not canonical, not known
//! or left over is a fault.

mod alarm;
mod amendment;
mod archive;
mod attempt;
mod class;
mod client;
mod drain;
mod meta;
mod namespace;
mod progress;
mod queue;
mod remembered;
mod reply;
mod spec;
mod task;
mod text;
mod tombstone;
mod waits;
mod work;
mod worker;

pub use alarm::AlarmRecord;
pub use amendment::AmendmentRecord;
pub use archive::ArchiveRecord;
pub use attempt::{AttemptRecord, Failure};
pub(crate) use class::ClassRecord;
pub(crate) use client::ClientRecord;
pub(crate) use drain::DrainRecord;
pub(crate) use meta::MetaRecord;
pub use progress::ProgressRecord;
pub(crate) use reply::ReplyRecord;
pub(crate) use spec::SpecParts;
pub use spec::{SpecRecord, WaitsFor};
pub(crate) use task::{PhaseRecord, TaskRecord};
pub(crate) use text::TextRecord;
pub(crate) use waits::WaitsRecord;

use crate::codec::wire::{Reader, Wire, put_frame};
use crate::fault::Fault;

/// A stored shape: the tag of its key family, the version of its fields.
pub trait Record: Wire {
    /// The shape's name, for faults.
    const NAME: &'static str;
    /// The tag of the key family.
    const TAG: u8;
    /// The version that is written.
    const VERSION: u8 = 1;
}

/// Appends the framed record.
pub fn put<R: Record>(record: &R, out: &mut Vec<u8>) {
    put_frame(R::TAG, R::VERSION, out, |out| record.put(out));
}

/// Reads one whole framed record.
///
/// # Errors
/// Any [`Fault`] of damaged or newer bytes.
pub fn get<R: Record>(bytes: &[u8]) -> Result<R, Fault> {
    let mut from = Reader::new(bytes);
    let (tag, version) = (from.byte()?, from.byte()?);
    if tag != R::TAG {
        return Err(Fault::UnknownTag { family: R::NAME, tag });
    }
    if version != R::VERSION {
        return Err(Fault::UnknownVersion { shape: R::NAME, version });
    }
    let fields = from.span()?;
    from.finish()?;
    Reader::whole(fields)
}

/// Declares the record of a key family: its tag, its name, and its fields in the order in which they are written.
macro_rules! record {
    ($tag:literal $name:literal $type:ty { $($fields:tt)* }) => {
        $crate::codec::wire::shape!($type { $($fields)* });
        $crate::codec::record::record!($tag $name $type);
    };
    ($tag:literal $name:literal $type:ty) => {
        impl $crate::codec::record::Record for $type {
            const NAME: &'static str = $name;
            const TAG: u8 = $tag;
        }
    };
}

pub(crate) use record;
