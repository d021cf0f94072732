//! The law of Reeve.
//!
//! `apply(&mut State, Entry) -> Outcome` is the whole meaning of the cluster: total, synchronous and pure. Given the
//! same entries, every replica reaches the same state, gives the same replies, and emits the same events and changes.
//!
//! Here live the records, the verbs and their codec. Here must never be: a clock, randomness, IO, threads, async, a
//! logger, a float, or an order that comes from a hash.

pub mod alarm;
pub mod assembly;
pub mod change;
pub mod check;
pub mod class;
mod client;
pub mod codec;
pub mod command;
pub mod defaults;
mod digest;
mod due;
pub mod effect;
pub mod entry;
pub mod event;
mod fault;
mod index;
pub mod intern;
mod lane;
mod lease;
pub mod limits;
pub mod name;
mod passage;
pub mod place;
pub mod planted;
mod rebuild;
mod refusal;
mod remembered;
mod reply;
mod shelf;
mod slab;
mod state;
pub mod task;
mod tombstone;
mod turn;
pub mod view;
mod vocabulary;
mod work;
pub mod worker;

pub use fault::Fault;
pub use refusal::{Cap, Field, Refusal};
pub use reply::{Answer, Reply};
pub use state::{LAW, Outcome, State, apply};
