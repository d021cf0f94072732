//! The client of Reeve: how a program outside of a cluster asks its nodes.
//!
//! What lives here: connections, patience, and errors with their codes; [`Cluster`] is one node as operators
//! ask it, [`Client`] a whole cluster as programs do. What must never be here: what the answers mean, and any way of showing
//! them.

mod back_off;
pub mod client;
pub mod cluster;
pub mod limits;
mod node;
pub mod trouble;

pub use client::Client;
pub use cluster::Cluster;
pub use reeve_proto::v1 as words;
pub use reeve_proto::{Duration, Timestamp};
pub use trouble::Trouble;
