//! Trials of real clusters: servers as they ship, each a process of its own, under load from clients as they ship, while
//! they are killed, stopped, moved, filled up and damaged.
//!
//! What lives here: the load, the history of what was asked, answered and broken, the faults, and the judgement: whatever
//! was acknowledged is there exactly once, whatever was refused is not, and all servers are the same. What must never be
//! here: a way of looking at a cluster that a user does not have, but for one: at the end the data folders are read.

pub mod damage;
pub mod demo;
pub mod disk;
pub mod history;
pub mod ledger;
pub mod limits;
pub mod load;
pub mod memory;
pub mod trial;

pub use trial::Trial;
