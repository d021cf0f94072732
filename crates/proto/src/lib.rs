//! The messages of Reeve's wires: code generated from the sources in `proto/`, and nothing else. It stands on `prost`,
//! `prost_types`, `tonic` and `tonic_prost`.
//!
//! What must never be here: a line written by hand beside the list of packages and of the types of
//! protobuf's own that they name. What messages mean is known to those who
//! convert them.

use tonic_prost as _; // named by what is generated

/// Times and durations, as all of protobuf knows them.
pub use prost_types::{Duration, Timestamp};

/// Between replicas.
pub mod internal {
    /// The first version.
    #[expect(
        missing_docs,
        clippy::allow_attributes,
        clippy::allow_attributes_without_reason,
        clippy::too_many_lines,
        reason = "generated; what the fields mean stands in the source"
    )]
    pub mod v1 {
        tonic::include_proto!("reeve.internal.v1");
    }
}

/// Between clients and nodes: the first version.
#[expect(
    missing_docs,
    clippy::allow_attributes,
    clippy::allow_attributes_without_reason,
    clippy::too_many_lines,
    reason = "generated; what the fields mean stands in the source"
)]
pub mod v1 {
    tonic::include_proto!("reeve.v1");
}

/// All messages as protobuf describes them: a `FileDescriptorSet`.
pub const DESCRIPTOR: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/descriptor.bin"));
