//! The adapters to openraft: its types, its storage and its network, in terms of ours.
//!
//! Nothing outside this room names openraft, but for the runtime that a [`crate::Platform`] is built on; and nothing in
//! here decides anything.

pub(crate) mod convert;
pub(crate) mod log;
pub(crate) mod machine;
pub(crate) mod network;
#[cfg(test)]
mod suite;
pub(crate) mod types;
