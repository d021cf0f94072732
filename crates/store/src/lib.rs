//! The memory of a replica: what it must not forget when the power goes.
//!
//! What lives here: two engines (RocksDB and memory) behind one seam, the small files beside them, the Raft log with its
//! hash chain, the hard state, and the book: the records of the replicated state, written behind, with its views,
//! checkpoints and installs. All of it is synchronous: whoever owns threads and time decides where it runs.
//!
//! What must never be here: consensus, a clock, a thread, async, and any knowledge of what a record decides.

pub mod book;
pub mod checkpoint;
pub mod disk;
pub mod engine;
pub mod fault;
mod frame;
pub mod hard;
pub mod limits;
pub mod log;
pub mod look;
pub mod probe;
pub mod reserve;
pub mod start;

pub use fault::Fault;
