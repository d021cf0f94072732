//! Real servers on this machine, each a process of its own on loopback addresses that nobody else uses.
//!
//! What lives here: houses (a server with its data, its log and its address), the town that they make, and what can be
//! done to them: found a cluster, kill, stop, pause, move away, ask how they are. What must never be here: what servers
//! mean by their answers, and any judgement of them. Nothing here panics; a town that falls down says why.

pub mod address;
mod house;
pub mod limits;
mod program;
mod questions;
mod site;
mod threads;
mod town;

pub use house::Plan;
pub use program::beside;
pub use reeve_client::words;
pub use town::{Said, Town};
