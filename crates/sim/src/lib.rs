//! The adversary of Reeve.
//!
//! Here live the story language, the ledger and the laws that judge a history from outside, and the simulator that makes
//! histories from a seed. Nothing that ships may depend on this crate.

mod chance;
pub mod check;
pub mod cluster;
pub mod law;
pub mod ledger;
mod quiet;
pub mod story;
