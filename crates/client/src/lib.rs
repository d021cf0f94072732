//! The client of Reeve: how a program outside of a cluster asks its nodes.
//!
//! What lives here: connections, patience, and errors with their codes; so far for what operators ask. What must never be
//! here: what the answers mean, and any way of showing them.

pub mod cluster;
pub mod limits;
pub mod trouble;

pub use cluster::Cluster;
pub use reeve_proto::v1 as words;
pub use trouble::Trouble;
